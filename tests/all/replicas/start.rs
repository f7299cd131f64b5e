//! Processes that start together on an empty database.

use sea_orm::DbBackend;
use threadline::ambient::{Clock, Random};
use threadline::app::Storage;
use threadline::config::Settings;
use threadline::secret::Secret;
use threadline::vault::new_key_line;
use threadline_migration::{Migrator, MigratorTrait};

use crate::service::{TestDatabase, number_of_rows};

fn settings(database: &TestDatabase) -> Settings {
    let mut settings = Settings::default();
    settings.database.url = Secret::new(database.url.as_str());
    settings.database.connections = 4;
    settings.vault.keys = Some(new_key_line(&Clock::system(), &Random::system()).1);
    settings
}

async fn open_together(all: Vec<Settings>) -> Vec<Result<Storage, String>> {
    let opening: Vec<_> = all
        .into_iter()
        .map(|settings| {
            tokio::spawn(async move {
                let opened = Storage::open(&settings, Clock::system(), Random::system()).await;
                opened.map_err(|error| error.to_string())
            })
        })
        .collect();
    let mut opened = Vec::new();
    for one in opening {
        opened.push(one.await.unwrap());
    }
    opened
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_them_start_and_the_schema_is_made_once() {
    let database = TestDatabase::create().await;
    let settings = settings(&database);
    for opened in open_together(vec![settings; 5]).await {
        opened.unwrap().database.close().await;
    }
    let connection = database.connect().await;
    let steps = i64::try_from(Migrator::migrations().len()).unwrap();
    assert_eq!(number_of_rows(&connection, "seaql_migrations").await, steps);
    assert_eq!(number_of_rows(&connection, "canary").await, 1);
    if database.backend() == DbBackend::Postgres {
        let lead = "(SELECT 1 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid \
                     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] \
                     WHERE t.relname IN ('event', 'lane') AND c.contype IN ('p', 'u') \
                     AND a.attname <> 'tenant_id') AS others";
        assert_eq!(
            number_of_rows(&connection, lead).await,
            0,
            "every key of the queue leads with the tenant"
        );
    }
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_with_different_keys_one_starts() {
    let database = TestDatabase::create().await;
    let opened = open_together(vec![settings(&database), settings(&database)]).await;
    let started = opened.iter().filter(|opened| opened.is_ok()).count();
    let refusals: Vec<&String> = opened.iter().filter_map(|opened| opened.as_ref().err()).collect();
    assert_eq!(started, 1, "{refusals:?}");
    for storage in opened.into_iter().flatten() {
        storage.database.close().await;
    }
}
