//! Carries one write out: what [`machine::write`](super::machine::write) decides, against the real
//! database and platform.

use super::Bridge;
use super::failure::Stop;
use super::machine::write::{Action, Observation, State, next};
use crate::call::CallError;
use crate::ids::{IntentId, ObjectId};
use crate::points::{Point, reach};
use crate::queue::{Event, Lease};
use crate::store::Intent;

/// A write that must happen once.
pub(super) struct Write<'a> {
    /// The right to record.
    pub lease: &'a Lease,
    /// The event that wants it.
    pub event: &'a Event,
    /// What makes two writes the same one.
    pub key: String,
    /// Keyed hash of what is written, to find it again.
    pub fingerprint: String,
    /// Who writes a message of their own; what the bot writes is known for the bot's.
    pub writer: Option<ObjectId>,
}

/// What was written, and the intent that a record must settle.
pub(super) struct Written<T> {
    /// The intent; forget it or keep its outcome in the commit that records the pair.
    pub intent: IntentId,
    /// What the platform gave back.
    pub value: T,
}

impl Bridge {
    /// Writes once. `look` finds the effect of an earlier try; `call` makes it;
    /// `read` understands an outcome that was kept.
    ///
    /// The inner error is the platform's; the outer one means that nothing may be recorded.
    pub(super) async fn write_once<T, L, LF, C, CF>(
        &self,
        write: Write<'_>,
        read: impl Fn(&str) -> Option<T> + Send,
        look: L,
        call: C,
    ) -> Result<Result<Written<T>, CallError>, Stop>
    where
        T: Send,
        L: FnOnce(Intent) -> LF + Send,
        LF: Future<Output = Result<Option<T>, CallError>> + Send,
        C: FnOnce(Intent) -> CF + Send,
        CF: Future<Output = Result<T, CallError>> + Send,
    {
        let (mut state, mut action) = next(State::Asked, Observation::Wanted);
        let (mut look, mut call) = (Some(look), Some(call));
        let mut intent: Option<Intent> = None;
        loop {
            let observation = match (action, &intent) {
                (Action::StoreIntent, _) => {
                    let stored = self.store_intent(&write).await?;
                    reach(Point::IntentStored);
                    let outcome = stored.outcome.as_deref().and_then(&read);
                    let first = stored.fresh;
                    intent = Some(stored);
                    Observation::Stored { first, outcome }
                }
                (Action::Look, Some(intent)) => match look.take() {
                    Some(look) => {
                        let looked = look(intent.clone()).await;
                        reach(Point::Looked);
                        looked.map_or_else(Observation::Failed, Observation::Looked)
                    }
                    None => return Err(Stop::unreadable()),
                },
                (Action::RenewIntent, Some(intent)) => {
                    self.renew_intent(&write, intent).await?;
                    Observation::Renewed
                }
                (Action::Call, Some(intent)) => match call.take() {
                    Some(call) => {
                        // Whoever holds the lane by now has looked, and may have called.
                        write.lease.hold_for_call().await?;
                        let called = call(intent.clone()).await;
                        reach(Point::Called);
                        called.map_or_else(Observation::Failed, Observation::Wrote)
                    }
                    None => return Err(Stop::unreadable()),
                },
                (Action::Record(value), Some(intent)) => return Ok(Ok(Written { intent: intent.id, value })),
                (Action::GiveBack(error), _) => return Ok(Err(error)),
                _ => return Err(Stop::unreadable()),
            };
            (state, action) = next(state, observation);
        }
    }

    async fn store_intent(&self, write: &Write<'_>) -> Result<Intent, Stop> {
        let new = Intent {
            id: IntentId::from_uuid(self.random.id()),
            tenant: write.lease.lane().tenant().clone(),
            key: write.key.clone(),
            outcome: None,
            fingerprint: write.fingerprint.clone(),
            writer: write.writer.clone(),
            created_at: self.clock.now(),
            fresh: true,
        };
        let event = write.event.id;
        Ok(write.lease.write(move |transaction| Box::pin(Intent::begin(transaction, new, event))).await?)
    }

    /// The words may have been changed since an earlier try, which left nothing behind, or somebody else
    /// writes them: what is written now, from now on, is what will have to be found.
    async fn renew_intent(&self, write: &Write<'_>, intent: &Intent) -> Result<(), Stop> {
        let renewed = Intent {
            fingerprint: write.fingerprint.clone(),
            writer: write.writer.clone(),
            created_at: self.clock.now(),
            ..intent.clone()
        };
        Ok(write.lease.write(move |transaction| Box::pin(Intent::renew(transaction, renewed))).await?)
    }
}
