//! Who a browser is: two cookies, of which we keep hashes only.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use cookie::time;

use super::Door;
use super::problem::Problem;
use crate::hash::sha256;
use crate::store::Session;

/// A browser: what it has proven, and its cookies.
pub(super) struct Browser {
    /// What it has proven so far.
    pub session: Session,
    /// Hash of its session cookie.
    pub session_hash: Option<String>,
    /// Its cookies.
    pub jar: CookieJar,
}

impl Browser {
    /// Ends the session, here and in the browser.
    pub(super) async fn leave(self, door: &Door) -> Result<Response, Problem> {
        if let Some(hash) = self.session_hash {
            door.bridge().store().end_session(hash).await?;
        }
        let jar = self.jar.add(door.cookie(door.session_cookie(), String::new(), 0));
        Ok((jar, Redirect::to("/")).into_response())
    }
}

impl FromRequestParts<Door> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let jar = match CookieJar::from_request_parts(parts, door).await {
            Ok(jar) => jar,
            Err(never) => match never as Infallible {},
        };
        let session_hash = jar.get(door.session_cookie()).map(|cookie| sha256(cookie.value()));
        let session = match &session_hash {
            Some(hash) => door.bridge().store().session(hash).await?.unwrap_or_default(),
            None => Session::default(),
        };
        Ok(Self { session, session_hash, jar })
    }
}

impl Door {
    /// `__Host-` binds a cookie to this very host and to TLS; without TLS browsers refuse it.
    pub(super) fn session_cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-threadline" } else { "threadline" }
    }

    /// Binds a login that is under way to the browser that began it.
    pub(super) fn login_cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-threadline-login" } else { "threadline-login" }
    }

    /// A cookie that scripts can't read and other sites' posts don't carry.
    pub(super) fn cookie(&self, name: &'static str, value: String, days: i64) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.is_secure())
            .same_site(SameSite::Lax)
            .max_age(time::Duration::days(days))
            .build()
    }
}
