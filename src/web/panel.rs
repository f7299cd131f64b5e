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
    let mut panel = Panel { issue: asked.issue.clone(), chats: Vec::new(), login: None, refused: None };
    match door.bridge().chats_of_issue(&site, &asked.issue, &browser.session).await {
        Ok((key, chats)) => {
            panel.issue = key.to_string();
            panel.chats = chats;
        }
        Err(ListRefused::LoginNeeded) => {
            let back = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("site", &asked.site)
                .append_pair("issue", &asked.issue)
                .finish();
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("return_to", &format!("/panel?{back}"))
                .finish();
            panel.login = Some(format!("/login/jira?{query}"));
        }
        Err(refused @ ListRefused::NoSuchIssue) => {
            panel.refused = Some(super::problem::sentence(&refused.to_string()));
        }
        Err(other) => return Err(other.into()),
    }
    let frames = std::iter::once("'self'")
        .chain(door.0.server.frame_ancestors.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    Ok(page(&panel, &frames))
}
