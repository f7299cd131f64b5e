//! Pairs: a comment and the message that are the same words on two sides.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, sea_query::Expr,
};
use threadline_entity::message_pair;

use super::of_link::store_for_link;
use super::{CommentSide, MessageSide, Origin, Sides, Store};
use crate::ambient::Millis;
use crate::ids::{AccountId, CommentId, ConversationId, LinkId, MessageId, ObjectId, TenantId};

/// How the keys of messages begin that were deleted before they were relayed.
const UNRELAYED: &str = "unrelayed/";

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
    /// The comment; none where the message became the issue itself, and where it was deleted
    /// before it was relayed ([`Pair::never_relayed`]).
    pub comment: Option<CommentId>,
    /// Whose comment it is, if that is known.
    pub comment_author: Option<AccountId>,
    /// The chat's tenant.
    pub tenant: TenantId,
    /// The chat.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// Whose message it is, if that is known; the bot's is nobody's.
    pub message_author: Option<ObjectId>,
    /// Where the words were written first.
    pub origin: Origin,
    /// Who wrote the copy.
    pub author: Author,
    /// Keyed hash of the text that was copied.
    pub fingerprint: String,
    /// What has been carried over.
    pub sides: Sides,
}

impl Store {
    /// The pair of a comment on one link.
    pub async fn pair_of_comment(
        &self,
        tenant: &TenantId,
        link: LinkId,
        comment: &CommentId,
    ) -> Result<Option<Pair>, DbErr> {
        let row = message_pair::Entity::find_by_id((tenant.to_string(), link.uuid(), comment.to_string()))
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
    /// The mark of a message that was deleted before it was relayed: its words must not go out
    /// when they are heard of later.
    pub fn never_relayed(
        link: LinkId,
        tenant: TenantId,
        conversation: ConversationId,
        message: MessageId,
    ) -> Self {
        Self {
            link,
            comment: None,
            comment_author: None,
            tenant,
            conversation,
            message,
            message_author: None,
            origin: Origin::Teams,
            author: Author::Person,
            fingerprint: String::new(),
            sides: Sides { comment: CommentSide::Gone, message: MessageSide::Gone },
        }
    }

    /// Whether its message was deleted before it was relayed.
    pub fn was_never_relayed(&self) -> bool {
        self.comment.is_none() && self.sides.comment == CommentSide::Gone
    }

    /// What the row is found by within its link.
    pub fn key(&self) -> String {
        match &self.comment {
            Some(comment) => comment.to_string(),
            None if self.was_never_relayed() => format!("{UNRELAYED}{}", self.message),
            None => String::new(),
        }
    }

    /// Stores the pair inside the caller's transaction; one that is there already stays, and none
    /// outlives its link.
    pub async fn record(self, transaction: &DatabaseTransaction, now: Millis) -> Result<(), DbErr> {
        use message_pair::Column;
        let (tenant, link) = (self.tenant.clone(), self.link);
        let row = message_pair::ActiveModel {
            link_id: Set(self.link.uuid()),
            comment_id: Set(self.key()),
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
            comment_state: Set(self.sides.comment.word().to_owned()),
            comment_version: Set(self.sides.comment.version()),
            comment_author: Set(self.comment_author.map(String::from)),
            message_state: Set(self.sides.message.word().to_owned()),
            message_version: Set(self.sides.message.version()),
            message_author: Set(self.message_author.map(String::from)),
        };
        let key = [Column::TenantId, Column::LinkId, Column::CommentId];
        store_for_link(transaction, &tenant, link, row, key).await
    }

    /// Stores, inside the caller's transaction, what has been carried over by now, and the
    /// fingerprint of the text if that was.
    pub async fn settle(
        self,
        transaction: &DatabaseTransaction,
        sides: Sides,
        fingerprint: Option<String>,
    ) -> Result<(), DbErr> {
        use message_pair::Column;
        let mut update = message_pair::Entity::update_many();
        if let Some(fingerprint) = fingerprint {
            update = update.col_expr(Column::Fingerprint, Expr::value(fingerprint));
        }
        update
            .col_expr(Column::CommentState, Expr::value(sides.comment.word()))
            .col_expr(Column::CommentVersion, Expr::value(sides.comment.version()))
            .col_expr(Column::MessageState, Expr::value(sides.message.word()))
            .col_expr(Column::MessageVersion, Expr::value(sides.message.version()))
            .filter(Column::TenantId.eq(self.tenant.as_str()))
            .filter(Column::LinkId.eq(self.link.uuid()))
            .filter(Column::CommentId.eq(self.key()))
            .exec(transaction)
            .await
            .map(|_| ())
    }

    /// Removes the pair of this key inside the caller's transaction: another takes its place.
    pub async fn remove(self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let key = (self.tenant.to_string(), self.link.uuid(), self.key());
        message_pair::Entity::delete_by_id(key).exec(transaction).await.map(|_| ())
    }
}

impl CommentSide {
    fn word(self) -> &'static str {
        match self {
            Self::Shown(_) => "shown",
            Self::Withheld => "withheld",
            Self::Going => "going",
            Self::Gone => "gone",
        }
    }

    fn version(self) -> i64 {
        if let Self::Shown(version) = self { version.0 } else { 0 }
    }

    fn read(word: &str, version: i64) -> Self {
        match word {
            "shown" => Self::Shown(Millis(version)),
            "going" => Self::Going,
            "gone" => Self::Gone,
            _ => Self::Withheld,
        }
    }
}

impl MessageSide {
    fn word(self) -> &'static str {
        match self {
            Self::Live(_) => "live",
            Self::Going => "going",
            Self::Gone => "gone",
        }
    }

    fn version(self) -> i64 {
        if let Self::Live(Some(version)) = self { version.0 } else { 0 }
    }

    fn read(word: &str, version: i64) -> Self {
        match word {
            "going" => Self::Going,
            "gone" => Self::Gone,
            _ => Self::Live((version != 0).then_some(Millis(version))),
        }
    }
}

impl From<message_pair::Model> for Pair {
    fn from(row: message_pair::Model) -> Self {
        Self {
            link: LinkId::from_uuid(row.link_id),
            comment: (!row.comment_id.is_empty() && !row.comment_id.starts_with(UNRELAYED))
                .then(|| CommentId::new(row.comment_id)),
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
            sides: Sides {
                comment: CommentSide::read(&row.comment_state, row.comment_version),
                message: MessageSide::read(&row.message_state, row.message_version),
            },
            comment_author: row.comment_author.map(AccountId::new),
            message_author: row.message_author.map(ObjectId::new),
        }
    }
}
