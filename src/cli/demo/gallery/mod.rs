//! The gallery: each construct as it is written, as Jira shows it and as Teams shows it. What is
//! shown on the other side has gone through the writers and readers that the bridge uses.

mod constructs;
mod draw;
mod hostile;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::content::{Document, Mention, Who, adf, markdown, teams_html, wiki};
use crate::ids::{AccountId, ObjectId};
use constructs::{Construct, GROUPS};
use draw::draw;

/// The format that something is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Adf,
    Wiki,
    TeamsHtml,
    Markdown,
}

/// `GET /gallery`
pub(super) async fn page() -> Response {
    let page = Page { groups: GROUPS.iter().map(Section::of).collect() };
    let Ok(html) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    // Nothing on this page runs, whatever the hostile examples say.
    let policy = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

#[derive(Template)]
#[template(path = "gallery.html")]
struct Page {
    groups: Vec<Section>,
}

struct Section {
    title: &'static str,
    shown: Vec<Shown>,
}

/// A construct in all its formats.
struct Shown {
    id: String,
    title: &'static str,
    note: &'static str,
    ways: Vec<Way>,
}

/// One way: from where it is written to the other side.
struct Way {
    /// The name of the format.
    format: &'static str,
    from_jira: bool,
    source: String,
    /// As HTML.
    in_jira: String,
    in_teams: String,
    /// What was sent to the other side.
    sent: String,
}

impl Section {
    fn of(group: &constructs::Group) -> Self {
        Self { title: group.title, shown: group.constructs.iter().map(Shown::of).collect() }
    }
}

impl Shown {
    fn of(construct: &Construct) -> Self {
        Self {
            id: construct.title.to_lowercase().replace(' ', "-"),
            title: construct.title,
            note: construct.note,
            ways: construct.sources.iter().map(|(format, source)| Way::of(*format, source)).collect(),
        }
    }
}

impl Way {
    fn of(format: Format, source: &str) -> Self {
        let document = format.read(source);
        let mut copy = document.clone();
        copy.map_mentions(counterpart);
        let here = draw(&document);
        let from_jira = matches!(format, Format::Adf | Format::Wiki);
        let (there, sent) = if from_jira { to_teams(&copy) } else { to_jira(&copy) };
        let (in_jira, in_teams) = if from_jira { (here, there) } else { (there, here) };
        Self { format: format.name(), from_jira, source: revealed(source), in_jira, in_teams, sent }
    }
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Adf => "ADF",
            Self::Wiki => "Wiki markup",
            Self::TeamsHtml => "Teams HTML",
            Self::Markdown => "Markdown",
        }
    }

    fn read(self, source: &str) -> Document {
        match self {
            Self::Adf => adf::read(&nodes(source)),
            Self::Wiki => {
                let mut document = wiki::read(source);
                document.rename_mentions(|mention| (mention.who == ann().0).then(|| "Ann Archer".to_owned()));
                document
            }
            Self::TeamsHtml => teams_html::read(source, |id| {
                let (who, name) = match id {
                    "0" => (ann().1, "Ann Archer"),
                    "1" => (Who::Teams(ObjectId::new("ben-in-teams")), "Ben Baker"),
                    _ => return None,
                };
                Some(Mention { who, name: name.to_owned() })
            }),
            Self::Markdown => markdown::read(source),
        }
    }
}

/// The document of an ADF source.
fn nodes(source: &str) -> Value {
    let content = serde_json::from_str(&format!("[{source}]")).unwrap_or(Value::Null);
    json!({"type": "doc", "version": 1, "content": content})
}

/// The only person whom both sides know.
fn ann() -> (Who, Who) {
    (Who::Jira(AccountId::new("ann-in-jira")), Who::Teams(ObjectId::new("ann-in-teams")))
}

/// The same person on the other side.
fn counterpart(mention: &Mention) -> Who {
    let (in_jira, in_teams) = ann();
    match &mention.who {
        who if *who == in_jira => in_teams,
        who if *who == in_teams => in_jira,
        _ => Who::Nobody,
    }
}

fn to_teams(document: &Document) -> (String, String) {
    let message = teams_html::write(document);
    let shown = teams_html::read(&message.html, |id| {
        let (_, who, name) = message.mentions.iter().find(|(known, _, _)| known.to_string() == id)?;
        Some(Mention { who: Who::Teams(who.clone()), name: name.clone() })
    });
    (draw(&shown), message.html)
}

fn to_jira(document: &Document) -> (String, String) {
    let comment = adf::write(document);
    let content = comment.get("content").map(Value::to_string).unwrap_or_default();
    (draw(&adf::read(&comment)), content)
}

/// The source with its unseen characters spelled out.
fn revealed(source: &str) -> String {
    source.replace('\u{202e}', "\\u202e").replace('\u{200b}', "\\u200b")
}

#[cfg(test)]
mod tests;
