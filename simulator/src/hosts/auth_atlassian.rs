//! `auth.atlassian.com`: the consent page and the token endpoint of OAuth 2.0 (3LO).
//!
//! A test may POST the consent form as a browser does: the parameters of the authorize URL
//! as fields, plus `person` (name or id), `site` (cloud id, the first site if absent) and
//! `decision` (`allow` or `deny`). The answer is the redirect to the callback.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::hosts::faces::Face;
use crate::hosts::wire;
use crate::jira::grants::{ACCESS_LIFE, BadGrant, TokenPair};
use crate::platforms::Shared;

pub(crate) fn routes(platforms: Shared) -> Router {
    Router::new()
        .route("/authorize", get(show_consent).post(take_consent))
        .route("/oauth/token", post(token))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(platforms)
}

type Parameters = HashMap<String, String>;

#[derive(Template)]
#[template(path = "consent.html")]
pub(super) struct ConsentPage {
    pub(super) platform: &'static str,
    pub(super) app: String,
    pub(super) people: Vec<Face>,
    /// Name and id; empty where there is nothing to choose.
    pub(super) sites: Vec<(String, String)>,
    pub(super) scopes: Vec<String>,
    pub(super) hidden: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "refused.html")]
pub(super) struct RefusedPage<'a> {
    pub(super) platform: &'static str,
    pub(super) message: &'a str,
}

/// A page instead of a redirect: the request is not from a known app.
pub(super) fn refused(platform: &'static str, message: &str) -> Response {
    (StatusCode::BAD_REQUEST, wire::page(RefusedPage { platform, message }.render())).into_response()
}

fn parameter<'a>(parameters: &'a Parameters, name: &str) -> &'a str {
    parameters.get(name).map(String::as_str).unwrap_or_default()
}

/// The redirect URI with more parameters.
pub(super) fn back(redirect_uri: &Url, more: &[(&str, &str)]) -> Response {
    let mut url = redirect_uri.clone();
    url.query_pairs_mut().extend_pairs(more.iter().filter(|(_, value)| !value.is_empty()));
    Redirect::to(url.as_str()).into_response()
}

fn scopes(parameters: &Parameters) -> BTreeSet<String> {
    parameter(parameters, "scope").split_whitespace().map(str::to_owned).collect()
}

/// Classic scopes that the platform knows; a granular one has three parts or a colon pair
/// ending in the product.
fn is_known(scope: &str) -> bool {
    const CLASSIC: [&str; 9] = [
        "offline_access",
        "read:me",
        "read:account",
        "read:jira-work",
        "write:jira-work",
        "read:jira-user",
        "manage:jira-webhook",
        "manage:jira-project",
        "manage:jira-configuration",
    ];
    CLASSIC.contains(&scope) || (scope.matches(':').count() == 2 && scope.ends_with(":jira"))
}

/// Checks an authorize request; the error is the answer to give.
fn check(platforms: &Shared, parameters: &Parameters) -> Result<Url, Box<Response>> {
    let refuse = |message: &str| Box::new(refused("Atlassian", message));
    let world = platforms.world();
    let app = world
        .jira
        .grants
        .apps
        .get(parameter(parameters, "client_id"))
        .ok_or_else(|| refuse("This app is not known here: its client_id is not registered."))?;
    let asked = parameter(parameters, "redirect_uri");
    if !app.redirect_uris.iter().any(|registered| registered == asked) {
        return Err(refuse(
            "The app's callback URL differs from the registered one: redirect_uri is not registered for this client.",
        ));
    }
    let redirect_uri = Url::parse(asked).map_err(|_| refuse("redirect_uri is not a URL."))?;
    let state = parameter(parameters, "state");
    let fail = |error: &str, description: &str| {
        Box::new(back(
            &redirect_uri,
            &[("error", error), ("error_description", description), ("state", state)],
        ))
    };
    if parameter(parameters, "response_type") != "code" {
        return Err(fail("unsupported_response_type", "response_type must be code"));
    }
    if parameter(parameters, "audience") != "api.atlassian.com" {
        return Err(fail("access_denied", "audience must be api.atlassian.com"));
    }
    let scopes = scopes(parameters);
    if scopes.is_empty() || !scopes.iter().all(|scope| is_known(scope)) {
        return Err(fail("invalid_scope", "a requested scope is not known"));
    }
    Ok(redirect_uri)
}

