//! A world to try Threadline in: the simulator with a site, a tenant, people, an issue and a
//! chat, and settings that point at it. The demo, the benchmarks and the tests stand on it.

mod browser;
mod conversation;
mod process;

use threadline_simulator::{ChatKind, IssueDraft, Options, Person, ProjectKind, Simulator};
use url::Url;

use crate::ambient::{Clock, Random};
use crate::app::Storage;
use crate::bridge::webhook_secret_place;
use crate::config::Settings;
use crate::ids::{CloudId, SiteId, TenantId};
use crate::secret::Secret;
use crate::store::NewSite;
use crate::vault::{Scope, new_key_line};

pub use browser::Browser;
pub use conversation::Conversation;
pub use process::ServiceProcess;

/// The people of the stage. The last one is in the chat but connects nothing.
pub const PEOPLE: [&str; 3] = ["Ann Archer", "Ben Baker", "Cleo Carter"];
/// The project.
pub const PROJECT: &str = "ABC";
/// Cloud id of the site.
pub const CLOUD: &str = "11111111-2222-4333-8444-555555555555";
/// Entra tenant.
pub const TENANT: &str = "99999999-8888-4777-8666-555555555555";
const JIRA_CLIENT: &str = "threadline-jira-app";
const BOT: &str = "77777777-6666-4555-8444-333333333333";

/// The simulator and what has been put into it.
#[derive(Clone)]
pub struct Stage {
    /// The platforms.
    pub simulator: Simulator,
    /// Where Threadline is reached.
    pub public_url: Url,
    /// Key of the first issue.
    pub issue: String,
    /// Id of the first chat.
    pub chat: String,
    client_secret: String,
}

