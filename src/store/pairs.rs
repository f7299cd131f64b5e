//! Pairs: a comment and the message that are the same words on two sides.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};
use threadline_entity::message_pair;

use super::Store;
use crate::ambient::Millis;
use crate::ids::{CommentId, ConversationId, LinkId, MessageId, TenantId};

/// Where the words were written first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In Jira.
    Jira,
    /// In Teams.
    Teams,
}

/// Who wrote the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The person who wrote the original.
    Person,
    /// The bot, headed with the author's name.
    Bot,
    /// The integration account, headed with the author's name.
    Integration,
}

/// A comment and the message that are the same words.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The link through which they were paired.
    pub link: LinkId,
    /// The comment; none where the message became the issue itself.
    pub comment: Option<CommentId>,
    /// The chat's tenant.
    pub tenant: TenantId,
    /// The chat.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// Where the words were written first.
    pub origin: Origin,
    /// Who wrote the copy.
    pub author: Author,
    /// Keyed hash of the text that was copied.
    pub fingerprint: String,
}

impl Store {
    /// The pair of a comment on one link.
    pub async fn pair_of_comment(&self, link: LinkId, comment: &CommentId) -> Result<Option<Pair>, DbErr> {
        let row = message_pair::Entity::find_by_id((link.uuid(), comment.to_string()))
            .one(self.database.reader())
            .await?;
        Ok(row.map(Pair::from))
    }

    /// The pairs of a message: one a link that relayed it.
    pub async fn pairs_of_message(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        message: &MessageId,
    ) -> Result<Vec<Pair>, DbErr> {
        let rows = message_pair::Entity::find()
            .filter(message_pair::Column::TenantId.eq(tenant.as_str()))
            .filter(message_pair::Column::ConversationId.eq(conversation.as_str()))
            .filter(message_pair::Column::MessageId.eq(message.as_str()))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(Pair::from).collect())
    }
}

impl Pair {
    /// Stores the pair inside the caller's transaction; one that is there already stays.
    pub async fn record(self, transaction: &DatabaseTransaction, now: Millis) -> Result<(), DbErr> {
        use message_pair::Column;
        let row = message_pair::ActiveModel {
            link_id: Set(self.link.uuid()),
            comment_id: Set(self.comment.map(String::from).unwrap_or_default()),
            tenant_id: Set(self.tenant.into()),
            conversation_id: Set(self.conversation.into()),
            message_id: Set(self.message.into()),
            origin: Set(match self.origin {
                Origin::Jira => "jira".to_owned(),
                Origin::Teams => "teams".to_owned(),
            }),
            author: Set(match self.author {
                Author::Person => "person".to_owned(),
                Author::Bot => "bot".to_owned(),
                Author::Integration => "integration".to_owned(),
            }),
            fingerprint: Set(self.fingerprint),
            created_at: Set(now.0),
        };
        message_pair::Entity::insert(row)
            .on_conflict(OnConflict::columns([Column::LinkId, Column::CommentId]).do_nothing().to_owned())
            .exec_without_returning(transaction)
            .await
            .map(|_| ())
    }
}

impl From<message_pair::Model> for Pair {
    fn from(row: message_pair::Model) -> Self {
        Self {
            link: LinkId::from_uuid(row.link_id),
            comment: (!row.comment_id.is_empty()).then(|| CommentId::new(row.comment_id)),
            tenant: TenantId::new(row.tenant_id),
            conversation: ConversationId::new(row.conversation_id),
            message: MessageId::new(row.message_id),
            origin: if row.origin == "jira" { Origin::Jira } else { Origin::Teams },
            author: match row.author.as_str() {
                "bot" => Author::Bot,
                "integration" => Author::Integration,
                _ => Author::Person,
            },
            fingerprint: row.fingerprint,
        }
    }
}
