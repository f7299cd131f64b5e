//! Everybody else in the database: links with their chats and pairs, and people with their
//! tokens. Rows of the real tables, written in bulk; none of it exists on the simulated platforms.

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};
use threadline_entity::{chat_link, conversation, credential, message_pair, user_link};
use uuid::Uuid;

use crate::ambient::{Clock, Random};
use crate::app::Storage;
use crate::database::Database;
use crate::ids::SiteId;
use crate::stage::TENANT;

/// Rows a statement: below SQLite's limit of 32,766 values with the widest table.
const STATEMENT: usize = 500;
/// Rows a commit.
const COMMIT: usize = 10_000;
/// Bytes of a sealed pair of tokens: two JSON Web Tokens of a kilobyte.
const SEALED: usize = 2000;

/// How many there are.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli::bench) struct Crowd {
    /// Links between an issue and a chat.
    pub(in crate::cli::bench) links: usize,
    /// Pairs of comments and messages, spread over the links.
    pub(in crate::cli::bench) pairs: usize,
    /// People who have connected both accounts.
    pub(in crate::cli::bench) people: usize,
}

impl Crowd {
    /// The part of it that comes in the turn `turn` of `turns`.
    fn part(self, turn: usize, turns: usize) -> Self {
        let part = |whole: usize| whole * (turn + 1) / turns - whole * turn / turns;
        Self { links: part(self.links), pairs: part(self.pairs), people: part(self.people) }
    }
}

/// Fills a database in turns, so that those who are measured stand among the others.
pub(in crate::cli::bench) struct Filling<'a> {
    storage: &'a Storage,
    site: Uuid,
    crowd: Crowd,
    turns: usize,
    done: usize,
    links: usize,
}

impl<'a> Filling<'a> {
    pub(in crate::cli::bench) fn new(storage: &'a Storage, site: SiteId, crowd: Crowd, turns: usize) -> Self {
        Self { storage, site: site.uuid(), crowd, turns, done: 0, links: 0 }
    }

    /// Writes the next part. Answers how many rows it has.
    pub(in crate::cli::bench) async fn turn(&mut self) -> Result<usize, DbErr> {
        let part = self.crowd.part(self.done, self.turns);
        self.done += 1;
        let Storage { database, clock, random, .. } = self.storage;
        let first = self.links;
        self.links += part.links;
        let places: Vec<(Uuid, String)> =
            (first..self.links).map(|number| (random.id(), place(number, self.crowd.links))).collect();
        let links = places.iter().enumerate().map(|(at, (id, place))| self.link(first + at, *id, place));
        let mut rows = insert::<chat_link::Entity>(database, links).await?;
        let chats = places.iter().map(|(id, place)| self.conversation(*id, place));
        rows += insert::<conversation::Entity>(database, chats).await?;
        let share = part.pairs.checked_div(places.len()).unwrap_or(0);
        let more = part.pairs - share * places.len();
        let pairs = places.iter().enumerate().flat_map(|(at, (id, place))| {
            (0..share + usize::from(at < more)).map(|number| pair(clock, *id, place, number))
        });
        rows += insert::<message_pair::Entity>(database, pairs).await?;
        let people: Vec<(Uuid, Uuid)> = (0..part.people).map(|_| (random.id(), random.id())).collect();
        let mapped = people.iter().map(|person| self.person(*person));
        rows += insert::<user_link::Entity>(database, mapped).await?;
        let tokens = people.iter().flat_map(|(account, object)| {
            let subjects = [("jira", account.to_string()), ("microsoft", format!("{TENANT}/{object}"))];
            subjects.map(|(provider, subject)| tokens(random, provider, subject))
        });
        rows += insert::<credential::Entity>(database, tokens).await?;
        Ok(rows)
    }

