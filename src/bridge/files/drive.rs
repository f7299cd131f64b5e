//! A file on its author's drive, shared with the organisation: only if its author is in the chat.

use super::left::Why;
use super::to_teams::{CommentTrip, Packing};
use crate::bridge::Bridge;
use crate::bridge::failure::Stop;
use crate::bridge::tokens::{JiraToken, PersonToken};
use crate::call::CallError;
use crate::ids::FileId;
use crate::jira::Attachment;
use crate::store::{AttachmentPair, FileState, Link, Origin};
use crate::teams::graph::DriveItem;
use crate::vault::TokenError;

/// The folder on people's drives. Below it one for a link's comment, whose copies go with it, and
/// in that one an attachment, so that an upload is made once.
const FOLDER: &str = "Threadline";
impl Bridge {
    /// Whether the author is in the chat: else the bot writes, and a file would be shared with the
    /// organisation for nothing.
    pub(super) async fn may_share(
        &self,
        trip: CommentTrip<'_>,
        packing: &mut Packing<'_>,
    ) -> Result<bool, Stop> {
        if let Some(member) = packing.member {
            return Ok(member);
        }
        let Link { tenant, conversation, .. } = &trip.turn.link;
        let member = if self.graph_place(tenant, conversation).await?.is_none() {
            false
        } else {
            match self.chat_of_member(tenant, conversation, packing.object).await {
                Ok(chat) => chat.is_some(),
                Err(TokenError::Call(error)) => {
                    self.without_it(trip.turn.event, packing.token, error).await?;
                    false
                }
                Err(_) => false,
            }
        };
        packing.member = Some(member);
        Ok(member)
    }

    /// The author's copy on their drive, shared. One that they deleted meanwhile is made anew.
    pub(super) async fn shared(
        &self,
        trip: CommentTrip<'_>,
        reader: &JiraToken,
        author: &PersonToken,
        attachment: &Attachment,
    ) -> Result<Result<DriveItem, Why>, Stop> {
        let copies = self.store.copies_of_attachment(&trip.turn.link, &attachment.id).await?;
        // Another comment's copy may be on somebody else's drive, and goes with that comment.
        let kept = copies.into_iter().filter(|copy| {
            copy.state == FileState::File
                && copy.message.is_none()
                && copy.comment.as_ref() == Some(&trip.comment.id)
        });
        for copy in kept {
            match self.graph.share_file(&author.access, &copy.file).await {
                Ok(item) => return Ok(Ok(item)),
                Err(CallError::Gone) => self.forget_files(trip.turn.lease, vec![copy]).await?,
                Err(error) => return self.without_it(trip.turn.event, author, error).await.map(Err),
            }
        }
        let id = match self.on_drive(trip, reader, author, attachment).await? {
            Ok(id) => id,
            Err(why) => return Ok(Err(why)),
        };
        match self.graph.share_file(&author.access, &id).await {
            Ok(item) => Ok(Ok(item)),
            Err(error) => self.without_it(trip.turn.event, author, error).await.map(Err),
        }
    }

    /// Copies a file to its author's drive.
    async fn on_drive(
        &self,
        trip: CommentTrip<'_>,
        reader: &JiraToken,
        author: &PersonToken,
        attachment: &Attachment,
    ) -> Result<Result<FileId, Why>, Stop> {
        let jira = reader.site(&self.jira);
        let source = match jira.open_attachment(&self.downloads, &attachment.id).await {
            Ok(source) => source,
            Err(error) => return self.without_it(trip.turn.event, &reader.token, error).await.map(Err),
        };
        // A file that is longer than it says would arrive cut off: it counts as too large.
        let length = source.length().unwrap_or(attachment.size);
        let (body, overflow) = source.body(self.most_bytes().min(length));
        let folder = format!("{}-{}", trip.turn.link.id, trip.comment.id);
        let folder = [FOLDER, &folder, attachment.id.as_str()];
        let put = self
            .graph
            .put_file(&self.downloads, &author.access, &folder, &attachment.filename, (body, Some(length)))
            .await;
        let file = match put {
            _ if overflow.happened() => return Ok(Err(Why::TooLarge)),
            // Somebody without a drive, or without leave to use it.
            Err(CallError::Gone) => return Ok(Err(Why::NotAllowed)),
            Err(error) => return self.without_it(trip.turn.event, author, error).await.map(Err),
            Ok(file) => file,
        };
        let pair = AttachmentPair {
            tenant: trip.turn.link.tenant.clone(),
            link: trip.turn.link.id,
            attachment: attachment.id.clone(),
            file: file.clone(),
            comment: Some(trip.comment.id.clone()),
            message: None,
            origin: Origin::Jira,
            state: FileState::File,
        };
        self.remember_files(trip.turn.lease, vec![pair]).await?;
        Ok(Ok(file))
    }
}
