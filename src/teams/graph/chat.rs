//! Chats and who is in them.
//! Source: learn.microsoft.com/graph/api/chat-get, chat-list-members.

use serde::Deserialize;
use url::Url;

use super::{Client, chat_id, object_id};
use crate::call::CallError;
use crate::ids::{ConversationId, ObjectId};
use crate::secret::Secret;

/// A chat has at most 250 members; a page has fewer. More pages than this are not followed.
const MAX_PAGES: usize = 20;

/// A chat.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// Its name, if people gave it one. Content: never log it.
    pub topic: Option<String>,
    /// `oneOnOne`, `group` or `meeting`; more may come.
    pub chat_type: Option<String>,
    /// Where it opens in Teams.
    pub web_url: Option<Url>,
}

/// A person in a chat.
#[derive(Clone)]
pub struct ChatMember {
    /// The person.
    pub object_id: ObjectId,
    /// The name that people see. Content: never log it.
    pub display_name: String,
}

#[derive(Deserialize)]
struct MemberPage {
    value: Vec<WireMember>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<Url>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMember {
    user_id: Option<String>,
    display_name: Option<String>,
}

impl WireMember {
    /// The person; bots and people without an account have no user id.
    fn read(self) -> Option<ChatMember> {
        Some(ChatMember {
            object_id: object_id(&self.user_id?),
            display_name: self.display_name.unwrap_or_default(),
        })
    }
}

impl Client {
    /// A chat that the person is in.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn chat(&self, token: &Secret, conversation: &ConversationId) -> Result<Chat, CallError> {
        self.get(token, &["chats", chat_id(conversation)?], &[], "the chat").await
    }

    /// The people in a chat.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn members(
        &self,
        token: &Secret,
        conversation: &ConversationId,
    ) -> Result<Vec<ChatMember>, CallError> {
        let what = "the list of members";
        let path = ["chats", chat_id(conversation)?, "members"];
        let mut page: MemberPage = self.get(token, &path, &[], what).await?;
        let mut members = Vec::new();
        for _ in 0..MAX_PAGES {
            members.extend(page.value.into_iter().filter_map(WireMember::read));
            let Some(next) = page.next else { break };
            page = self.follow(token, next, what).await?;
        }
        Ok(members)
    }
}
