//! The only place where rooms are built and joined.

mod housekeeping;

use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::{Host, Url};

use crate::ambient::{Clock, Random};
use crate::bridge::{self, Bridge, SharedBridge};
use crate::budget::Budget;
use crate::call::download::Downloads;
use crate::call::outside::PublicOnly;
use crate::config::{self, Settings};
use crate::database::{ConnectError, Database, SoleUse};
use crate::ids::TenantId;
use crate::queue::Queue;
use crate::secret::Secret;
use crate::store::Store;
use crate::vault::{KeySource, Vault, VaultError};
use crate::{jira, teams, telemetry, web};

pub use housekeeping::Stale;

/// The longest a connection to a platform may take to open.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting that nothing works without.
    #[error("{key} is not set. {hint}")]
    Missing {
        /// The setting.
        key: &'static str,
        /// Where to get it.
        hint: &'static str,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] ConnectError),
    /// The keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The HTTP client.
    #[error("the HTTP client can't be built: {0}")]
    Http(#[source] reqwest::Error),
}

/// The rooms that keep things: enough for the operator's commands.
#[derive(Clone)]
pub struct Storage {
    /// The database.
    pub database: Database,
    /// The rows.
    pub store: Store,
    /// The secrets.
    pub vault: Vault,
    /// The events.
    pub queue: Queue,
    /// For how long what is kept.
    pub relay: config::Relay,
    /// What time it is.
    pub clock: Clock,
    /// Ids and randomness.
    pub random: Random,
}

impl Storage {
    /// Opens the database, brings its schema up to date, and unlocks the vault.
    pub async fn open(settings: &Settings, clock: Clock, random: Random) -> Result<Self, StartError> {
        // The keys first: a service that can't seal must not even create a database.
        let source = KeySource::from_settings(&settings.vault);
        if source.read().map_err(VaultError::from)?.is_none() {
            return Err(VaultError::NoKey.into());
        }
        let database = Database::connect(&settings.database).await?;
        Self::on(settings, database, clock, random).await
    }

    /// As [`Storage::open`], with a database that is open and up to date.
    pub async fn on(
        settings: &Settings,
        database: Database,
        clock: Clock,
        random: Random,
    ) -> Result<Self, StartError> {
        let source = KeySource::from_settings(&settings.vault);
        let vault = Vault::unlock(source, database.clone(), clock.clone(), random.clone()).await?;
        let store = Store::new(database.clone(), clock.clone(), random.clone());
        let queue = Queue::new(database.clone(), clock.clone(), random.clone(), settings.relay.clone());
        Ok(Self { database, store, vault, queue, relay: settings.relay.clone(), clock, random })
    }
}

/// What one process of several does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The front door: webhooks, the bot, logins, pages, the API. It works on nothing.
    Web,
    /// The workers and the timers. Only the operator's routes answer.
    Relay,
}

/// The whole service, built and not yet started.
pub struct App {
    bridge: SharedBridge,
    storage: Storage,
    budget: Budget,
    settings: Settings,
    only: Option<Part>,
}

impl App {
    /// Builds the service.
    pub async fn build(settings: Settings, clock: Clock, random: Random) -> Result<Self, StartError> {
        // What is not set is said before a database is made.
        jira_settings(&settings)?;
        microsoft_settings(&settings)?;
        let storage = Storage::open(&settings, clock, random).await?;
        Self::on(settings, storage)
    }

