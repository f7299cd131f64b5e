//! Dynamic webhooks of the app on one site (`/rest/api/3/webhook`), as the person who registers
//! them. They live for 30 days from their registration or last refresh; a person may have five,
//! and all of an app have one address.
//! Source: developer.atlassian.com, Jira Cloud REST v3, "Webhooks".

use chrono::DateTime;
use reqwest::Method;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Site;
use super::search::quoted;
use super::site::send;
use crate::ambient::Millis;
use crate::call::{CallError, loose};

/// The most that one page of the list holds.
const PAGE: usize = 100;
/// The most pages that are read: nobody may have that many.
const PAGES: usize = 10;

/// A dynamic webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DynamicWebhook {
    /// Its id, unique on its site.
    pub id: i64,
    /// What it tells, by Jira's names for it.
    #[serde(default)]
    pub events: Vec<String>,
    /// Which issues it is about.
    #[serde(default, rename = "jqlFilter")]
    pub jql: String,
    /// Where it sends; Jira does not always say.
    #[serde(default, deserialize_with = "loose::text")]
    pub url: Option<String>,
    /// When it dies, unless it is refreshed.
    #[serde(default, rename = "expirationDate", deserialize_with = "moment")]
    pub expires: Option<Millis>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    values: Vec<DynamicWebhook>,
    is_last: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    #[serde(default)]
    webhook_registration_result: Vec<Registration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    created_webhook_id: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refreshed {
    #[serde(default, deserialize_with = "moment")]
    expiration_date: Option<Millis>,
}

/// The filter that covers these projects, each by its id or its key; nothing covers none. Webhooks
/// take a small part of JQL only, and `project IN (…)` is in it.
pub fn project_filter<'a>(projects: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let is_id = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let listed: Vec<String> = projects
        .into_iter()
        .map(|project| if is_id(project) { project.clone() } else { quoted(project) })
        .collect();
    (!listed.is_empty()).then(|| format!("project IN ({})", listed.join(", ")))
}

impl Site<'_> {
    /// What the caller has registered here, dead ones among them.
    ///
    /// # Errors
    /// [`CallError::ScopeMissing`] if the login does not include
    /// [`WEBHOOK_SCOPE`](super::WEBHOOK_SCOPE).
    pub async fn dynamic_webhooks(&self) -> Result<Vec<DynamicWebhook>, CallError> {
        let mut found: Vec<DynamicWebhook> = Vec::new();
        let most = PAGE.to_string();
        for _ in 0..PAGES {
            let start = found.len().to_string();
            let query = [("startAt", start.as_str()), ("maxResults", most.as_str())];
            let page: Page = self.get(&["webhook"], &query, "the list of webhooks").await?;
            let ends = page.is_last.unwrap_or(true) || page.values.is_empty();
            found.extend(page.values);
            if ends {
                break;
            }
        }
        Ok(found)
    }

    /// Registers one webhook; answers its id.
    ///
    /// # Errors
    /// [`CallError::Refused`] with status 200 if Jira took the request and refused the webhook in
    /// it: a filter that it does not support, or one webhook too many.
    pub async fn register_webhook(&self, url: &str, jql: &str, events: &[&str]) -> Result<i64, CallError> {
        let wish = json!({ "url": url, "webhooks": [{ "events": events, "jqlFilter": jql }] });
        let answer = self.write(Method::POST, &["webhook"], &wish).await?;
        let results = answer.json::<Registered>("the registered webhook")?.webhook_registration_result;
        // The answer is 200 even where the entry failed.
        match results.first() {
            Some(Registration { created_webhook_id: Some(id) }) => Ok(*id),
            Some(_) => Err(CallError::Refused { status: 200, code: Some("webhook".to_owned()) }),
            None => Err(CallError::Malformed { what: "the registered webhook" }),
        }
    }

    /// Lets webhooks live for another 30 days; answers until when. Jira passes over ids that it
    /// does not know without a word: list them first.
    ///
    /// # Errors
    /// As [`Site::dynamic_webhooks`].
    pub async fn refresh_webhooks(&self, ids: &[i64]) -> Result<Option<Millis>, CallError> {
        let answer = self.write(Method::PUT, &["webhook", "refresh"], &json!({ "webhookIds": ids })).await?;
        Ok(answer.json::<Refreshed>("the refreshed webhooks")?.expiration_date)
    }

    /// Removes webhooks; those that are gone already are no error.
    ///
    /// # Errors
    /// As [`Site::dynamic_webhooks`].
    pub async fn delete_webhooks(&self, ids: &[i64]) -> Result<(), CallError> {
        let request = self.request(Method::DELETE, &["webhook"])?.json(&json!({ "webhookIds": ids }));
        send(request).await.map(drop)
    }
}

/// The schema says a number, the example is a text: both are read, anything else is nothing.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Millis>, D::Error> {
    Ok(match Option::<Value>::deserialize(deserializer)? {
        Some(Value::Number(number)) => number.as_i64().map(Millis),
        Some(Value::String(text)) => DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z")
            .or_else(|_| DateTime::parse_from_rfc3339(&text))
            .map(|moment| Millis(moment.timestamp_millis()))
            .ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_ids_bare_and_keys_in_quotes() {
        let projects = ["10001".to_owned(), "IN".to_owned()];
        assert_eq!(project_filter(&projects).as_deref(), Some(r#"project IN (10001, "IN")"#));
        assert_eq!(project_filter(&[]), None);
    }

    #[test]
    fn the_end_of_a_webhook_is_read_in_either_form() {
        let read = |end: Value| {
            let wire = json!({ "id": 7, "events": [], "jqlFilter": "project = A", "expirationDate": end });
            serde_json::from_value::<DynamicWebhook>(wire).unwrap().expires
        };
        let end = Some(Millis(1_795_255_200_000));
        assert_eq!(read(json!(1_795_255_200_000_i64)), end);
        assert_eq!(read(json!("2026-11-21T10:00:00.000+0000")), end);
        assert_eq!(read(json!("2026-11-21T10:00:00Z")), end);
        assert_eq!(read(json!("soon")), None);
        assert_eq!(read(Value::Null), None);
    }
}
