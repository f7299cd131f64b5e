//! `threadline serve`: the service.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::app::{App, Part};
use crate::telemetry;

pub(super) const EXAMPLES: &str = "Examples:
  threadline serve
  threadline serve --listen 0.0.0.0:8080 --config /etc/threadline.toml
  THREADLINE__DATABASE__URL=postgres://threadline@localhost/threadline threadline serve

Several processes on one PostgreSQL and one key ring, each as often as you like:
  threadline serve --only web --listen 0.0.0.0:8080
  threadline serve --only relay --listen 127.0.0.1:8081";

/// Run the service.
#[derive(Args)]
pub(super) struct Serve {
    /// Address and port to listen on [default: server.listen].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Do a part of the work; other processes on the same database do the rest.
    #[arg(long, value_name = "PART", value_enum)]
    only: Option<Only>,
}

/// The parts, as the command line names them.
#[derive(Clone, Copy, ValueEnum)]
enum Only {
    /// Take what the platforms and people send: webhooks, the bot, logins, pages, the API.
    Web,
    /// Work on it. Only /healthz, /readyz and /metrics answer.
    Relay,
}

impl From<Only> for Part {
    fn from(only: Only) -> Self {
        match only {
            Only::Web => Self::Web,
            Only::Relay => Self::Relay,
        }
    }
}

impl Serve {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<ExitCode> {
        if let Some(listen) = self.listen {
            context.settings.server.listen = listen;
        }
        telemetry::start_logs(&context.settings.telemetry);
        let listen = context.settings.server.listen;
        let app = App::build(context.settings, context.clock, context.random)
            .await?
            .only(self.only.map(Part::from));
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("can't listen on {listen}; is another process there?"))?;
        tracing::info!(listen = %listener.local_addr()?, "threadline is ready");
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        app.serve(listener, stop).await?;
        tracing::info!("threadline has stopped");
        Ok(ExitCode::SUCCESS)
    }
}

/// Asks for a stop on Ctrl-C and on SIGTERM.
pub(super) async fn stop_on_signal(stop: CancellationToken) {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
    tracing::info!("stopping: nothing new is taken, what is leased is finished");
    stop.cancel();
}
