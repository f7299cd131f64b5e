//! The stage of the kill test: people who write, and a service that is killed and started again.

use std::time::Duration;

use threadline::ambient::{Clock, Random};
use threadline::app::Storage;
use threadline::config::Settings;
use threadline::queue::EventState;
use threadline::stage::{Conversation, PEOPLE, ServiceProcess, Stage};
use threadline_simulator::{CommentDraft, Fault, MessageDraft, Moment, Options};
use url::Url;

use crate::service::TestDatabase;

/// How long a start may take, and how long the world may take to come to rest.
const PATIENCE: Duration = Duration::from_mins(2);
/// Where listening ports are looked for: below those that the system gives to outgoing
/// connections, which could take the service's port while it is dead.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

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
    id: String,
    edits: u32,
}

pub struct World {
    pub stage: Stage,
    pub conversations: Vec<Conversation>,
    pub said: Vec<Said>,
    /// How often somebody edited or deleted something.
    pub changes: usize,
    settings: Settings,
    service: Option<ServiceProcess>,
    log: tempfile::NamedTempFile,
    _database: TestDatabase,
}

impl World {
    pub async fn begin(conversations: u32) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let database = TestDatabase::create().await;
        let port = PORTS.filter(|_| rand::random_ratio(1, 100)).find(|port| is_free(*port)).expect("a port");
        let public_url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        // The platforms give up after some days; here, never.
        let options = Options { delivery_retries: 100_000, connector_retries: 100_000, ..Options::default() };
        let stage = Stage::set(public_url, options).await.unwrap();
        // Real platforms take their time, and are just doing what was asked when the caller dies.
        stage.simulator.fail(Fault::delay(15, Moment::Before).on("GET", "*"));
        stage.simulator.fail(Fault::delay(60, Moment::After).on("POST", "*"));
        let mut settings = stage.settings(&database.url);
        // On SQLite whoever is alone takes back at once what the dead have left.
        if !database.url.starts_with("sqlite:") {
            settings.relay.lease_seconds = 1;
        }
        settings.relay.backoff_percent = 1;
        "warn".clone_into(&mut settings.telemetry.filter);
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut world = Self {
            stage,
            conversations: Vec::new(),
            said: Vec::new(),
            changes: 0,
            settings,
            service: None,
            log,
            _database: database,
        };
        let storage = world.storage().await;
        let (site, _) = world.stage.open(&storage).await.unwrap();
        for number in 0..conversations {
            let topic = format!("Conversation {number}");
            world.conversations.push(world.stage.add_conversation(&storage, site, &topic).await.unwrap());
        }
        storage.database.close().await;
        world.start();
        world.service.as_mut().unwrap().ready(&world.stage, PATIENCE).await.unwrap();
        for person in &PEOPLE[..2] {
            world.stage.connect(person).await.unwrap();
        }
        assert!(world.stage.simulator.settled(PATIENCE).await, "the installations were not delivered");
        world
    }

    async fn storage(&self) -> Storage {
        Storage::open(&self.settings, Clock::system(), Random::system()).await.unwrap()
    }

    fn start(&mut self) {
        let program = env!("CARGO_BIN_EXE_threadline");
        let service = ServiceProcess::start(program.as_ref(), &self.stage, &self.settings, self.log.path());
        self.service = Some(service.unwrap());
    }

    /// Kills the service and starts the next one, whether the last was ready or not.
    pub async fn kill(&mut self) {
        self.service.take().unwrap().kill().await.unwrap();
        self.start();
    }

    /// Somebody writes somewhere, or changes what they wrote.
    pub fn do_something(&mut self, number: u32) {
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
        self.service.as_mut().unwrap().ready(&self.stage, PATIENCE).await.unwrap();
        let storage = self.storage().await;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let delivered = self.stage.simulator.settled(PATIENCE).await;
            let ready = storage.queue.count_in(EventState::Ready).await.unwrap();
            // An echo may still arrive behind the last relay.
            if delivered && ready == 0 && self.stage.simulator.settled(Duration::ZERO).await {
                break;
            }
            if tokio::time::Instant::now() > deadline {
                break; // the count says what is missing
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        storage.database.close().await;
    }

    /// The last lines of what the services logged.
    pub fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.log.path()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(50)..].join("\n")
    }

    pub async fn end(mut self) {
        self.service.take().unwrap().kill().await.unwrap();
        self.stage.simulator.stop().await;
    }
}

fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()
}
