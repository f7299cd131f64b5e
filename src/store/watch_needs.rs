//! Whether a place has to be watched, as its links and the bot's whereabouts say.

use sea_orm::{ConnectionTrait, DbErr, Value};

use super::Store;
use super::watches::{ROOT, Watch, statement};
use crate::ids::ConversationId;

/// Who needs a place to be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchNeed {
    /// It is linked, and the bot is there.
    Needed,
    /// It is linked, but the bot is not there, or the team is not known yet.
    Unreachable,
    /// It is not linked any more.
    Unlinked,
}

impl Store {
    /// Whether a place has to be watched.
    pub async fn need_of_watch(&self, watch: &Watch) -> Result<WatchNeed, DbErr> {
        let threads = self.linked_conversations(watch).await?;
        Ok(match (threads.is_empty(), &watch.team) {
            // Nobody can say which threads a channel has before its team is known.
            (true, None) if watch.place.as_str().ends_with("@thread.tacv2") => WatchNeed::Unreachable,
            (true, _) => WatchNeed::Unlinked,
            _ if threads.iter().any(|(_, installed)| *installed) => WatchNeed::Needed,
            _ => WatchNeed::Unreachable,
        })
    }

    /// The linked conversations of a place: the chat itself, or the linked threads of the channel;
    /// each with whether the bot is there.
    pub async fn linked_conversations(&self, watch: &Watch) -> Result<Vec<(ConversationId, bool)>, DbErr> {
        const LINKED: &str = "EXISTS (SELECT 1 FROM chat_link l WHERE l.tenant_id = c.tenant_id \
                              AND l.conversation_id = c.conversation_id)";
        let thread = format!("{}{ROOT}", watch.place);
        let reader = self.database.reader();
        let tenant: Value = watch.tenant.as_str().into();
        let asked = match &watch.team {
            None => statement(
                reader,
                // Linked, it counts also before the bot was ever heard there.
                "SELECT DISTINCT l.conversation_id, COALESCE(c.installed, FALSE) FROM chat_link l \
                 LEFT JOIN conversation c \
                 ON c.tenant_id = l.tenant_id AND c.conversation_id = l.conversation_id \
                 WHERE l.tenant_id = $1 AND l.conversation_id = $2",
                [tenant, watch.place.as_str().into()],
            ),
            Some(team) => statement(
                reader,
                &format!(
                    "SELECT c.conversation_id, c.installed FROM conversation c \
                     WHERE c.tenant_id = $1 AND c.team_id = $2 \
                     AND substr(c.conversation_id, 1, length($3)) = $3 AND {LINKED}"
                ),
                [tenant, team.as_str().into(), thread.into()],
            ),
        };
        let rows = reader.query_all_raw(asked).await?;
        let read = |row: &sea_orm::QueryResult| {
            Ok((ConversationId::new(row.try_get_by_index::<String>(0)?), row.try_get_by_index::<bool>(1)?))
        };
        rows.iter().map(read).collect()
    }
}
