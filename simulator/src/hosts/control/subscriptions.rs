//! Graph's subscriptions: reading them, and what may happen to them and their notifications.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::simulator::Simulator;
use crate::teams::subscription::{Forgery, LifecycleEvent};

pub(super) async fn list(State(simulator): State<Simulator>) -> Json<Value> {
    let all = simulator.subscriptions();
    let shown = all.iter().map(|one| {
        json!({"id": one.id, "resource": one.resource, "expires": one.expires,
            "certificate_id": one.certificate_id, "suspended": one.suspended,
            "reauthorized": one.reauthorized})
    });
    Json(shown.collect())
}

#[derive(Deserialize)]
pub(super) struct News {
    id: String,
    event: LifecycleEvent,
}

pub(super) async fn lifecycle(
    State(simulator): State<Simulator>,
    Json(news): Json<News>,
) -> Result<StatusCode, ControlError> {
    simulator.tell_lifecycle(&news.id, news.event)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct Wrong {
    forgery: Option<Forgery>,
}

pub(super) async fn forge(State(simulator): State<Simulator>, Json(wrong): Json<Wrong>) -> StatusCode {
    simulator.forge_notifications(wrong.forgery);
    StatusCode::NO_CONTENT
}
