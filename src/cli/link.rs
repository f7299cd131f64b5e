//! `threadline link`: which issue is linked to which chat.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::terminal::{Terminal, local_time, utc_time};
use super::{Context, reconcile, site};
use crate::ambient::Millis;
use crate::app::App;
use crate::bridge::{CatchUpProgress, LinkRequest, Standing, guid, standing};
use crate::ids::{ConversationId, IssueId, LinkId, SiteId, TenantId};
use crate::store::{self, LinkState, Store};

pub(super) const EXAMPLES: &str = "Examples:
  threadline link add --site https://example.atlassian.net --issue ABC-1 --conversation '19:…@thread.v2'
  threadline link list
  threadline link remove link_019a0000000070008000000000000001
  threadline link reconcile --all";

const ADD_EXAMPLES: &str = "Examples:
  threadline link add --site https://example.atlassian.net --issue ABC-1 --conversation '19:…@thread.v2'
  threadline link add --site example.atlassian.net --issue ABC-1 --issue-id 10042 \\
      --conversation '19:…@thread.v2' --access shared

Threadline must be in the chat. In the chat itself, `@Threadline link ABC-1` does the same.";

const LIST_EXAMPLES: &str = "Examples:
  threadline link list
  threadline link list --limit 1000 --json";

const REMOVE_EXAMPLES: &str = "Examples:
  threadline link remove link_019a0000000070008000000000000001

What has been written stays where it is, on both sides.";

/// What to do with the links.
#[derive(Subcommand)]
pub(super) enum Links {
    /// Link an issue and a chat.
    #[command(after_help = ADD_EXAMPLES)]
    Add(Add),
    /// List the links, the newest first.
    #[command(after_help = LIST_EXAMPLES)]
    List(List),
    /// Remove a link.
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove(Remove),
    /// Compare chats with their issues now, and make good what was missed.
    #[command(after_help = reconcile::EXAMPLES)]
    Reconcile(reconcile::Reconcile),
}

/// Who may see the chat.
#[derive(Clone, Copy, ValueEnum)]
enum Access {
    /// Only its members.
    Private,
    /// People who see the issue may read it in Jira.
    Shared,
    /// People who see the issue may join.
    Open,
}

impl From<Access> for store::Access {
    fn from(access: Access) -> Self {
        match access {
            Access::Private => Self::Private,
            Access::Shared => Self::Shared,
            Access::Open => Self::Open,
        }
    }
}

/// Link an issue and a chat.
#[derive(Args)]
pub(super) struct Add {
    /// The Jira site: its id or its address.
    #[arg(long, value_name = "SITE")]
    site: String,
    /// The issue's key.
    #[arg(long, value_name = "KEY")]
    issue: String,
    /// The chat's Teams conversation id.
    #[arg(long, value_name = "ID")]
    conversation: String,
    /// The chat's Microsoft tenant [default: the site's tenant, if it has one only].
    #[arg(long, value_name = "GUID")]
    tenant: Option<String>,
    /// Who may see the chat.
    #[arg(long, default_value = "private")]
    access: Access,
    /// The issue's number, for a site where nobody has logged in yet.
    #[arg(long, value_name = "NUMBER")]
    issue_id: Option<String>,
}

/// List the links.
#[derive(Args)]
pub(super) struct List {
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

/// Remove a link.
#[derive(Args)]
pub(super) struct Remove {
    /// Id of the link.
    #[arg(value_name = "LINK")]
    link: String,
}

#[derive(Serialize)]
struct View {
    id: LinkId,
    site: SiteId,
    issue: String,
    issue_id: String,
    tenant: TenantId,
    conversation: ConversationId,
    access: &'static str,
    active: bool,
    paused_reason: Option<String>,
    /// How it stands just now: `relaying`, `catching up`, `throttled` and so on.
    state: &'static str,
    /// Why it does not go on.
    reason: Option<String>,
    /// No sooner than then it goes on.
    until: Option<String>,
    /// How much is done of what was missed; nothing, if all is.
    catching_up: Option<CatchUpProgress>,
    created_at: String,
}

impl View {
    fn of(link: store::Link, standing: Standing) -> Self {
        Self {
            id: link.id,
            site: link.site,
            issue: link.issue_key.into(),
            issue_id: link.issue.into(),
            tenant: link.tenant,
            conversation: link.conversation,
            access: link.access.word(),
            active: link.state == LinkState::Active,
            paused_reason: link.paused_reason,
            state: standing.state,
            reason: standing.reason,
            until: standing.until.map(|until| utc_time(Millis(until))),
            catching_up: standing.catching_up,
            created_at: utc_time(link.created_at),
        }
    }
}

impl Links {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add(add) => add.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::Remove(remove) => remove.run(context).await,
            Self::Reconcile(reconcile) => reconcile.run(context).await,
        }
    }
}