/// Why a stage could not be set.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The simulator.
    #[error(transparent)]
    Start(#[from] threadline_simulator::StartError),
    /// Its world.
    #[error(transparent)]
    Refused(#[from] threadline_simulator::Refusal),
    /// Sealing the webhook's secret.
    #[error(transparent)]
    Vault(#[from] crate::vault::VaultError),
    /// Storing the site.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
    /// An HTTP call of the browser.
    #[error("the browser got no answer: {0}")]
    Http(#[from] reqwest::Error),
    /// The operating system: a process, a file, an address.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// An answer of the wrong kind.
    #[error("{0}")]
    Unexpected(String),
}

impl Stage {
    /// Starts the simulator and fills it; Threadline will be at `public_url`.
    pub async fn set(public_url: Url, options: Options) -> Result<Self, StageError> {
        let simulator = Simulator::start(options).await?;
        let client_secret = Random::system().token();
        let callback = |provider: &str| format!("{public_url}login/{provider}/callback");
        simulator.jira_app(JIRA_CLIENT, &client_secret, &[&callback("jira")]);
        simulator.microsoft_app(BOT, &client_secret, &[&callback("microsoft")], TENANT);
        for name in PEOPLE {
            simulator.add_person(Person::named(name));
        }
        simulator.add_site(CLOUD, "example")?;
        simulator.add_project(CLOUD, PROJECT, "Alphabet", ProjectKind::Software, &["Task", "Bug"])?;
        let chat = simulator.add_chat("Alphabet team", &PEOPLE, ChatKind::Group)?;
        let draft = IssueDraft {
            description: "Since this morning nobody can log in with a password that contains an umlaut."
                .to_owned(),
            ..IssueDraft::new(PROJECT, "The login page rejects correct passwords")
        };
        let [first, ..] = PEOPLE;
        let issue = simulator.create_issue(first, draft)?.key;
        Ok(Self { simulator, public_url, issue, chat, client_secret })
    }

    /// Settings for a service on this stage, with a fresh key ring.
    pub fn settings(&self, database_url: &str) -> Settings {
        let (_, key) = new_key_line(&Clock::system(), &Random::system());
        self.settings_with_key(database_url, key)
    }

    /// Settings for a service on this stage, with this key ring.
    pub fn settings_with_key(&self, database_url: &str, key: Secret) -> Settings {
        let urls = self.simulator.urls();
        let mut settings = Settings::default();
        settings.server.public_url = Some(self.public_url.clone());
        if let Some(listen) =
            self.public_url.socket_addrs(|| None).ok().and_then(|found| found.first().copied())
        {
            settings.server.listen = listen;
        }
        settings.server.frame_ancestors = vec![urls.site_url().as_str().trim_end_matches('/').to_owned()];
        settings.database.url = Secret::new(database_url);
        settings.vault.keys = Some(key);
        settings.jira.client_id = Some(JIRA_CLIENT.to_owned());
        settings.jira.client_secret = Some(Secret::new(self.client_secret.as_str()));
        settings.jira.auth_url = urls.auth_url.clone();
        settings.jira.api_url = urls.api_url.clone();
        settings.microsoft.client_id = Some(BOT.to_owned());
        settings.microsoft.client_secret = Some(Secret::new(self.client_secret.as_str()));
        settings.microsoft.tenant_id = Some(TENANT.to_owned());
        settings.microsoft.login_url = urls.login_url.clone();
        settings.microsoft.graph_url = urls.graph_url.clone();
        // One source of messages, so that a story says which one it is about.
        settings.microsoft.notifications = false;
        settings.microsoft.bot_openid_url = urls.bot_openid_url.clone();
        // A simulated platform does at once what it does, unless it is told otherwise.
        settings.relay.landing_seconds = 0;
        // Platforms without limits are there to show what the service itself can do.
        settings.relay.keep_limits = self.simulator.holds_limits();
        settings.microsoft.service_url_hosts =
            urls.service_url.host_str().map(str::to_owned).into_iter().collect();
        settings
    }

    /// The same settings as environment variables, for a service in a process of its own.
    pub fn environment(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        let urls = self.simulator.urls();
        let exposed =
            |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned()).unwrap_or_default();
        vec![
            ("THREADLINE__SERVER__PUBLIC_URL", self.public_url.to_string()),
            ("THREADLINE__SERVER__LISTEN", settings.server.listen.to_string()),
            ("THREADLINE__DATABASE__URL", settings.database.url.expose().to_owned()),
            ("THREADLINE__VAULT__KEYS", exposed(&settings.vault.keys)),
            ("THREADLINE__JIRA__CLIENT_ID", JIRA_CLIENT.to_owned()),
            ("THREADLINE__JIRA__CLIENT_SECRET", self.client_secret.clone()),
            ("THREADLINE__JIRA__AUTH_URL", urls.auth_url.to_string()),
            ("THREADLINE__JIRA__API_URL", urls.api_url.to_string()),
            ("THREADLINE__MICROSOFT__CLIENT_ID", BOT.to_owned()),
            ("THREADLINE__MICROSOFT__CLIENT_SECRET", self.client_secret.clone()),
            ("THREADLINE__MICROSOFT__TENANT_ID", TENANT.to_owned()),
            ("THREADLINE__MICROSOFT__LOGIN_URL", urls.login_url.to_string()),
            ("THREADLINE__MICROSOFT__GRAPH_URL", urls.graph_url.to_string()),
            ("THREADLINE__MICROSOFT__BOT_OPENID_URL", urls.bot_openid_url.to_string()),
            ("THREADLINE__MICROSOFT__SERVICE_URL_HOSTS", settings.microsoft.service_url_hosts.join(",")),
            ("THREADLINE__MICROSOFT__EDIT_IN_CHANNELS", settings.microsoft.edit_in_channels.to_string()),
            ("THREADLINE__MICROSOFT__NOTIFICATIONS", settings.microsoft.notifications.to_string()),
            ("THREADLINE__RELAY__LEASE_SECONDS", settings.relay.lease_seconds.to_string()),
            ("THREADLINE__RELAY__CALL_SECONDS", settings.relay.call_seconds.to_string()),
            ("THREADLINE__RELAY__LANDING_SECONDS", settings.relay.landing_seconds.to_string()),
            ("THREADLINE__RELAY__ATTEMPTS", settings.relay.attempts.to_string()),
            ("THREADLINE__RELAY__POLL_MS", settings.relay.poll_ms.to_string()),
            ("THREADLINE__RELAY__BACKOFF_PERCENT", settings.relay.backoff_percent.to_string()),
            ("THREADLINE__RELAY__KEEP_LIMITS", settings.relay.keep_limits.to_string()),
            ("THREADLINE__TELEMETRY__FILTER", settings.telemetry.filter.clone()),
        ]
    }

    /// Adds the site to the service, points the platforms at it, and adds the bot to the chat.
    /// Answers the site's id and the secret of its webhook.
    pub async fn open(&self, storage: &Storage) -> Result<(SiteId, Secret), StageError> {
        let id = SiteId::from_uuid(storage.random.id());
        let secret = Secret::new(storage.random.token());
        let row = id.to_string();
        let webhook_secret = storage
            .vault
            .seal(&Scope::Site(id), webhook_secret_place(&row), secret.expose().as_bytes())
            .await?;
        let new = NewSite {
            id,
            url: self.simulator.urls().site_url().as_str().trim_end_matches('/').to_owned(),
            cloud_id: CloudId::new(CLOUD),
            webhook_secret,
            integration_account: None,
            tenants: vec![TenantId::new(TENANT)],
        };
        storage.store.add_site(new).await?;
        let address = |path: &str| self.public_url.join(path).unwrap_or_else(|_| self.public_url.clone());
        self.simulator.set_webhook(CLOUD, &address(&format!("webhooks/jira/{id}")), secret.expose())?;
        self.simulator.set_bot_endpoint(&address("api/messages"));
        self.simulator.set_panel_base(&address(&format!("panel?site={id}")));
        self.simulator.install_bot(&self.chat)?;
        Ok((id, secret))
    }

    /// Logs a person in with both providers, through the real redirects of a browser.
    pub async fn connect(&self, person: &str) -> Result<Browser, StageError> {
        let mut browser = Browser::new(self.public_url.clone())?;
        browser.log_in(&self.simulator, "jira", person).await?;
        browser.log_in(&self.simulator, "microsoft", person).await?;
        Ok(browser)
    }

    /// The signature that Jira would put on a webhook body.
    pub fn sign(secret: &Secret, body: &[u8]) -> String {
        use hmac::{Hmac, KeyInit, Mac};
        let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(secret.expose().as_bytes()) else {
            return String::new();
        };
        mac.update(body);
        format!("sha256={}", crate::hash::hex(&mac.finalize().into_bytes()))
    }
}

/// A short name for a run's files that no other run of this process has.
pub fn unique_name(prefix: &str) -> String {
    format!("{prefix}-{}", crate::hash::hex(&Random::system().bytes::<6>()))
}
