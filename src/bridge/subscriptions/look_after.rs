//! Carries out what one subscription needs, and writes down what came of it.

use std::time::Duration;

use sea_orm::DbErr;

use super::keys::{NoKey, key_name};
use super::next::{EARLIER, LIFE, Step, look_again, next};
use crate::ambient::Millis;
use crate::bridge::{Bridge, reason};
use crate::call::CallError;
use crate::ids::SubscriptionId;
use crate::queue::backoff;
use crate::secret::Secret;
use crate::store::{NotificationKey, Watch, WatchLease, WatchState};
use crate::teams::graph::{Certificate, NewSubscription, Subscription, Watched};
use crate::vault::VaultError;

/// However it is set, a failure is not tried again at once.
const LEAST_WAIT: Duration = Duration::from_millis(20);

/// Why a subscription is not as it should be.
#[derive(Debug, thiserror::Error)]
enum Failed {
    /// Graph.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is no key to encrypt for.
    #[error(transparent)]
    Key(#[from] NoKey),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It is in another hand by now, and none of ours.
    #[error("another process has taken over")]
    TakenOver,
}

impl From<DbErr> for Failed {
    fn from(error: DbErr) -> Self {
        Self::Vault(error.into())
    }
}

impl Failed {
    /// The word in the row and for people.
    fn word(&self) -> &'static str {
        match self {
            Self::Call(CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Gone) => {
                reason::FORBIDDEN
            }
            Self::Call(CallError::Throttled { .. }) => reason::THROTTLED,
            Self::Call(CallError::Misconfigured { .. } | CallError::LoginNeeded) => reason::MISCONFIGURED,
            Self::Call(CallError::NotSent(_) | CallError::OutcomeUnknown { .. }) => reason::UNREACHABLE,
            Self::Call(_) => reason::REFUSED,
            Self::Key(_) | Self::Vault(_) | Self::TakenOver => reason::STORAGE,
        }
    }
}

impl Bridge {
    /// Does what a place needs, and lets go of it.
    pub(super) async fn look_after(&self, held: WatchLease) -> Result<(), DbErr> {
        let need = self.store.need_of_watch(&held.watch).await?;
        let (watch, step) = (held.watch.clone(), next(&held.watch, need, self.clock.now()));
        let done = match step {
            Step::Wait => Ok(watch),
            Step::Make => self.make_subscription(watch).await,
            Step::Authorise => self.authorise_subscription(&held, watch).await,
            Step::Renew => self.renew_subscription(&held, watch).await,
            Step::Rest | Step::Forget => self.end_subscription(&held).await,
        };
        let watch = match done {
            Ok(watch) => Watch { attempts: 0, failure: None, ..watch },
            Err(Failed::TakenOver) => {
                tracing::info!("another process has taken over a subscription meanwhile");
                return Ok(());
            }
            Err(failed) => return self.try_again(&held, &failed).await,
        };
        let made_anew = held.watch.subscription.is_some() && watch.subscription != held.watch.subscription;
        if !matches!(step, Step::Rest | Step::Forget) && made_anew {
            // Whatever happened between the two was told to nobody.
            self.want_reconciliation_of(&watch).await?;
        }
        if step == Step::Forget && self.store.forget_watch(&held).await? {
            return Ok(());
        }
        let state = match step {
            Step::Rest | Step::Forget => WatchState::Resting,
            _ => WatchState::Live,
        };
        let due = watch.expires.filter(|_| state == WatchState::Live).map(|ends| self.look_again(ends));
        if !self.store.leave_watch(&held, watch, state, due).await? {
            tracing::info!("another process has taken over a subscription meanwhile");
        }
        Ok(())
    }

    fn look_again(&self, ends: Millis) -> Millis {
        let now = self.clock.now();
        let due = look_again(ends, now);
        due.minus(self.random.share_of(EARLIER.min(due.since(now) / 4)))
    }

    /// It stays as it is, and is tried again later.
    async fn try_again(&self, held: &WatchLease, failed: &Failed) -> Result<(), DbErr> {
        let mut watch = held.watch.clone();
        watch.attempts = watch.attempts.saturating_add(1);
        watch.failure = Some(failed.word().to_owned());
        if watch.attempts == 1 {
            tracing::warn!(
                error = %failed,
                tenant = %watch.tenant,
                "a chat is not watched as it should be; it is tried again. Edits and deletions there may come late until then"
            );
        }
        let own = backoff(watch.attempts, self.settings.backoff_percent, &self.random).max(LEAST_WAIT);
        let wait = match failed {
            Failed::Call(CallError::Throttled { retry_after: Some(wait) }) => own.max(*wait),
            _ => own,
        };
        let living = watch.expires.is_some_and(|ends| ends > self.clock.now());
        let state = match (living && watch.subscription.is_some(), failed.word()) {
            (true, _) => WatchState::Live,
            (false, reason::FORBIDDEN) => WatchState::Refused,
            (false, _) => WatchState::Wanted,
        };
        let due = Some(self.clock.now().plus(wait));
        self.store.leave_watch(held, watch, state, due).await.map(drop)
    }

