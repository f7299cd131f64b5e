//! Carries one event's turn out: what [`machine::turn`](super::machine::turn) decides, against the
//! real database and platforms.

use super::Bridge;
use super::failure::Stop;
use super::files::Left;
use super::happening::{CommentOnLink, MessageInChat};
use super::look_at::MessageNow;
use super::machine::turn::{Action, Heard, Known, Observation, Record, State, step};
use super::speaker::Speaker;
use super::tokens::JiraToken;
use super::turn::Turn;
use super::words::Said;
use crate::ids::{IntentId, MessageId};
use crate::jira::Comment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, Intent, Pair, Sides};

/// What a turn works with: what it is about, and what was read of it so far.
pub(super) struct Task<'a> {
    /// The right to record.
    pub lease: &'a Lease,
    /// The event.
    pub event: &'a Event,
    /// What the event is about.
    pub about: About,
    /// The turn on the link, once that is known.
    pub turn: Option<Turn<'a>>,
    /// The pair.
    pub pair: Option<Pair>,
    /// The comment as it is now, where it may be shown.
    pub comment: Option<Box<Comment>>,
    /// The message as it is now.
    pub now: Option<MessageNow>,
    /// The intent of an earlier try.
    pub intent: Option<Intent>,
    /// Who changes the message.
    pub speaker: Option<Speaker>,
    /// Who changes the comment.
    pub writer: Option<JiraToken>,
    /// Keyed hash of the text that was carried over.
    pub print: Option<String>,
}

/// What an event is about.
pub(super) enum About {
    /// A comment; `deleted` says that the event told of its deletion.
    Comment { on: CommentOnLink, deleted: bool },
    /// A message.
    Message { seen: MessageInChat, message: MessageId },
}

/// A copy on the other side.
pub(super) struct Made {
    /// The pair; the machine says what it remembers of both sides.
    pub pair: Pair,
    /// The intent that its record settles.
    pub intent: IntentId,
    /// Which files stayed behind.
    pub left: Left,
}

/// Why nothing was copied.
pub(super) enum Uncopied {
    /// It could not be begun.
    Hindered(Stop),
    /// It was begun: what an earlier try had done was looked for, and the call failed.
    Failed(Stop),
}

impl<T> From<T> for Uncopied
where
    Stop: From<T>,
{
    fn from(stop: T) -> Self {
        Self::Hindered(stop.into())
    }
}

impl<'a> Task<'a> {
    /// A task of which nothing is known yet.
    pub(super) fn new(lease: &'a Lease, event: &'a Event, about: About) -> Self {
        Self {
            lease,
            event,
            about,
            turn: None,
            pair: None,
            comment: None,
            now: None,
            intent: None,
            speaker: None,
            writer: None,
            print: None,
        }
    }

    /// The turn; a machine that asks for it too early has a defect.
    pub(super) fn turn(&self) -> Result<&Turn<'a>, Stop> {
        self.turn.as_ref().ok_or_else(Stop::unreadable)
    }

    /// The pair.
    pub(super) fn pair(&self) -> Result<&Pair, Stop> {
        self.pair.as_ref().ok_or_else(Stop::unreadable)
    }

    /// The comment that is shown.
    pub(super) fn comment(&self) -> Result<&Comment, Stop> {
        self.comment.as_deref().ok_or_else(Stop::unreadable)
    }

    /// What the message says.
    pub(super) fn said(&self) -> Result<&Said, Stop> {
        match &self.now {
            Some(MessageNow::Said(said)) => Ok(said),
            _ => Err(Stop::unreadable()),
        }
    }
}

impl From<&Pair> for Known {
    fn from(pair: &Pair) -> Self {
        Self {
            origin: pair.origin,
            by_bot: pair.author == Author::Bot,
            comment: pair.comment.is_some(),
            sides: pair.sides,
        }
    }
}

/// Something could not be done. If the event is to leave the lane for that, the machine is told
/// first; else it is tried again, or belongs to somebody else.
fn hindered(by: &mut Option<Stop>, stop: Stop) -> Result<Observation<Made>, Stop> {
    if !stop.leaves_the_lane() {
        return Err(stop);
    }
    *by = Some(stop);
    Ok(Observation::Hindered)
}

/// The same of a copy: one that was begun has been looked for by now.
fn uncopied(by: &mut Option<Stop>, why: Uncopied) -> Result<Observation<Made>, Stop> {
    match why {
        Uncopied::Hindered(stop) => hindered(by, stop),
        Uncopied::Failed(stop) => Err(stop),
    }
}

