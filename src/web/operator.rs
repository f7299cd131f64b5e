//! `GET /healthz`, `/readyz`, `/metrics`: for the operator and their tools.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::json;

use super::Door;
use crate::bridge::OPEN_WORDS;
use crate::queue::EventState;

/// So long the events are counted for the metrics: Prometheus waits ten seconds for all of them.
const COUNTING: Duration = Duration::from_secs(4);

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
    match tokio::time::timeout(COUNTING, door.bridge().open_events()).await {
        Ok(Ok(open)) => {
            for (word, open) in open {
                #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
                gauge_open(word, open.count as f64, open.oldest.as_secs_f64());
            }
        }
        // What it was before is not what it is: nobody knows.
        Ok(Err(_)) | Err(_) => OPEN_WORDS.into_iter().for_each(|word| gauge_open(word, f64::NAN, f64::NAN)),
    }
    let text = door.0.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// Shows how many events are not done, and since when.
fn gauge_open(word: &'static str, count: f64, oldest: f64) {
    metrics::gauge!("threadline_events", "state" => word).set(count);
    // What was given up lags behind nothing.
    if word != EventState::Dead.word() {
        metrics::gauge!("threadline_lag_seconds", "state" => word).set(oldest);
    }
}
