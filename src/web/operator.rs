//! `GET /healthz`, `/readyz`, `/metrics`: for the operator and their tools.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::json;

use super::Door;
use crate::queue::EventState;

/// The process is alive.
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// It can do its work: the database answers, the queue can be read, the keys open.
pub(super) async fn readyz(State(door): State<Door>) -> impl IntoResponse {
    let bridge = door.bridge();
    let (database, queue, keys) =
        tokio::join!(bridge.store().database().ping(), bridge.queue().lag(), bridge.vault().check(),);
    let word = |good: bool| if good { "ok" } else { "failing" };
    let good = database.is_ok() && queue.is_ok() && keys.is_ok();
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": word(good),
        "database": word(database.is_ok()),
        "queue": word(queue.is_ok()),
        "keys": word(keys.is_ok()),
    });
    (status, Json(body))
}

/// Prometheus metrics; ids and words only.
pub(super) async fn metrics(State(door): State<Door>) -> impl IntoResponse {
    for (word, open) in door.bridge().open_events().await.unwrap_or_default() {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("threadline_events", "state" => word).set(open.count as f64);
        // What was given up lags behind nothing.
        if word != EventState::Dead.word() {
            metrics::gauge!("threadline_lag_seconds", "state" => word).set(open.oldest.as_secs_f64());
        }
    }
    let text = door.0.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