impl Add {
    async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        if let Some(id) = &self.issue_id
            && (id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()))
        {
            bail!(
                "'{id}' is not the number of an issue; it is the \"id\" in Jira's answer about the issue, such as 10042"
            );
        }
        let app = App::build(context.settings, context.clock, context.random).await?;
        let store = &app.storage().store;
        let site = site::find(store, &self.site).await?;
        let request = LinkRequest {
            site: site.id,
            issue: self.issue,
            tenant: tenant(store, site.id, self.tenant.as_deref()).await?,
            conversation: ConversationId::new(self.conversation),
            access: self.access.into(),
        };
        let link = app.bridge().link_for_operator(request, self.issue_id.map(IssueId::new)).await?;
        let text = format!("{} and the chat are linked: {}.", link.issue_key, link.id);
        app.storage().database.clone().close().await;
        Terminal::open().line(text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The tenant of the chat: as given, else the only one that the site may talk to.
async fn tenant(store: &Store, site: SiteId, given: Option<&str>) -> anyhow::Result<TenantId> {
    if let Some(text) = given {
        return Ok(TenantId::new(guid("a tenant id", text)?));
    }
    let tenants = store.tenants_of_site(site).await?;
    match <[TenantId; 1]>::try_from(tenants) {
        Ok([only]) => Ok(only),
        Err(several) => {
            let names: Vec<&str> = several.iter().map(TenantId::as_str).collect();
            bail!("the site may talk to several tenants; say which one with --tenant: {}", names.join(", "))
        }
    }
}

impl List {
    async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let mut links = Vec::new();
        for link in storage.store.links(self.limit).await? {
            let now = storage.clock.now();
            let standing = standing(&storage.queue, &storage.store, &link, now).await?;
            links.push((link, standing));
        }
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            terminal.json(
                &links.into_iter().map(|(link, standing)| View::of(link, standing)).collect::<Vec<_>>(),
            )?;
        } else if links.is_empty() {
            terminal.line("Nothing is linked yet. `threadline link add --help` shows how.")?;
        } else {
            let rows: Vec<[String; 6]> = links.iter().map(|(link, standing)| row(link, standing)).collect();
            terminal.table(["LINK", "ISSUE", "ACCESS", "STATE", "SINCE", "CHAT"], &rows)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(link: &store::Link, standing: &Standing) -> [String; 6] {
    [
        link.id.to_string(),
        link.issue_key.to_string(),
        link.access.word().to_owned(),
        in_short(standing),
        local_time(link.created_at),
        link.conversation.to_string(),
    ]
}

/// How a link stands, for a column.
fn in_short(standing: &Standing) -> String {
    let Standing { state, reason, catching_up, until, .. } = standing;
    let why = reason.as_deref().filter(|reason| reason != state);
    let kept = match (why, until.map(|until| local_time(Millis(until)))) {
        (Some(why), Some(until)) => Some(format!("{state} until {until} ({why})")),
        (None, Some(until)) => Some(format!("{state} until {until}")),
        (Some(why), None) => Some(format!("{state}: {why}")),
        (None, None) => None,
    };
    match (catching_up, kept) {
        (Some(progress), Some(kept)) => format!("{progress}, {kept}"),
        (Some(progress), None) => progress.to_string(),
        (None, kept) => kept.unwrap_or_else(|| (*state).to_owned()),
    }
}

impl Remove {
    async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let unknown = || format!("there is no link '{}'; `threadline link list` shows their ids", self.link);
        let id: LinkId = self.link.parse().ok().with_context(unknown)?;
        let storage = context.storage().await?;
        let link = storage.store.find_link(id).await?.with_context(unknown)?;
        if !storage.store.remove_link(&link, "operator".to_owned()).await? {
            bail!(unknown());
        }
        storage.database.close().await;
        Terminal::open().line(format!("{id} is gone. What was written stays where it is, on both sides."))?;
        Ok(ExitCode::SUCCESS)
    }
}
