//! One `SeaORM` entity a table: derives only. What the columns mean is said here; how they
//! are made is said in the migrations.

pub mod attachment_pair;
pub mod audit;
pub mod canary;
pub mod chat_cursor;
pub mod chat_link;
pub mod conversation;
pub mod credential;
pub mod data_key;
pub mod event;
pub mod graph_subscription;
pub mod intent;
pub mod jira_site;
pub mod jira_webhook;
pub mod lane;
pub mod login_attempt;
pub mod message_pair;
pub mod microsoft_tenant;
pub mod notification_key;
pub mod service_mark;
pub mod session;
pub mod setting;
pub mod site_tenant;
pub mod user_link;
