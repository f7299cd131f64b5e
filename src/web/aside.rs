//! Reading large bodies on a thread that may be kept busy, so that nobody else's request waits
//! for it.

use axum::body::Bytes;

/// What is no larger is read at once: that takes less than handing it over.
const SMALL: usize = 64 << 10;

/// Reads a body; a large one aside.
pub(super) async fn read<T: Send + 'static>(
    body: Bytes,
    read: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> T {
    if body.len() <= SMALL {
        return read(&body);
    }
    match tokio::task::spawn_blocking(move || read(&body))
        .await
        .map_err(tokio::task::JoinError::try_into_panic)
    {
        Ok(read) => read,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime is ending, and this task with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_large_body_is_read_on_another_thread() {
        let here = std::thread::current().id();
        for (size, aside) in [(0, false), (SMALL, false), (SMALL + 1, true), (2 << 20, true)] {
            let body = Bytes::from(vec![b' '; size]);
            let (length, thread) = read(body, |body| (body.len(), std::thread::current().id())).await;
            assert_eq!((length, thread != here), (size, aside));
        }
    }
}
