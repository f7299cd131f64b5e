//! Group commit on the single writer connection of SQLite.
//!
//! A durable commit costs one flush of the disk. Work that arrives while a flush is under
//! way waits, and then shares the next one. Work that may fail by itself has a savepoint of its
//! own, so that its failure undoes nothing else; alone in its commit it needs none.

use std::pin::Pin;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};

use super::Work;

/// The most pieces of work in one commit: keeps the wait of the first one short.
const GROUP: usize = 128;

/// What a failure of a piece of work undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Itself alone.
    Own,
    /// All that is in the same commit: only the database can make it fail.
    Shared,
}

/// Work that was carried out and waits for its commit.
struct Carried {
    /// What its failure undoes, if it has failed.
    failed: Option<Fate>,
    /// Told after the commit: `None` when it is durable, else why it is not.
    settle: Box<dyn FnOnce(Option<String>) + Send>,
}

/// Work, told whether it is alone in its transaction.
type Job = Box<
    dyn for<'t> FnOnce(&'t DatabaseTransaction, bool) -> Pin<Box<dyn Future<Output = Carried> + Send + 't>>
        + Send,
>;

/// A handle to the one writer.
#[derive(Clone)]
pub(super) struct Group {
    jobs: mpsc::Sender<Job>,
    writer: DatabaseConnection,
}

impl Group {
    /// Starts the writer's task; it ends when the last handle is dropped.
    pub(super) fn start(writer: DatabaseConnection) -> Self {
        let (jobs, queue) = mpsc::channel(GROUP * 8);
        tokio::spawn(commit_groups(writer.clone(), queue));
        Self { jobs, writer }
    }

    pub(super) async fn run<T, F>(&self, work: F, fate: Fate) -> Result<T, DbErr>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |transaction, alone| {
            Box::pin(async move {
                let result = if alone || fate == Fate::Shared {
                    work(transaction).await
                } else {
                    in_savepoint(transaction, work).await
                };
                Carried {
                    failed: result.is_err().then_some(if alone { Fate::Shared } else { fate }),
                    settle: Box::new(move |failure| {
                        let result = match failure {
                            None => result,
                            Some(reason) => result.and(Err(DbErr::Custom(reason))),
                        };
                        // The caller may have gone; what it asked for is done all the same.
                        let _ = answer.send(result);
                    }),
                }
            })
        });
        self.jobs.send(job).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// The writer's connection, for migrations before any work is taken.
    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.writer
    }

    pub(super) async fn close(self) {
        if let Err(error) = self.writer.close().await {
            tracing::warn!(%error, "the writer did not close cleanly");
        }
    }
}

fn stopped() -> DbErr {
    DbErr::Custom("the database writer has stopped".to_owned())
}

async fn in_savepoint<T, F>(transaction: &DatabaseTransaction, work: F) -> Result<T, DbErr>
where
    F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T>,
{
    let savepoint = transaction.begin().await?;
    match work(&savepoint).await {
        Ok(value) => {
            savepoint.commit().await?;
            Ok(value)
        }
        Err(error) => {
            savepoint.rollback().await?;
            Err(error)
        }
    }
}

async fn commit_groups(writer: DatabaseConnection, mut queue: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        commit_group(&writer, &mut group).await;
    }
}

/// Closes the one connection; the next transaction gets a new one. After a commit that failed
/// (a full disk) SQLite may have rolled back by itself or not, and the driver no longer counts
/// right: what it then calls a transaction may be a savepoint that never becomes durable.
async fn discard_connection(writer: &DatabaseConnection) {
    let closed = match writer.get_sqlite_connection_pool().acquire().await {
        Ok(connection) => connection.close().await,
        Err(error) => Err(error),
    };
    if let Err(error) = closed {
        tracing::warn!(%error, "the writer's connection did not close cleanly");
    }
}

async fn commit_group(writer: &DatabaseConnection, group: &mut Vec<Job>) {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = match writer.begin_with_options(options).await {
        Ok(transaction) => transaction,
        Err(error) => {
            // Dropping the jobs tells their callers that the writer could not serve them.
            tracing::error!(%error, "the database can't be written");
            group.clear();
            return discard_connection(writer).await;
        }
    };
    let alone = group.len() == 1;
    let mut carried = Vec::with_capacity(group.len());
    for job in group.drain(..) {
        carried.push(job(&transaction, alone).await);
    }
    let spoiled = carried.iter().any(|work| work.failed == Some(Fate::Shared));
    let ended = if spoiled {
        let undone = DbErr::Custom("what it would have been committed with has failed".to_owned());
        transaction.rollback().await.and(Err(undone))
    } else {
        let committed = transaction.commit().await;
        if committed.is_err() {
            discard_connection(writer).await;
        }
        committed
    };
    let failure = ended.err().map(|error| {
        if !(spoiled && alone) {
            tracing::error!(%error, "a commit failed");
        }
        error.to_string()
    });
    for work in carried {
        (work.settle)(failure.clone());
    }
}
