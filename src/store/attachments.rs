//! Pairs of files: an attachment in Jira and the picture or file in Teams that are the same
//! bytes. Ids only: names of files are content.

use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use threadline_entity::attachment_pair::{self, Column};

use super::of_link::store_for_link;
use super::{Link, Origin, Store};
use crate::ambient::Millis;
use crate::ids::{AttachmentId, CommentId, FileId, LinkId, MessageId, TenantId};

/// How a copied file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// As a picture, where it stood in the text.
    Picture,
    /// As a file.
    File,
}

/// An attachment in Jira and the picture or file in Teams that are the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentPair {
    /// The tenant of the chat.
    pub tenant: TenantId,
    /// The link through which it was copied.
    pub link: LinkId,
    /// The attachment.
    pub attachment: AttachmentId,
    /// The picture or file in Teams.
    pub file: FileId,
    /// The comment that shows it, once that is known.
    pub comment: Option<CommentId>,
    /// The message that shows it, once that is known.
    pub message: Option<MessageId>,
    /// Where it was added first.
    pub origin: Origin,
    /// How it is shown.
    pub state: FileState,
}

impl Store {
    /// What was copied from or to a message, through one link.
    pub async fn files_of_message(
        &self,
        link: &Link,
        message: &MessageId,
    ) -> Result<Vec<AttachmentPair>, DbErr> {
        let rows = attachment_pair::Entity::find()
            .filter(Column::TenantId.eq(link.tenant.as_str()))
            .filter(Column::LinkId.eq(link.id.uuid()))
            .filter(Column::MessageId.eq(message.as_str()))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(AttachmentPair::from).collect())
    }

    /// What was copied from or to a comment, through one link, as far as its row names it.
    pub async fn files_of_comment(
        &self,
        link: &Link,
        comment: &CommentId,
    ) -> Result<Vec<AttachmentPair>, DbErr> {
        let rows = attachment_pair::Entity::find()
            .filter(Column::TenantId.eq(link.tenant.as_str()))
            .filter(Column::LinkId.eq(link.id.uuid()))
            .filter(Column::CommentId.eq(comment.as_str()))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(AttachmentPair::from).collect())
    }

    /// The copies of an attachment, through one link.
    pub async fn copies_of_attachment(
        &self,
        link: &Link,
        attachment: &AttachmentId,
    ) -> Result<Vec<AttachmentPair>, DbErr> {
        let rows = attachment_pair::Entity::find()
            .filter(Column::TenantId.eq(link.tenant.as_str()))
            .filter(Column::LinkId.eq(link.id.uuid()))
            .filter(Column::AttachmentId.eq(attachment.as_str()))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(AttachmentPair::from).collect())
    }
}

impl AttachmentPair {
    /// Forgets the pair inside the caller's transaction: the copy is no more.
    pub async fn forget(self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let key = (self.tenant.into(), self.link.uuid(), self.attachment.into(), self.file.into());
        attachment_pair::Entity::delete_by_id(key).exec(transaction).await.map(|_| ())
    }

    /// Records the pair inside the caller's transaction; one that is there stays as it is, and none
    /// outlives its link.
    pub async fn record(self, transaction: &DatabaseTransaction, now: Millis) -> Result<(), DbErr> {
        let (tenant, link) = (self.tenant.clone(), self.link);
        let row = attachment_pair::ActiveModel {
            tenant_id: Set(self.tenant.into()),
            link_id: Set(self.link.uuid()),
            attachment_id: Set(self.attachment.into()),
            file_id: Set(self.file.into()),
            comment_id: Set(self.comment.map(String::from).unwrap_or_default()),
            message_id: Set(self.message.map(String::from).unwrap_or_default()),
            origin: Set(if self.origin == Origin::Jira { "jira" } else { "teams" }.to_owned()),
            state: Set(if self.state == FileState::Picture { "picture" } else { "file" }.to_owned()),
            created_at: Set(now.0),
        };
        let key = [Column::TenantId, Column::LinkId, Column::AttachmentId, Column::FileId];
        store_for_link(transaction, &tenant, link, row, key).await
    }
}

impl From<attachment_pair::Model> for AttachmentPair {
    fn from(row: attachment_pair::Model) -> Self {
        Self {
            tenant: TenantId::new(row.tenant_id),
            link: LinkId::from_uuid(row.link_id),
            attachment: AttachmentId::new(row.attachment_id),
            file: FileId::new(row.file_id),
            comment: (!row.comment_id.is_empty()).then(|| CommentId::new(row.comment_id)),
            message: (!row.message_id.is_empty()).then(|| MessageId::new(row.message_id)),
            origin: if row.origin == "jira" { Origin::Jira } else { Origin::Teams },
            state: if row.state == "picture" { FileState::Picture } else { FileState::File },
        }
    }
}
