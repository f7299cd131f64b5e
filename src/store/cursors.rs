//! How far each linked conversation has been compared with its issues, when that is due again,
//! and what both sides know of each other.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use threadline_entity::{chat_cursor, chat_link, message_pair};

use super::{Link, Pair, Store};
use crate::ambient::Millis;
use crate::ids::{ConversationId, MessageId, SiteId, TenantId};

/// A new link is compared for the first time after this.
const FIRST: Duration = Duration::from_hours(1);
/// Ids that are asked for at once.
const CHUNK: usize = 200;
/// Links that are asked to be compared in one commit.
const STEP: u64 = 500;

/// How far a conversation has been compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatCursor {
    /// Its tenant.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
    /// All that was written or changed in the chat before has been compared.
    pub messages_to: Millis,
    /// The same for the comments of its issues.
    pub comments_to: Millis,
    /// When a comparison was last asked for.
    pub asked_at: Millis,
    /// How much the last one found missing.
    pub missed: u32,
    /// A comparison that lists everything is wanted, and has not come to its end since.
    pub still_wanted: bool,
}

impl From<chat_cursor::Model> for ChatCursor {
    fn from(row: chat_cursor::Model) -> Self {
        Self {
            tenant: TenantId::new(row.tenant_id),
            conversation: ConversationId::new(row.conversation_id),
            messages_to: Millis(row.messages_to),
            comments_to: Millis(row.comments_to),
            asked_at: Millis(row.asked_at),
            // The row has one number for both: below zero where it is still wanted.
            missed: if row.missed < 0 { -1 - row.missed } else { row.missed }.unsigned_abs(),
            still_wanted: row.missed < 0,
        }
    }
}

fn is(tenant: &TenantId, conversation: &ConversationId) -> Condition {
    Condition::all()
        .add(chat_cursor::Column::TenantId.eq(tenant.as_str()))
        .add(chat_cursor::Column::ConversationId.eq(conversation.as_str()))
}

