//! The stage of the kill test: people who write, platforms and a network that do what they can to
//! confuse, and copies of the service that are killed and started again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use threadline::ambient::{Clock, Random};
use threadline::app::Storage;
use threadline::config::Settings;
use threadline::queue::{EventFilter, EventState};
use threadline::secret::Secret;
use threadline::stage::{Conversation, PEOPLE, Stage};
use threadline_simulator::{
    CommentDraft, DeliveryFault, DeliveryTrouble, Fault, MessageDraft, Moment, Options,
};
use url::Url;

use super::Plan;
use super::crew::Crew;
use crate::service::{TestDatabase, Wire};

/// How long a start may take.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// How long nothing may come to its end, when the world comes to rest: the longest pause between two
/// tries, which is six minutes here, and some more.
const REST: Duration = Duration::from_mins(8);

/// How long an answer of a platform is waited for, and how long after a call its effect may appear.
const CALL: Duration = Duration::from_secs(1);

/// Which way the words go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    CommentToMessage,
    MessageToComment,
}

/// Something that somebody wrote.
#[derive(Debug, Clone)]
pub struct Said {
    pub conversation: usize,
    pub way: Way,
    /// A word that nothing else contains; an edit changes it.
    pub word: String,
    /// Whether its author has deleted it since.
    pub deleted: bool,
    author: &'static str,
    pub id: String,
    edits: u32,
}

/// What a comment or a message is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// Its id.
    Comment(String),
    /// Its chat, and its id, which is unique there only.
    Message(String, String),
}

impl Said {
    /// What it is known by, if it was said in this chat or its issue.
    pub fn name(&self, chat: &str) -> Name {
        match self.way {
            Way::CommentToMessage => Name::Comment(self.id.clone()),
            Way::MessageToComment => Name::Message(chat.to_owned(), self.id.clone()),
        }
    }
}

pub struct World {
    pub stage: Stage,
    pub conversations: Vec<Conversation>,
    pub said: Vec<Said>,
    /// How often somebody edited or deleted something.
    pub changes: usize,
    /// How often the database went away.
    pub cuts: u32,
    pub crew: Crew,
    /// Beside the copies of the service.
    storage: Storage,
    /// Before the copies of the service.
    _front: Wire,
    /// Before the database, where it is a server.
    back: Option<Wire>,
    database: TestDatabase,
}

