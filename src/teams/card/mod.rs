//! Adaptive Cards 1.5, as far as Threadline uses them. Text from people goes into a `TextRun`,
//! which shows it literally; a `TextBlock` would read it as Markdown.
//! Source: adaptivecards.io, and "Cards reference" of the Teams docs (1.5 or earlier).

mod create_issue;
mod notice;

use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

pub use self::create_issue::{CREATE_ISSUE_VERB, CreateIssueForm};
pub use self::notice::{IssueCreated, notice, sign_in};

/// The content type of an attachment that is an Adaptive Card.
pub const CONTENT_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// One choice of a list.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What people read.
    pub title: String,
    /// What comes back.
    pub value: String,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Element<'a> {
    RichTextBlock {
        inlines: Vec<TextRun<'a>>,
    },
    #[serde(rename = "Input.Text", rename_all = "camelCase")]
    TextInput {
        id: &'static str,
        label: &'static str,
        value: &'a str,
        max_length: u32,
        is_multiline: bool,
        is_required: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        error_message: Option<&'static str>,
    },
    #[serde(rename = "Input.ChoiceSet", rename_all = "camelCase")]
    ChoiceSet {
        id: &'static str,
        label: &'static str,
        choices: &'a [Choice],
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<&'a str>,
        style: &'static str,
        is_required: bool,
        error_message: &'static str,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "TextRun")]
struct TextRun<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Action<'a> {
    #[serde(rename = "Action.OpenUrl")]
    OpenUrl { title: &'a str, url: &'a Url },
    #[serde(rename = "Action.Submit")]
    Submit { title: &'a str, data: Value },
}

impl<'a> Element<'a> {
    /// A line of text, shown literally.
    fn text(text: &'a str) -> Self {
        Self::RichTextBlock { inlines: vec![TextRun { text, weight: None, size: None }] }
    }

    /// A heading, shown literally.
    fn heading(text: &'a str) -> Self {
        let run = TextRun { text, weight: Some("bolder"), size: Some("medium") };
        Self::RichTextBlock { inlines: vec![run] }
    }
}

/// What a card says: its texts, a line each. Cards of others are read too.
pub fn text(card: &Value) -> String {
    let mut lines = Vec::new();
    collect_texts(card.get("body").unwrap_or(&Value::Null), &mut lines);
    lines.join("\n")
}

fn collect_texts<'a>(value: &'a Value, lines: &mut Vec<&'a str>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect_texts(element, lines)),
        Value::Object(fields) => {
            lines.extend(fields.get("text").and_then(Value::as_str));
            fields.values().filter(|field| field.is_array()).for_each(|field| collect_texts(field, lines));
        }
        _ => {}
    }
}

fn card(body: &[Element<'_>], actions: &[Action<'_>]) -> Value {
    json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": body,
        "actions": actions,
    })
}

#[cfg(test)]
mod tests;
