//! What Jira means when it does not say 2xx. Its texts are localised to the caller's language:
//! only statuses, field names and the gateway's fixed sentence are looked at.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::call::CallError;
use crate::call::answer::{Answer, shown_code};

/// Fields that hold text. A 400 that names only such a field, in a sentence with a number in it,
/// says that the text is over the limit ("…32,767 characters"), in whatever language.
const TEXTS: [&str; 3] = ["comment", "description", "summary"];

/// The one 401 that no refresh will cure, in the words of Atlassian's gateway.
const SCOPE_MISMATCH: &str = "scope does not match";

#[derive(Deserialize, Default)]
struct JiraErrors {
    /// The gateway's sentence.
    message: Option<String>,
    /// Field name to localised text.
    #[serde(default)]
    errors: BTreeMap<String, serde_json::Value>,
}

/// Lets a success pass, and says what a failure means.
pub(super) fn check(answer: Answer) -> Result<Answer, CallError> {
    if answer.status().is_success() { Ok(answer) } else { Err(meaning(&answer)) }
}

fn names_a_limit(field: &str, text: &serde_json::Value) -> bool {
    TEXTS.contains(&field)
        && text.as_str().is_some_and(|text| text.contains(|letter: char| letter.is_numeric()))
}

pub(super) fn meaning(answer: &Answer) -> CallError {
    let errors: JiraErrors = answer.try_json().unwrap_or_default();
    match answer.status().as_u16() {
        401 if errors.message.is_some_and(|message| message.contains(SCOPE_MISMATCH)) => {
            CallError::ScopeMissing
        }
        400 if !errors.errors.is_empty()
            && errors.errors.iter().all(|(field, text)| names_a_limit(field, text)) =>
        {
            CallError::TooLarge
        }
        _ => {
            let wait = answer.retry_after().or_else(|| answer.wait_until("x-ratelimit-reset"));
            let fields: Vec<_> = errors.errors.keys().filter_map(|field| shown_code(field)).collect();
            answer.failure(wait, (!fields.is_empty()).then(|| fields.join(", ")))
        }
    }
}
