//! What every call to a host passes through: it is counted, and a fault may strike it. Once a call
//! has arrived it is carried out, whether or not the caller is still there: platforms do so.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::ambient::iso_date;
use crate::faults::{Moment, Trouble};
use crate::limits::{Call, TooMany};
use crate::platforms::Platforms;
use crate::recorder::Host;

/// How long a hanging call hangs if the rule does not say.
const HANG: Duration = Duration::from_hours(1);

/// Takes a call in and carries it out, to its end even if the caller goes away.
pub(crate) async fn gate(
    State((platforms, host)): State<(Arc<Platforms>, Host)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response(); // the caller is gone before all of it was said
    };
    let request = Request::from_parts(parts, Body::from(body));
    let carried_out = tokio::spawn(async move { carry_out(&platforms, host, request, next).await });
    carried_out.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Counts the call and carries out the fault that strikes it, if any.
async fn carry_out(platforms: &Platforms, host: Host, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(unknown)".to_owned(), |path| path.as_str().to_owned());
    let path = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8_lossy().into_owned();
    let trouble = platforms.faults.strike(host, method.as_str(), &path, || platforms.ids.fraction());
    let (trouble, reason) = trouble.unzip();
    let count = |status: u16| platforms.recorder.count(host, method.as_str(), &route, status);
    match trouble {
        None => {
            let call = Call { host, method: &method, path: &path, route: &route };
            let taken = platforms.limits.take(call, platforms.now());
            let refused = taken.as_ref().err().and_then(|too_many| too_many.reason);
            let mut response = match taken {
                Ok(()) if platforms.limits.weighs(call) => {
                    weigh(platforms, call, next.run(request).await).await
                }
                Ok(()) => next.run(request).await,
                Err(TooMany { retry_after, reason }) => {
                    let failed = Failed { status: 429, retry_after: Some(retry_after), reason, body: None };
                    failure(platforms, host, failed)
                }
            };
            for (name, value) in platforms.limits.headers(call, refused, platforms.now()) {
                response.headers_mut().insert(name, value);
            }
            count(response.status().as_u16());
            response
        }
        Some(Trouble::Delay { ms, at }) => {
            let wait = tokio::time::sleep(Duration::from_millis(ms));
            let response = if at == Moment::Before {
                wait.await;
                next.run(request).await
            } else {
                let response = next.run(request).await;
                wait.await;
                response
            };
            count(response.status().as_u16());
            response
        }
        Some(Trouble::Status { status, retry_after, body, at }) => {
            if at == Moment::After {
                next.run(request).await;
            }
            count(status);
            failure(
                platforms,
                host,
                Failed { status, retry_after, reason: reason.flatten().as_deref(), body },
            )
        }
        Some(Trouble::Hang { at, for_ms }) => {
            if at == Moment::After {
                next.run(request).await;
            }
            count(0);
            tokio::select! {
                () = tokio::time::sleep(for_ms.map_or(HANG, Duration::from_millis)) => {}
                () = platforms.stopping.cancelled() => {}
            }
            cut()
        }
        Some(Trouble::Cut { at }) => {
            if at == Moment::After {
                next.run(request).await;
            }
            count(0);
            cut()
        }
    }
}

/// Counts what an answer gives to read.
async fn weigh(platforms: &Platforms, call: Call<'_>, response: Response) -> Response {
    if !response.status().is_success() {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        platforms.limits.charge(call, None);
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else { return cut() };
    platforms.limits.charge(call, serde_json::from_slice(&body).ok().as_ref());
    Response::from_parts(parts, Body::from(body))
}

/// An answer that ends the connection before anything of it was sent: its body fails at
/// once, and the server then drops what it has buffered.
fn cut() -> Response {
    let broken = tokio_stream::iter([Err::<Bytes, _>(std::io::Error::other("cut on demand"))]);
    Body::from_stream(broken).into_response()
}

/// An answer that is a failure of the platform itself.
struct Failed<'a> {
    status: u16,
    retry_after: Option<u64>,
    reason: Option<&'a str>,
    body: Option<Value>,
}

fn failure(platforms: &Platforms, host: Host, failed: Failed<'_>) -> Response {
    let Failed { status, retry_after, reason, body } = failed;
    let body = body.unwrap_or_else(|| usual_body(platforms, host, status));
    let mut response =
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), axum::Json(body))
            .into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if host == Host::Api && status == 429 {
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from_static("0"));
        if let Ok(reason) = HeaderValue::from_str(reason.unwrap_or("jira-burst-based")) {
            headers.insert(HeaderName::from_static("ratelimit-reason"), reason);
        }
    }
    response
}

/// The body that a platform sends with a failure of its own.
fn usual_body(platforms: &Platforms, host: Host, status: u16) -> Value {
    let now = iso_date(platforms.now());
    match (host, status) {
        (Host::Graph, _) => {
            let code = match status {
                401 => "InvalidAuthenticationToken",
                403 => "Forbidden",
                404 => "NotFound",
                412 => "PreconditionFailed",
                429 => "TooManyRequests",
                503 => "ServiceUnavailable",
                504 => "GatewayTimeout",
                _ => "InternalServerError",
            };
            let id = platforms.ids.guid();
            json!({"error": {"code": code, "message": "The service could not answer this request.",
                "innerError": {"date": now, "request-id": id, "client-request-id": id}}})
        }
        (Host::Service, 429) => json!({"error": {"code": "Throttled", "message": "Too many requests."}}),
        (Host::Service, 412) => {
            json!({"error": {"code": "PreconditionFailed", "message": "Precondition failed, please try again."}})
        }
        (Host::Service, _) => json!({"error": {"code": "ServiceError", "message": "Unknown error."}}),
        (Host::Login, _) => {
            json!({"error": if status < 500 { "invalid_request" } else { "temporarily_unavailable" },
            "error_description": "AADSTS90033: A transient error has occurred. Please try again.",
            "error_codes": [90033], "timestamp": now})
        }
        (Host::Auth, _) => {
            json!({"error": "temporarily_unavailable", "error_description": "Service temporarily unavailable"})
        }
        _ => {
            json!({"errorMessages": ["The service is temporarily unavailable. Try again later."], "errors": {}})
        }
    }
}