    async fn make_subscription(&self, mut watch: Watch) -> Result<Watch, Failed> {
        if watch.subscription.take().is_some() {
            watch.generation += 1;
        }
        let watched = watched(&watch);
        let token = self.entra.graph_app_token().await?;
        let key = self.newest_notification_key().await?;
        let state = self.client_state(&watch).await?;
        let expires = self.clock.now().plus(LIFE);
        self.store.use_notification_key(key.number, expires).await?;
        let name = key_name(key.number);
        let new = NewSubscription {
            watched: &watched,
            notification_url: &self.address("webhooks/graph"),
            lifecycle_url: &self.address("webhooks/graph/lifecycle"),
            client_state: &state,
            expires,
            certificate: Certificate { id: &name, der: &key.certificate },
        };
        let made = match self.graph.subscribe(&token, &new).await {
            Err(CallError::Refused { status: 409, .. }) => self.adopt_subscription(&token, &new).await,
            made => made,
        };
        Ok(live(watch, &key, made?, expires))
    }

    /// There is a subscription already. If it is ours, from a try that did not live to say so, it is
    /// taken over; else nobody here can know what it says, and it gives way to a new one.
    async fn adopt_subscription(
        &self,
        token: &Secret,
        new: &NewSubscription<'_>,
    ) -> Result<Subscription, CallError> {
        if let Some(known) = self.graph.find_subscription(token, new.watched).await? {
            let ours = known.client_state.as_ref();
            if ours.is_some_and(|state| state.matches(new.client_state.expose().as_bytes())) {
                let certificate = Some(new.certificate);
                match self.graph.renew_subscription(token, &known.id, new.expires, certificate).await {
                    Err(CallError::Gone | CallError::Refused { .. }) => {}
                    renewed => return renewed,
                }
            }
            self.graph.unsubscribe(token, &known.id).await?;
        }
        self.graph.subscribe(token, new).await
    }

    async fn authorise_subscription(&self, held: &WatchLease, watch: Watch) -> Result<Watch, Failed> {
        let Some(id) = &watch.subscription else { return Ok(watch) };
        let token = self.entra.graph_app_token().await?;
        match self.graph.reauthorize_subscription(&token, id).await {
            // Its end may be near, too, which Graph says in the same way.
            Ok(()) => self.renew_subscription(held, Watch { reauthorize: false, ..watch }).await,
            Err(CallError::Gone) => self.make_subscription(Watch { reauthorize: false, ..watch }).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Lets it live longer, for the newest key.
    async fn renew_subscription(&self, held: &WatchLease, watch: Watch) -> Result<Watch, Failed> {
        let Some(id) = &watch.subscription else { return Ok(watch) };
        let token = self.entra.graph_app_token().await?;
        let key = self.newest_notification_key().await?;
        let expires = self.clock.now().plus(LIFE);
        self.store.use_notification_key(key.number, expires).await?;
        let name = key_name(key.number);
        let is_news = watch.key != Some(key.number);
        let certificate = is_news.then_some(Certificate { id: &name, der: &key.certificate });
        match self.graph.renew_subscription(&token, id, expires, certificate).await {
            Ok(renewed) => Ok(live(watch, &key, renewed, expires)),
            Err(CallError::Gone) => self.make_subscription(watch).await,
            // If it does not take another certificate, another subscription does.
            Err(CallError::Refused { .. }) if is_news => {
                self.unsubscribe(held, &token, id).await?;
                self.make_subscription(watch).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn end_subscription(&self, held: &WatchLease) -> Result<Watch, Failed> {
        let watch = held.watch.clone();
        let Some(id) = &watch.subscription else { return Ok(watch) };
        if watch.expires.is_some_and(|ends| ends > self.clock.now()) {
            let token = self.entra.graph_app_token().await?;
            self.unsubscribe(held, &token, id).await?;
        }
        let generation = watch.generation + 1;
        Ok(Watch { subscription: None, key: None, expires: None, reauthorize: false, generation, ..watch })
    }

    /// Ends a subscription at Graph, if it is still in this hand: whoever has stood still for longer
    /// than its lease lasts would end what another process has renewed, and Graph tells nobody.
    async fn unsubscribe(
        &self,
        held: &WatchLease,
        token: &Secret,
        id: &SubscriptionId,
    ) -> Result<(), Failed> {
        if !self.store.begin_end_of_watch(held).await? {
            return Err(Failed::TakenOver);
        }
        Ok(self.graph.unsubscribe(token, id).await?)
    }

    /// What comes back with each notification of a subscription. It is derived, not stored: only
    /// who has the vault's key can say it.
    pub(in crate::bridge) async fn client_state(&self, watch: &Watch) -> Result<Secret, VaultError> {
        let Watch { tenant, place, generation, .. } = watch;
        let text = format!("client state\0{tenant}\0{place}\0{generation}");
        self.vault.fingerprint(&text).await.map(Secret::new)
    }

    /// Lets the links of a place be compared with what the platforms have: something may have been
    /// missed.
    pub(in crate::bridge) async fn want_reconciliation_of(&self, watch: &Watch) -> Result<(), DbErr> {
        for (conversation, _) in self.store.linked_conversations(watch).await? {
            self.store.want_reconciliation(&watch.tenant, &conversation).await?;
        }
        Ok(())
    }
}

fn watched(watch: &Watch) -> Watched {
    let place = watch.place.to_string();
    match &watch.team {
        Some(team) => Watched::Channel { team: team.clone(), channel: place },
        None => Watched::Chat { chat: place },
    }
}

fn live(watch: Watch, key: &NotificationKey, made: Subscription, asked: Millis) -> Watch {
    Watch {
        subscription: Some(made.id),
        key: Some(key.number),
        expires: Some(made.expires.unwrap_or(asked)),
        reauthorize: false,
        ..watch
    }
}