    fn link(&self, number: usize, id: Uuid, place: &str) -> chat_link::Model {
        chat_link::Model {
            tenant_id: TENANT.to_owned(),
            id,
            site_id: self.site,
            issue_id: (1_000_000 + number).to_string(),
            issue_key: format!("CROWD-{number}"),
            project_id: Some("10900".to_owned()),
            conversation_id: place.to_owned(),
            created_by: None,
            access: "private".to_owned(),
            state: "active".to_owned(),
            paused_reason: None,
            reconcile_wanted: None,
            created_at: self.storage.clock.now().0,
        }
    }

    fn conversation(&self, link: Uuid, place: &str) -> conversation::Model {
        conversation::Model {
            tenant_id: TENANT.to_owned(),
            conversation_id: place.to_owned(),
            service_url: "https://smba.trafficmanager.net/emea/".to_owned(),
            kind: "groupChat".to_owned(),
            installed: true,
            current_link: Some(link),
            team_id: None,
            updated_at: self.storage.clock.now().0,
        }
    }

    fn person(&self, (account, object): (Uuid, Uuid)) -> user_link::Model {
        user_link::Model {
            site_id: self.site,
            account_id: account.to_string(),
            tenant_id: TENANT.to_owned(),
            object_id: object.to_string(),
            created_at: self.storage.clock.now().0,
        }
    }
}

/// Ids of chats over the whole range of such ids, in order: chats that are made in between lie
/// among them, and the tree of the index grows at its end alone, which is quick.
fn place(number: usize, of: usize) -> String {
    let wide = u128::try_from(number).unwrap_or(0) << 64;
    let share = wide / u128::try_from(of.max(1)).unwrap_or(1);
    format!("19:{share:016x}{number:016x}@thread.v2")
}

fn pair(clock: &Clock, link: Uuid, place: &str, number: usize) -> message_pair::Model {
    let now = clock.now().0;
    message_pair::Model {
        tenant_id: TENANT.to_owned(),
        link_id: link,
        comment_id: (5_000_000 + number).to_string(),
        conversation_id: place.to_owned(),
        message_id: (1_795_000_000_000 + number).to_string(),
        origin: "jira".to_owned(),
        author: "person".to_owned(),
        fingerprint: "A".repeat(43),
        created_at: now,
        comment_state: "shown".to_owned(),
        comment_version: now,
        comment_author: Some(link.to_string()),
        message_state: "live".to_owned(),
        message_version: 0,
        message_author: Some(link.to_string()),
    }
}

fn tokens(random: &Random, provider: &str, subject: String) -> credential::Model {
    credential::Model {
        provider: provider.to_owned(),
        subject,
        sealed: random.bytes::<SEALED>().to_vec(),
        scopes: "offline_access read:jira-work write:jira-work".to_owned(),
        expires_at: 0,
        state: "active".to_owned(),
        version: 0,
        refresh_lease_until: 0,
        updated_at: 0,
    }
}

/// Writes these rows in commits of a bearable size; answers how many there were.
async fn insert<E>(database: &Database, models: impl IntoIterator<Item = E::Model>) -> Result<usize, DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send + 'static,
{
    let mut models = models.into_iter().map(|model| model.into_active_model().reset_all()).peekable();
    let mut written = 0;
    while models.peek().is_some() {
        let rows: Vec<E::ActiveModel> = models.by_ref().take(COMMIT).collect();
        written += rows.len();
        database
            .write(move |transaction| {
                Box::pin(async move {
                    let mut rows = rows.into_iter().peekable();
                    while rows.peek().is_some() {
                        let statement = E::insert_many(rows.by_ref().take(STATEMENT));
                        statement.exec_without_returning(transaction).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    Ok(written)
}

/// Lets PostgreSQL look at what there is now, as it would by itself after a while.
pub(in crate::cli::bench) async fn look_over(database: &Database) -> Result<(), DbErr> {
    if database.backend() == sea_orm::DbBackend::Postgres {
        database.reader().execute_unprepared("ANALYZE").await?;
    }
    Ok(())
}
