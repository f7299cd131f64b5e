//! What Threadline does: one file a use case. The only room that knows both sides.
//!
//! Every event ends with a named reason ([`reason`]). What is written to a platform is
//! written once. How both sides are kept alike is decided by pure machines ([`machine`]);
//! `take_turn` and `write_once` carry them out.

mod accept_activity;
mod accept_notification;
mod accept_webhook;
mod add_site;
mod adopt;
mod backlog;
mod bells;
mod carry_reactions;
mod change_settings;
mod choose_link;
mod connect_person;
mod count_waiting;
mod create_issue;
mod echo;
mod event_view;
mod explain_event;
mod failure;
mod files;
mod find_comment;
mod find_message;
mod find_project;
mod fit;
mod follow_comment;
mod follow_message;
mod happening;
mod hold;
mod issue_form;
mod keep_deliveries;
mod keep_webhooks;
mod link_chat;
mod list_chats;
mod look_at;
pub mod machine;
mod map_mentions;
mod membership;
mod overtake;
mod prove_notification;
mod quotation;
mod quote_of_comment;
mod quote_of_message;
mod reactions;
pub mod reason;
mod reconcile;
mod relay_comment;
mod relay_message;
mod replay_events;
mod run_command;
mod say;
mod setting_words;
mod site_secret;
mod speaker;
mod standing;
mod subscriptions;
mod take_turn;
mod tokens;
mod turn;
mod visibility;
mod voice;
mod words;
mod write_once;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::ambient::{Clock, Random};
use crate::call::download::Downloads;
use crate::queue::{Event, Handler, Lease, LeaseLost, Queue, Verdict};
use crate::store::Store;
use crate::teams::{connector, entra, graph};
use crate::vault::Vault;
use crate::{jira, teams};

pub use accept_activity::{ActivityRefused, Answer};
pub use accept_notification::{NotificationRefused, read_notifications};
pub use accept_webhook::Proof;
pub use add_site::{AddedSite, SiteRefused, SiteRequest, add_site, guid, replace_webhook_secret, site_base};
pub use backlog::{OPEN_WORDS, Open, word_of};
use change_settings::project_of;
pub use change_settings::{SettingRefused, SettingsInForce};
pub use connect_person::{Connected, LoginProvider, LoginRefused};
pub use count_waiting::WaitingCount;
pub use event_view::EventView;
pub use explain_event::{Explanation, explain, subject_ids};
pub use files::{PictureRefused, ShownPicture};
pub use happening::Happening;
pub use link_chat::{LinkRefused, LinkRequest};
pub use list_chats::{ChatOfIssue, ListRefused};
pub use reconcile::{CatchUpProgress, ask_to_compare, catch_up_progress};
pub use replay_events::{ReplayRefused, ReplayRequest, count_replay, lacks_its_content, replay};
pub use setting_words::in_plain_words;
pub use site_secret::webhook_secret_place;
pub use standing::{Standing, standing};

/// What the bridge needs to know beside its rooms.
#[derive(Clone)]
pub struct Settings {
    /// Base URL for links and redirects, ending in a slash.
    pub base_url: Url,
    /// The bot's application id.
    pub bot_id: String,
    /// How long a message waits for its author to connect.
    pub login_wait: Duration,
    /// How long after a call its effect may still appear.
    pub landing: Duration,
    /// Tries of one event before it is a dead letter.
    pub attempts: u32,
    /// Percentage of the documented waits between tries.
    pub backoff_percent: u32,
    /// How long a call to a platform may take.
    pub call_time: Duration,
    /// Which pictures and files are copied.
    pub files: crate::config::Files,
    /// Whether webhooks are registered under people's logins.
    pub register_webhooks: bool,
    /// Making good what was missed.
    pub reconcile: crate::config::Reconcile,
}

/// The bridge: both clients and all rooms behind them.
pub struct Bridge {
    settings: Settings,
    store: Store,
    vault: Vault,
    queue: Queue,
    jira: jira::Client,
    entra: entra::Client,
    graph: graph::Client,
    connector: connector::Client,
    bot_auth: teams::bot_auth::Validator,
    downloads: Downloads,
    echoes: echo::Echoes,
    pictures: files::PictureDoor,
    notification_keys: subscriptions::NotificationKeys,
    webhook_bell: bells::Bell,
    comparison_bell: bells::Bell,
    clock: Clock,
    random: Random,
}

