//! The control API: what no platform has. Tests in other processes and the demo page act as
//! people, read the world, watch it and make it fail.
//!
//! | call | what |
//! |---|---|
//! | `GET /urls`, `GET /world` | addresses; people, issues with comments, chats and threads with messages, teams |
//! | `GET /issues/{key}`, `GET /chats/{id}` | one of them |
//! | `GET /deliveries`, `GET /calls` | what was sent to Threadline; how often each route was called |
//! | `GET /feed` | server-sent events; `?after=` or `Last-Event-ID` gives the older ones too |
//! | `POST /act/…` | `comment`, `edit-comment`, `delete-comment`, `create-issue`, `message`, `thread`, `react`, `unreact`, `edit-message`, `delete-message`, `invoke`, `message-action` |
//! | `GET`, `POST`, `DELETE /faults`, `POST /delivery-faults` | see [`crate::Fault`] and [`crate::DeliveryFault`] |
//! | `POST /tokens/expire`, `POST /tokens/revoke` | `{"person"}`: access tokens, refresh tokens |
//! | `POST /tokens/secret` | `{"client_id", "client_secret"}`: the old secret is invalid from now on |
//! | `POST /clock/advance`, `POST /clock/scale` | `{"seconds"}`, `{"factor"}` on the waits between attempts |
//! | `GET /subscriptions`, `POST /subscriptions/lifecycle`, `POST /subscriptions/forge` | Graph's; `{"id", "event"}`, see [`crate::LifecycleEvent`]; `{"forgery"}`, see [`crate::Forgery`], none if absent |
//! | `POST /settled` | `{"timeout_ms"}`: waits until nothing is to be delivered |

mod act;
mod feed;
mod read;
mod subscriptions;
mod trouble;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::refusal::Refusal;
use crate::simulator::Simulator;

pub(crate) fn routes(simulator: Simulator) -> Router {
    Router::new()
        .route("/urls", get(read::urls))
        .route("/world", get(read::world))
        .route("/issues/{key}", get(read::issue))
        .route("/chats/{chat}", get(read::chat))
        .route("/deliveries", get(read::deliveries))
        .route("/calls", get(read::calls))
        .route("/feed", get(feed::feed))
        .route("/act/comment", post(act::comment))
        .route("/act/edit-comment", post(act::edit_comment))
        .route("/act/delete-comment", post(act::delete_comment))
        .route("/act/create-issue", post(act::create_issue))
        .route("/act/message", post(act::message))
        .route("/act/thread", post(act::thread))
        .route("/act/react", post(act::react))
        .route("/act/unreact", post(act::unreact))
        .route("/act/edit-message", post(act::edit_message))
        .route("/act/delete-message", post(act::delete_message))
        .route("/act/invoke", post(act::invoke))
        .route("/act/message-action", post(act::message_action))
        .route("/faults", get(trouble::list).post(trouble::add).delete(trouble::clear))
        .route("/delivery-faults", post(trouble::add_delivery))
        .route("/tokens/expire", post(trouble::expire))
        .route("/tokens/revoke", post(trouble::revoke))
        .route("/tokens/secret", post(trouble::secret))
        .route("/clock/advance", post(trouble::advance))
        .route("/clock/scale", post(trouble::scale))
        .route("/limits", get(trouble::limit_uses).post(trouble::hold_limits))
        .route("/subscriptions", get(subscriptions::list))
        .route("/subscriptions/lifecycle", post(subscriptions::lifecycle))
        .route("/subscriptions/forge", post(subscriptions::forge))
        .route("/settled", post(trouble::settled))
        .layer(from_fn(allow_loopback))
        .with_state(simulator)
}

/// A refused act: 422 with one sentence.
pub(super) struct ControlError(Refusal);

impl From<Refusal> for ControlError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let body = axum::Json(json!({"error": self.0.to_string()}));
        (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
    }
}

fn is_loopback(origin: &HeaderValue) -> bool {
    let host = origin.to_str().ok().and_then(|origin| url::Url::parse(origin).ok());
    match host.as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Lets pages of loopback origins call; a page from anywhere else is refused.
async fn allow_loopback(request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    if !is_loopback(&origin) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, last-event-id"),
    ] {
        let name: HeaderName = name;
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
