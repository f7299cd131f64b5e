//! Hearing from the other replicas on one PostgreSQL that there is work. What is not heard, while
//! the connection is away, is found by looking.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Queue;
use super::desk::Staff;
use super::wake::{CHANNEL, tell};
use crate::database::Database;
use crate::ids::TenantId;

/// The first wait before the connection is tried again; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(100);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(10);

/// Listens until `stop`, on PostgreSQL; elsewhere there is nobody to listen to.
pub(super) async fn listen(database: Database, own_name: Uuid, staff: Arc<Staff>, stop: CancellationToken) {
    let mut wait = FIRST;
    let listening = async {
        while let Some(connected) = database.listen_to(CHANNEL).await {
            match connected {
                Ok(listener) => {
                    wait = FIRST;
                    staff.set_hears(true);
                    let error = hear(listener, own_name, &staff).await;
                    staff.set_hears(false);
                    tracing::warn!(%error, "no word from the other replicas; looking for work meanwhile");
                }
                Err(error) => tracing::warn!(%error, "the other replicas can't be heard; trying again"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST);
        }
    };
    stop.run_until_cancelled(listening).await;
}

/// Passes on what is heard, until the connection can't be had again.
async fn hear(mut listener: PgListener, own_name: Uuid, staff: &Staff) -> sqlx::Error {
    let own_name = own_name.to_string();
    loop {
        // Something may have been said before, or while there was no connection.
        staff.look_again();
        loop {
            match listener.try_recv().await {
                Ok(Some(word)) => match word.payload().split_once(' ') {
                    Some((teller, _)) if teller == own_name => {}
                    Some((_, tenant)) if !tenant.is_empty() => staff.wait(&TenantId::new(tenant)),
                    _ => staff.look_again(),
                },
                Ok(None) => break,
                Err(error) => return error,
            }
        }
    }
}

impl Queue {
    /// Has all replicas look for work.
    pub(super) async fn tell_all(&self) -> Result<(), DbErr> {
        self.database.write(|transaction| Box::pin(tell(transaction, Uuid::nil(), ""))).await
    }
}