/// The rooms a bridge is built of.
pub struct Rooms {
    /// Rows.
    pub store: Store,
    /// Secrets.
    pub vault: Vault,
    /// Events.
    pub queue: Queue,
    /// Jira.
    pub jira: jira::Client,
    /// Microsoft: logins.
    pub entra: entra::Client,
    /// Microsoft: what people do.
    pub graph: graph::Client,
    /// Microsoft: what the bot does.
    pub connector: connector::Client,
    /// Microsoft: who may speak to the bot.
    pub bot_auth: teams::bot_auth::Validator,
    /// Pictures and files of both.
    pub downloads: Downloads,
    /// What time it is.
    pub clock: Clock,
    /// Ids and randomness.
    pub random: Random,
}

impl Bridge {
    /// Joins the rooms.
    pub fn new(settings: Settings, rooms: Rooms) -> Self {
        let Rooms { store, vault, queue, jira, entra, graph, connector, bot_auth, downloads, clock, random } =
            rooms;
        let echoes = echo::Echoes::default();
        Self {
            settings,
            store,
            vault,
            queue,
            jira,
            entra,
            graph,
            connector,
            bot_auth,
            downloads,
            echoes,
            pictures: files::PictureDoor::default(),
            notification_keys: subscriptions::NotificationKeys::default(),
            webhook_bell: bells::Bell::default(),
            comparison_bell: bells::Bell::default(),
            clock,
            random,
        }
    }

    /// The rows behind the bridge.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The events behind the bridge.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The vault behind the bridge.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// An address of this service.
    fn address(&self, path: &str) -> Url {
        self.settings.base_url.join(path).unwrap_or_else(|_| self.settings.base_url.clone())
    }
}

impl Handler for Bridge {
    async fn handle(&self, lease: &Lease, event: &Event) -> Result<Verdict, LeaseLost> {
        let Ok(happening) = serde_json::from_str::<Happening>(&event.subject) else {
            return Ok(Verdict::Dead { reason: reason::UNREADABLE });
        };
        match self.is_overtaken(event, &happening).await {
            Ok(true) => return Ok(Verdict::done(reason::OVERTAKEN)),
            Ok(false) => {}
            Err(stop) => return stop.verdict(),
        }
        let began = self.clock.now();
        let ended = match happening {
            Happening::CommentCreated(created) => self.relay_comment(lease, event, created).await,
            Happening::CommentEdited(edited) => self.follow_comment(lease, event, edited, false).await,
            Happening::CommentDeleted(deleted) => self.follow_comment(lease, event, deleted, true).await,
            Happening::MessageEdited(message) => self.follow_message(lease, event, message, false).await,
            Happening::MessageTouched(message) => self.follow_touch(lease, event, message).await,
            Happening::MessageDeleted(message) => self.follow_message(lease, event, message, true).await,
            Happening::Message(message) => self.relay_message(lease, event, message).await,
            Happening::MessageReacted(message) => self.follow_reaction(lease, event, message).await,
            Happening::Command(message) => self.run_command(lease, event, message).await,
            Happening::CreateIssue(message) => self.create_from_action(lease, event, message).await,
            Happening::Compare(chat) => self.compare(lease, event, chat).await,
        };
        Ok(match (ended.or_else(failure::Stop::verdict)?, lease.last_call()) {
            // Before its call has landed a look may find nothing, and the effect appear afterwards.
            (Verdict::Retry { at, reason: reason::OUTCOME_UNKNOWN, counts }, Some(called))
                if called >= began =>
            {
                let landed = called.plus(self.settings.landing);
                Verdict::Retry { at: at.max(landed), reason: reason::OUTCOME_UNKNOWN, counts }
            }
            (verdict, _) => verdict,
        })
    }
}

/// Workers share one bridge.
pub type SharedBridge = Arc<Bridge>;