impl World {
    pub async fn begin(plan: Plan) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let database = TestDatabase::create().await;
        let front = Wire::to(Vec::new()).await;
        let public_url = Url::parse(&format!("http://{}/", front.address())).unwrap();
        // The platforms give up after some days; here, never.
        let options = Options { delivery_retries: 100_000, connector_retries: 100_000, ..Options::default() };
        let stage = Stage::set(public_url, options).await.unwrap();
        let mut settings = stage.settings(&database.url);
        settings.relay.backoff_percent = 1;
        // Nothing may be given up for bad luck.
        settings.relay.attempts = 1_000;
        settings.relay.landing_seconds = CALL.as_secs();
        // What becomes of each try of an event.
        "warn,threadline::queue::worker=debug,threadline::bridge::failure=info"
            .clone_into(&mut settings.telemetry.filter);
        let storage = Storage::open(&settings, Clock::system(), Random::system()).await.unwrap();
        let (site, _) = stage.open(&storage).await.unwrap();
        let mut conversations = Vec::new();
        for number in 0..plan.conversations {
            let topic = format!("Conversation {number}");
            conversations.push(stage.add_conversation(&storage, site, &topic).await.unwrap());
        }
        let (back, behind) = wired(&settings).await;
        let mut crew = Crew::start(plan.replicas, &stage, behind, &front).await;
        for person in &PEOPLE[..2] {
            stage.connect(person).await.unwrap();
        }
        // Nobody could log in at a service that is impatient on a busy machine.
        // On SQLite whoever is alone takes back at once what the dead have left.
        let lease = (!database.url.starts_with("sqlite:")).then_some(2 * CALL);
        crew.be_impatient(&stage, CALL, lease).await;
        assert!(stage.simulator.settled(PATIENCE).await, "the installations were not delivered");
        let world = Self {
            stage,
            conversations,
            said: Vec::new(),
            changes: 0,
            cuts: 0,
            crew,
            storage,
            _front: front,
            back,
            database,
        };
        world.trouble(plan);
        world
    }

    /// Real platforms take their time, and are just doing what was asked when the caller dies.
    /// They fail in every way, before and after the effect; what they tell comes twice, and in
    /// the wrong order.
    fn trouble(&self, plan: Plan) {
        let simulator = &self.stage.simulator;
        for fault in [
            Fault::status(500),
            Fault::status(503),
            Fault::too_many(0),
            Fault::status_after(502),
            Fault::cut(Moment::Before),
            Fault::cut(Moment::After),
            Fault::hang(Moment::Before),
            Fault::hang(Moment::After),
        ] {
            // A call that hangs costs seconds: rarer.
            let hangs = matches!(fault.trouble, threadline_simulator::Trouble::Hang { .. });
            let percent = if hangs { plan.trouble.div_ceil(4) } else { plan.trouble };
            for method in ["POST", "PUT", "PATCH", "DELETE", "GET"] {
                simulator.fail(fault.clone().on(method, "*").percent(percent));
            }
        }
        // A call goes on where nobody waits for it any more, and has its effect after the next
        // copy of the service is there.
        simulator.fail(Fault::delay(600, Moment::Before).on("POST", "*").percent(plan.trouble * 10));
        simulator.fail(Fault::delay(15, Moment::Before).on("GET", "*"));
        simulator.fail(Fault::delay(60, Moment::After).on("POST", "*"));
        for trouble in [DeliveryTrouble::Duplicate, DeliveryTrouble::Reorder] {
            simulator.fail_delivery(DeliveryFault::new(trouble).percent(plan.disorder));
        }
    }

    /// Kills one copy of the service and starts the next in its place, ready or not.
    pub async fn kill(&mut self) {
        self.crew.kill_one(&self.stage).await;
    }

    /// The database goes away for a moment, where it is a server.
    pub async fn cut_database(&mut self) {
        let Some(back) = &self.back else { return };
        back.cut();
        tokio::time::sleep(Duration::from_millis(rand::random_range(20..400))).await;
        back.mend();
        self.cuts += 1;
    }

    /// What keeps the events.
    pub fn database(&self) -> &'static str {
        match self.database.backend() {
            DbBackend::Sqlite => "sqlite",
            _ => "postgres",
        }
    }

    /// All chats are to be compared with their issues, as after an outage.
    pub async fn wish_for_comparisons(&self) {
        self.storage.store.want_comparisons(None).await.unwrap();
    }

    /// The comments and messages of which the service heard first from a comparison.
    pub async fn found_by_comparisons(&self) -> HashSet<Name> {
        let connection = self.database.connect().await;
        let events = "SELECT delivery_key, subject FROM event ORDER BY id";
        let events = Statement::from_string(self.database.backend(), events);
        let mut heard = HashSet::new();
        let mut found = HashSet::new();
        for event in connection.query_all_raw(events).await.unwrap() {
            let (key, subject): (String, String) = event.try_get_many_by_index().unwrap();
            // What happened, and to what.
            let subject: HashMap<String, serde_json::Value> = serde_json::from_str(&subject).unwrap();
            for about in subject.values() {
                let id = |name: &str| about[name].as_str().map(str::to_owned);
                let comment = id("comment").map(Name::Comment);
                let Some(name) = comment.or_else(|| Some(Name::Message(id("conversation")?, id("message")?)))
                else {
                    continue;
                };
                if heard.insert(name.clone()) && key.starts_with("missed/") {
                    found.insert(name);
                }
            }
        }
        connection.close().await.unwrap();
        found
    }

    /// What the queue and the logs know of these comments and messages.
    pub async fn history_of(&self, ids: &[String]) -> Vec<String> {
        let connection = self.database.connect().await;
        let mut history = Vec::new();
        for id in ids {
            history.push(format!("of {id}:"));
            let events = format!(
                "SELECT id, kind, delivery_key, state, attempts, coalesce(waiting_for, ''), coalesce(reason, ''), \
                 received_at, coalesce(finished_at, 0) FROM event WHERE subject LIKE '%\"{id}\"%' ORDER BY id"
            );
            let events = Statement::from_string(self.database.backend(), events);
            for event in connection.query_all_raw(events).await.unwrap() {
                type Row = (i64, String, String, i16, i32, String, String, i64, i64);
                let event: Row = event.try_get_many_by_index().unwrap();
                history.push(format!("{event:?}"));
                history.extend(self.crew.logged(&format!("event={} ", event.0)));
            }
        }
        connection.close().await.unwrap();
        history
    }

    /// Somebody writes somewhere, or changes what they wrote.
    pub fn do_something(&mut self, number: u32) {
        // They live for about half a minute: real ones for an hour. Who is refused three fresh ones in a row
        // is put aside, and comes back behind later ones.
        if rand::random_ratio(1, 200) {
            let person = PEOPLE[rand::random_range(0..2)];
            self.stage.simulator.expire_access_tokens(person).unwrap();
        }
        if rand::random_ratio(1, 4) && self.change_something() {
            self.changes += 1;
        } else {
            self.say_something(number);
        }
    }

    /// Somebody edits or deletes something; answers whether there was anything to change.
    fn change_something(&mut self) -> bool {
        let recent = self.said.len().saturating_sub(20)..self.said.len();
        if recent.is_empty() {
            return false;
        }
        let said = &mut self.said[rand::random_range(recent)];
        if said.deleted {
            return false;
        }
        let (simulator, place) = (&self.stage.simulator, &self.conversations[said.conversation]);
        if rand::random_ratio(1, 4) {
            said.deleted = true;
            match said.way {
                Way::CommentToMessage => simulator.delete_comment(said.author, &place.issue, &said.id),
                Way::MessageToComment => simulator.delete_message(said.author, &place.chat, &said.id),
            }
        } else {
            said.edits += 1;
            let base = said.word.split_once('v').map_or(said.word.as_str(), |(base, _)| base);
            said.word = format!("{base}v{}v", said.edits);
            let text = format!("Something about {} and nothing else", said.word);
            match said.way {
                Way::CommentToMessage => {
                    simulator.edit_comment(said.author, &place.issue, &said.id, text.as_str())
                }
                Way::MessageToComment => {
                    simulator.edit_message(said.author, &place.chat, &said.id, text.as_str())
                }
            }
        }
        .unwrap();
        true
    }

    /// Who has not connected only comments: a message of theirs would wait for their login.
    fn say_something(&mut self, number: u32) {
        let index = rand::random_range(0..self.conversations.len());
        let conversation = &self.conversations[index];
        let simulator = &self.stage.simulator;
        let word = format!("word{number}end.");
        let text = format!("Something about {word} and nothing else");
        let (way, author, id) = if rand::random_ratio(1, 2) {
            let author = PEOPLE[rand::random_range(0..3)];
            let id = simulator.comment(author, &conversation.issue, CommentDraft::text(&text)).unwrap();
            (Way::CommentToMessage, author, id)
        } else {
            let author = PEOPLE[rand::random_range(0..2)];
            let id = simulator.send_message(author, &conversation.chat, MessageDraft::text(&text)).unwrap();
            (Way::MessageToComment, author, id)
        };
        self.said.push(Said { conversation: index, way, word, deleted: false, author, id, edits: 0 });
    }

    /// Waits until nothing is on its way any more.
    pub async fn come_to_rest(&mut self) {
        self.stage.simulator.clear_faults();
        self.crew.be_well(&self.stage).await;
        let queue = &self.storage.queue;
        let mut deadline = tokio::time::Instant::now() + REST;
        let mut most = 0;
        loop {
            let delivered = self.stage.simulator.settled(Duration::from_secs(1)).await;
            let ready = queue.count_in(EventState::Ready).await.unwrap();
            // Nobody has lost their login: what waits for one is looked at again.
            let waiting = queue.count_in(EventState::Waiting).await.unwrap();
            // An echo may still arrive behind the last relay.
            if delivered && ready + waiting == 0 && self.stage.simulator.settled(Duration::ZERO).await {
                break;
            }
            // As long as something comes to its end, it is only much.
            let done = queue.count_in(EventState::Done).await.unwrap();
            if done > most {
                most = done;
                deadline = tokio::time::Instant::now() + REST;
            }
            if tokio::time::Instant::now() > deadline {
                break; // the count says what is missing
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Names this person's account as the one that writes for others.
    pub async fn let_write_for_others(&self, person: &str) {
        let account = &self.stage.simulator.person(person).unwrap().account_id;
        let connection = self.database.connect().await;
        let name = format!("UPDATE jira_site SET integration_account = '{account}'");
        connection.execute_unprepared(&name).await.unwrap();
        connection.close().await.unwrap();
    }

    /// What the events say for which nothing more is done, and of those that are not over.
    pub async fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        for state in [EventState::Ready, EventState::Waiting, EventState::Dead] {
            let filter = EventFilter { state: Some(state), after: None, limit: 20 };
            for event in self.storage.queue.events(&filter).await.unwrap() {
                let reason = event.reason.unwrap_or_default();
                left.push(format!("{} is {}: {reason}; {}", event.kind, state.word(), event.subject));
            }
        }
        left
    }

    pub async fn end(self) {
        self.crew.end().await;
        self.storage.database.close().await;
        self.stage.simulator.stop().await;
    }
}

/// A wire to the database, where it is a server, and the settings that lead over it.
async fn wired(settings: &Settings) -> (Option<Wire>, Settings) {
    let mut behind = settings.clone();
    let mut url = Url::parse(settings.database.url.expose()).unwrap();
    if url.scheme() == "sqlite" {
        return (None, behind);
    }
    let server = url.socket_addrs(|| Some(5432)).unwrap();
    let wire = Wire::to(server).await;
    url.set_port(Some(wire.address().port())).unwrap();
    behind.database.url = Secret::new(url.as_str());
    (Some(wire), behind)
}
