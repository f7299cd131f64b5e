//! Search by JQL: a small, strict part of the language.

use std::cmp::Ordering;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::hosts::api_atlassian::issue::whole;
use crate::jira::model::{Issue, IssueRecord};
use crate::platforms::Shared;

/// The old search, which the platform has removed.
pub(super) async fn gone() -> ApiError {
    ApiError::message(
        StatusCode::GONE,
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.",
    )
}

pub(super) async fn by_query(State(platforms): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    let mut body = Map::new();
    for name in ["jql", "nextPageToken", "expand"] {
        if let Some(text) = caller.query.get(name) {
            body.insert(name.to_owned(), text.clone().into());
        }
    }
    body.insert("maxResults".to_owned(), caller.number("maxResults", 50)?.into());
    body.insert("fields".to_owned(), json!(caller.list("fields")));
    body.insert("properties".to_owned(), json!(caller.list("properties")));
    search(&platforms, &caller, &body)
}

/// Properties of the body; any other is refused.
const KNOWN: [&str; 8] = [
    "jql",
    "nextPageToken",
    "maxResults",
    "fields",
    "expand",
    "properties",
    "fieldsByKeys",
    "reconcileIssues",
];

pub(super) async fn by_body(
    State(platforms): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    let body = caller.object(&body)?;
    if body.keys().any(|name| !KNOWN.contains(&name.as_str())) {
        return Err(ApiError::message(
            StatusCode::BAD_REQUEST,
            "Invalid request payload. Refer to the REST API documentation and try again.",
        ));
    }
    search(&platforms, &caller, &body)
}

fn texts<'a>(body: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    body.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn search(platforms: &Shared, caller: &Caller, body: &Map<String, Value>) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let bad = |text: &str| ApiError::message(StatusCode::BAD_REQUEST, text);
    let jql = body.get("jql").and_then(Value::as_str).unwrap_or_default();
    let mut query = parse(jql).map_err(|text| bad(&text))?;
    resolve(&mut query, &caller.person.account_id, platforms.now());
    let mut fields = texts(body, "fields");
    let most = body.get("maxResults").and_then(Value::as_u64).unwrap_or(50);
    let only_ids = fields.iter().all(|name| matches!(*name, "id" | "key"));
    let limit = if only_ids { 5000 } else { 100 };
    if most == 0 || most > 5000 {
        return Err(bad("maxResults must be between 1 and 5000."));
    }
    let most = usize::try_from(most.min(limit)).unwrap_or(50);
    let start: usize = match body.get("nextPageToken").and_then(Value::as_str) {
        None => 0,
        Some(token) => token.parse().map_err(|_| bad("The nextPageToken is invalid."))?,
    };
    let properties = texts(body, "properties");
    if properties.len() > 5 {
        return Err(bad("At most 5 properties may be asked for."));
    }
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let mut found: Vec<&IssueRecord> = site
        .issues
        .values()
        .filter(|record| record.issue.shows_to(&caller.person.account_id))
        .filter(|record| query.clauses.iter().all(|clause| clause.holds(&record.issue)))
        .collect();
    found.sort_by(|a, b| query.order(&a.issue, &b.issue));
    let total = found.len();
    if fields.is_empty() {
        fields.push("id");
    }
    let page: Vec<Value> = found
        .into_iter()
        .skip(start)
        .take(most)
        .map(|record| {
            let mut shown = whole(site, record, &caller.person, &fields, &properties);
            // Without named fields only the id is answered.
            if let (true, Some(map)) = (only_ids, shown.as_object_mut()) {
                map.retain(|name, _| name == "id" || fields.contains(&name.as_str()) || name == "properties");
            }
            shown
        })
        .collect();
    let next = start + page.len();
    let mut answer = json!({"issues": page, "isLast": next >= total});
    if let (true, Some(map)) = (next < total, answer.as_object_mut()) {
        map.insert("nextPageToken".to_owned(), next.to_string().into());
    }
    Ok(jira_json(StatusCode::OK, &answer))
}

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    field: String,
    operator: String,
    values: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Jql {
    clauses: Vec<Clause>,
    order: Vec<(String, bool)>,
}

