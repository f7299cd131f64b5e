//! What reading costs at Jira: a point for each thing in the answer, two for each person or permission.

use axum::http::Method;
use serde_json::Value;

/// Where answers keep their lists.
const LISTS: [&str; 9] =
    ["comments", "fields", "issueTypes", "issues", "keys", "permissions", "results", "transitions", "values"];

/// Whether a call reads: whatever writes costs no more than itself.
pub(crate) fn reads(method: &Method, route: &str) -> bool {
    method == Method::GET || (method == Method::POST && route.ends_with("/search/jql"))
}

/// The points of what is in an answer; a body that is no JSON is one thing.
pub(super) fn of(route: &str, body: Option<&Value>) -> u64 {
    let expensive = ["/myself", "/user", "/mypermissions"].iter().any(|part| route.contains(part));
    let things = match body {
        Some(Value::Array(list)) => list.len(),
        Some(Value::Object(fields)) => {
            let listed = LISTS.iter().find_map(|name| match fields.get(*name)? {
                Value::Array(list) => Some(list.len()),
                Value::Object(named) if *name == "permissions" => Some(named.len()),
                _ => None,
            });
            listed.unwrap_or(1)
        }
        _ => 1,
    };
    u64::try_from(things).unwrap_or(u64::MAX) * if expensive { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_thing_that_is_read_costs_a_point_and_each_person_two() {
        let issue = json!({"id": "1", "fields": {"summary": "x", "comment": {"comments": [1, 2]}}});
        assert_eq!(of("/rest/api/3/issue/{issue}", Some(&issue)), 1);
        assert_eq!(of("/rest/api/3/issue/{issue}/comment", Some(&json!({"comments": [1, 2, 3]}))), 3);
        assert_eq!(of("/rest/api/3/myself", Some(&json!({"accountId": "a"}))), 2);
        assert_eq!(of("/rest/api/3/user/search", Some(&json!([{}, {}]))), 4);
        assert_eq!(of("/rest/api/3/mypermissions", Some(&json!({"permissions": {"A": {}, "B": {}}}))), 4);
        assert_eq!(of("/rest/api/3/attachment/content/{attachment}", None), 1);
    }

    #[test]
    fn a_search_reads_whatever_its_method() {
        assert!(reads(&Method::POST, "/ex/jira/{cloudid}/rest/api/3/search/jql"));
        assert!(!reads(&Method::POST, "/ex/jira/{cloudid}/rest/api/3/issue"));
        assert!(reads(&Method::GET, "/ex/jira/{cloudid}/rest/api/3/issue/{issue}"));
    }
}
