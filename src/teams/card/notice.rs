//! The cards that say something: an issue was created, please sign in, anything in a line.

use serde_json::Value;
use url::Url;

use super::{Action, Element, card};

/// Says that an issue was created.
pub struct IssueCreated<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its summary.
    pub summary: &'a str,
    /// Where it opens in Jira.
    pub url: &'a Url,
}

impl IssueCreated<'_> {
    /// The card.
    pub fn card(&self) -> Value {
        let heading = format!("{} created", self.key);
        let body = [Element::heading(&heading), Element::text(self.summary)];
        card(&body, &[Action::OpenUrl { title: "Open in Jira", url: self.url }])
    }
}

/// Asks someone to sign in at `url`: `reason` says what for, `title` is on the button.
pub fn sign_in(reason: &str, title: &str, url: &Url) -> Value {
    card(&[Element::text(reason)], &[Action::OpenUrl { title, url }])
}

/// A line of text.
pub fn notice(text: &str) -> Value {
    card(&[Element::text(text)], &[])
}