impl Clause {
    fn holds(&self, issue: &Issue) -> bool {
        let own: &[&str] = match self.field.as_str() {
            "project" => &[&issue.project],
            "key" | "issuekey" | "issue" | "id" => &[&issue.key, &issue.id],
            "status" => &[&issue.status],
            "creator" | "reporter" => &[&issue.reporter.account_id],
            "created" => return self.compares(issue.created),
            _ => return self.compares(issue.updated),
        };
        let among = self.values.iter().any(|value| own.iter().any(|text| text.eq_ignore_ascii_case(value)));
        among == matches!(self.operator.as_str(), "=" | "in")
    }

    /// Compares a moment with a date such as `2026-11-21` or `2026-11-21 10:00`, or with
    /// epoch milliseconds.
    fn compares(&self, at: i64) -> bool {
        let Some(bound) = self.values.first().and_then(|text| moment(text)) else { return false };
        match self.operator.as_str() {
            ">" => at > bound,
            ">=" => at >= bound,
            "<" => at < bound,
            "<=" => at <= bound,
            _ => at == bound,
        }
    }
}

/// Puts the caller where a clause says `currentUser()`, and a moment where it says `-15m`.
fn resolve(query: &mut Jql, account_id: &str, now: i64) {
    for clause in &mut query.clauses {
        for value in &mut clause.values {
            if value == CURRENT_USER {
                account_id.clone_into(value);
            } else if let Some(past) = past(value) {
                *value = (now - past).to_string();
            }
        }
    }
}

