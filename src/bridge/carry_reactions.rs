//! Somebody has reacted to a relayed message: the issue shows it.

use super::failure::{Actor, Stop};
use super::happening::MessageInChat;
use super::reactions::{Reactions, property_key};
use super::turn::Turn;
use super::{Bridge, reason};
use crate::call::CallError;
use crate::ids::AccountId;
use crate::queue::{Event, Lease, Verdict};
use crate::store::Pair;
use crate::vault::TokenError;

impl Bridge {
    /// What Teams told is where to look: the message says which reactions it has now.
    pub(super) async fn follow_reaction(
        &self,
        lease: &Lease,
        event: &Event,
        seen: MessageInChat,
    ) -> Result<Verdict, Stop> {
        let message = seen.message.as_ref().ok_or_else(Stop::unreadable)?;
        let mut pairs = self.store.pairs_of_message(&seen.tenant, &seen.conversation, message).await?;
        pairs.retain(|pair| pair.comment.is_some());
        if pairs.is_empty() {
            return Ok(Verdict::done(reason::NOT_RELAYED));
        }
        let Some(place) = self.graph_place(&seen.tenant, &seen.conversation).await? else {
            return Ok(Verdict::done(reason::REACTIONS_UNREADABLE));
        };
        let message = match self.message_as_app(&place, message).await {
            Ok(message) => message,
            Err(CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Gone) => {
                return Ok(Verdict::done(reason::REACTIONS_UNREADABLE));
            }
            Err(error) => return Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(None)))),
        };
        // A deleted message has none.
        let given = if message.deleted.is_some() { &[] } else { message.reactions.as_slice() };
        let mut verdict = Verdict::done(reason::REACTIONS_KNOWN);
        for pair in pairs {
            let turn = self.turn(lease, event, pair.link).await?;
            verdict = verdict.and(self.carry_reactions(&turn, &pair, given).await?);
        }
        Ok(verdict)
    }

    /// Hardly its text has changed: if the comment says what the message says, the reactions are
    /// what is new, also when there are none left.
    pub(super) async fn follow_touch(
        &self,
        lease: &Lease,
        event: &Event,
        seen: MessageInChat,
    ) -> Result<Verdict, Stop> {
        match self.follow_message(lease, event, seen.clone(), false).await? {
            Verdict::Done { reason: reason::UNCHANGED | reason::ECHO, record: None } => {
                self.follow_reaction(lease, event, seen).await
            }
            verdict => Ok(verdict),
        }
    }

    /// Lets the issue show the reactions `given` to the message of a pair, if that is news.
    pub(super) async fn carry_reactions(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        given: &[String],
    ) -> Result<Verdict, Stop> {
        let Some(comment) = &pair.comment else { return Ok(Verdict::done(reason::NOT_RELAYED)) };
        let (issue, key) = (&turn.link.issue, property_key(turn.link.id));
        for account in editors(turn) {
            let editor = match self.jira_token(&turn.site, account, format!("jira/{account}")).await {
                Ok(token) => token,
                Err(TokenError::NotConnected | TokenError::LoginNeeded) => continue,
                Err(error) => {
                    return Err(self.verdict_of_token(turn.event, error, &format!("jira/{account}")));
                }
            };
            let jira = editor.site(&self.jira);
            let written = async {
                let known = jira.issue_property(issue, &key).await?;
                let mut reactions = known.as_ref().map(Reactions::read).unwrap_or_default();
                if !reactions.put(comment, given) {
                    return Ok(reason::REACTIONS_KNOWN);
                }
                jira.set_issue_property(issue, &key, &reactions.write()).await?;
                Ok(reason::REACTIONS_SHOWN)
            };
            match written.await {
                Ok(reason) => return Ok(Verdict::done(reason)),
                // The other one may be allowed to.
                Err(CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Gone) => {}
                Err(error) => return Err(self.failed_as(turn.event, &editor.token, error).await?),
            }
        }
        Ok(Verdict::done(reason::NO_EDITOR))
    }
}

/// Whose rights change the issue: the integration account's, then the link's creator's. Nobody
/// else has asked for it, and a bystander's login is no key for what others do.
fn editors<'a>(turn: &'a Turn<'_>) -> impl Iterator<Item = &'a AccountId> {
    turn.site.integration_account.iter().chain(&turn.link.created_by)
}
