//! Comments of an issue that their chat does not know as they are now.

use std::collections::{HashMap, HashSet};

use super::{Extent, Found, KEY, Missed, NotCompared, since};
use crate::ambient::Millis;
use crate::bridge::accept_webhook::heard_of;
use crate::bridge::failure::Stop;
use crate::bridge::happening::CommentOnLink;
use crate::bridge::reason;
use crate::bridge::relay_comment::is_marked;
use crate::bridge::{Bridge, Happening, project_of, visibility};
use crate::call::CallError;
use crate::ids::{AccountId, CommentId};
use crate::jira::{Comment, Issue};
use crate::queue::Event;
use crate::store::{ChatCursor, CommentSide, Link, Pair, Policy, Site, UnconnectedComments};

/// The most comments of an issue that are looked at, the newest first: more than Jira lets one have.
const MOST: usize = 6000;

impl Bridge {
    /// What of the issue's comments is missing in the chat. Unless it is `wanted`, an issue that
    /// has not changed since is not listed.
    pub(super) async fn missed_comments(
        &self,
        event: &Event,
        link: &Link,
        cursor: &ChatCursor,
        wanted: bool,
    ) -> Result<Found, NotCompared> {
        let site = self.store.site(link.site).await?;
        let site = site.ok_or_else(|| NotCompared::from(Stop::done(reason::NOT_LINKED)))?;
        let reader = self.reader(event, &site, link, None).await?;
        let jira = reader.site(&self.jira);
        let from = since(link, cursor.comments_to);
        let read = async {
            let issue = jira.issue(link.issue.as_str(), &["updated"]).await?;
            if !wanted && issue.updated.is_some_and(|at| at < from) {
                return Ok((issue, None));
            }
            Ok::<_, CallError>((issue, Some(jira.all_comments(&link.issue, MOST).await?)))
        };
        let (issue, listed) = match read.await {
            Ok(read) => read,
            // Its own deletion is another matter, and what can't be seen is not missing.
            Err(CallError::Gone | CallError::Forbidden { .. }) => return Ok(Found::NOTHING),
            // A token that is refused is refreshed by the time of the next comparison.
            Err(error) => return Err(self.failed_as(event, &reader.token, error).await?.into()),
        };
        self.store.note_issue(link, &issue.key, &issue.project_id).await?;
        let Some((comments, all)) = listed else { return Ok(Found::NOTHING) };
        let pairs = self.store.pairs_of_link(link).await?;
        let of = Comparison { link, pairs: &pairs, from, now: self.clock.now(), asked: cursor.asked_at };
        let mut missed = of.missed(&comments, all);
        let tellable = self.tellable(link, &site, &issue, &comments, &missed).await?;
        for missed in &mut missed {
            missed.tellable = tellable.contains(&missed.key);
        }
        Ok(Found { missed, extent: if all { Extent::Whole } else { Extent::TooMuch } })
    }

    /// The keys of those missed comments that a digest may stand for: whoever is in the chat may
    /// see them, they wait for nobody, and nothing that was heard of them is on its way.
    async fn tellable(
        &self,
        link: &Link,
        site: &Site,
        issue: &Issue,
        comments: &[Comment],
        missed: &[Missed],
    ) -> Result<HashSet<String>, NotCompared> {
        let policy = self.store.policy(link, Some(&project_of(site, issue))).await?;
        let new: HashSet<&CommentId> = missed
            .iter()
            .filter_map(|missed| match &missed.happening {
                Happening::CommentCreated(on) => Some(&on.comment),
                _ => None,
            })
            .collect();
        let shown: Vec<&Comment> = comments
            .iter()
            .filter(|comment| new.contains(&comment.id))
            .filter(|comment| visibility::withheld(comment, issue, &policy).is_none())
            .collect();
        let waiting = self.waited_for(link, &policy, &shown).await?;
        let earlier = |comment: &Comment| {
            // It was edited since it was found missing, or heard of.
            let edited = comment.updated != comment.created;
            let found = edited.then(|| key(link, &comment.id, comment.created));
            found.into_iter().chain([heard_of(link, &comment.id, comment.created)])
        };
        let keys: Vec<String> = shown.iter().flat_map(|comment| earlier(comment)).collect();
        let known = self.queue.known_deliveries(&link.tenant, &keys).await?;
        let waits = |comment: &Comment| {
            comment.author.as_ref().is_some_and(|author| waiting.contains(&author.account_id))
        };
        Ok(shown
            .into_iter()
            .filter(|comment| !waits(comment) && !earlier(comment).any(|key| known.contains(&key)))
            .map(|comment| key(link, &comment.id, comment.updated))
            .collect())
    }

    /// Those authors without a connection whose words wait for them on this link.
    async fn waited_for(
        &self,
        link: &Link,
        policy: &Policy,
        comments: &[&Comment],
    ) -> Result<HashSet<AccountId>, NotCompared> {
        if policy.unconnected_comments == UnconnectedComments::Bot {
            return Ok(HashSet::new());
        }
        let authors = comments.iter().filter_map(|comment| comment.author.as_ref());
        let mut waiting: HashSet<AccountId> = authors.map(|author| author.account_id.clone()).collect();
        for author in waiting.clone() {
            if self.store.person_by_account(link.site, &author).await?.is_some() {
                waiting.remove(&author);
            }
        }
        Ok(waiting)
    }
}

