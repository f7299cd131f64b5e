//! The client of Jira Cloud: its REST API v3, its logins (OAuth 2.0, 3LO), its webhooks.
//! It speaks for whoever's token it is given and decides nothing: every failure is a
//! [`CallError`](crate::call::CallError) for the caller to act on.

mod account;
mod attachment;
mod comment;
mod dynamic_webhook;
mod failure;
mod issue;
mod limits;
mod login;
mod permission;
mod project;
mod remote_link;
mod search;
pub mod signature;
mod site;
pub mod webhook;
mod webhook_token;

use std::sync::Arc;

use url::Url;

pub use self::account::{Account, AccountType};
pub use self::attachment::{Attachment, NewAttachment};
pub use self::comment::{Author, Comment, NewComment, Visibility, VisibilityKind, WrittenComment};
pub use self::dynamic_webhook::{DynamicWebhook, project_filter};
pub use self::issue::{CreatedIssue, Issue, IssueTypeRef, NewIssue};
pub use self::login::{Resource, SCOPES, WEBHOOK_SCOPE};
pub use self::project::{CreateField, IssueType, Project};
pub use self::remote_link::RemoteLink;
pub use self::search::RecentIssue;
pub use self::site::Site;
pub use self::webhook_token::TokenRefusal;
use crate::budget::{Budget, Meter};
use crate::secret::Secret;

/// Key of the comment and issue property that marks what Threadline wrote.
pub const ORIGIN_PROPERTY: &str = "threadline.origin";

/// Where Jira is, and who Threadline is to it (developer.atlassian.com console, OAuth 2.0 app).
#[derive(Clone)]
pub struct Settings {
    /// Base of the login pages and the token endpoint (`https://auth.atlassian.com`).
    pub auth_url: Url,
    /// Base of the API (`https://api.atlassian.com`); a 3LO token works at no other host.
    pub api_url: Url,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: Secret,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    settings: Arc<Settings>,
    meter: Meter,
}

impl Client {
    /// A client that calls through `http`, whose time-outs are set and redirects are off.
    pub fn new(http: reqwest::Client, settings: Settings) -> Self {
        let meter = Meter::new(Budget::unlimited(), limits::JiraLimits);
        Self { http, settings: Arc::new(settings), meter }
    }

    /// The same client, whose calls of the REST API stay within this budget.
    #[must_use]
    pub fn within(self, budget: Budget) -> Self {
        Self { meter: self.meter.within(budget), ..self }
    }
}

#[cfg(test)]
mod tests;