async fn show_consent(State(platforms): State<Shared>, Query(parameters): Query<Parameters>) -> Response {
    if let Err(answer) = check(&platforms, &parameters) {
        return *answer;
    }
    let hint = parameter(&parameters, "login_as").to_owned();
    let world = platforms.world();
    let preselected = world.people.find(&hint);
    let page = ConsentPage {
        platform: "Atlassian",
        app: "Threadline".to_owned(),
        people: world
            .people
            .all()
            .iter()
            .map(|person| Face::choice(person, &person.account_id, preselected.as_ref() == Some(person)))
            .collect(),
        sites: world.jira.sites.iter().map(|site| (site.name.clone(), site.cloud_id.clone())).collect(),
        scopes: scopes(&parameters).into_iter().collect(),
        hidden: parameters.into_iter().collect(),
    };
    drop(world);
    wire::page(page.render())
}

async fn take_consent(State(platforms): State<Shared>, Form(parameters): Form<Parameters>) -> Response {
    let redirect_uri = match check(&platforms, &parameters) {
        Ok(redirect_uri) => redirect_uri,
        Err(answer) => return *answer,
    };
    let state = parameter(&parameters, "state");
    if parameter(&parameters, "decision") != "allow" {
        let text = "User did not authorize the request";
        return back(
            &redirect_uri,
            &[("error", "access_denied"), ("error_description", text), ("state", state)],
        );
    }
    let now = platforms.now();
    let mut world = platforms.world();
    let Some(person) = world.people.find(parameter(&parameters, "person")) else {
        return refused("Atlassian", "Choose who you are.");
    };
    let wanted = parameter(&parameters, "site");
    let site = world.jira.sites.iter().find(|site| wanted.is_empty() || site.cloud_id == wanted);
    let Some(cloud_id) = site.map(|site| site.cloud_id.clone()) else {
        return refused("Atlassian", "Choose a site.");
    };
    let code = world.jira.grants.consent(
        &platforms.ids,
        now,
        parameter(&parameters, "client_id"),
        &person.account_id,
        parameter(&parameters, "redirect_uri"),
        scopes(&parameters),
        &cloud_id,
    );
    back(&redirect_uri, &[("code", &code), ("state", state)])
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
}

fn error(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

/// Exchanges a code or rotates a refresh token. The real endpoint takes JSON; a form is
/// refused here although the real one may take it, so that nobody relies on it.
async fn token(State(platforms): State<Shared>, headers: HeaderMap, body: axum::body::Bytes) -> Response {
    const INVALID: &str = "invalid_request";
    if wire::media_type(&headers) != Some("application/json") {
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, INVALID, "Content-Type must be application/json");
    }
    let Ok(request) = serde_json::from_slice::<TokenRequest>(&body) else {
        return error(StatusCode::BAD_REQUEST, INVALID, "The body is not valid JSON");
    };
    let now = platforms.now();
    let mut world = platforms.world();
    let grants = &mut world.jira.grants;
    let client_id = request.client_id.unwrap_or_default();
    let known = grants.apps.get(&client_id);
    if known.is_none_or(|app| Some(&app.client_secret) != request.client_secret.as_ref()) {
        return error(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized");
    }
    let given = match request.grant_type.as_deref() {
        Some("authorization_code") => {
            let (Some(code), Some(redirect_uri)) = (request.code, request.redirect_uri) else {
                return error(StatusCode::BAD_REQUEST, INVALID, "code and redirect_uri are required");
            };
            grants.exchange(&platforms.ids, now, &client_id, &code, &redirect_uri)
        }
        Some("refresh_token") => {
            let Some(refresh) = request.refresh_token else {
                return error(StatusCode::BAD_REQUEST, INVALID, "refresh_token is required");
            };
            grants.rotate(&platforms.ids, now, &client_id, &refresh)
        }
        _ => return error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Unsupported grant type"),
    };
    match given {
        Ok(pair) => Json(token_body(pair)).into_response(),
        Err(BadGrant::Code) => error(StatusCode::BAD_REQUEST, INVALID, "authorization_code is invalid"),
        Err(BadGrant::Redirect) => error(StatusCode::BAD_REQUEST, INVALID, "redirect_uri is invalid"),
        Err(BadGrant::Refresh) => {
            error(StatusCode::FORBIDDEN, "invalid_grant", "Unknown or invalid refresh token.")
        }
    }
}

/// The documented answer, which has no `token_type`.
fn token_body(pair: TokenPair) -> serde_json::Value {
    let mut body =
        json!({"access_token": pair.access, "expires_in": ACCESS_LIFE / 1000, "scope": pair.scope});
    if let (Some(refresh), Some(map)) = (pair.refresh, body.as_object_mut()) {
        map.insert("refresh_token".to_owned(), refresh.into());
    }
    body
}
