//! Making the platforms fail, and moving time.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::faults::{DeliveryFault, Fault};
use crate::simulator::Simulator;

pub(super) async fn list(State(simulator): State<Simulator>) -> Json<Value> {
    let (calls, deliveries) = simulator.faults();
    Json(json!({"calls": calls, "deliveries": deliveries}))
}

pub(super) async fn add(State(simulator): State<Simulator>, Json(fault): Json<Fault>) -> StatusCode {
    simulator.fail(fault);
    StatusCode::NO_CONTENT
}

pub(super) async fn add_delivery(
    State(simulator): State<Simulator>,
    Json(fault): Json<DeliveryFault>,
) -> StatusCode {
    simulator.fail_delivery(fault);
    StatusCode::NO_CONTENT
}

pub(super) async fn clear(State(simulator): State<Simulator>) -> StatusCode {
    simulator.clear_faults();
    StatusCode::NO_CONTENT
}

/// What is counted, and what it has come to.
pub(super) async fn limit_uses(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({"held": simulator.holds_limits(), "used": simulator.limit_uses()}))
}

#[derive(Deserialize)]
pub(super) struct Held {
    held: bool,
    jira_points: Option<u64>,
}

pub(super) async fn hold_limits(State(simulator): State<Simulator>, Json(wish): Json<Held>) -> StatusCode {
    simulator.hold_limits(wish.held);
    if let Some(points) = wish.jira_points {
        simulator.set_jira_points(points);
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(super) struct Whose {
    person: String,
}

pub(super) async fn expire(
    State(simulator): State<Simulator>,
    Json(whose): Json<Whose>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(json!({"expired": simulator.expire_access_tokens(&whose.person)?})))
}

pub(super) async fn revoke(
    State(simulator): State<Simulator>,
    Json(whose): Json<Whose>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(json!({"revoked": simulator.revoke_refresh_tokens(&whose.person)?})))
}

#[derive(Deserialize)]
pub(super) struct Secret {
    client_id: String,
    client_secret: String,
}

pub(super) async fn secret(State(simulator): State<Simulator>, Json(secret): Json<Secret>) -> StatusCode {
    simulator.set_client_secret(&secret.client_id, &secret.client_secret);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(super) struct Advance {
    seconds: u64,
}

pub(super) async fn advance(State(simulator): State<Simulator>, Json(by): Json<Advance>) -> StatusCode {
    simulator.advance(Duration::from_secs(by.seconds));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(super) struct Scale {
    factor: f64,
}

pub(super) async fn scale(State(simulator): State<Simulator>, Json(scale): Json<Scale>) -> StatusCode {
    simulator.set_time_scale(scale.factor);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(super) struct Patience {
    timeout_ms: u64,
}

pub(super) async fn settled(
    State(simulator): State<Simulator>,
    Json(patience): Json<Patience>,
) -> Json<Value> {
    let settled = simulator.settled(Duration::from_millis(patience.timeout_ms)).await;
    Json(json!({"settled": settled}))
}
