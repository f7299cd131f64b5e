//! How the tables are spread where PostgreSQL is spread over several machines (Citus): by tenant,
//! or on every machine, or on the coordinator alone. One list, and the script that follows from it.

use std::fmt::Write;

/// Where the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// With their tenant; all tables of a tenant lie side by side.
    ByTenant,
    /// By this column: they belong to no tenant, and are always asked for by it.
    By(&'static str),
    /// A copy on every machine: few rows, or asked for before the tenant is known.
    Everywhere,
    /// On the coordinator: one chain, one row, one list.
    Coordinator,
}

/// Every table, in the order in which they are spread: what is referred to comes first.
pub const TABLES: [(&str, Spread); 24] = [
    ("jira_site", Spread::Everywhere),
    ("microsoft_tenant", Spread::Everywhere),
    ("site_tenant", Spread::Everywhere),
    ("user_link", Spread::Everywhere),
    ("setting", Spread::Everywhere),
    ("data_key", Spread::Everywhere),
    ("jira_webhook", Spread::Everywhere),
    ("service_mark", Spread::Everywhere),
    ("notification_key", Spread::Everywhere),
    ("chat_link", Spread::ByTenant),
    ("conversation", Spread::ByTenant),
    ("message_pair", Spread::ByTenant),
    ("attachment_pair", Spread::ByTenant),
    ("intent", Spread::ByTenant),
    ("chat_cursor", Spread::ByTenant),
    ("graph_subscription", Spread::ByTenant),
    ("lane", Spread::ByTenant),
    ("event", Spread::ByTenant),
    ("credential", Spread::By("subject")),
    ("session", Spread::By("token_hash")),
    ("login_attempt", Spread::By("state_hash")),
    ("audit", Spread::Coordinator),
    ("call_budget", Spread::Coordinator),
    ("canary", Spread::Coordinator),
];

impl Spread {
    /// The column that decides where a row is, if one does.
    pub fn column(self) -> Option<&'static str> {
        match self {
            Self::ByTenant => Some("tenant_id"),
            Self::By(column) => Some(column),
            Self::Everywhere | Self::Coordinator => None,
        }
    }
}

/// What is run on the coordinator once the schema is there, before the first row is.
pub fn citus_script() -> String {
    let mut script = String::from("CREATE EXTENSION IF NOT EXISTS citus;\n");
    for (table, spread) in TABLES {
        // What a text can't refuse.
        let _ = match spread {
            Spread::Everywhere => writeln!(script, "SELECT create_reference_table('{table}');"),
            Spread::ByTenant if table == "chat_link" => {
                writeln!(
                    script,
                    "SELECT create_distributed_table('{table}', 'tenant_id', colocate_with => 'none');"
                )
            }
            Spread::ByTenant => writeln!(
                script,
                "SELECT create_distributed_table('{table}', 'tenant_id', colocate_with => 'chat_link');"
            ),
            Spread::By(column) => writeln!(
                script,
                "SELECT create_distributed_table('{table}', '{column}', colocate_with => 'none');"
            ),
            Spread::Coordinator => writeln!(script, "-- {table} stays on the coordinator"),
        };
    }
    script
}
