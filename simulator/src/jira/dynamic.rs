//! Dynamic webhooks: registered through REST by an app for a person, filtered by a small part of
//! JQL, over after 30 days. What they send is signed with the app's client secret.
//! Source: developer.atlassian.com, REST v3 "Webhooks" and the page on webhooks.

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::json;
use sha2::Sha256;
use url::Url;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::ambient::Millis;
use crate::jira::model::Issue;

/// A webhook dies 30 days after it was made or refreshed.
pub(crate) const LIFE: Millis = 30 * 24 * 60 * 60_000;
/// How many one person may have for one app on one site.
pub(crate) const MOST: usize = 5;
/// The events that may be asked for.
pub(crate) const EVENTS: [&str; 8] = [
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "issue_property_set",
    "issue_property_deleted",
];
const FIELDS: [&str; 6] = ["issuekey", "project", "issuetype", "status", "assignee", "reporter"];
/// Words that JQL keeps for itself: as a value they need quotes.
const RESERVED: [&str; 12] =
    ["and", "or", "not", "in", "is", "by", "order", "empty", "null", "was", "changed", "like"];

/// A registered webhook.
#[derive(Debug, Clone, Serialize)]
pub struct DynamicWebhook {
    /// Unique on its site.
    pub id: u64,
    /// The app.
    pub client_id: String,
    /// Whose grant registered it.
    pub account_id: String,
    /// Where it sends.
    pub url: Url,
    /// What it sends.
    pub events: Vec<String>,
    /// The filter as it was given.
    pub jql: String,
    /// Epoch milliseconds.
    pub expires: Millis,
    #[serde(skip)]
    pub(crate) filter: Vec<Clause>,
    #[serde(skip)]
    pub(crate) secret: String,
}

impl DynamicWebhook {
    pub(crate) fn wants(&self, event: &str, issue: &Issue, project_id: Option<&str>, now: Millis) -> bool {
        self.expires > now
            && self.events.iter().any(|wanted| wanted == event)
            && self.filter.iter().all(|clause| clause.fits(issue, project_id))
    }

    /// The bearer of one delivery: HS256 with the client secret, three minutes long.
    pub(crate) fn bearer(&self, now: Millis) -> String {
        let seconds = now / 1000;
        let claims = json!({"iss": self.client_id, "iat": seconds, "nbf": seconds, "exp": seconds + 180});
        format!("Bearer {}", signed(&self.secret, &claims))
    }
}

/// A compact token, HS256.
pub(crate) fn signed(secret: &str, claims: &serde_json::Value) -> String {
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// `field = value`, `field NOT IN (a, b)`, …
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    field: String,
    among: bool,
    values: Vec<String>,
}

impl Clause {
    fn fits(&self, issue: &Issue, project_id: Option<&str>) -> bool {
        let name = |person: &crate::people::Identity| person.account_id.clone();
        let has: Vec<String> = match self.field.as_str() {
            "issuekey" => vec![issue.key.clone(), issue.id.clone()],
            "project" => {
                std::iter::once(issue.project.clone()).chain(project_id.map(str::to_owned)).collect()
            }
            "issuetype" => vec![issue.issue_type.name.clone(), issue.issue_type.id.clone()],
            "status" => vec![issue.status.clone()],
            "assignee" => issue.assignee.iter().map(|person| name(person)).collect(),
            _ => vec![name(&issue.reporter)],
        };
        self.values.iter().any(|value| has.iter().any(|one| one.eq_ignore_ascii_case(value))) == self.among
    }
}

/// Reads a filter: clauses joined by AND, with the fields and operators that webhooks take.
pub(crate) fn filter(jql: &str) -> Result<Vec<Clause>, String> {
    let mut words = words(jql)?.into_iter().peekable();
    let mut clauses = Vec::new();
    if words.peek().is_none() {
        return Err("The JQL filter must not be empty.".to_owned());
    }
    loop {
        clauses.push(clause(&mut words)?);
        match words.next() {
            None => return Ok(clauses),
            Some(Word::Bare(word)) if word.eq_ignore_ascii_case("and") => {}
            Some(_) => return Err("The JQL filter has a part that webhooks do not support.".to_owned()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Bare(String),
    Quoted(String),
    Sign(String),
}

fn clause(words: &mut impl Iterator<Item = Word>) -> Result<Clause, String> {
    let odd = || "There is an error in the JQL filter.".to_owned();
    let Some(Word::Bare(field)) = words.next() else { return Err(odd()) };
    let field = field.to_ascii_lowercase();
    if !FIELDS.contains(&field.as_str()) {
        return Err(format!("The clause {field} is unsupported"));
    }
    let unsupported = || "The operator is unsupported".to_owned();
    let (among, list) = match words.next() {
        Some(Word::Sign(sign)) if sign == "=" => (true, false),
        Some(Word::Sign(sign)) if sign == "!=" => (false, false),
        Some(Word::Bare(word)) if word.eq_ignore_ascii_case("in") => (true, true),
        Some(Word::Bare(word)) if word.eq_ignore_ascii_case("not") => match words.next() {
            Some(Word::Bare(word)) if word.eq_ignore_ascii_case("in") => (false, true),
            _ => return Err(unsupported()),
        },
        _ => return Err(unsupported()),
    };
    if !list {
        return Ok(Clause { field, among, values: vec![value(words.next())?] });
    }
    let is_sign = |word: Option<Word>, text: &str| word == Some(Word::Sign(text.to_owned()));
    if !is_sign(words.next(), "(") {
        return Err(odd());
    }
    let mut values = vec![value(words.next())?];
    loop {
        match words.next() {
            Some(Word::Sign(sign)) if sign == ")" => return Ok(Clause { field, among, values }),
            Some(Word::Sign(sign)) if sign == "," => values.push(value(words.next())?),
            _ => return Err(odd()),
        }
    }
}

fn value(word: Option<Word>) -> Result<String, String> {
    match word {
        Some(Word::Quoted(text)) => Ok(text),
        Some(Word::Bare(text)) if !RESERVED.contains(&text.to_ascii_lowercase().as_str()) => Ok(text),
        _ => Err("There is an error in the JQL filter: a value is missing, or needs quotes.".to_owned()),
    }
}

fn words(jql: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut letters = jql.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => {}
            '(' | ')' | ',' | '=' => words.push(Word::Sign(letter.to_string())),
            '!' if letters.next_if_eq(&'=').is_some() => words.push(Word::Sign("!=".to_owned())),
            '"' => {
                let mut text = String::new();
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') => text.extend(letters.next()),
                        Some(letter) => text.push(letter),
                        None => {
                            return Err("There is an error in the JQL filter: a quote is open.".to_owned());
                        }
                    }
                }
                words.push(Word::Quoted(text));
            }
            letter if letter.is_alphanumeric() || "_-.".contains(letter) => {
                let mut text = letter.to_string();
                while let Some(letter) = letters.next_if(|c| c.is_alphanumeric() || "_-.".contains(*c)) {
                    text.push(letter);
                }
                words.push(Word::Bare(text));
            }
            _ => return Err("There is an error in the JQL filter.".to_owned()),
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn only_what_webhooks_support_is_taken() {
        for good in
            ["project = ABC", "project in (ABC, \"IN\", 10001)", "project = A and issuetype not in (Bug)"]
        {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["", "priority = High", "project in (IN)", "project ~ A", "project = A order by key", "a"]
        {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
