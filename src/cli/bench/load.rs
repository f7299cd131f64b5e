//! The load: people comment and write messages in turn, and every copy is waited for.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use threadline_simulator::{Change, CommentDraft, MessageDraft, Origin};

use super::target::Target;
use super::usage;
use crate::stage::PEOPLE;

/// How long a run may stand still before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time between looks at what has arrived; latencies are taken from the platforms' own notes.
const LOOK: Duration = Duration::from_millis(10);

/// What one run came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Copies that arrived.
    pub(super) relays: usize,
    /// From the first words to the last copy.
    pub(super) took: Duration,
    /// From a comment to its message.
    pub(super) to_message: Vec<Duration>,
    /// From a message to its comment.
    pub(super) to_comment: Vec<Duration>,
    /// Processor time of the measured process.
    pub(super) processor: Duration,
}

impl Outcome {
    /// Puts a further run beside this one.
    pub(super) fn add(&mut self, other: Self) {
        self.relays += other.relays;
        self.took += other.took;
        self.to_message.extend(other.to_message);
        self.to_comment.extend(other.to_comment);
        self.processor += other.processor;
    }

    /// Relays a second.
    #[expect(clippy::cast_precision_loss, reason = "a count of relays")]
    pub(super) fn rate(&self) -> f64 {
        self.relays as f64 / self.took.as_secs_f64()
    }
}

/// Which side words were written on first, and in which conversation.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Lane {
    Comments(String),
    Messages(String),
}

/// Originals and copies as the platforms noted them.
struct Watch<'a> {
    target: &'a Target,
    chats: HashMap<&'a str, &'a str>,
    seen: u64,
    waiting: HashMap<Lane, VecDeque<Instant>>,
    outcome: Outcome,
}

impl<'a> Watch<'a> {
    fn new(target: &'a Target) -> Self {
        let pairs = target.conversations.iter();
        let seen = target.stage.simulator.changes(0).last().map_or(0, |entry| entry.seq);
        Self {
            target,
            chats: pairs.map(|pair| (pair.issue.as_str(), pair.chat.as_str())).collect(),
            seen,
            waiting: HashMap::new(),
            outcome: Outcome::default(),
        }
    }

    /// Reads what is new. Order is kept in a lane, so its first copy belongs to its first original.
    fn look(&mut self) {
        for entry in self.target.stage.simulator.changes(self.seen) {
            self.seen = entry.seq;
            let (lane, by) = match &entry.change {
                Change::CommentCreated { issue, by, .. } => {
                    let Some(chat) = self.chats.get(issue.as_str()) else { continue };
                    let lane = if *by == Origin::Person { Lane::Comments } else { Lane::Messages };
                    (lane((*chat).to_owned()), *by)
                }
                Change::MessageCreated { chat, by, .. } => {
                    let lane = if *by == Origin::Person { Lane::Messages } else { Lane::Comments };
                    (lane(chat.clone()), *by)
                }
                _ => continue,
            };
            let to_message = matches!(lane, Lane::Comments(_));
            let waiting = self.waiting.entry(lane).or_default();
            if by == Origin::Person {
                waiting.push_back(entry.instant);
            } else if let Some(original) = waiting.pop_front() {
                let took = entry.instant.duration_since(original);
                let Outcome { to_message: messages, to_comment: comments, relays, .. } = &mut self.outcome;
                *relays += 1;
                if to_message { messages.push(took) } else { comments.push(took) }
            }
        }
    }
}

/// Lets people write `events` times, at `rate` a second or as fast as it goes, and waits for
/// every copy. `say` is told how many have arrived.
pub(super) async fn run(
    target: &Target,
    events: usize,
    rate: Option<f64>,
    say: impl Fn(usize),
) -> anyhow::Result<Outcome> {
    let process = target.process()?;
    let used = || usage::processor_time(process).unwrap_or_default();
    let (used_before, repeated_before) = (used(), repeated(target));
    let mut watch = Watch::new(target);
    let began = Instant::now();
    for number in 0..events {
        if let Some(rate) = rate {
            #[expect(clippy::cast_precision_loss, reason = "a count of events")]
            let due = began + Duration::from_secs_f64(number as f64 / rate);
            tokio::time::sleep_until(due.into()).await;
        }
        write_something(target, number)?;
        if number % 64 == 0 {
            watch.look();
            tokio::task::yield_now().await;
        }
    }
    let (mut last, mut moved) = (0, Instant::now());
    loop {
        watch.look();
        let arrived = watch.outcome.relays;
        say(arrived);
        if arrived >= events {
            break;
        }
        if arrived > last {
            (last, moved) = (arrived, Instant::now());
        }
        anyhow::ensure!(
            moved.elapsed() < PATIENCE,
            "only {arrived} of {events} copies arrived; the log of the measured program says why"
        );
        tokio::time::sleep(LOOK).await;
    }
    let took = began.elapsed();
    // Echoes of the last copies may still be on their way: they belong to this run's cost.
    target.stage.simulator.settled(PATIENCE).await;
    let processor = used().saturating_sub(used_before);
    let repeated = repeated(target) - repeated_before;
    anyhow::ensure!(
        repeated == 0,
        "{repeated} deliveries were refused and repeated, so the figures mean nothing"
    );
    Ok(Outcome { took, processor, ..watch.outcome })
}

/// Deliveries that were not taken at once.
fn repeated(target: &Target) -> usize {
    target.stage.simulator.deliveries().iter().filter(|delivery| delivery.attempts > 1).count()
}

/// In turn a comment and a message, in turn in every conversation.
fn write_something(target: &Target, number: usize) -> anyhow::Result<()> {
    let pairs = &target.conversations;
    let pair = pairs.get((number / 2) % pairs.len()).context("there is a conversation")?;
    let [commenter, writer, _] = PEOPLE;
    let simulator = &target.stage.simulator;
    let text = format!(
        "Note {number}: the second try went through, the first one timed out after thirty seconds. Can somebody look at the log?"
    );
    if number.is_multiple_of(2) {
        simulator.comment(commenter, &pair.issue, CommentDraft::text(&text))?;
    } else {
        simulator.send_message(writer, &pair.chat, MessageDraft::text(&text))?;
    }
    Ok(())
}
