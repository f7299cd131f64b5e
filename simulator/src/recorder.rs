//! Counts the calls each host got, cheaply enough to stay on under load.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// One of the hosts that the simulator stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// `auth.atlassian.com`.
    Auth,
    /// `api.atlassian.com`.
    Api,
    /// `x.atlassian.net`.
    Site,
    /// `login.microsoftonline.com`.
    Login,
    /// `graph.microsoft.com`.
    Graph,
    /// `login.botframework.com`.
    BotOpenid,
    /// `smba.trafficmanager.net`.
    Service,
    /// `teams.microsoft.com`.
    TeamsWeb,
    /// The stores behind both: `api.media.atlassian.com` and `contoso.sharepoint.com`.
    Media,
}

/// How often a route was called, and with which outcome.
#[derive(Debug, Clone, Serialize)]
pub struct CallCount {
    /// The host that was called.
    pub host: Host,
    /// HTTP method.
    pub method: String,
    /// The route with its parameters' names (`/v1.0/chats/{chat}/messages`); `(unknown)` if none fits.
    pub route: String,
    /// Status answered; 0 where the connection was cut or left hanging.
    pub status: u16,
    /// How often.
    pub count: u64,
}

/// The counters of one simulator.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<BTreeMap<(Host, String, String, u16), u64>>);

impl Recorder {
    pub(crate) fn count(&self, host: Host, method: &str, route: &str, status: u16) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((host, method.to_owned(), route.to_owned(), status)).or_default() += 1;
    }

    pub(crate) fn calls(&self) -> Vec<CallCount> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|((host, method, route, status), count)| CallCount {
                host: *host,
                method: method.clone(),
                route: route.clone(),
                status: *status,
                count: *count,
            })
            .collect()
    }
}
