//! `GET /panel`: the chats of an issue, for the person who looks at it.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::Door;
use super::assets::page;
use super::browser::Browser;
use super::problem::Problem;
use crate::bridge::{ChatOfIssue, ListRefused};
use crate::ids::SiteId;

#[derive(Deserialize)]
pub(super) struct Asked {
    /// The site's id.
    site: String,
    /// Key or id of the issue.
    issue: String,
}

#[derive(Template)]
#[template(path = "panel.html")]
struct Panel {
    issue: String,
    chats: Vec<ChatOfIssue>,
    login: Option<String>,
    /// Where to prove the Microsoft account too: only members see a private chat.
    microsoft: Option<String>,
    refused: Option<String>,
}

/// The panel, or the way to log in.
pub(super) async fn show(
    State(door): State<Door>,
    Query(asked): Query<Asked>,
    browser: Browser,
) -> Result<Response, Problem> {
    let site = match asked.site.parse::<SiteId>() {
        Ok(id) => door.bridge().store().site(id).await?,
        Err(_) => None,
    };
    let site = site.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "There is nothing here. Check the address of the panel.")
    })?;
    let mut panel =
        Panel { issue: asked.issue.clone(), chats: Vec::new(), login: None, microsoft: None, refused: None };
    match door.bridge().chats_of_issue(&site, &asked.issue, &browser.session).await {
        Ok((key, chats)) => {
            panel.issue = key.to_string();
            panel.chats = chats;
            panel.microsoft = browser.session.microsoft.is_none().then(|| login("microsoft", &asked));
        }
        Err(ListRefused::LoginNeeded) => {
            panel.login = Some(login("jira", &asked));
        }
        Err(refused @ ListRefused::NoSuchIssue) => {
            panel.refused = Some(super::problem::sentence(&refused.to_string()));
        }
        Err(other) => return Err(other.into()),
    }
    Ok(page(&panel, &door.frames()))
}

/// A login that leads back to this panel.
fn login(provider: &str, asked: &Asked) -> String {
    let query = |pairs: &[(&str, &str)]| {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    };
    let panel = query(&[("site", &asked.site), ("issue", &asked.issue)]);
    format!("/login/{provider}?{}", query(&[("return_to", &format!("/panel?{panel}"))]))
}
