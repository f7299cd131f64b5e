//! People's tokens, ready for a call.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Bridge;
use super::failure::{Actor, Stop};
use crate::call::CallError;
use crate::ids::{AccountId, CloudId, ObjectId, TenantId};
use crate::queue::{Event, Verdict};
use crate::secret::{Secret, TokenSet};
use crate::store::{Site, person_account};
use crate::vault::{Subject, TokenError};

use super::reason;

/// How many tries an event gets at least whose fresh tokens are refused.
const FRESH_TOKENS: i32 = 3;

/// A person's access token and whose it is.
pub(super) struct PersonToken {
    subject: Subject,
    waits_as: String,
    refreshed: &'static str,
    /// Whether it was made for this very try.
    is_new: bool,
    /// The token.
    pub access: Secret,
}

/// A Jira account's token, for one site.
pub(super) struct JiraToken {
    /// The token.
    pub token: PersonToken,
    /// The site's cloud id.
    pub cloud: CloudId,
}

impl Bridge {
    /// A token of a Jira account. `waits_as`: under which name an event waits for its owner.
    pub(super) async fn jira_token(
        &self,
        site: &Site,
        account: &AccountId,
        waits_as: String,
    ) -> Result<JiraToken, TokenError> {
        let cloud = site.cloud_id.clone().ok_or(TokenError::NotConnected)?;
        let (access, is_new) = self.jira_access(account).await?;
        let (subject, refreshed) = (Subject::jira(account), reason::JIRA_TOKEN_REFRESHED);
        Ok(JiraToken { token: PersonToken { subject, waits_as, refreshed, is_new, access }, cloud })
    }

    /// A Jira account's access token, for all its sites, and whether it was made just now.
    pub(super) async fn jira_access(&self, account: &AccountId) -> Result<(Secret, bool), TokenError> {
        self.access(&Subject::jira(account), |old| async move { self.jira.refresh(&old).await }).await
    }

    /// An account's access token, and whether it was made just now, by `refresh`.
    async fn access<F, R>(&self, subject: &Subject, refresh: F) -> Result<(Secret, bool), TokenError>
    where
        F: FnOnce(Secret) -> R + Send,
        R: Future<Output = Result<TokenSet, CallError>> + Send,
    {
        let is_new = AtomicBool::new(false);
        let noted = |old| {
            is_new.store(true, Ordering::Relaxed);
            refresh(old)
        };
        let access = self.vault.access_token(subject, noted).await?;
        Ok((access, is_new.into_inner()))
    }

    /// A token of a Microsoft account.
    pub(super) async fn microsoft_token(
        &self,
        tenant: &TenantId,
        object: &ObjectId,
    ) -> Result<PersonToken, TokenError> {
        let subject = Subject::microsoft(tenant, object);
        let (access, is_new) =
            self.access(&subject, |old| async move { self.entra.refresh(&old).await }).await?;
        let (waits_as, refreshed) = (person_account(tenant, object), reason::MICROSOFT_TOKEN_REFRESHED);
        Ok(PersonToken { subject, waits_as, refreshed, is_new, access })
    }

    /// What becomes of an event whose call as a person failed. A token that is refused before
    /// its time is refreshed and the event tried again, at once and then after the usual waits; only
    /// if those that were made for this try are refused again and again, the event waits for a login.
    /// Platforms have refused good tokens for a moment, and one that is a while old may have expired.
    pub(super) async fn failed_as(
        &self,
        event: &Event,
        token: &PersonToken,
        error: CallError,
    ) -> Result<Stop, Stop> {
        let settled =
            |error| Stop::with(self.verdict_of(event, error, &Actor::Person(token.waits_as.clone())));
        if !matches!(error, CallError::LoginNeeded) {
            return Ok(settled(&error));
        }
        // The next look, too, is to be one with a fresh token.
        self.vault.distrust(&token.subject, &token.access).await?;
        let refused_before = event.reason.as_deref() == Some(token.refreshed);
        // Before it would be given up it waits, however old the token: others may refresh it all the time.
        let last = i32::try_from(self.settings.attempts).unwrap_or(i32::MAX) - 1;
        let enough = if token.is_new { FRESH_TOKENS } else { last };
        if refused_before && event.attempts >= enough {
            return Ok(settled(&error));
        }
        let now = self.clock.now();
        let at = if refused_before { self.next_try(event, now) } else { now };
        Ok(Stop::with(Verdict::Retry { at, reason: token.refreshed, counts: true }))
    }
}

impl JiraToken {
    /// The site as this person sees it.
    pub(super) fn site<'a>(&'a self, client: &'a crate::jira::Client) -> crate::jira::Site<'a> {
        client.site(&self.cloud, &self.token.access)
    }
}
