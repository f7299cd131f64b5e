//! People's tokens, ready for a call.

use super::Bridge;
use super::failure::{Actor, Stop};
use crate::call::CallError;
use crate::ids::{AccountId, CloudId, ObjectId, TenantId};
use crate::queue::{Event, Verdict};
use crate::secret::Secret;
use crate::store::{Site, person_account};
use crate::vault::{Subject, TokenError};

use super::reason;

/// How many tries an event gets whose fresh tokens are refused.
const FRESH_TOKENS: i32 = 3;

/// A person's access token and whose it is.
pub(super) struct PersonToken {
    subject: Subject,
    waits_as: String,
    refreshed: &'static str,
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
        let access = self.jira_access(account).await?;
        let subject = Subject::jira(account);
        Ok(JiraToken {
            token: PersonToken { subject, waits_as, refreshed: reason::JIRA_TOKEN_REFRESHED, access },
            cloud,
        })
    }

    /// A Jira account's access token, for all its sites.
    pub(super) async fn jira_access(&self, account: &AccountId) -> Result<Secret, TokenError> {
        let refresh = |old| async move { self.jira.refresh(&old).await };
        self.vault.access_token(&Subject::jira(account), refresh).await
    }

    /// A token of a Microsoft account.
    pub(super) async fn microsoft_token(
        &self,
        tenant: &TenantId,
        object: &ObjectId,
    ) -> Result<PersonToken, TokenError> {
        let subject = Subject::microsoft(tenant, object);
        let access =
            self.vault.access_token(&subject, |old| async move { self.entra.refresh(&old).await }).await?;
        Ok(PersonToken {
            subject,
            waits_as: person_account(tenant, object),
            refreshed: reason::MICROSOFT_TOKEN_REFRESHED,
            access,
        })
    }

    /// What becomes of an event whose call as a person failed. A token that is refused before
    /// its time is refreshed and the event tried again, at once and then after the usual waits; only
    /// if fresh ones are refused again and again, the event waits for a login. Platforms have
    /// refused good tokens for a moment, and a token may expire twice while an event is tried.
    pub(super) async fn failed_as(
        &self,
        event: &Event,
        token: &PersonToken,
        error: CallError,
    ) -> Result<Stop, Stop> {
        let refused_before = event.reason.as_deref() == Some(token.refreshed);
        let gives_up = refused_before && event.attempts >= FRESH_TOKENS;
        if matches!(error, CallError::LoginNeeded) && !gives_up {
            self.vault.distrust(&token.subject, &token.access).await?;
            let now = self.clock.now();
            let at = if refused_before { self.next_try(event, now) } else { now };
            return Ok(Stop::with(Verdict::Retry { at, reason: token.refreshed, counts: true }));
        }
        Ok(Stop::with(self.verdict_of(event, &error, &Actor::Person(token.waits_as.clone()))))
    }
}

impl JiraToken {
    /// The site as this person sees it.
    pub(super) fn site<'a>(&'a self, client: &'a crate::jira::Client) -> crate::jira::Site<'a> {
        client.site(&self.cloud, &self.token.access)
    }
}
