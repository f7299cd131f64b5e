//! What a comment answers, for the message that it becomes.

use super::Bridge;
use super::failure::Stop;
use super::quotation::{quotation, without_quotations};
use super::quote_of_message::comment_address;
use super::visibility;
use crate::call::CallError;
use crate::content::{Document, adf};
use crate::ids::CommentId;
use crate::jira::Comment;
use crate::queue::Event;
use crate::store::{Link, Site};

/// What is quoted of a comment that the chat may not see, or nobody here can read.
const EARLIER: &str = "An earlier comment";

impl Bridge {
    /// The quote of the comment that this one answers: its author and its first words, if the
    /// chat may see them. Empty if it answers none.
    pub(super) async fn quote_of_comment(
        &self,
        event: &Event,
        link: &Link,
        comment: &Comment,
    ) -> Result<Document, Stop> {
        let (Some(parent), Some(site)) = (&comment.parent, self.store.site(link.site).await?) else {
            return Ok(Document::default());
        };
        let address = comment_address(&site, link, parent);
        let read = self.answered_comment(event, &site, link, comment, parent).await?;
        let quote = read.map_or_else(
            || quotation(EARLIER, &address, ""),
            |answered| {
                let name = answered.author.as_ref().map_or("Someone", |author| author.display_name.as_str());
                // Not what it quotes itself.
                let words = adf::read(&answered.body);
                quotation(name, &address, &without_quotations(&words).text())
            },
        );
        Ok(Document { blocks: vec![quote] })
    }

    /// The answered comment, if the rules for comments let it into the chat.
    async fn answered_comment(
        &self,
        event: &Event,
        site: &Site,
        link: &Link,
        comment: &Comment,
        parent: &CommentId,
    ) -> Result<Option<Comment>, Stop> {
        let author = comment.author.as_ref().map(|author| &author.account_id);
        let reader = self.reader(event, site, link, author).await?;
        let jira = reader.site(&self.jira);
        let (issue, parent) =
            tokio::join!(jira.issue(link.issue.as_str(), &[]), jira.comment(&link.issue, parent));
        match (issue, parent) {
            (Ok(issue), Ok(parent)) => Ok(Some(parent).filter(|p| visibility::withheld(p, &issue).is_none())),
            (Err(CallError::Gone | CallError::Forbidden { .. }), _)
            | (_, Err(CallError::Gone | CallError::Forbidden { .. })) => Ok(None),
            (Err(error), _) | (_, Err(error)) => Err(self.failed_as(event, &reader.token, error).await?),
        }
    }
}
