//! `[server]`: where the service listens and how people and platforms reach it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;
use url::Url;

/// Where the service listens and how people and platforms reach it.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The base URL that people and platforms use, as seen from outside.
    pub public_url: Option<Url>,
    /// Origins that may show the panel in a frame: the Jira site's, and Teams for the tab.
    #[serde(deserialize_with = "super::list")]
    pub frame_ancestors: Vec<String>,
    /// Seconds that leased work may take after a stop was asked for.
    pub stop_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            frame_ancestors: vec![
                "https://*.atlassian.net".to_owned(),
                "https://teams.microsoft.com".to_owned(),
            ],
            stop_seconds: 25,
        }
    }
}

impl Server {
    /// The base URL for links and redirects; the listening address where none is set.
    pub fn base_url(&self) -> Url {
        match &self.public_url {
            Some(url) => url.clone(),
            None => super::url_of(&format!("http://{}/", self.listen)),
        }
    }

    /// How long leased work may take after a stop was asked for.
    pub fn stop_time(&self) -> Duration {
        Duration::from_secs(self.stop_seconds)
    }
}