    /// As [`App::build`], on storage that is open.
    pub fn on(settings: Settings, storage: Storage) -> Result<Self, StartError> {
        let (clock, random) = (storage.clock.clone(), storage.random.clone());
        let http = http_client(settings.relay.call_time())?;
        let jira = jira::Client::new(http.clone(), jira_settings(&settings)?);
        let microsoft = microsoft_settings(&settings)?;
        let budget = if settings.relay.keep_limits {
            Budget::of(storage.database.clone(), clock.clone())
        } else {
            Budget::unlimited()
        };
        let entra = teams::entra::Client::new(http.clone(), &microsoft, clock.clone());
        let rooms = bridge::Rooms {
            store: storage.store.clone(),
            vault: storage.vault.clone(),
            queue: storage.queue.clone(),
            jira: jira.within(budget.clone()),
            graph: teams::graph::Client::new(http.clone(), &microsoft).within(budget.clone()),
            connector: teams::connector::Client::new(http.clone(), &microsoft, entra.clone())
                .within(budget.clone()),
            bot_auth: teams::bot_auth::Validator::new(http, &microsoft, clock.clone()),
            downloads: Downloads::new(outside_client()?, settings.files.time()),
            entra,
            clock,
            random,
        };
        let bridge_settings = bridge::Settings {
            base_url: with_slash(settings.server.base_url()),
            bot_id: microsoft.client_id.clone(),
            login_wait: Duration::from_secs(u64::from(settings.relay.login_wait_days) * 86_400),
            landing: settings.relay.landing(),
            attempts: settings.relay.attempts,
            backoff_percent: settings.relay.backoff_percent,
            files: settings.files.clone(),
            register_webhooks: settings.jira.register_webhooks,
            reconcile: settings.reconcile.clone(),
        };
        let bridge = Arc::new(Bridge::new(bridge_settings, rooms));
        Ok(Self { bridge, storage, budget, settings, only: None })
    }

    /// Leaves everything but this part to other processes on the same database.
    #[must_use]
    pub fn only(mut self, part: Option<Part>) -> Self {
        self.only = part;
        self
    }

    /// The bridge.
    pub fn bridge(&self) -> &SharedBridge {
        &self.bridge
    }

    /// What is kept.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Serves until `stop`: then takes nothing new, finishes what is leased, and returns.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        let base_url = with_slash(self.settings.server.base_url());
        let door = web::Door::new(
            Arc::clone(&self.bridge),
            self.settings.server.clone(),
            base_url,
            telemetry::metrics_handle(),
        );
        let tasks = TaskTracker::new();
        let sole_use = if self.only == Some(Part::Web) { None } else { self.start_work(&tasks, &stop) };
        tasks.close();
        let routes =
            if self.only == Some(Part::Relay) { web::operator_router(door) } else { web::router(door) };
        // A small answer must not wait for the caller's acknowledgement of the one before.
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection stays with Nagle's algorithm");
            }
        });
        let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
        let all = async {
            let served = serving.await;
            // A server that fails by itself takes the workers along.
            stop.cancel();
            tasks.wait().await;
            served
        };
        let too_late = async {
            stop.cancelled().await;
            tokio::time::sleep(self.settings.server.stop_time()).await;
        };
        let served = tokio::select! {
            served = all => served,
            () = too_late => {
                tracing::warn!("some work was not finished in time; its leases run out and it is taken up again");
                Ok(())
            }
        };
        self.storage.database.close().await;
        drop(sole_use);
        served
    }

    /// Starts the workers and the timers; answers the lock on a SQLite file that is ours alone.
    fn start_work(&self, tasks: &TaskTracker, stop: &CancellationToken) -> Option<SoleUse> {
        let (queue, handler, working) = (self.storage.queue.clone(), Arc::clone(&self.bridge), stop.clone());
        let sole_use = SoleUse::claim(&self.settings.database);
        let dead = sole_use.is_some().then(|| self.storage.clone());
        tasks.spawn(async move {
            if let Some(storage) = dead {
                take_back(&storage).await;
            }
            queue.work(handler, working).await;
        });
        let (tidy, budget, tidying) = (self.storage.clone(), self.budget.clone(), stop.clone());
        tasks.spawn(
            async move { tidying.run_until_cancelled(housekeeping::housekeeping(tidy, budget)).await },
        );
        if delivers_here(&self.settings) {
            let (watching, bridge) = (stop.clone(), Arc::clone(&self.bridge));
            tasks.spawn(async move { watching.run_until_cancelled(bridge.watch_chats()).await.map(drop) });
        }
        let (bridge, keeping) = (Arc::clone(&self.bridge), stop.clone());
        tasks.spawn(async move { keeping.run_until_cancelled(bridge.keep_webhooks()).await });
        let (bridge, comparing) = (Arc::clone(&self.bridge), stop.clone());
        tasks.spawn(async move { bridge.keep_comparing(comparing).await });
        sole_use
    }
}

