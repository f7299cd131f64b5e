//! A database of a test's own: SQLite in a directory, or PostgreSQL where
//! `THREADLINE_TEST_POSTGRES` names a server.

use std::path::Path;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use url::Url;

/// A database that nobody else uses.
pub struct TestDatabase {
    pub url: String,
    directory: tempfile::TempDir,
}

impl TestDatabase {
    /// An empty one.
    pub async fn create() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = database_url(directory.path()).await;
        Self { url, directory }
    }

    /// SQLite or PostgreSQL.
    pub fn backend(&self) -> DbBackend {
        if self.url.starts_with("sqlite:") { DbBackend::Sqlite } else { DbBackend::Postgres }
    }

    /// Where SQLite's files are; nothing else is in there.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A connection beside the service's own.
    pub async fn connect(&self) -> DatabaseConnection {
        sea_orm::Database::connect(&self.url).await.unwrap()
    }

    /// One value of bytes.
    pub async fn bytes(&self, connection: &DatabaseConnection, sql: &str) -> Vec<u8> {
        let row = connection.query_one_raw(Statement::from_string(self.backend(), sql)).await.unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }

    /// Every value of every table, as one text: what somebody would find who got hold of it.
    pub async fn everything(&self) -> Vec<u8> {
        let mut found = Vec::new();
        for file in std::fs::read_dir(self.directory()).unwrap() {
            found.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        let connection = self.connect().await;
        if self.backend() == DbBackend::Postgres {
            let tables =
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
            for table in texts(&connection, tables).await {
                for row in texts(&connection, &format!("SELECT t::text FROM {table} t")).await {
                    // A column of bytes shows as hexadecimal digits.
                    for piece in row.split("\\\\x").skip(1) {
                        let digits = piece.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default();
                        found.extend(
                            digits.as_bytes().chunks(2).filter_map(|pair| {
                                u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
                            }),
                        );
                    }
                    found.extend(row.into_bytes());
                    found.push(b'\n');
                }
            }
        }
        connection.close().await.unwrap();
        found
    }
}

/// The address of an empty database: in this directory, or on the server.
async fn database_url(directory: &Path) -> String {
    match std::env::var("THREADLINE_TEST_POSTGRES") {
        Ok(server) => create_in(&server).await,
        Err(_) => format!("sqlite://{}/threadline.db", directory.display()),
    }
}

async fn create_in(server: &str) -> String {
    let name = threadline::stage::unique_name("t").replace('-', "_");
    let admin = sea_orm::Database::connect(server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    let mut url = Url::parse(server).unwrap();
    url.set_path(&name);
    url.to_string()
}

async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// How many rows a table has.
pub async fn number_of_rows(connection: &DatabaseConnection, table: &str) -> i64 {
    let statement = Statement::from_string(
        connection.get_database_backend(),
        format!("SELECT CAST(count(*) AS BIGINT) FROM {table}"),
    );
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
