//! The schema, step by step. Append-only: a step that has been released is never edited.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m0001_foundation;
mod m0002_queue;
mod m0003_two_sides;
mod m0004_files;
mod m0005_team;
mod m0006_policy;
mod m0007_project_id;
mod m0008_reconcile;
mod m0009_hooks;
mod m0010_notifications;
mod m0011_call_budget;
mod m0012_tenant_lanes;
mod m0013_growth;
mod m0014_dead_letters;

/// All steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Migration),
            Box::new(m0002_queue::Migration),
            Box::new(m0003_two_sides::Migration),
            Box::new(m0004_files::Migration),
            Box::new(m0005_team::Migration),
            Box::new(m0006_policy::Migration),
            Box::new(m0007_project_id::Migration),
            Box::new(m0008_reconcile::Migration),
            Box::new(m0009_hooks::Migration),
            Box::new(m0010_notifications::Migration),
            Box::new(m0011_call_budget::Migration),
            Box::new(m0012_tenant_lanes::Migration),
            Box::new(m0013_growth::Migration),
            Box::new(m0014_dead_letters::Migration),
        ]
    }
}
