//! What Graph and the Bot Connector mean when they do not say 2xx.
//! Sources: learn.microsoft.com, "Status codes from bot conversational APIs"; Graph "errors".

use serde::Deserialize;
use serde_json::Value;

use crate::call::CallError;
use crate::call::answer::{Answer, shown_code};

/// Which of the two answered: they disagree about 412.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Graph,
    Connector,
}

/// `{"error":{"code":…}}`, or the Connector's `{"errorCode":209,"message":"{\"subCode\":…}"}`.
#[derive(Deserialize, Default)]
struct Failure {
    error: Option<Value>,
    #[serde(rename = "errorCode")]
    number: Option<u32>,
    message: Option<Value>,
}

impl Failure {
    fn code(&self) -> Option<String> {
        let code = |value: &Value, name| value.get(name).and_then(Value::as_str).and_then(shown_code);
        self.error
            .as_ref()
            .and_then(|error| code(error, "code"))
            .or_else(|| {
                let inner = serde_json::from_str::<Value>(self.message.as_ref()?.as_str()?).ok()?;
                code(&inner, "subCode")
            })
            .or_else(|| self.number.map(|number| number.to_string()))
    }
}

/// Lets a success pass, and says what a failure means.
pub(super) fn check(answer: Answer, service: Service) -> Result<Answer, CallError> {
    if answer.status().is_success() { Ok(answer) } else { Err(meaning(&answer, service)) }
}

pub(super) fn meaning(answer: &Answer, service: Service) -> CallError {
    let code = answer.try_json::<Failure>().unwrap_or_default().code();
    let too_large = |code: &str| code.contains("TooBig") || code.contains("TooLarge");
    match answer.status().as_u16() {
        // The Connector was busy with another operation on the conversation; nothing happened.
        412 if service == Service::Connector => CallError::Throttled { retry_after: answer.retry_after() },
        400..=499 if code.as_deref().is_some_and(too_large) => CallError::TooLarge,
        _ => answer.failure(answer.retry_after(), code),
    }
}
