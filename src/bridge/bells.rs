//! Lets what is looked after now and then be looked after at once.

use std::time::Duration;

use tokio::sync::Notify;

/// A bell in this process; whoever works elsewhere comes by itself, after a while.
#[derive(Default)]
pub(super) struct Bell(Notify);

impl Bell {
    /// Lets whoever waits go on.
    pub(super) fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until it rings, and no longer than `most`.
    pub(super) async fn wait(&self, most: Duration) {
        // Whether it rang does not matter: there is a look either way.
        let _ = tokio::time::timeout(most, self.0.notified()).await;
    }
}
