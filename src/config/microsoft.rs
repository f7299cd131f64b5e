//! `[microsoft]`: the Entra app, which is also the bot, and Microsoft's addresses.

use serde::Deserialize;
use url::Url;

use super::url_of;
use crate::secret::Secret;

/// The Entra app, which is also the bot, and Microsoft's addresses.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Microsoft {
    /// Application (client) id; also the bot's id.
    pub client_id: Option<String>,
    /// Client secret of the app.
    pub client_secret: Option<Secret>,
    /// File that holds the client secret instead.
    pub client_secret_file: Option<String>,
    /// The tenant that the app is registered in.
    pub tenant_id: Option<String>,
    /// Entra ID's login host.
    pub login_url: Url,
    /// Graph, with its version.
    pub graph_url: Url,
    /// `OpenID` metadata of the Bot Connector.
    pub bot_openid_url: Url,
    /// Hosts of the Bot Connector: a bot token goes to no other. A leading dot allows subdomains.
    #[serde(deserialize_with = "super::list")]
    pub service_url_hosts: Vec<String>,
    /// Ask at each login for the permission to change and delete one's own messages in channels
    /// too. Off, because an administrator has to consent to it first: else nobody can log in.
    pub edit_in_channels: bool,
    /// Let Graph tell of every change in the linked chats, beside what the bot hears. It delivers to
    /// `server.public_url`.
    pub notifications: bool,
}

impl Default for Microsoft {
    fn default() -> Self {
        Self {
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            tenant_id: None,
            login_url: url_of("https://login.microsoftonline.com"),
            graph_url: url_of("https://graph.microsoft.com/v1.0"),
            bot_openid_url: url_of("https://login.botframework.com/v1/.well-known/openidconfiguration"),
            service_url_hosts: ["smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"]
                .map(str::to_owned)
                .to_vec(),
            edit_in_channels: false,
            notifications: true,
        }
    }
}
