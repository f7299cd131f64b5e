//! One handle for SQLite and PostgreSQL: readers beside a writer, and transactions that
//! are durable when [`Database::write`] answers.
//!
//! No call to a platform is made inside a transaction.

mod connect;
mod group;
mod sole;
mod spread;

use std::pin::Pin;
use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait,
};

use sqlx::postgres::PgListener;

use group::Fate;

pub use connect::{ConnectError, sqlite_file};
pub use sole::SoleUse;
pub use spread::{Spread, TABLES, citus_script};

/// What a unit of work gives back: boxed, since it borrows its transaction.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 't>>;

/// Looks at every statement that has run.
pub type Watch = Arc<dyn Fn(&Statement) + Send + Sync>;

/// The database: any number of readers, and a way to write.
#[derive(Clone)]
pub struct Database {
    reader: DatabaseConnection,
    writer: Writer,
}

#[derive(Clone)]
enum Writer {
    /// SQLite: one connection; work that waits together commits together.
    Grouped(group::Group),
    /// PostgreSQL: a pool; the server groups commits itself.
    Pooled(DatabaseConnection),
}

impl Database {
    /// The connection for reading.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// SQLite or PostgreSQL.
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// Runs `work` in a transaction and answers once it is durable. An error rolls back
    /// this work alone, never what commits beside it.
    ///
    /// # Errors
    /// What `work` answered, or that the commit failed: then nothing of it is stored.
    pub async fn write<T, F>(&self, work: F) -> Result<T, DbErr>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
    {
        match &self.writer {
            Writer::Grouped(group) => group.run(work, Fate::Own).await,
            Writer::Pooled(pool) => {
                let transaction = pool.begin().await?;
                let value = work(&transaction).await?;
                transaction.commit().await?;
                Ok(value)
            }
        }
    }

    /// As [`Database::write`], for work that fails only if the database itself does: it is
    /// cheaper, and shares the fate of what commits beside it.
    ///
    /// # Errors
    /// As [`Database::write`]; then what commits beside it is not stored either.
    pub async fn write_together<T, F>(&self, work: F) -> Result<T, DbErr>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
    {
        match &self.writer {
            Writer::Grouped(group) => group.run(work, Fate::Shared).await,
            Writer::Pooled(_) => self.write(work).await,
        }
    }

    /// Answers whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.reader.execute_unprepared("SELECT 1").await.map(|_| ())
    }

    /// A hand-written statement with `$1`-style placeholders, which both databases take.
    pub fn statement(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
        Statement::from_sql_and_values(self.backend(), sql, values)
    }

    /// A connection that hears what is said on a channel; nothing on SQLite, where nobody speaks.
    pub async fn listen_to(&self, channel: &str) -> Option<Result<PgListener, sqlx::Error>> {
        let Writer::Pooled(pool) = &self.writer else { return None };
        let connect = async {
            let mut listener = PgListener::connect_with(pool.get_postgres_connection_pool()).await?;
            listener.listen(channel).await?;
            Ok(listener)
        };
        Some(connect.await)
    }

    /// Closes the connections after what is under way.
    pub async fn close(self) {
        if let Writer::Grouped(group) = self.writer {
            group.close().await;
        }
        if let Err(error) = self.reader.close().await {
            tracing::warn!(%error, "the database connections did not close cleanly");
        }
    }
}
