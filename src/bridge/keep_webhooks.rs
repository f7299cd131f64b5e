//! Dynamic webhooks: one on each site, for the projects that have linked issues, registered under
//! the login of somebody who may, refreshed before it dies, and made anew where it is missing.
//! One replica at a time looks after a site's; the right to do so is a lease in the site's row.

use std::time::Duration;

use sea_orm::DbErr;

use super::Bridge;
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::AccountId;
use crate::jira::{self, DynamicWebhook};
use crate::store::{Site, SiteWebhook};
use crate::vault::TokenError;

/// What is registered: what Threadline acts on. Source: Jira Cloud REST v3, "Webhooks".
const EVENTS: [&str; 3] = ["comment_created", "comment_updated", "comment_deleted"];
/// How many webhooks a person may have for one app on one site.
const MOST: usize = 5;
/// How long a webhook lives, from its registration or last refresh.
const LIFE: Duration = Duration::from_hours(30 * 24);
/// A webhook with less than this left is refreshed.
const EARLY: Duration = Duration::from_hours(7 * 24);
/// A webhook is listed this often, since Jira may have lost it.
const CHECK: Duration = Duration::from_hours(6);
/// What could not be done is tried again after this.
const AGAIN: Duration = Duration::from_mins(10);
/// How long one replica has a site's webhook to itself.
const LEASE: Duration = Duration::from_mins(2);
/// Longest time between two looks at the rows.
const LOOK: Duration = Duration::from_mins(1);
/// How many accounts are tried where nobody is chosen.
const ACCOUNTS: u64 = 10;

/// Nobody who is connected may register webhooks.
const NOBODY: &str = "nobody who is connected may register webhooks; let somebody log in again";
/// The chosen account can't.
const CHOSEN_CANNOT: &str = "the chosen account may not register webhooks; let it log in again";
/// Jira said no to what was asked for.
const REFUSED: &str = "Jira refuses the webhook; see docs/operations.md";
/// Jira did not answer as it should.
const UNREACHABLE: &str = "Jira did not answer; tried again in a while";

/// Why a webhook could not be looked after.
enum Trouble {
    /// This account may not, or can't any more.
    NotThisAccount,
    /// Somebody else may have more luck, or the same account later.
    Call(CallError),
    /// The database.
    Database(DbErr),
}

impl From<DbErr> for Trouble {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        match error {
            CallError::LoginNeeded | CallError::ScopeMissing | CallError::Forbidden { .. } => {
                Self::NotThisAccount
            }
            error => Self::Call(error),
        }
    }
}

impl From<TokenError> for Trouble {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Call(error) => error.into(),
            TokenError::NotConnected | TokenError::LoginNeeded | TokenError::Vault(_) => Self::NotThisAccount,
        }
    }
}

impl Bridge {
    /// Looks after the webhooks until it is dropped, if that is wanted at all.
    pub async fn keep_webhooks(&self) {
        if !self.settings.register_webhooks {
            return;
        }
        loop {
            if let Err(error) = self.look_after_webhooks().await {
                tracing::warn!(%error, "the webhooks could not be looked after");
            }
            self.webhook_bell.wait(LOOK).await;
        }
    }

    /// Looks after every webhook that is due.
    ///
    /// # Errors
    /// The database's; what Jira refuses is remembered with the site.
    pub async fn look_after_webhooks(&self) -> Result<(), DbErr> {
        for site in self.store.sites().await? {
            if site.cloud_id.is_none() {
                continue;
            }
            // Once more, if somebody wished for it meanwhile: nobody else could take it up.
            for _ in 0..3 {
                let Some(lease) = self.store.lease_webhook(site.id, LEASE).await? else { break };
                let (now, due) = match self.look_after_webhook(&site, &lease.known).await {
                    Ok(looked) => looked,
                    Err(error) => {
                        tracing::warn!(site = %site.id, %error, "a webhook could not be looked after");
                        (lease.known.clone(), self.clock.now().plus(AGAIN))
                    }
                };
                let wait = due.since(self.clock.now());
                // What is due together must not come together for ever.
                let due = due.plus(self.random.share_of(wait / 20));
                self.store.release_webhook(lease, now, due).await?;
            }
        }
        Ok(())
    }

    /// Lets the webhooks be looked after at once: somebody has logged in, who may register some.
    pub(super) async fn webhooks_may_change(&self) {
        if !self.settings.register_webhooks {
            return;
        }
        if let Err(error) = self.store.want_webhooks().await {
            tracing::warn!(%error, "the webhooks will be looked after later than wished");
        }
        self.webhook_bell.ring();
    }

