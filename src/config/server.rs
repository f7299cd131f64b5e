//! `[server]`: where the service listens and how people and platforms reach it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::secret::Secret;

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
    /// What proves the operator's scripts at `/api/v1/events`; without it there is no such door.
    pub operator_token: Option<Secret>,
    /// File that holds the operator's token instead.
    pub operator_token_file: Option<String>,
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
            operator_token: None,
            operator_token_file: None,
            stop_seconds: 25,
        }
    }
}

/// A token that is shorter than this opens nothing: it could be guessed.
pub const SHORTEST_TOKEN: usize = 32;

impl Server {
    /// Whether these bytes prove the operator.
    pub fn is_operator(&self, token: &[u8]) -> bool {
        let strong = |known: &&Secret| known.expose().len() >= SHORTEST_TOKEN;
        self.operator_token.as_ref().filter(strong).is_some_and(|known| known.matches(token))
    }

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
