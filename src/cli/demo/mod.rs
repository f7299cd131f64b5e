//! `threadline demo`: the service on SQLite beside the simulator, and one page to try it on.

mod change;
mod check;
mod files;
mod gallery;
mod logins;
mod page;
mod state;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use threadline_simulator::Options;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Context;
use super::serve::stop_on_signal;
use crate::app::{App, Storage};
use crate::config::Settings;
use crate::ids::{AccountId, ConversationId, IssueId, IssueKey, SiteId, TenantId};
use crate::stage::{PEOPLE, Stage, TENANT, unique_name};
use crate::store::{Access, NewLink};
use crate::telemetry;

pub(super) const EXAMPLES: &str = "Examples:
  threadline demo                start the demo and open the page it names
  threadline demo --port 9000    with the page on a port of your choice
  threadline demo --check        let it drive itself once, print what happened, and exit";

/// Where the page is tried first.
const PORT: u16 = 8484;

/// Try Threadline without any account: a Jira site, a Teams tenant and people are simulated.
#[derive(Args)]
pub(super) struct Demo {
    /// Port of the demo page [default: 8484, or a free one if that is taken].
    #[arg(long)]
    port: Option<u16>,
    /// Drive all ways once, print each event with its reason and time, and exit: 0 if all is well.
    #[arg(long, conflicts_with = "port")]
    check: bool,
}

/// A running demo.
struct Running {
    stage: Stage,
    storage: Storage,
    site: SiteId,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    directory: std::path::PathBuf,
}

impl Demo {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let mut log = context.settings.telemetry.clone();
        if std::env::var_os("THREADLINE__TELEMETRY__FILTER").is_none() {
            "warn".clone_into(&mut log.filter);
        }
        telemetry::start_logs(&log);
        let running = Running::start(&context).await?;
        if !self.check {
            running.link().await?;
        }
        let code = if self.check {
            check::run(&running).await
        } else {
            self.serve_page(&running).await.map(|()| ExitCode::SUCCESS)
        };
        running.end().await?;
        code
    }

    async fn serve_page(&self, running: &Running) -> anyhow::Result<()> {
        let listener = match self.port {
            Some(port) => listen(port)
                .await
                .with_context(|| format!("port {port} is taken; choose another one with --port"))?,
            None => match listen(PORT).await {
                Ok(listener) => listener,
                Err(_) => listen(0).await?,
            },
        };
        let address = listener.local_addr()?;
        let service = Url::parse(&format!("http://{address}/"))?;
        greet(&service, running)?;
        tokio::spawn(stop_on_signal(running.stop.clone()));
        let stop = running.stop.clone();
        let router =
            page::router(state::Theatre::new(running.stage.clone(), running.storage.clone(), running.site));
        // Feeds stay open for ever: they are cut, not waited for.
        tokio::select! {
            served = axum::serve(listener, router) => served?,
            () = stop.cancelled() => {}
        }
        Ok(())
    }
}

async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

fn greet(page: &Url, running: &Running) -> std::io::Result<()> {
    let [first, second, third] = PEOPLE;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Threadline demo: open {page}")?;
    writeln!(out)?;
    writeln!(out, "  Issue       {} of a simulated Jira site", running.stage.issue)?;
    writeln!(
        out,
        "  Chat        a simulated Teams group chat with Threadline's bot in it, linked to the issue"
    )?;
    writeln!(out, "  People      {first}, {second} and {third}")?;
    writeln!(out, "  Threadline  {}", running.stage.public_url)?;
    writeln!(out)?;
    writeln!(out, "  Try this:")?;
    writeln!(out, "  1. Log {first} in with Jira and with Microsoft: the buttons beside the name.")?;
    writeln!(out, "  2. Comment as {first}. The comment appears in the chat as {first}'s own message.")?;
    writeln!(out, "  3. Comment as {third}, who is not connected: the bot speaks, under the author's name.")?;
    writeln!(
        out,
        "  4. Answer in the chat as {second}. The answer waits; log {second} in, and it becomes a comment."
    )?;
    writeln!(out, "  5. Turn a message into an issue, or write: @Threadline create ABC Something to do")?;
    writeln!(out)?;
    writeln!(out, "  Nothing leaves this machine. Ctrl-C ends it.")
}

impl Running {
    async fn start(context: &Context) -> anyhow::Result<Self> {
        let listener = listen(0).await?;
        let public_url = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let stage = Stage::set(public_url, Options::default()).await?;
        let directory = std::env::temp_dir().join(unique_name("threadline-demo"));
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("the demo can't write to {}", directory.display()))?;
        let database = format!("sqlite://{}", directory.join("threadline.db").display());
        let mut settings = Settings { relay: short_waits(), ..stage.settings(&database) };
        settings.microsoft.notifications = true;
        let app = App::build(settings, context.clock.clone(), context.random.clone()).await?;
        let storage = app.storage().clone();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(app.serve(listener, stop.clone()));
        let (site, _) = stage.open(&storage).await?;
        Ok(Self { stage, storage, site, stop, serving, directory })
    }

    /// Links the issue and the chat in the name of the first person, whose login shows reactions.
    async fn link(&self) -> anyhow::Result<()> {
        let issue = self.stage.simulator.issue(&self.stage.issue).context("the stage has no issue")?;
        let [name, ..] = PEOPLE;
        let creator = self.stage.simulator.person(name).context("the stage has no people")?;
        let new = NewLink {
            site: self.site,
            issue: IssueId::new(issue.id),
            issue_key: IssueKey::new(issue.key),
            tenant: TenantId::new(TENANT),
            conversation: ConversationId::new(self.stage.chat.as_str()),
            created_by: Some(AccountId::new(creator.account_id.as_str())),
            access: Access::Private,
        };
        self.storage.store.add_link(new).await?;
        Ok(())
    }

    async fn end(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.serving.await??;
        self.stage.simulator.stop().await;
        // The operating system cleans its temporary folder anyway.
        let _ = std::fs::remove_dir_all(&self.directory);
        Ok(())
    }
}

/// Nobody watches a demo for half an hour until a try is repeated.
fn short_waits() -> crate::config::Relay {
    crate::config::Relay { backoff_percent: 10, poll_ms: 100, ..crate::config::Relay::default() }
}
