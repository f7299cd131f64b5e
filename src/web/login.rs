//! `GET /login/{provider}` and its callback, `POST /logout`: people, through real redirects.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Door;
use super::browser::Browser;
use super::problem::Problem;
use crate::bridge::LoginProvider;
use crate::hash::sha256;

/// Days that a browser stays logged in.
const SESSION_DAYS: i64 = 30;

#[derive(Deserialize)]
pub(super) struct Begin {
    /// A path of this service to return to.
    return_to: Option<String>,
    /// The other provider, if its login should follow.
    then: Option<String>,
}

/// Sends the browser to the provider's login page.
pub(super) async fn begin(
    State(door): State<Door>,
    Path(provider): Path<String>,
    Query(query): Query<Begin>,
    browser: Browser,
) -> Result<Response, Problem> {
    let provider = known(&provider)?;
    let return_to = match query.then.as_deref().and_then(LoginProvider::from_word) {
        Some(next) if next != provider => format!("/login/{}", next.word()),
        _ => query.return_to.unwrap_or_else(|| "/".to_owned()),
    };
    let mark = match browser.jar.get(door.login_cookie()) {
        Some(cookie) if cookie.value().len() >= 32 => cookie.value().to_owned(),
        _ => door.bridge().fresh_token(),
    };
    let url = door.bridge().begin_login(provider, &mark, return_to).await?;
    let jar = browser.jar.add(door.cookie(door.login_cookie(), mark, 1));
    Ok((jar, Redirect::to(url.as_str())).into_response())
}

#[derive(Deserialize)]
pub(super) struct Callback {
    state: Option<String>,
    code: Option<String>,
}

/// Takes the browser back with what the provider says.
pub(super) async fn callback(
    State(door): State<Door>,
    Path(provider): Path<String>,
    Query(query): Query<Callback>,
    browser: Browser,
) -> Result<Response, Problem> {
    let provider = known(&provider)?;
    let expired = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "This login has expired or was begun in another browser; start again.",
        )
    };
    let state = query.state.ok_or_else(expired)?;
    let mark =
        browser.jar.get(door.login_cookie()).map(|cookie| cookie.value().to_owned()).ok_or_else(expired)?;
    let connected =
        door.bridge().finish_login(provider, &mark, &state, query.code.as_deref(), browser.session).await?;
    // A new cookie for a new proof: one that was planted before the login is worth nothing.
    let token = door.bridge().fresh_token();
    door.bridge().store().replace_session(browser.session_hash, sha256(&token), connected.session).await?;
    let jar = browser.jar.add(door.cookie(door.session_cookie(), token, SESSION_DAYS));
    Ok((jar, Redirect::to(&connected.return_to)).into_response())
}

/// Ends the browser's session; the person stays mapped.
pub(super) async fn logout(State(door): State<Door>, browser: Browser) -> Result<Response, Problem> {
    browser.leave(&door).await
}

fn known(provider: &str) -> Result<LoginProvider, Problem> {
    LoginProvider::from_word(provider).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "There is no such login: use /login/jira or /login/microsoft.")
    })
}
