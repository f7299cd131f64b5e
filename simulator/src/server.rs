//! Opens one loopback listener per host and serves its routes until the simulator stops.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use url::Url;

use crate::gate::gate;
use crate::options::{Ports, StartError, Urls};
use crate::platforms::Shared;
use crate::recorder::Host;

/// A listener that is open but not served yet.
pub(crate) struct Door {
    listener: TcpListener,
    pub(crate) url: Url,
}

impl Door {
    /// Opens a port on loopback; 0 takes a free one.
    pub(crate) fn open(port: u16) -> Result<Self, StartError> {
        let listen = |source| StartError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let taken = listener.local_addr().map_err(listen)?.port();
        let url = Url::parse(&format!("http://127.0.0.1:{taken}/"))
            .map_err(|error| listen(std::io::Error::other(error)))?;
        Ok(Self { listener, url })
    }

    /// Serves a platform's host behind the gate.
    pub(crate) fn serve(self, platforms: &Shared, host: Host, routes: Router) {
        let gated = routes.layer(from_fn_with_state((Arc::clone(platforms), host), gate));
        self.serve_open(platforms, gated);
    }

    /// Serves routes as they are.
    pub(crate) fn serve_open(self, platforms: &Shared, routes: Router) {
        let stopping = platforms.stopping.clone();
        let runtime = platforms.runtime.clone();
        let _inside = runtime.enter();
        let Ok(listener) = tokio::net::TcpListener::from_std(self.listener) else { return };
        // Small answers must not wait for the caller's acknowledgement.
        let listener = listener.tap_io(|io| {
            let _ = io.set_nodelay(true);
        });
        let serving =
            axum::serve(listener, routes).with_graceful_shutdown(async move { stopping.cancelled().await });
        runtime.spawn(serving.into_future());
    }
}

/// The listeners of all hosts.
pub(crate) struct Doors {
    pub(crate) auth: Door,
    pub(crate) api: Door,
    pub(crate) site: Door,
    pub(crate) login: Door,
    pub(crate) graph: Door,
    pub(crate) bot_openid: Door,
    pub(crate) service: Door,
    pub(crate) teams_web: Door,
    pub(crate) media: Door,
    pub(crate) control: Door,
}

impl Doors {
    pub(crate) fn open(ports: Ports) -> Result<Self, StartError> {
        Ok(Self {
            auth: Door::open(ports.auth)?,
            api: Door::open(ports.api)?,
            site: Door::open(ports.site)?,
            login: Door::open(ports.login)?,
            graph: Door::open(ports.graph)?,
            bot_openid: Door::open(ports.bot_openid)?,
            service: Door::open(ports.service)?,
            teams_web: Door::open(ports.teams_web)?,
            media: Door::open(ports.media)?,
            control: Door::open(ports.control)?,
        })
    }

    pub(crate) fn urls(&self) -> Result<Urls, StartError> {
        let below = |door: &Door, path: &str| {
            door.url
                .join(path)
                .map_err(|error| StartError::Listen { port: 0, source: std::io::Error::other(error) })
        };
        Ok(Urls {
            auth_url: self.auth.url.clone(),
            api_url: self.api.url.clone(),
            site_url: self.site.url.clone(),
            login_url: self.login.url.clone(),
            graph_url: below(&self.graph, "v1.0")?,
            bot_openid_url: below(&self.bot_openid, "v1/.well-known/openidconfiguration")?,
            service_url: below(&self.service, "teams/")?,
            teams_web_url: self.teams_web.url.clone(),
            media_url: self.media.url.clone(),
            control_url: self.control.url.clone(),
        })
    }
}
