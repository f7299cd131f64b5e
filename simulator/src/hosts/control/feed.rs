//! Changes as server-sent events: each has its number as id and its JSON as data.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

use crate::journal::Entry;
use crate::simulator::Simulator;

#[derive(Deserialize)]
pub(super) struct From {
    after: Option<u64>,
}

pub(super) async fn feed(
    State(simulator): State<Simulator>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let platforms = simulator.platforms();
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    // Watching starts before the older ones are read, so that none is missed between.
    let watch = platforms.journal.watch();
    let older = last_seen.or(from.after).map(|after| platforms.journal.after(after)).unwrap_or_default();
    let seen = older.last().map_or(0, |entry| entry.seq);
    let (tell, told) = mpsc::channel(256);
    tokio::spawn(follow(watch, seen, tell, platforms.stopping.clone()));
    let events = tokio_stream::iter(older).chain(ReceiverStream::new(told));
    let events = events.filter_map(|entry| event(&entry)).map(Ok);
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Hands on new entries until the reader leaves, falls too far behind (it then asks again
/// with the id of the last one it saw), or the simulator stops.
async fn follow(
    mut watch: broadcast::Receiver<Arc<Entry>>,
    seen: u64,
    tell: mpsc::Sender<Arc<Entry>>,
    stopping: CancellationToken,
) {
    loop {
        let entry = tokio::select! {
            entry = watch.recv() => entry,
            () = tell.closed() => return,
            () = stopping.cancelled() => return,
        };
        let Ok(entry) = entry else { return };
        if entry.seq > seen && tell.send(entry).await.is_err() {
            return;
        }
    }
}

fn event(entry: &Arc<Entry>) -> Option<Event> {
    let data = serde_json::to_string(entry.as_ref()).ok()?;
    Some(Event::default().id(entry.seq.to_string()).data(data))
}