/// Milliseconds of a relative date: `-15m`, `-2h`, `-1d`, `-1w`.
fn past(text: &str) -> Option<i64> {
    let (number, unit) = text.strip_prefix('-')?.split_at_checked(text.len().checked_sub(2)?)?;
    let unit = match unit {
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    Some(number.parse::<i64>().ok()? * unit)
}

fn moment(text: &str) -> Option<i64> {
    if let Ok(millis) = text.parse() {
        return Some(millis);
    }
    let text = text.replace('/', "-");
    let with_time = if text.contains(' ') { text } else { format!("{text} 00:00") };
    let date = chrono::NaiveDateTime::parse_from_str(&with_time, "%Y-%m-%d %H:%M").ok()?;
    Some(date.and_utc().timestamp_millis())
}

impl Jql {
    fn order(&self, a: &Issue, b: &Issue) -> Ordering {
        for (field, descending) in &self.order {
            let order = match field.as_str() {
                "created" => a.created.cmp(&b.created),
                "updated" => a.updated.cmp(&b.updated),
                _ => number(a).cmp(&number(b)),
            };
            let order = if *descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        number(b).cmp(&number(a))
    }
}

fn number(issue: &Issue) -> u64 {
    issue.id.parse().unwrap_or(0)
}

/// The one function that is known.
const CURRENT_USER: &str = "currentUser()";

/// Fields that a clause may be about.
const FIELDS: [&str; 10] =
    ["project", "key", "issuekey", "issue", "id", "status", "creator", "reporter", "created", "updated"];

/// Reads `field operator value [and …] [order by field [asc|desc], …]`.
fn parse(jql: &str) -> Result<Jql, String> {
    let mut words = words(jql).into_iter().peekable();
    let lower = |word: &Option<String>| word.as_deref().map(str::to_lowercase).unwrap_or_default();
    let mut clauses = Vec::new();
    while words.peek().is_some_and(|word| !word.eq_ignore_ascii_case("order")) {
        if !clauses.is_empty() && lower(&words.next()) != "and" {
            return Err("Error in the JQL Query: Expecting 'AND' or 'ORDER BY'.".to_owned());
        }
        let field = lower(&words.next());
        if !FIELDS.contains(&field.as_str()) {
            return Err(format!("Field '{field}' does not exist or you do not have permission to view it."));
        }
        let mut operator = lower(&words.next());
        if operator == "not" && lower(&words.next()) == "in" {
            "!in".clone_into(&mut operator);
        }
        if !matches!(operator.as_str(), "=" | "!=" | "in" | "!in" | ">" | ">=" | "<" | "<=") {
            return Err(format!("Error in the JQL Query: '{operator}' is not an operator."));
        }
        let mut values = Vec::new();
        if operator.ends_with("in") {
            if words.next().as_deref() != Some("(") {
                return Err("Error in the JQL Query: Expecting '('.".to_owned());
            }
            loop {
                match words.next().as_deref() {
                    Some(")") => break,
                    Some(",") => {}
                    Some(value) => values.push(value.to_owned()),
                    None => return Err("Error in the JQL Query: Expecting ')'.".to_owned()),
                }
            }
        } else {
            let value = words.next().ok_or("Error in the JQL Query: Expecting a value.")?;
            if words.peek().is_some_and(|word| word == "(") {
                words.next();
                let known = format!("{value}()").eq_ignore_ascii_case(CURRENT_USER);
                if !known || words.next().as_deref() != Some(")") {
                    return Err(format!("Unable to find JQL function '{value}()'."));
                }
                values.push(CURRENT_USER.to_owned());
            } else {
                values.push(value);
            }
        }
        clauses.push(Clause { field, operator, values });
    }
    if clauses.is_empty() {
        return Err(
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
                .to_owned(),
        );
    }
    let mut order = Vec::new();
    if words.next().is_some() {
        if lower(&words.next()) != "by" {
            return Err("Error in the JQL Query: Expecting 'BY'.".to_owned());
        }
        while let Some(field) = words.next() {
            if field == "," {
                continue;
            }
            let direction = words.peek().map(|word| word.to_lowercase());
            let descending = direction.as_deref() == Some("desc");
            if matches!(direction.as_deref(), Some("asc" | "desc")) {
                words.next();
            }
            order.push((field.to_lowercase(), descending));
        }
    }
    Ok(Jql { clauses, order })
}

/// Cuts JQL into words, operators, brackets and unquoted texts.
fn words(jql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = jql.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' => {
                let inner = rest.get(1..).unwrap_or_default();
                let length = inner.find(first).unwrap_or(inner.len());
                words.push(inner.get(..length).unwrap_or_default().to_owned());
                rest = inner.get(length + 1..).unwrap_or_default().trim_start();
                continue;
            }
            '(' | ')' | ',' => 1,
            '=' | '!' | '<' | '>' => {
                rest.find(|c: char| !matches!(c, '=' | '!' | '<' | '>' | '~')).unwrap_or(rest.len())
            }
            _ => rest
                .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '=' | '!' | '<' | '>'))
                .unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_caller_created_lately_can_be_asked_for() {
        let mut query =
            parse("project = \"ABC\" AND creator = currentUser() AND created >= -15m ORDER BY created DESC")
                .unwrap();
        resolve(&mut query, "ann", 10_000_000);
        let values: Vec<&str> = query.clauses.iter().map(|clause| clause.values[0].as_str()).collect();
        assert_eq!(values, ["ABC", "ann", "9100000"]);
        assert!(parse("creator = membersOf()").is_err());
    }

    #[test]
    fn the_small_language_is_read() {
        let jql =
            parse("project in (A, 'B C') AND updated >= \"2026-11-21 10:00\" ORDER BY updated DESC, key");
        let jql = jql.expect("valid");
        assert_eq!(jql.clauses.len(), 2);
        assert_eq!(jql.clauses[0].values, ["A", "B C"]);
        assert_eq!(jql.order, [("updated".to_owned(), true), ("key".to_owned(), false)]);
        assert_eq!(moment("2026-11-21 10:00"), Some(1_795_255_200_000));
    }

    #[test]
    fn an_unbounded_or_unknown_query_is_refused() {
        assert!(parse("order by updated").is_err());
        assert!(parse("colour = red").is_err());
        assert!(parse("project in (A").is_err());
        assert!(parse("project ~ A").is_err());
    }
}
