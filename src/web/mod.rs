//! The front door: verify, parse, hand over. One file a caller. No decisions.

mod account;
mod api;
mod aside;
mod assets;
mod browser;
mod events;
mod files;
mod graph;
mod login;
mod messages;
mod operator;
mod panel;
mod problem;
mod router;
mod settings;
mod settings_page;
mod webhooks;

use std::sync::Arc;

use url::Url;

use crate::bridge::SharedBridge;
use crate::config;

pub use router::{openapi, operator_router, router};

/// What the front door needs.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    bridge: SharedBridge,
    server: config::Server,
    base_url: Url,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
}

impl Door {
    /// The door to this bridge.
    pub fn new(
        bridge: SharedBridge,
        server: config::Server,
        base_url: Url,
        metrics: metrics_exporter_prometheus::PrometheusHandle,
    ) -> Self {
        Self(Arc::new(Inner { bridge, server, base_url, metrics }))
    }

    fn bridge(&self) -> &crate::bridge::Bridge {
        &self.0.bridge
    }

    /// The origins whose pages may frame ours, as a content security policy names them.
    fn frames(&self) -> String {
        let others = self.0.server.frame_ancestors.iter().map(String::as_str);
        std::iter::once("'self'").chain(others).collect::<Vec<_>>().join(" ")
    }

    /// Whether browsers reach us by TLS: then cookies are bound to it.
    fn is_secure(&self) -> bool {
        self.0.base_url.scheme() == "https"
    }
}