impl Store {
    /// How far a conversation has been compared; nothing if it was never linked.
    pub async fn cursor(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Option<ChatCursor>, DbErr> {
        let row =
            chat_cursor::Entity::find().filter(is(tenant, conversation)).one(self.database.reader()).await?;
        Ok(row.map(ChatCursor::from))
    }

    /// Conversations that somebody wants to be compared, the longest waiting first.
    pub async fn wanted_comparisons(&self, limit: u64) -> Result<Vec<ChatCursor>, DbErr> {
        use chat_link::Column;
        let wanted: Vec<(String, String)> = chat_link::Entity::find()
            .select_only()
            .columns([Column::TenantId, Column::ConversationId])
            .filter(Column::ReconcileWanted.is_not_null())
            .order_by_asc(Column::ReconcileWanted)
            .limit(limit)
            .into_tuple()
            .all(self.database.reader())
            .await?;
        let mut found: Vec<ChatCursor> = Vec::new();
        for (tenant, conversation) in wanted {
            let (tenant, conversation) = (TenantId::new(tenant), ConversationId::new(conversation));
            if found.iter().any(|known| known.tenant == tenant && known.conversation == conversation) {
                continue;
            }
            if self.cursor(&tenant, &conversation).await?.is_none() {
                let (now, tenant, conversation) = (self.clock.now(), tenant.clone(), conversation.clone());
                self.database
                    .write(move |transaction| {
                        Box::pin(async move { begin(transaction, &tenant, &conversation, now).await })
                    })
                    .await?;
            }
            found.extend(self.cursor(&tenant, &conversation).await?);
        }
        Ok(found)
    }

    /// Conversations whose comparison is due, or that have not been compared since `back`.
    pub async fn due_comparisons(&self, back: Millis, limit: u64) -> Result<Vec<ChatCursor>, DbErr> {
        use chat_cursor::Column;
        let now = self.clock.now();
        let due = chat_cursor::Entity::find()
            .filter(Column::DueAt.lte(now.0))
            .order_by_asc(Column::DueAt)
            .limit(limit)
            .all(self.database.reader())
            .await?;
        if !due.is_empty() || back.0 == 0 {
            return Ok(due.into_iter().map(ChatCursor::from).collect());
        }
        let since = chat_cursor::Entity::find()
            .filter(Column::AskedAt.lt(back.0))
            .order_by_asc(Column::AskedAt)
            .limit(limit)
            .all(self.database.reader())
            .await?;
        Ok(since.into_iter().map(ChatCursor::from).collect())
    }

    /// Takes a comparison into this hand, before its event is stored. One that lists everything
    /// (`wanted`) fulfils what was wished for until now; that it is wanted stays with the cursor
    /// until it has come to its end, should this process die before the event is there.
    /// Answers the cursor, whose moment the event is known by; nothing, if somebody was faster.
    pub async fn take_comparison(
        &self,
        cursor: ChatCursor,
        wanted: bool,
        due: Millis,
    ) -> Result<Option<ChatCursor>, DbErr> {
        use chat_cursor::Column;
        let asked_at = self.clock.now().max(Millis(cursor.asked_at.0 + 1));
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let links = Condition::all()
                        .add(chat_link::Column::TenantId.eq(cursor.tenant.as_str()))
                        .add(chat_link::Column::ConversationId.eq(cursor.conversation.as_str()));
                    let mut taken = chat_cursor::Entity::update_many()
                        .col_expr(Column::AskedAt, Expr::value(asked_at.0))
                        .col_expr(Column::DueAt, Expr::value(due.0))
                        .filter(is(&cursor.tenant, &cursor.conversation))
                        .filter(Column::AskedAt.eq(cursor.asked_at.0));
                    if wanted {
                        // The links first, as everybody locks them: whoever wishes waits for this.
                        let ours = chat_link::Entity::find().select_only().column(chat_link::Column::Id);
                        let ours = ours.filter(links.clone()).lock_exclusive();
                        ours.into_tuple::<uuid::Uuid>().all(transaction).await?;
                        let missed = Expr::col(Column::Missed);
                        let still = Expr::case(Column::Missed.gte(0), Expr::value(-1).sub(missed.clone()));
                        taken = taken.col_expr(Column::Missed, still.finally(missed).into());
                    }
                    if taken.exec(transaction).await?.rows_affected == 0 {
                        return Ok(None);
                    }
                    if wanted {
                        chat_link::Entity::update_many()
                            .col_expr(chat_link::Column::ReconcileWanted, Expr::value(Option::<i64>::None))
                            .filter(links)
                            .filter(chat_link::Column::ReconcileWanted.is_not_null())
                            .exec(transaction)
                            .await?;
                    }
                    Ok(Some(ChatCursor { asked_at, still_wanted: cursor.still_wanted || wanted, ..cursor }))
                })
            })
            .await
    }

    /// Lets a conversation be compared at `due`, and not when its comparison was taken for: its
    /// event is stored. What has moved it meanwhile stays.
    pub async fn put_comparison_off(
        &self,
        taken: ChatCursor,
        from: Millis,
        due: Millis,
    ) -> Result<(), DbErr> {
        use chat_cursor::Column;
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    chat_cursor::Entity::update_many()
                        .col_expr(Column::DueAt, Expr::value(due.0))
                        .filter(is(&taken.tenant, &taken.conversation))
                        .filter(Column::AskedAt.eq(taken.asked_at.0))
                        .filter(Column::DueAt.eq(from.0))
                        .exec(transaction)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    /// Lets the links of a site, or all links, be compared; answers how many links that are. They are
    /// asked for a few at a time: nobody else waits for all of them.
    pub async fn want_comparisons(&self, site: Option<SiteId>) -> Result<u64, DbErr> {
        use chat_link::Column;
        let now = self.clock.now();
        let place = || Expr::tuple([Expr::col(Column::TenantId), Expr::col(Column::Id)]);
        let (mut wanted, mut behind) = (0, None::<Expr>);
        loop {
            let unwished = Condition::all()
                .add(Column::ReconcileWanted.is_null())
                .add_option(site.map(|site| Column::SiteId.eq(site.uuid())))
                .add_option(behind.map(|behind| place().gt(behind)));
            let step: Vec<(String, uuid::Uuid)> = chat_link::Entity::find()
                .select_only()
                .columns([Column::TenantId, Column::Id])
                .filter(unwished.clone())
                .order_by_asc(Column::TenantId)
                .order_by_asc(Column::Id)
                .limit(STEP)
                .into_tuple()
                .all(self.database.reader())
                .await?;
            let Some((tenant, id)) = step.into_iter().next_back() else { return Ok(wanted) };
            let last = Expr::tuple([Expr::value(tenant), Expr::value(id)]);
            let links = chat_link::Entity::update_many()
                .col_expr(Column::ReconcileWanted, Expr::value(now.0))
                .filter(unwished)
                .filter(place().lte(last.clone()));
            let update = self
                .database
                .write(move |transaction| Box::pin(async move { links.exec(transaction).await }));
            wanted += update.await?.rows_affected;
            behind = Some(last);
        }
    }

    /// All that is paired on a link.
    pub async fn pairs_of_link(&self, link: &Link) -> Result<Vec<Pair>, DbErr> {
        let rows = message_pair::Entity::find()
            .filter(message_pair::Column::TenantId.eq(link.tenant.as_str()))
            .filter(message_pair::Column::LinkId.eq(link.id.uuid()))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(Pair::from).collect())
    }

    /// The pairs of messages, by message.
    pub async fn pairs_of_messages(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, Vec<Pair>>, DbErr> {
        let mut found: HashMap<MessageId, Vec<Pair>> = HashMap::new();
        for chunk in messages.chunks(CHUNK) {
            let rows = message_pair::Entity::find()
                .filter(message_pair::Column::TenantId.eq(tenant.as_str()))
                .filter(message_pair::Column::ConversationId.eq(conversation.as_str()))
                .filter(message_pair::Column::MessageId.is_in(chunk.iter().map(MessageId::as_str)))
                .all(self.database.reader())
                .await?;
            for pair in rows.into_iter().map(Pair::from) {
                found.entry(pair.message.clone()).or_default().push(pair);
            }
        }
        Ok(found)
    }
}

