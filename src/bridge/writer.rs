//! Whose account writes a comment: the author's; else, if the link allows it, the integration
//! account's, headed with the author's name; else the message waits for its author to connect.

use super::failure::Stop;
use super::tokens::JiraToken;
use super::{Bridge, project_of, reason};
use crate::call::CallError;
use crate::ids::{AccountId, ObjectId};
use crate::queue::{Event, Lease};
use crate::store::{Author, Link, Policy, Site, UnconnectedMessages, person_account};
use crate::vault::TokenError;

/// What becomes of the words of somebody who has not connected.
const IT_WAITS: &str = "What you write here until then waits, and goes out when you have connected.";
const ANOTHER_WRITES: &str =
    "What you write here until then is written in Jira by the integration account, with your name.";

/// Whose account writes the comment.
pub(super) struct Writer {
    /// Their token.
    pub token: JiraToken,
    /// Their account.
    pub account: AccountId,
    /// In whose name.
    pub author: Author,
}

impl Bridge {
    /// The account that writes: the author's, or the integration account's.
    pub(super) async fn writer(
        &self,
        lease: &Lease,
        event: &Event,
        site: &Site,
        link: &Link,
        author: &ObjectId,
    ) -> Result<Writer, Stop> {
        let waits_as = person_account(&link.tenant, author);
        if let Some(person) = self.store.person_by_object(link.site, &link.tenant, author).await? {
            return match self.jira_token(site, &person.account, waits_as.clone()).await {
                Ok(token) => Ok(Writer { token, account: person.account, author: Author::Person }),
                Err(error) => {
                    let stop = self.verdict_of_token(event, error, &waits_as);
                    if stop.waits_for_login() {
                        self.ask_to_connect(lease, event, link, author, IT_WAITS).await?;
                    }
                    Err(stop)
                }
            };
        }
        let stand_in = self.stand_in(event, site, link).await?;
        let until_then = if stand_in.is_some() { ANOTHER_WRITES } else { IT_WAITS };
        self.ask_to_connect(lease, event, link, author, until_then).await?;
        if let Some((account, token)) = stand_in {
            let token =
                token.map_err(|error| self.verdict_of_token(event, error, &format!("jira/{account}")))?;
            return Ok(Writer { token, account: account.clone(), author: Author::Integration });
        }
        Err(Stop::with(self.wait_for(&waits_as, reason::NOT_CONNECTED)))
    }

    /// The account that writes for people who have not connected, if the link allows it in the
    /// project that its issue is in by now.
    async fn stand_in<'a>(
        &self,
        event: &Event,
        site: &'a Site,
        link: &Link,
    ) -> Result<Option<(&'a AccountId, Result<JiraToken, TokenError>)>, Stop> {
        let Some(account) = &site.integration_account else { return Ok(None) };
        let token = self.jira_token(site, account, format!("jira/{account}")).await;
        let mut project = link.project();
        if let Ok(token) = &token {
            match token.site(&self.jira).issue(link.issue.as_str(), &[]).await {
                Ok(issue) => {
                    self.store.note_issue(link, &issue.key, &issue.project_id).await?;
                    project = Some(project_of(site, &issue));
                }
                // Allowed or not, it can't write there.
                Err(CallError::Gone | CallError::Forbidden { .. } | CallError::LoginNeeded) => {}
                Err(error) => return Err(self.failed_as(event, &token.token, error).await?),
            }
        }
        let project = project.as_ref();
        let allows = |policy: &Policy| policy.unconnected_messages == UnconnectedMessages::Integration;
        // What is put aside is not looked at again when the last second is over.
        let allowed = allows(&*self.store.policy(link, project).await?)
            || allows(&*self.store.policy_now(link, project).await?);
        Ok(allowed.then_some((account, token)))
    }
}
