//! Failures are decided by meaning, in this one place: try again, wait for a login, pause the
//! link, or give up.

use sea_orm::DbErr;

use super::{Bridge, reason};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::{LinkId, TenantId};
use crate::queue::{Event, LeaseLost, Verdict, backoff};
use crate::store;
use crate::vault::{TokenError, VaultError};

/// Why a use case stops before its end.
pub(super) enum Stop {
    /// The lane belongs to another worker now.
    Lease(LeaseLost),
    /// This is how the event ends, or goes on.
    Verdict(Box<Verdict>),
}

impl Stop {
    /// Stops with a verdict.
    pub(super) fn with(verdict: Verdict) -> Self {
        Self::Verdict(Box::new(verdict))
    }

    /// Ends the event, for a reason.
    pub(super) fn done(reason: &'static str) -> Self {
        Self::with(Verdict::done(reason))
    }

    /// Whether it waits for somebody to log in.
    pub(super) fn waits_for_login(&self) -> bool {
        matches!(self, Self::Verdict(verdict) if matches!(**verdict, Verdict::WaitForLogin { .. }))
    }

    /// How the event ends, or goes on; nothing may be recorded where the lane is lost.
    pub(super) fn verdict(self) -> Result<Verdict, LeaseLost> {
        match self {
            Self::Lease(lost) => Err(lost),
            Self::Verdict(verdict) => Ok(*verdict),
        }
    }

    /// Whether the lane goes on without an event that has not come to its end.
    pub(super) fn leaves_the_lane(&self) -> bool {
        match self {
            Self::Lease(_) => false,
            Self::Verdict(verdict) => {
                matches!(**verdict, Verdict::WaitForLogin { .. } | Verdict::Dead { .. })
            }
        }
    }

    /// The stored event makes no sense to this version.
    pub(super) fn unreadable() -> Self {
        Self::with(Verdict::Dead { reason: reason::UNREADABLE })
    }
}

impl From<LeaseLost> for Stop {
    fn from(lost: LeaseLost) -> Self {
        Self::Lease(lost)
    }
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        // The lease runs out and another worker tries again.
        Self::Lease(LeaseLost::Database(error))
    }
}

impl From<VaultError> for Stop {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Database(error) => error.into(),
            other => {
                tracing::error!(error = %other, "a sealed value can't be used");
                Self::with(Verdict::Dead { reason: reason::STORAGE })
            }
        }
    }
}

/// Whose doing a call was; decides who has to do something when it fails.
#[derive(Debug, Clone)]
pub(super) enum Actor {
    /// A person: waits under this name for their login.
    Person(String),
    /// The bot, on a link that is paused when the bot is gone.
    Bot(Option<LinkId>),
}

impl Bridge {
    /// What becomes of an event whose call failed.
    pub(super) fn verdict_of(&self, event: &Event, error: &CallError, actor: &Actor) -> Verdict {
        let now = self.clock.now();
        tracing::info!(event = event.id, %error, attempt = event.attempts + 1, "a call did not succeed");
        let later = |reason| Verdict::Retry { at: self.next_try(event, now), reason, counts: true };
        match error {
            CallError::Throttled { retry_after } => Verdict::Retry {
                at: retry_after.map_or_else(|| self.next_try(event, now), |wait| now.plus(wait)),
                reason: reason::THROTTLED,
                counts: false,
            },
            CallError::LoginNeeded => match actor {
                Actor::Person(account) => {
                    self.wait_since_arrival(event, account.clone(), reason::LOGIN_NEEDED)
                }
                Actor::Bot(_) => later(reason::MISCONFIGURED),
            },
            CallError::ScopeMissing => match actor {
                Actor::Person(account) => self.wait_for(account, reason::PERMISSION_MISSING),
                Actor::Bot(_) => Verdict::Dead { reason: reason::PERMISSION_MISSING },
            },
            CallError::Misconfigured { code } => {
                tracing::error!(
                    code,
                    "the platform refuses the configured client credentials; run `threadline doctor`"
                );
                Verdict::Retry { at: self.next_try(event, now), reason: reason::MISCONFIGURED, counts: false }
            }
            CallError::Forbidden { .. } => match actor {
                Actor::Bot(Some(link)) => pause(event, *link, reason::BOT_REMOVED),
                _ => Verdict::Dead { reason: reason::FORBIDDEN },
            },
            CallError::Gone => match actor {
                Actor::Bot(Some(link)) => pause(event, *link, reason::BOT_REMOVED),
                _ => Verdict::Dead { reason: reason::ISSUE_GONE },
            },
            CallError::TooLarge => Verdict::Dead { reason: reason::TOO_LARGE },
            CallError::Refused { .. } => Verdict::Dead { reason: reason::REFUSED },
            CallError::NotSent(_) => later(reason::UNREACHABLE),
            CallError::OutcomeUnknown { .. } | CallError::Malformed { .. } => later(reason::OUTCOME_UNKNOWN),
        }
    }

    /// Stops before anything is read or written for a call that would have to come again later.
    pub(super) fn room(&self, event: &Event, look: Result<(), CallError>) -> Result<(), Stop> {
        match look {
            Err(full @ CallError::Throttled { .. }) => {
                Err(Stop::with(self.verdict_of(event, &full, &Actor::Bot(None))))
            }
            _ => Ok(()),
        }
    }

    /// As [`Bridge::verdict_of`], for a token that could not be had.
    pub(super) fn verdict_of_token(&self, event: &Event, error: TokenError, waits_as: &str) -> Stop {
        match error {
            TokenError::NotConnected => Stop::with(self.wait_for(waits_as, reason::NOT_CONNECTED)),
            TokenError::LoginNeeded => {
                Stop::with(self.wait_since_arrival(event, waits_as.to_owned(), reason::LOGIN_NEEDED))
            }
            TokenError::Call(error) => {
                Stop::with(self.verdict_of(event, &error, &Actor::Person(waits_as.to_owned())))
            }
            TokenError::Vault(error) => error.into(),
        }
    }

    /// Puts the event aside until this account has logged in.
    pub(super) fn wait_for(&self, account: &str, reason: &'static str) -> Verdict {
        let until = self.clock.now().plus(self.settings.login_wait);
        Verdict::WaitForLogin { account: account.to_owned(), until, reason }
    }

    /// The same, counted from the arrival, so that a login which is not enough, or a look in between,
    /// does not lengthen it; from now on for what an operator tries again after its time.
    pub(super) fn wait_since_arrival(&self, event: &Event, account: String, reason: &'static str) -> Verdict {
        let (now, wait) = (self.clock.now(), self.settings.login_wait);
        let end = Millis(event.received_at).plus(wait);
        let until = if end > now { end } else { now.plus(wait) };
        Verdict::WaitForLogin { account, until, reason }
    }

    pub(super) fn next_try(&self, event: &Event, now: Millis) -> Millis {
        let attempt = u32::try_from(event.attempts).unwrap_or(0) + 1;
        now.plus(backoff(attempt, self.settings.backoff_percent, &self.random))
    }
}

/// Ends the event and stops the link, until the bot is back.
fn pause(event: &Event, link: LinkId, reason: &'static str) -> Verdict {
    let tenant = TenantId::new(event.tenant_id.as_str());
    Verdict::Done {
        reason,
        record: Some(Box::new(move |transaction| {
            Box::pin(async move { store::pause_link(transaction, &tenant, link, reason).await })
        })),
    }
}