/// Begins to compare a conversation that is linked, inside the caller's transaction: from now on,
/// if it was not linked before.
pub(super) async fn begin(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    conversation: &ConversationId,
    now: Millis,
) -> Result<(), DbErr> {
    use chat_cursor::Column;
    let row = chat_cursor::ActiveModel {
        tenant_id: Set(tenant.to_string()),
        conversation_id: Set(conversation.to_string()),
        messages_to: Set(now.0),
        comments_to: Set(now.0),
        asked_at: Set(now.0),
        due_at: Set(now.plus(FIRST).0),
        missed: Set(0),
    };
    let known = OnConflict::columns([Column::TenantId, Column::ConversationId]).do_nothing().to_owned();
    chat_cursor::Entity::insert(row).on_conflict(known).exec_without_returning(transaction).await.map(drop)
}

/// Remembers, inside the caller's transaction, that the links of a conversation may have missed
/// something, since when it was first noticed.
pub(super) async fn want(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    conversation: &ConversationId,
    now: Millis,
) -> Result<(), DbErr> {
    use chat_link::Column;
    chat_link::Entity::update_many()
        .col_expr(Column::ReconcileWanted, Expr::value(now.0))
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::ConversationId.eq(conversation.as_str()))
        .filter(Column::ReconcileWanted.is_null())
        .exec(transaction)
        .await
        .map(drop)
}

/// Forgets, inside the caller's transaction, what was said in these conversations until now: the
/// bot was not there, and it is not for Threadline to carry over.
pub(super) async fn pass_over(
    transaction: &DatabaseTransaction,
    tenant: &str,
    conversations: Condition,
    now: Millis,
) -> Result<(), DbErr> {
    use chat_cursor::Column;
    // A comparison begins so much earlier than the last one ended.
    let now = now.plus(ChatCursor::OVERLAP);
    chat_cursor::Entity::update_many()
        .col_expr(Column::MessagesTo, Expr::value(now.0))
        .col_expr(Column::CommentsTo, Expr::value(now.0))
        .filter(Column::TenantId.eq(tenant))
        .filter(conversations)
        .exec(transaction)
        .await
        .map(drop)
}

impl ChatCursor {
    /// So much earlier than the last comparison ended the next one begins: clocks differ.
    pub const OVERLAP: Duration = Duration::from_mins(2);

    /// Remembers, inside the caller's transaction, how far the comparison has come, and how much
    /// it found missing. A wish that was taken since it began stays, and the cursor
    /// never goes back: something may have been passed over.
    pub async fn advance(self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        use chat_cursor::Column;
        let later = |column: Column, moment: Millis| {
            Expr::case(column.lt(moment.0), moment.0).finally(Expr::col(column))
        };
        let missed = i32::try_from(self.missed).unwrap_or(i32::MAX);
        let wanted_anew = Column::AskedAt.ne(self.asked_at.0).and(Column::Missed.lt(0));
        let missed = Expr::case(wanted_anew, -1 - missed).finally(if self.still_wanted {
            -1 - missed
        } else {
            missed
        });
        chat_cursor::Entity::update_many()
            .col_expr(Column::MessagesTo, later(Column::MessagesTo, self.messages_to).into())
            .col_expr(Column::CommentsTo, later(Column::CommentsTo, self.comments_to).into())
            .col_expr(Column::Missed, missed.into())
            .filter(is(&self.tenant, &self.conversation))
            .exec(transaction)
            .await
            .map(drop)
    }

    /// Lets its links be compared again soon, inside the caller's transaction, before anything else
    /// of the conversation is written: the links first, as everybody locks them.
    pub async fn want(&self, transaction: &DatabaseTransaction, now: Millis) -> Result<(), DbErr> {
        want(transaction, &self.tenant, &self.conversation, now).await
    }

    /// Lets the conversation be compared again at `due`, inside the caller's transaction.
    pub async fn try_again(self, transaction: &DatabaseTransaction, due: Millis) -> Result<(), DbErr> {
        chat_cursor::Entity::update_many()
            .col_expr(chat_cursor::Column::DueAt, Expr::value(due.0))
            .filter(is(&self.tenant, &self.conversation))
            .exec(transaction)
            .await
            .map(drop)
    }

    /// Forgets a conversation that has no link any more, inside the caller's transaction.
    pub async fn forget(self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let linked = Query::select()
            .column(chat_link::Column::ConversationId)
            .from(chat_link::Entity)
            .and_where(chat_link::Column::TenantId.eq(self.tenant.as_str()))
            .and_where(chat_link::Column::ConversationId.eq(self.conversation.as_str()))
            .take();
        chat_cursor::Entity::delete_many()
            .filter(is(&self.tenant, &self.conversation))
            .filter(chat_cursor::Column::ConversationId.not_in_subquery(linked))
            .exec(transaction)
            .await
            .map(drop)
    }
}
