//! What a simulator is started with, and the addresses it answers on.

use std::time::Duration;

use serde::Serialize;
use url::Url;

/// The port of each host on loopback; 0 takes a free one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// Stands in for `auth.atlassian.com`.
    pub auth: u16,
    /// Stands in for `api.atlassian.com`.
    pub api: u16,
    /// Stands in for the first site, `x.atlassian.net`; further sites take free ports.
    pub site: u16,
    /// Stands in for `login.microsoftonline.com`.
    pub login: u16,
    /// Stands in for `graph.microsoft.com`.
    pub graph: u16,
    /// Stands in for `login.botframework.com`.
    pub bot_openid: u16,
    /// Stands in for `smba.trafficmanager.net`.
    pub service: u16,
    /// Stands in for `teams.microsoft.com`.
    pub teams_web: u16,
    /// Stands in for `api.media.atlassian.com` and `contoso.sharepoint.com`.
    pub media: u16,
    /// The control API, which no platform has.
    pub control: u16,
}

/// How a simulator behaves. `Options::default()` suits tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen.
    pub ports: Ports,
    /// Factor on the platforms' back-off before a delivery is repeated. Jira waits 5 to 15
    /// minutes; with the default 0.001 that is 0.3 to 0.9 seconds.
    pub time_scale: f64,
    /// How often Jira repeats a webhook that was not taken (5 on the real platform).
    pub delivery_retries: u32,
    /// How often the Connector repeats an activity that was not taken. Its schedule is not
    /// published; the simulator waits 10 to 20 seconds times `time_scale`.
    pub connector_retries: u32,
    /// Deliveries under way at the same time (20 per receiving host on the real platform).
    pub delivery_concurrency: usize,
    /// How long a receiver may take to answer (Jira: 20 s, Connector: 15 s).
    pub delivery_timeout: Duration,
    /// Whether a new comment is also told as `jira:issue_updated` with
    /// `issue_event_type_name=issue_commented`, as some sites do.
    pub issue_commented_events: bool,
    /// Whether the platforms refuse what is over their published limits.
    pub limits: bool,
    /// Seed for ids, codes and tokens, so that a run can be replayed.
    pub seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ports: Ports::default(),
            time_scale: 0.001,
            delivery_retries: 5,
            connector_retries: 3,
            delivery_concurrency: 20,
            delivery_timeout: Duration::from_secs(15),
            issue_commented_events: false,
            limits: false,
            seed: None,
        }
    }
}

/// The base address of each host, in the form that Threadline's configuration wants.
#[derive(Debug, Clone, Serialize)]
pub struct Urls {
    /// `jira.auth_url`.
    pub auth_url: Url,
    /// `jira.api_url`.
    pub api_url: Url,
    /// The first site's own address.
    pub site_url: Url,
    /// `microsoft.login_url`.
    pub login_url: Url,
    /// `microsoft.graph_url`, ending in `/v1.0`.
    pub graph_url: Url,
    /// `microsoft.bot_openid_url`: the metadata document itself.
    pub bot_openid_url: Url,
    /// The service URL of every conversation, ending in `/teams/`.
    pub service_url: Url,
    /// People's pages of the chats.
    pub teams_web_url: Url,
    /// Where both platforms keep files.
    pub media_url: Url,
    /// The control API.
    pub control_url: Url,
}

impl Urls {
    /// The first site's own address.
    pub fn site_url(&self) -> &Url {
        &self.site_url
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is taken or may not be used.
    #[error("the simulator can't listen on 127.0.0.1:{port}; choose another port or 0 for a free one")]
    Listen {
        /// The port asked for; 0 means any.
        port: u16,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client for deliveries could not be built.
    #[error("the simulator can't build its HTTP client")]
    Client(#[source] reqwest::Error),
}
