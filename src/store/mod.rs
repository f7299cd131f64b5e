//! The questions we ask the database. Every finder of a tenant's rows takes the site or the
//! tenant first, so that the filter can't be forgotten.

mod attachments;
mod choices;
mod conversations;
mod cursors;
mod intents;
mod links;
mod marks;
mod notification_keys;
mod of_link;
mod pairs;
mod people;
mod policy;
mod prune;
mod recent;
mod sessions;
mod settings;
mod sides;
mod sites;
mod teams;
mod watch_needs;
mod watches;
mod webhooks;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::ambient::{Clock, Random};
use crate::database::Database;

pub use attachments::{AttachmentPair, FileState};
pub use choices::{
    CatchUp, Circle, ServiceReplies, ShowInternal, ShowRestricted, ShowSecured, UnconnectedComments,
    UnconnectedMessages,
};
pub use conversations::{Conversation, ConversationKind};
pub use cursors::ChatCursor;
pub use intents::Intent;
pub use links::paused_in;
pub use links::{Access, Link, LinkState, NewLink};
pub(crate) use links::{add_link, pause_link};
pub use notification_keys::NotificationKey;
pub use pairs::{Author, Pair};
pub use people::{Person, person_account, unmapped_account};
pub use policy::{BadSetting, Policy, Setting, SettingName};
pub use prune::Aged;
pub use sessions::{LoginAttempt, Session};
pub(crate) use settings::project_key;
pub use settings::{InForce, ProjectOfSite, SettingChanges, SettingScope};
pub use sides::{CommentSide, MessageSide, Origin, Sides};
pub use sites::{NewSite, Site};
pub use watch_needs::WatchNeed;
pub use watches::{Watch, WatchLease, WatchState};
pub use webhooks::{SiteWebhook, WebhookLease};

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    clock: Clock,
    random: Random,
    recent: recent::Recent,
    /// Rung when a place is to be watched, or not any more.
    watch_bell: Arc<Notify>,
}

impl Store {
    /// The store in this database.
    pub fn new(database: Database, clock: Clock, random: Random) -> Self {
        Self { database, clock, random, recent: recent::Recent::default(), watch_bell: Arc::default() }
    }

    /// The database, for transactions that span several rooms.
    pub fn database(&self) -> &Database {
        &self.database
    }
}
