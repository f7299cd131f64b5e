//! `GET /`: what a person has connected, and the way to undo it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Door;
use super::assets::page;
use super::browser::Browser;
use super::problem::Problem;

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    jira: bool,
    microsoft: bool,
    mapped: bool,
}

/// The page of one's own connections.
pub(super) async fn show(State(door): State<Door>, browser: Browser) -> Result<Response, Problem> {
    let mapped = door.bridge().is_mapped(&browser.session).await?;
    Ok(page(
        &Account {
            jira: browser.session.account.is_some(),
            microsoft: browser.session.microsoft.is_some(),
            mapped,
        },
        "'none'",
    ))
}

/// Undoes the mapping and destroys the tokens of both accounts.
pub(super) async fn disconnect(State(door): State<Door>, browser: Browser) -> Result<Response, Problem> {
    door.bridge().disconnect(&browser.session).await?;
    browser.leave(&door).await
}