    /// What is known of a site's webhook after a look, and when the next one is due.
    async fn look_after_webhook(
        &self,
        site: &Site,
        known: &SiteWebhook,
    ) -> Result<(SiteWebhook, Millis), DbErr> {
        let projects = self.store.linked_projects(site.id).await?;
        let now = self.clock.now();
        let Some(filter) = jira::project_filter(&projects) else {
            let bare = SiteWebhook { chosen: known.chosen.clone(), ..SiteWebhook::default() };
            self.take_down(site, known).await;
            return Ok((bare, now.plus(CHECK)));
        };
        let mut problem = if known.chosen.is_some() { CHOSEN_CANNOT } else { NOBODY };
        for account in self.who_may_register(site, known).await? {
            match self.register_as(site, &account, known, &filter).await {
                Ok(kept) => {
                    if known.account.is_some() && known.account != kept.account {
                        self.take_down(site, known).await;
                    }
                    let early = kept.expires.map_or(now, |at| at.minus(EARLY));
                    return Ok((kept, early.min(now.plus(CHECK)).max(now.plus(AGAIN))));
                }
                Err(Trouble::NotThisAccount) => {}
                Err(Trouble::Database(error)) => return Err(error),
                // Perhaps because this account has five already.
                Err(Trouble::Call(CallError::Refused { .. })) => problem = REFUSED,
                Err(Trouble::Call(error)) => {
                    tracing::warn!(site = %site.id, %error, "the webhook of a site could not be looked after");
                    problem = UNREACHABLE;
                    break;
                }
            }
        }
        metrics::counter!("threadline_webhook_troubles_total").increment(1);
        tracing::warn!(site = %site.id, problem, "a site has no webhook of its own, or an old one");
        let known = SiteWebhook { problem: Some(problem.to_owned()), ..known.clone() };
        Ok((known, now.plus(AGAIN)))
    }

    /// Who is asked to register, in this order: the chosen one alone; else who has it, the
    /// integration account, those who have made links, anybody who is connected.
    async fn who_may_register(&self, site: &Site, known: &SiteWebhook) -> Result<Vec<AccountId>, DbErr> {
        if let Some(chosen) = &known.chosen {
            return Ok(vec![chosen.clone()]);
        }
        let first = known.account.iter().chain(&site.integration_account).cloned();
        let makers = self.store.makers_of_links(site.id).await?;
        let others = self.store.accounts_of_site(site.id, ACCOUNTS).await?;
        let mut accounts: Vec<AccountId> = Vec::new();
        for account in first.chain(makers).chain(others) {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        Ok(accounts)
    }

    /// Sees to it that this account has exactly one webhook here that covers the filter.
    async fn register_as(
        &self,
        site: &Site,
        account: &AccountId,
        known: &SiteWebhook,
        filter: &str,
    ) -> Result<SiteWebhook, Trouble> {
        let token = self.jira_token(site, account, format!("jira/{account}")).await?;
        let jira = token.site(&self.jira);
        let (now, address) = (self.clock.now(), self.address("webhooks/jira"));
        let listed = jira.dynamic_webhooks().await?;
        let alive = |hook: &DynamicWebhook| hook.expires.is_none_or(|end| end > now);
        let is_known =
            |hook: &DynamicWebhook| known.account.as_ref() == Some(account) && Some(hook.id) == known.webhook;
        let ours = |hook: &&DynamicWebhook| {
            hook.url.as_deref().map_or_else(|| is_known(hook), |url| url == address.as_str())
        };
        let covers = |hook: &&DynamicWebhook| {
            // Jira may write a filter in other words than it was given.
            let says_so = hook.jql == filter || (is_known(hook) && known.filter.as_deref() == Some(filter));
            says_so && EVENTS.iter().all(|event| hook.events.iter().any(|told| told == event))
        };
        let good = listed.iter().filter(ours).filter(|hook| alive(hook)).find(covers);
        let old: Vec<i64> = listed
            .iter()
            .filter(ours)
            .map(|hook| hook.id)
            .filter(|id| good.is_none_or(|good| good.id != *id))
            .collect();
        let (webhook, expires) = if let Some(hook) = good {
            let expires = match hook.expires {
                Some(end) if end > now.plus(EARLY) => end,
                _ => jira.refresh_webhooks(&[hook.id]).await?.unwrap_or(now.plus(LIFE)),
            };
            (hook.id, expires)
        } else {
            if listed.iter().filter(|hook| alive(hook)).count() >= MOST && !old.is_empty() {
                jira.delete_webhooks(&old).await?;
            }
            (jira.register_webhook(address.as_str(), filter, &EVENTS).await?, now.plus(LIFE))
        };
        if !old.is_empty() {
            // After the new one: what is told twice meanwhile is known as one.
            jira.delete_webhooks(&old).await?;
        }
        let had_one = known.webhook.is_some();
        let was_there = listed.iter().any(|hook| is_known(hook) && alive(hook));
        if had_one && !was_there {
            tracing::warn!(site = %site.id, "the webhook of a site was gone and is there again");
            self.store.want_comparisons(Some(site.id)).await?;
            self.comparison_bell.ring();
        }
        Ok(SiteWebhook {
            chosen: known.chosen.clone(),
            account: Some(account.clone()),
            webhook: Some(webhook),
            filter: Some(filter.to_owned()),
            expires: Some(expires),
            problem: None,
        })
    }

    /// Removes the webhook that is known, if its owner can still do so; else it dies by itself.
    async fn take_down(&self, site: &Site, known: &SiteWebhook) {
        let (Some(account), Some(webhook)) = (&known.account, known.webhook) else { return };
        let Ok(token) = self.jira_token(site, account, format!("jira/{account}")).await else { return };
        if let Err(error) = token.site(&self.jira).delete_webhooks(&[webhook]).await {
            tracing::info!(site = %site.id, %error, "a webhook that is not needed any more stays until it dies");
        }
    }
}
