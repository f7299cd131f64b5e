//! Several people log in from one browser. Each keeps a session of their own: Threadline's
//! cookie is put aside when another person's turn comes, and back when theirs returns.
//! (Cookies know hosts, not ports, so this page sees the service's cookie.)

use axum::extract::{Path, Query, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;
use url::Url;

use super::page::Refused;
use super::state::Theatre;

/// Threadline's own cookie, where it is reached without TLS.
const SESSION: &str = "threadline";
/// Whose turn it is.
const TURN: &str = "threadline-demo-person";

#[derive(Deserialize)]
pub(super) struct Who {
    person: String,
}

/// Takes the first step of a login for this person, with their name chosen on the consent page.
pub(super) async fn begin(
    State(theatre): State<Theatre>,
    Path(provider): Path<String>,
    Query(who): Query<Who>,
    jar: CookieJar,
) -> Result<Response, Refused> {
    let unreachable = |_| Refused("Threadline does not answer. Is the demo still running?".to_owned());
    let name = theatre.stage.simulator.person(&who.person)?.name.clone();
    let path = format!("login/{provider}?return_to=/");
    let login =
        theatre.stage.public_url.join(&path).map_err(|_| Refused("There is no such login.".to_owned()))?;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(unreachable)?;
    let begun = http.get(login).send().await.map_err(unreachable)?;
    let location = begun.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(mut authorize) = location.and_then(|text| Url::parse(text).ok()) else {
        return Err(Refused("There is no such login.".to_owned()));
    };
    authorize.query_pairs_mut().append_pair("login_as", &name);
    let cookies: Vec<_> =
        begun.headers().get_all(SET_COOKIE).iter().map(|value| (SET_COOKIE, value.clone())).collect();
    let jar = take_turn(jar, &who.person);
    Ok((jar, AppendHeaders(cookies), Redirect::to(authorize.as_str())).into_response())
}

fn take_turn(jar: CookieJar, person: &str) -> CookieJar {
    let before = jar.get(TURN).map(|cookie| cookie.value().to_owned());
    if before.as_deref() == Some(person) {
        return jar;
    }
    let session = jar.get(SESSION).map(|cookie| cookie.value().to_owned());
    let kept = jar.get(&aside(person)).map(|cookie| cookie.value().to_owned());
    let mut jar = jar.add(cookie(TURN.to_owned(), person.to_owned()));
    if let (Some(before), Some(session)) = (before, session) {
        jar = jar.add(cookie(aside(&before), session));
    }
    jar.add(cookie(SESSION.to_owned(), kept.unwrap_or_default()))
}

/// Where a person's session waits for their next turn.
fn aside(person: &str) -> String {
    format!("threadline-demo-{person}")
}

fn cookie(name: String, value: String) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).build()
}