/// What is missing of a comment as it was written then: the same thing, the same key.
fn key(link: &Link, comment: &CommentId, updated: Millis) -> String {
    format!("{KEY}{}/comment/{comment}/{}", link.id, updated.0)
}

/// What the comments of an issue are compared with.
struct Comparison<'a> {
    link: &'a Link,
    pairs: &'a [Pair],
    from: Millis,
    now: Millis,
    /// When this comparison was asked for.
    asked: Millis,
}

impl Comparison<'_> {
    /// Compares the comments of an issue with what is paired: `all`, whether there are no older
    /// ones. What of it is tellable is another question.
    fn missed(&self, comments: &[Comment], all: bool) -> Vec<Missed> {
        let Self { link, pairs, from, now, asked } = *self;
        let on = |comment: &CommentId, actor: Option<&Comment>| CommentOnLink {
            link: link.id,
            issue: link.issue.clone(),
            comment: comment.clone(),
            actor: actor.and_then(|comment| comment.author.as_ref()).map(|author| author.account_id.clone()),
        };
        let known: HashMap<&CommentId, &Pair> =
            pairs.iter().filter_map(|pair| Some((pair.comment.as_ref()?, pair))).collect();
        let mut found: Vec<Missed> = comments
            .iter()
            .filter(|comment| comment.updated >= from)
            .filter(|comment| match known.get(&comment.id) {
                Some(pair) => pair.sides.comment != CommentSide::Shown(comment.updated),
                None => !is_marked(comment, link),
            })
            .map(|comment| {
                let new = !known.contains_key(&comment.id) && comment.created >= from;
                let happening: fn(CommentOnLink) -> Happening =
                    if new { Happening::CommentCreated } else { Happening::CommentEdited };
                Missed {
                    // Written when it was created, whatever became of it since.
                    at: if new { comment.created } else { comment.updated },
                    key: key(link, &comment.id, comment.updated),
                    happening: happening(on(&comment.id, Some(comment))),
                    tellable: false,
                    link: link.id,
                }
            })
            .collect();
        let there: HashSet<&CommentId> = comments.iter().map(|comment| &comment.id).collect();
        let number = |id: &CommentId| id.as_str().parse::<u64>().ok();
        let oldest = comments.last().and_then(|comment| number(&comment.id));
        let gone = known.iter().filter_map(|(id, pair)| {
            let listed = all || number(id).zip(oldest).is_some_and(|(id, oldest)| id > oldest);
            match pair.sides.comment {
                CommentSide::Shown(shown) if listed && !there.contains(*id) => Some((*id, shown)),
                _ => None,
            }
        });
        found.extend(gone.map(|(id, shown)| Missed {
            at: now,
            // Who looked for an earlier comparison may have seen it still there: each one is looked into.
            key: format!("{KEY}{}/comment/{id}/gone/{}/{}", link.id, shown.0, asked.0),
            // Who lists may see less than its author: somebody has to look.
            happening: Happening::CommentEdited(on(id, None)),
            tellable: false,
            link: link.id,
        }));
        found
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::ids::MessageId;
    use crate::store::{Author, MessageSide, Origin, Sides};

    fn comment(id: &str, created: i64, updated: i64) -> Comment {
        Comment {
            id: CommentId::new(id),
            author: None,
            body: serde_json::Value::Null,
            created: Millis(created),
            updated: Millis(updated),
            visibility: None,
            jsd_public: None,
            origin: None,
            parent: None,
        }
    }

    #[test]
    fn what_was_written_keeps_its_place_when_it_is_edited() {
        let link = Link::example(1);
        let of = Comparison { link: &link, pairs: &[], from: Millis(0), now: Millis(9), asked: Millis(7) };
        let mut missed = of.missed(&[comment("10101", 4, 4), comment("10100", 3, 5)], true);
        missed.sort_by_key(|missed| missed.at);
        let order: Vec<String> = missed.iter().map(|missed| missed.happening.subject()).collect();
        assert!(order[0].contains("10100") && order[1].contains("10101"), "{order:?}");
    }

    #[test]
    fn each_comparison_looks_for_a_comment_that_is_not_there() {
        let link = Link::example(1);
        let pair = Pair {
            link: link.id,
            comment: Some(CommentId::new("10100")),
            comment_author: None,
            tenant: link.tenant.clone(),
            conversation: link.conversation.clone(),
            message: MessageId::new("1"),
            message_author: None,
            origin: Origin::Jira,
            author: Author::Bot,
            fingerprint: String::new(),
            sides: Sides { comment: CommentSide::Shown(Millis(5)), message: MessageSide::Live(None) },
        };
        let keys = |asked| {
            let of = Comparison {
                link: &link,
                pairs: std::slice::from_ref(&pair),
                from: Millis(0),
                now: Millis(9),
                asked: Millis(asked),
            };
            of.missed(&[], true).into_iter().map(|missed| missed.key).collect::<Vec<_>>()
        };
        assert_eq!(keys(7).len(), 1);
        assert_eq!(keys(7), keys(7));
        assert_ne!(keys(7), keys(8), "the first look may have come too early");
    }
}
