//! Logs and metrics. Neither ever holds what people wrote, their names, or a token: fields
//! are ids, counts, times and the reason words.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, Telemetry};

/// Latency buckets in seconds: fine where the budget lies (15 to 60 ms), wide beyond.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.25, 1.0, 5.0, 60.0, 3600.0];

/// Starts logging to standard error; a second call changes nothing.
pub fn start_logs(settings: &Telemetry) {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    // A test may have started logging already; that is as good.
    let _ = match settings.format {
        LogFormat::Json => registry
            .with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr))
            .try_init(),
        LogFormat::Text => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
                    .with_target(false)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
}

/// The metrics of this process, for `GET /metrics`. The recorder is installed at the first call.
pub fn metrics_handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let builder = builder
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
                .unwrap_or_else(|_| PrometheusBuilder::new());
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics stays empty");
            }
            describe();
            handle
        })
        .clone()
}

fn describe() {
    metrics::describe_counter!(
        "threadline_deliveries_total",
        "Deliveries that were taken, by source and first reason."
    );
    metrics::describe_counter!("threadline_events_total", "Verdicts on events, by verdict and reason.");
    metrics::describe_counter!(
        "threadline_refused_total",
        "Requests that were refused at the door, by path and status."
    );
    metrics::describe_counter!(
        "threadline_malformed_total",
        "Proven deliveries that could not be parsed, by source."
    );
    metrics::describe_counter!(
        "threadline_forgotten_total",
        "Rows that were forgotten after their time, by kind."
    );
    metrics::describe_histogram!(
        "threadline_event_seconds",
        metrics::Unit::Seconds,
        "From arrival to the verdict."
    );
    metrics::describe_counter!(
        "threadline_held_back_total",
        "Calls that were not made because a platform's limit was reached; they are made later."
    );
    metrics::describe_gauge!("threadline_events", "Events that are not done, by state.");
    metrics::describe_gauge!(
        "threadline_lag_seconds",
        metrics::Unit::Seconds,
        "Age of the oldest event that is not done, by state."
    );
}
