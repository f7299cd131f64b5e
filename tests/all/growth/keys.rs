//! How the tables' keys lead, by PostgreSQL's own catalogue: each table can be spread as the list
//! in `database` says.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use threadline::config::Settings;
use threadline::database::{Database, Spread, TABLES, citus_script};
use threadline::secret::Secret;

use crate::service::TestDatabase;

/// The list of steps belongs to the migrations.
const NOT_OURS: &str = "seaql_migrations";

async fn rows(connection: &DatabaseConnection, sql: &str) -> Vec<Vec<String>> {
    let found = connection.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    let row = |row: &sea_orm::QueryResult| {
        (0..row.column_names().len()).map(|at| row.try_get_by_index(at).unwrap()).collect()
    };
    found.iter().map(row).collect()
}

#[tokio::test]
async fn every_key_of_a_spread_table_has_the_column_that_it_is_spread_by() {
    let database = TestDatabase::create().await;
    if database.backend() != DbBackend::Postgres {
        return; // SQLite has no machines to spread over; its keys are made by the same step.
    }
    let mut settings = Settings::default();
    settings.database.url = Secret::new(database.url.as_str());
    Database::connect(&settings.database).await.unwrap().close().await;
    let connection = database.connect().await;

    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: BTreeSet<String> = rows(&connection, tables).await.into_iter().flatten().collect();
    let spread: BTreeMap<&str, Spread> = TABLES.into_iter().collect();
    let unlisted: Vec<&String> =
        tables.iter().filter(|table| *table != NOT_OURS && !spread.contains_key(table.as_str())).collect();
    assert!(unlisted.is_empty(), "how is it spread? Say so in src/database/spread.rs: {unlisted:?}");
    assert!(spread.keys().all(|table| tables.contains(*table)), "the list names a table that is not there");

    let unique = "SELECT t.relname::text, i.relname::text, \
         (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(x.indkey) WITH ORDINALITY k(number, place) \
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)::text \
         FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
         WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace";
    let mut wrong = Vec::new();
    for row in rows(&connection, unique).await {
        let [table, index, columns] = row.try_into().unwrap();
        let Some(column) = spread.get(table.as_str()).and_then(|spread| spread.column()) else { continue };
        // Of a tenant: it leads, so that its rows lie together. Else it is enough that it is there.
        let first = columns.split(',').next() == Some(column);
        let there = columns.split(',').any(|name| name == column);
        if !there || (column == "tenant_id" && !first) {
            wrong.push(format!("{index} ({columns}) lacks {column}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // A spread table refers to one that is everywhere, or to one beside it by the same column.
    let references = "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, \
         (SELECT string_agg(a.attname, ',') FROM unnest(c.conkey) k JOIN pg_attribute a \
          ON a.attrelid = c.conrelid AND a.attnum = k)::text FROM pg_constraint c WHERE c.contype = 'f'";
    for row in rows(&connection, references).await {
        let [from, to, columns] = row.try_into().unwrap();
        let (from_spread, to_spread) = (spread[from.as_str()], spread[to.as_str()]);
        let fits = to_spread == Spread::Everywhere
            || (from_spread == to_spread
                && from_spread.column().is_some_and(|column| columns.split(',').any(|name| name == column)));
        assert!(fits, "{from} ({columns}) refers to {to}");
    }
    connection.close().await.unwrap();
}

#[test]
fn the_script_names_every_table_once() {
    let script = citus_script();
    for (table, _) in TABLES {
        let named = script.lines().filter(|line| {
            line.contains(&format!("_table('{table}'"))
                || *line == format!("-- {table} stays on the coordinator")
        });
        assert_eq!(named.count(), 1, "{table}");
    }
}
