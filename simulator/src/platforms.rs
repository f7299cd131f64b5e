//! Everything the hosts share: the world behind one lock, the clock, the keys, the ways out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderValue;
use serde_json::json;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::ambient::{Clock, Ids, Millis};
use crate::delivery::Dispatcher;
use crate::faults::Faults;
use crate::hosts::media::Signed;
use crate::jira::model::Jira;
use crate::journal::Journal;
use crate::keys::SigningKey;
use crate::limits::Limits;
use crate::options::{Options, StartError, Urls};
use crate::people::People;
use crate::recorder::Recorder;
use crate::teams::model::Teams;

/// Both halves of the world, and the people in it.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) people: People,
    pub(crate) jira: Jira,
    pub(crate) teams: Teams,
    /// Where the panel of an issue is, once Threadline is known.
    pub(crate) panel: Option<url::Url>,
    /// Addresses of files that need no token, for a while.
    pub(crate) signed: Signed,
    /// What Jira says of the size of every attachment, if it lies.
    pub(crate) claimed_size: Option<u64>,
}

/// What every host and every handle holds.
pub(crate) struct Platforms {
    pub(crate) options: Options,
    pub(crate) urls: Urls,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) journal: Journal,
    pub(crate) deliveries: Dispatcher,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    pub(crate) recorder: Recorder,
    pub(crate) entra_key: SigningKey,
    pub(crate) connector_key: SigningKey,
    pub(crate) http: reqwest::Client,
    pub(crate) runtime: Handle,
    pub(crate) stopping: CancellationToken,
    world: Mutex<World>,
    connector_token: Mutex<Option<(HeaderValue, Millis)>>,
}

impl Platforms {
    pub(crate) fn new(options: Options, urls: Urls) -> Result<Self, StartError> {
        let ids = Ids::new(options.seed);
        let http = reqwest::Client::builder()
            .timeout(options.delivery_timeout)
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(options.delivery_concurrency * 2)
            .tcp_nodelay(true)
            .build()
            .map_err(StartError::Client)?;
        let limits = Limits::default();
        limits.switch(options.limits);
        Ok(Self {
            limits,
            deliveries: Dispatcher::new(options.delivery_concurrency),
            entra_key: SigningKey::new(ids.token("entra-")),
            connector_key: SigningKey::new(ids.token("connector-")),
            clock: Clock::new(options.time_scale),
            ids,
            journal: Journal::new(),
            faults: Faults::default(),
            recorder: Recorder::default(),
            http,
            runtime: Handle::current(),
            stopping: CancellationToken::new(),
            world: Mutex::default(),
            connector_token: Mutex::default(),
            options,
            urls,
        })
    }

    /// The world; hold it shortly.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The `Authorization` header of an activity: a token of the Connector for the bot, used
    /// for half an hour as the real Connector does with its own.
    pub(crate) fn bot_authorization(&self) -> Option<HeaderValue> {
        let now = self.now();
        let mut held = self.connector_token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((header, until)) = held.as_ref()
            && *until > now
        {
            return Some(header.clone());
        }
        let bot = self.world().teams.bot.clone()?;
        let header =
            HeaderValue::from_str(&format!("Bearer {}", self.connector_token_for(&bot, now)?)).ok()?;
        *held = Some((header.clone(), now + 30 * 60_000));
        Some(header)
    }

    /// A token of the Connector for a bot: an hour long, bound to the service URL.
    pub(crate) fn connector_token_for(&self, bot: &str, now: Millis) -> Option<String> {
        let seconds = now / 1000;
        self.connector_key.sign(&json!({
            "iss": "https://api.botframework.com",
            "aud": bot,
            "nbf": seconds - 300,
            "exp": seconds + 3600,
            "serviceurl": self.urls.service_url,
        }))
    }

    /// Forgets the signed token, after the bot or the clock has changed.
    pub(crate) fn forget_connector_token(&self) {
        *self.connector_token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Makes the Connector's key ahead of the first activity.
    pub(crate) fn warm_connector_key(self: &Arc<Self>) {
        let platforms = Arc::clone(self);
        self.runtime.spawn_blocking(move || platforms.connector_key.public_jwk());
    }
}

/// What a host's handlers are given.
pub(crate) type Shared = Arc<Platforms>;
