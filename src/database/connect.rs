//! Opening the database: pools, SQLite's settings, migrations.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, SqlxPostgresConnector,
    TransactionTrait,
};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use threadline_migration::{Migrator, MigratorTrait};

use super::{Database, Watch, Writer, group};
use crate::config;

/// What PostgreSQL ends by itself: the wait for a row that somebody else has locked, and the
/// transaction of a process that stands still or was cut off, with all that it has locked. Set by
/// a statement, once a connection: not every pooler takes it as an option of the connection.
const LIMITS: &str = "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '15s'";

/// Why the database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL names neither database that this build knows.
    #[error("database.url must begin with sqlite:// or postgres://")]
    UnknownScheme,
    /// No connection.
    #[error("the database can't be opened: {}", without_url(.0))]
    Unreachable(#[source] DbErr),
    /// The schema could not be brought up to date.
    #[error("the database schema can't be brought up to date: {}", without_url(.0))]
    Migration(#[source] DbErr),
}

/// Driver errors in one line; a URL with its password is never part of them.
fn without_url(error: &DbErr) -> String {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner)) => inner.to_string(),
        other => other.to_string(),
    }
}

impl Database {
    /// Opens the database and brings its schema up to date.
    pub async fn connect(settings: &config::Database) -> Result<Self, ConnectError> {
        let database = Self::open(settings).await?;
        database.migrate().await?;
        Ok(database)
    }

    /// Opens the database with the schema it has. A SQLite file that is not there is made.
    pub async fn open(settings: &config::Database) -> Result<Self, ConnectError> {
        Self::open_watched(settings, None).await
    }

    /// As [`Database::open`]; `watch` is shown every statement with its values, once it has run.
    pub async fn open_watched(
        settings: &config::Database,
        watch: Option<Watch>,
    ) -> Result<Self, ConnectError> {
        let url = settings.url.expose();
        if url.starts_with("sqlite:") {
            Self::connect_sqlite(url, settings.connections, watch).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::connect_postgres(url, settings.connections, watch).await
        } else {
            return Err(ConnectError::UnknownScheme);
        }
        .map_err(ConnectError::Unreachable)
    }

    /// The steps that the schema lacks, by name. Changes nothing.
    ///
    /// # Errors
    /// [`ConnectError::Migration`] also if the schema has steps that this version doesn't know.
    pub async fn pending_steps(&self) -> Result<Vec<String>, ConnectError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.reader)
            .await
            .map_err(ConnectError::Migration)?;
        Ok(pending.iter().map(|step| step.name().to_owned()).collect())
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<(), ConnectError> {
        match &self.writer {
            Writer::Grouped(group) => migrate_file(group.connection()).await,
            Writer::Pooled(pool) => migrate_alone(pool).await,
        }
        .map_err(ConnectError::Migration)
    }

    async fn connect_sqlite(url: &str, readers: u32, watch: Option<Watch>) -> Result<Self, DbErr> {
        make_for_owner_only(url);
        let writer = watched(sqlite_options(url, 1, false), watch.clone()).await?;
        let reader = watched(sqlite_options(url, readers.clamp(1, 4), true), watch).await?;
        Ok(Self { reader, writer: Writer::Grouped(group::Group::start(writer)) })
    }

    async fn connect_postgres(url: &str, connections: u32, watch: Option<Watch>) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(url);
        options
            // One of them listens to the other replicas.
            .max_connections(connections.max(2) + 1)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .set_application_name("threadline")
            .map_sqlx_postgres_pool_opts(|pool| {
                pool.after_connect(|connection, _| {
                    Box::pin(async move { sqlx::raw_sql(LIMITS).execute(connection).await.map(drop) })
                })
            });
        let pool = watched(options, watch).await?;
        Ok(Self { reader: pool.clone(), writer: Writer::Pooled(pool) })
    }
}

async fn watched(options: ConnectOptions, watch: Option<Watch>) -> Result<DatabaseConnection, DbErr> {
    let mut connection = sea_orm::Database::connect(options).await?;
    if let Some(watch) = watch {
        connection.set_metric_callback(move |info| watch(info.statement));
    }
    Ok(connection)
}

/// The file of a SQLite database; none for another database, or one in memory.
pub fn sqlite_file(settings: &config::Database) -> Option<PathBuf> {
    let url = settings.url.expose();
    let options = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url).ok())??;
    let file = options.get_filename();
    (!url.contains(":memory:") && !url.contains("mode=memory")).then(|| file.to_owned())
}

/// A new database is its owner's alone, whatever the umask says; SQLite gives its own files
/// the mode of the first. A failure here shows when the database is opened.
fn make_for_owner_only(url: &str) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let options = SqliteConnectOptions::from_str(url);
        if let Ok(options) = options
            && !options.get_filename().as_os_str().is_empty()
        {
            let _ = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(options.get_filename());
        }
    }
}

/// Processes that start together take turns: who writes has the file to itself.
async fn migrate_file(writer: &DatabaseConnection) -> Result<(), DbErr> {
    let turn = writer.begin_with_options(group::immediate()).await?;
    Migrator::up(&turn, None).await?;
    turn.commit().await
}

/// Replicas that start together take turns: the lock is the session's and ends with it. Both a turn
/// and a step take as long as they take, so their connections have no limits.
async fn migrate_alone(pool: &DatabaseConnection) -> Result<(), DbErr> {
    let options = pool.get_postgres_connection_pool().connect_options().as_ref().clone();
    // One for the turn, one for the steps.
    let unlimited = PgPoolOptions::new().max_connections(2).connect_lazy_with(options);
    let unlimited = SqlxPostgresConnector::from_sqlx_postgres_pool(unlimited);
    let turn = unlimited.begin().await?;
    turn.execute_unprepared("SELECT pg_advisory_xact_lock(7023815)").await?;
    Migrator::up(&unlimited, None).await?;
    turn.commit().await?;
    unlimited.close().await
}

/// Durable and fair: WAL, a flush each commit, readers that can't write.
fn sqlite_options(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        // There is no server that could have gone: asking before each use would double every read.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .create_if_missing(!read_only)
                .read_only(read_only)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                .pragma("journal_size_limit", "67108864")
        });
    options
}
