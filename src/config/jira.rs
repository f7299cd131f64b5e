//! `[jira]`: the OAuth 2.0 (3LO) app and Atlassian's addresses.

use serde::Deserialize;
use url::Url;

use super::url_of;
use crate::secret::Secret;

/// The OAuth 2.0 (3LO) app and Atlassian's addresses.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jira {
    /// Client id of the 3LO app.
    pub client_id: Option<String>,
    /// Client secret of the 3LO app.
    pub client_secret: Option<Secret>,
    /// File that holds the client secret instead.
    pub client_secret_file: Option<String>,
    /// Whether the service registers webhooks by itself, under the logins that people make. The app
    /// needs the scope `manage:jira-webhook` in the developer console first.
    pub register_webhooks: bool,
    /// Atlassian's authorization server.
    pub auth_url: Url,
    /// Atlassian's API gateway.
    pub api_url: Url,
}

impl Default for Jira {
    fn default() -> Self {
        Self {
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            register_webhooks: false,
            auth_url: url_of("https://auth.atlassian.com"),
            api_url: url_of("https://api.atlassian.com"),
        }
    }
}