impl Bridge {
    /// Takes an event's turn, from its first look to how it ends.
    pub(super) async fn take_turn(&self, mut task: Task<'_>, heard: Heard) -> Result<Verdict, Stop> {
        let (mut state, mut action) = step::<Made>(State::Asked(heard), Observation::Wanted);
        // What lets the event leave the lane before its end.
        let mut hindrance = None;
        loop {
            if action.changes_a_platform() {
                task.lease.hold_for_call().await?;
            }
            let observation = match action {
                Action::ReadPair => Observation::Pair(task.pair.as_ref().map(Known::from)),
                Action::ReadComment => {
                    let seen = self.see_comment(&mut task, heard).await.map(Observation::Comment);
                    seen.or_else(|stop| hindered(&mut hindrance, stop))?
                }
                Action::ReadMessage => {
                    let seen = self.see_message(&mut task, heard).await.map(Observation::Message);
                    seen.or_else(|stop| hindered(&mut hindrance, stop))?
                }
                Action::ReadIntent => Observation::Intent(self.read_intent(&mut task).await?),
                Action::LookForCopy => Observation::Found(self.look_for_copy(&mut task).await?),
                Action::Adopt { copy, sides, replaces } => {
                    let adopted = self.adopt(&mut task, copy, sides, replaces).await?;
                    Observation::Adopted(adopted)
                }
                Action::FindComment => Observation::There(self.find_comment(&mut task).await?),
                Action::CopyComment => {
                    self.copy_comment(&task).await.or_else(|why| uncopied(&mut hindrance, why))?
                }
                Action::CopyMessage => {
                    self.copy_message(&mut task).await.or_else(|why| uncopied(&mut hindrance, why))?
                }
                Action::EditMessage { restore, before } => {
                    self.edit_message(&mut task, restore, before).await?
                }
                Action::EditComment => self.edit_comment(&mut task).await?,
                Action::Begin(sides) => self.begin(&mut task, sides).await?,
                Action::DeleteMessage => self.delete_message(&mut task).await?,
                Action::DeleteComment => self.delete_comment(&mut task).await?,
                Action::ShowReactions => return self.show_reactions(&task).await,
                Action::End(reason, record) => return self.ending(task, reason, record).await,
                Action::StandAside => return Err(hindrance.unwrap_or_else(Stop::unreadable)),
                Action::Nothing => return Err(Stop::unreadable()),
            };
            (state, action) = step(state, observation);
        }
    }

    /// How an event ends: what is recorded is recorded in the same commit.
    async fn ending(
        &self,
        task: Task<'_>,
        reason: &'static str,
        record: Record<Made>,
    ) -> Result<Verdict, Stop> {
        Ok(match record {
            Record::Nothing => Verdict::done(reason),
            Record::Pair { copy, sides, replaces } => {
                let pair = Pair { sides, ..copy.pair };
                let replaced = task.pair.filter(|_| replaces);
                self.relayed(reason, pair, copy.intent, replaced).in_part(&copy.left)
            }
            Record::Sides { sides, text } => match task.pair {
                Some(pair) => settled(reason, &pair, sides, task.print.filter(|_| text)),
                None => Verdict::done(reason),
            },
            Record::NeverRelayed => match task.about {
                About::Message { seen, message } => self.remember_unrelayed(reason, &seen, message).await?,
                About::Comment { .. } => return Err(Stop::unreadable()),
            },
        })
    }

    /// Ends an event whose words have arrived: in one commit the pair takes the intent's place,
    /// and that of the pair whose other half is gone for good.
    fn relayed(&self, reason: &'static str, pair: Pair, intent: IntentId, replaced: Option<Pair>) -> Verdict {
        let now = self.clock.now();
        Verdict::Done {
            reason,
            record: Some(Box::new(move |transaction| {
                Box::pin(async move {
                    if let Some(old) = replaced {
                        old.remove(transaction).await?;
                    }
                    let tenant = pair.tenant.clone();
                    pair.record(transaction, now).await?;
                    Intent::forget(transaction, &tenant, intent).await
                })
            })),
        }
    }
}

/// Ends an event whose change has been carried over: the pair remembers it in the same commit.
fn settled(reason: &'static str, pair: &Pair, sides: Sides, fingerprint: Option<String>) -> Verdict {
    if pair.comment.is_none() {
        return Verdict::done(reason);
    }
    let pair = pair.clone();
    Verdict::Done {
        reason,
        record: Some(Box::new(move |transaction| Box::pin(pair.settle(transaction, sides, fingerprint)))),
    }
}
