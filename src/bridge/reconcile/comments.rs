//! Comments of an issue that their chat does not know as they are now.

use std::collections::{HashMap, HashSet};

use super::{KEY, Missed, NotCompared, since};
use crate::ambient::Millis;
use crate::bridge::failure::Stop;
use crate::bridge::happening::CommentOnLink;
use crate::bridge::reason;
use crate::bridge::relay_comment::is_marked;
use crate::bridge::{Bridge, Happening};
use crate::call::CallError;
use crate::ids::CommentId;
use crate::jira::Comment;
use crate::queue::Event;
use crate::store::{ChatCursor, CommentSide, Link, Pair};

/// The most comments of an issue that are looked at, the newest first.
const MOST: usize = 2000;

impl Bridge {
    /// What of the issue's comments is missing in the chat. Unless it is `wanted`, an issue that
    /// has not changed since is not listed.
    pub(super) async fn missed_comments(
        &self,
        event: &Event,
        link: &Link,
        cursor: &ChatCursor,
        wanted: bool,
    ) -> Result<Vec<Missed>, NotCompared> {
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
            Err(CallError::Gone | CallError::Forbidden { .. }) => return Ok(Vec::new()),
            // A token that is refused is refreshed by the time of the next comparison.
            Err(error) => return Err(self.failed_as(event, &reader.token, error).await?.into()),
        };
        self.store.note_issue(link, &issue.key, &issue.project_id).await?;
        let Some((comments, all)) = listed else { return Ok(Vec::new()) };
        let pairs = self.store.pairs_of_link(link).await?;
        Ok(missed(link, &comments, all, &pairs, from, self.clock.now()))
    }
}

/// Compares the comments of an issue with what is paired: `all`, whether there are no older ones.
fn missed(
    link: &Link,
    comments: &[Comment],
    all: bool,
    pairs: &[Pair],
    from: Millis,
    now: Millis,
) -> Vec<Missed> {
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
                at: comment.updated,
                key: format!("{KEY}{}/comment/{}/{}", link.id, comment.id, comment.updated.0),
                happening: happening(on(&comment.id, Some(comment))),
                new,
                link: link.id,
            }
        })
        .collect();
    let there: HashSet<&CommentId> = comments.iter().map(|comment| &comment.id).collect();
    let number = |id: &CommentId| id.as_str().parse::<u64>().ok();
    let oldest = comments.last().and_then(|comment| number(&comment.id));
    let gone = known.iter().filter(|(id, pair)| {
        let listed = all || number(id).zip(oldest).is_some_and(|(id, oldest)| id > oldest);
        listed && matches!(pair.sides.comment, CommentSide::Shown(_)) && !there.contains(**id)
    });
    found.extend(gone.map(|(id, _)| Missed {
        at: now,
        key: format!("{KEY}{}/comment/{id}/gone", link.id),
        // Who lists may see less than its author: somebody has to look.
        happening: Happening::CommentEdited(on(id, None)),
        new: false,
        link: link.id,
    }));
    found
}
