//! The questions we ask the database. Every finder of a tenant's rows takes the site or the
//! tenant first, so that the filter can't be forgotten.

mod attachments;
mod choices;
mod conversations;
mod cursors;
mod intents;
mod links;
mod marks;
mod pairs;
mod people;
mod policy;
mod recent;
mod sessions;
mod settings;
mod sites;
mod teams;
mod webhooks;

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
pub use pairs::{Author, CommentSide, MessageSide, Origin, Pair, Sides};
pub use people::{Person, person_account, unmapped_account};
pub use policy::{BadSetting, Policy, Setting, SettingName};
pub use sessions::{LoginAttempt, Session};
pub(crate) use settings::project_key;
pub use settings::{InForce, ProjectOfSite, SettingChanges, SettingScope};
pub use sites::{NewSite, Site};
pub use webhooks::{SiteWebhook, WebhookLease};

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    clock: Clock,
    random: Random,
    recent: recent::Recent,
}

impl Store {
    /// The store in this database.
    pub fn new(database: Database, clock: Clock, random: Random) -> Self {
        Self { database, clock, random, recent: recent::Recent::default() }
    }

    /// The database, for transactions that span several rooms.
    pub fn database(&self) -> &Database {
        &self.database
    }
}
