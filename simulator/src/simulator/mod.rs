//! The handle: starts the hosts, builds the world, lets people act, reads and waits.

mod act;
mod build;
mod files;
mod hooks;
mod invoke;
mod place;
mod read;
mod subscriptions;
mod team;
mod trouble;

use std::sync::Arc;

pub use act::{CommentDraft, IssueDraft, MessageDraft};
pub use files::{FileDraft, KeptFile};

use crate::hosts;
use crate::options::{Options, StartError, Urls};
use crate::platforms::{Platforms, Shared};
use crate::recorder::Host;
use crate::server::{Door, Doors};

/// A running simulator; a clone is the same one. It runs on the Tokio runtime it was started
/// on, and stops with [`Simulator::stop`].
#[derive(Clone)]
pub struct Simulator {
    platforms: Shared,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator").field("urls", self.urls()).finish_non_exhaustive()
    }
}

impl Simulator {
    /// Opens a listener for each host and serves an empty world.
    #[expect(clippy::unused_async, reason = "must be called on a runtime; its callers await it")]
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let doors = Doors::open(options.ports)?;
        let platforms = Arc::new(Platforms::new(options, doors.urls()?)?);
        let simulator = Self { platforms: Arc::clone(&platforms) };
        let shared = || Arc::clone(&platforms);
        doors.auth.serve(&platforms, Host::Auth, hosts::auth_atlassian::routes(shared()));
        doors.api.serve(&platforms, Host::Api, hosts::api_atlassian::routes(shared()));
        doors.site.serve(&platforms, Host::Site, hosts::site::routes(shared(), 0));
        doors.login.serve(&platforms, Host::Login, hosts::login_microsoft::routes(shared()));
        doors.graph.serve(&platforms, Host::Graph, hosts::graph::routes(shared()));
        doors.bot_openid.serve(&platforms, Host::BotOpenid, hosts::bot_openid::routes(shared()));
        doors.service.serve(&platforms, Host::Service, hosts::connector::routes(shared()));
        doors.teams_web.serve(&platforms, Host::TeamsWeb, hosts::teams_web::routes(simulator.clone()));
        doors.media.serve(&platforms, Host::Media, hosts::media::routes(shared()));
        doors.control.serve_open(&platforms, hosts::control::routes(simulator.clone()));
        Ok(simulator)
    }

    /// The handle of a simulator that runs.
    pub(crate) fn on(platforms: Shared) -> Self {
        Self { platforms }
    }

    /// Where each host answers.
    pub fn urls(&self) -> &Urls {
        &self.platforms.urls
    }

    /// Stops all hosts and all deliveries: no new connection is taken, idle ones are closed,
    /// calls under way are answered.
    pub async fn stop(&self) {
        self.platforms.stopping.cancel();
        tokio::task::yield_now().await;
    }

    pub(crate) fn platforms(&self) -> &Shared {
        &self.platforms
    }

    /// Opens a further site's own host.
    fn open_site(&self, index: usize) -> Result<url::Url, StartError> {
        let door = Door::open(0)?;
        let url = door.url.clone();
        door.serve(&self.platforms, Host::Site, hosts::site::routes(Arc::clone(&self.platforms), index));
        Ok(url)
    }
}