/// Goes on at once with what a process that was killed has left leased.
async fn take_back(storage: &Storage) {
    match storage.queue.take_back_lanes().await {
        Ok(0) => {}
        Ok(lanes) => tracing::info!(lanes, "going on with what was under way when the last process ended"),
        Err(error) => tracing::warn!(%error, "lanes could not be taken back; their leases will run out"),
    }
    if let Err(error) = storage.vault.take_back_refreshes().await {
        tracing::warn!(%error, "token refreshes could not be taken back; their leases will run out");
    }
}

/// Whether Graph is to tell of changes, and can: it delivers by TLS alone, but for this machine.
pub fn delivers_here(settings: &Settings) -> bool {
    let url = settings.server.base_url();
    settings.microsoft.notifications && (url.scheme() == "https" || is_this_machine(&url))
}

/// Whether an address is one of this machine's own.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The one HTTP client: a call takes `call_time` at most, and no token follows a redirect.
pub fn http_client(call_time: Duration) -> Result<reqwest::Client, StartError> {
    reqwest::Client::builder()
        .user_agent(concat!("Threadline/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIME)
        .timeout(call_time)
        .pool_idle_timeout(Duration::from_mins(1))
        .build()
        .map_err(StartError::Http)
}

/// The client for addresses that a platform sends us on to: public hosts only, no further on.
fn outside_client() -> Result<reqwest::Client, StartError> {
    reqwest::Client::builder()
        .user_agent(concat!("Threadline/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(PublicOnly))
        .connect_timeout(CONNECT_TIME)
        .build()
        .map_err(StartError::Http)
}

/// What the Jira client needs, or what is missing.
pub fn jira_settings(settings: &Settings) -> Result<jira::Settings, StartError> {
    const HINT: &str =
        "Create an OAuth 2.0 (3LO) app in the Atlassian developer console; docs/setup.md shows how.";
    let jira = &settings.jira;
    Ok(jira::Settings {
        auth_url: jira.auth_url.clone(),
        api_url: jira.api_url.clone(),
        client_id: wanted(jira.client_id.as_ref(), "jira.client_id", HINT)?,
        client_secret: secret(jira.client_secret.as_ref(), "jira.client_secret", HINT)?,
    })
}

/// What the Microsoft clients need, or what is missing.
pub fn microsoft_settings(settings: &Settings) -> Result<teams::Settings, StartError> {
    const HINT: &str = "Register an application in the Entra admin centre; docs/setup.md shows how.";
    let microsoft = &settings.microsoft;
    let tenant = wanted(microsoft.tenant_id.as_ref(), "microsoft.tenant_id", HINT)?;
    Ok(teams::Settings {
        login_url: microsoft.login_url.clone(),
        graph_url: microsoft.graph_url.clone(),
        bot_openid_url: microsoft.bot_openid_url.clone(),
        tenant_id: TenantId::new(tenant.to_ascii_lowercase()),
        client_id: wanted(microsoft.client_id.as_ref(), "microsoft.client_id", HINT)?,
        client_secret: secret(microsoft.client_secret.as_ref(), "microsoft.client_secret", HINT)?,
        service_url_hosts: microsoft.service_url_hosts.clone(),
        edit_in_channels: microsoft.edit_in_channels,
    })
}

fn wanted(value: Option<&String>, key: &'static str, hint: &'static str) -> Result<String, StartError> {
    value.filter(|text| !text.is_empty()).cloned().ok_or(StartError::Missing { key, hint })
}

fn secret(value: Option<&Secret>, key: &'static str, hint: &'static str) -> Result<Secret, StartError> {
    value.filter(|secret| !secret.is_empty()).cloned().ok_or(StartError::Missing { key, hint })
}

/// Joining a path to a base without a slash would drop the base's last segment.
fn with_slash(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}
