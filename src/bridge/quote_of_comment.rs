//! What a comment answers, for the message that it becomes.

use super::Bridge;
use super::failure::Stop;
use super::happening::CommentOnLink;
use super::look_at::CommentNow;
use super::quotation::quotation;
use super::quote_of_message::EARLIER_COMMENT;
use super::turn::Turn;
use crate::content::{Document, adf};
use crate::ids::CommentId;
use crate::jira::Comment;

impl Bridge {
    /// The quote of the comment that this one answers: its author and its first words, if the
    /// chat may see them. Empty if it answers none.
    pub(super) async fn quote_of_comment(
        &self,
        turn: &Turn<'_>,
        comment: &Comment,
    ) -> Result<Document, Stop> {
        let Some(parent) = &comment.parent else { return Ok(Document::default()) };
        let address = turn.comment_address(parent);
        let read = self.answered_comment(turn, comment, parent).await?;
        let quote = read.map_or_else(
            || quotation(EARLIER_COMMENT, &address, ""),
            |answered| {
                let name = answered.author.as_ref().map_or("Someone", |author| author.display_name.as_str());
                // Not what it quotes itself.
                let words = adf::read(&answered.body);
                quotation(name, &address, &turn.own_words(&words).text())
            },
        );
        Ok(Document { blocks: vec![quote] })
    }

    /// The answered comment, if the rules for comments let it into the chat.
    async fn answered_comment(
        &self,
        turn: &Turn<'_>,
        comment: &Comment,
        parent: &CommentId,
    ) -> Result<Option<Comment>, Stop> {
        let on = CommentOnLink {
            link: turn.link.id,
            issue: turn.link.issue.clone(),
            comment: parent.clone(),
            actor: comment.author.as_ref().map(|author| author.account_id.clone()),
        };
        Ok(match self.look_at_comment(turn.event, &turn.site, &turn.link, &on).await? {
            CommentNow::Shown(answered) => Some(*answered),
            CommentNow::Withheld(_) | CommentNow::Gone | CommentNow::IssueGone => None,
        })
    }
}
