//! What was copied goes with what it was copied for. It never holds the removal of the words back:
//! what can't be removed now is logged, and stays.

use crate::bridge::Bridge;
use crate::bridge::failure::Stop;
use crate::bridge::tokens::{JiraToken, PersonToken};
use crate::bridge::turn::Turn;
use crate::call::CallError;
use crate::ids::{CommentId, MessageId};
use crate::store::{AttachmentPair, FileState, Origin};

impl Bridge {
    /// Deletes the copies of a comment's files from its author's drive, where the organisation
    /// could read them.
    pub(in crate::bridge) async fn take_back_from_drive(
        &self,
        turn: &Turn<'_>,
        comment: &CommentId,
        author: &PersonToken,
    ) -> Result<(), Stop> {
        let mut files = self.store.files_of_comment(&turn.link, comment).await?;
        files.retain(|copy| copy.origin == Origin::Jira && copy.state == FileState::File);
        let (shown, kept): (Vec<_>, Vec<_>) = files.into_iter().partition(|copy| copy.message.is_some());
        let mut gone = Vec::new();
        for copy in kept {
            if is_gone(turn, self.graph.delete_file(&author.access, &copy.file).await) {
                let of_it = shown.iter().filter(|shown| shown.attachment == copy.attachment);
                gone.extend(of_it.cloned().chain([copy.clone()]));
            }
        }
        self.forget_taken_back(turn, gone).await
    }

    /// Deletes the attachments that a message brought, as whoever wrote its comment.
    pub(in crate::bridge) async fn take_back_from_issue(
        &self,
        turn: &Turn<'_>,
        message: &MessageId,
        writer: &JiraToken,
    ) -> Result<(), Stop> {
        let mut files = self.store.files_of_message(&turn.link, message).await?;
        files.retain(|copy| copy.origin == Origin::Teams);
        let mut gone = Vec::new();
        for copy in files {
            if is_gone(turn, writer.site(&self.jira).delete_attachment(&copy.attachment).await) {
                gone.push(copy);
            }
        }
        self.forget_taken_back(turn, gone).await
    }

    async fn forget_taken_back(&self, turn: &Turn<'_>, gone: Vec<AttachmentPair>) -> Result<(), Stop> {
        if gone.is_empty() { Ok(()) } else { self.forget_files(turn.lease, gone).await }
    }
}

fn is_gone(turn: &Turn<'_>, deleted: Result<(), CallError>) -> bool {
    match deleted {
        Ok(()) | Err(CallError::Gone) => true,
        Err(error) => {
            let (event, link) = (turn.event.id, &turn.link.id);
            tracing::warn!(event, %link, %error, "a copied file could not be deleted, and stays");
            false
        }
    }
}
