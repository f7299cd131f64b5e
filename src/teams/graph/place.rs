//! Where a message lives in Graph: in a chat, or in a thread of a team's channel.
//! Source: learn.microsoft.com/graph/api/chatmessage-get.

use crate::ids::{ConversationId, MessageId, TeamId};

/// What stands between a channel's id and the root message in a conversation id.
const ROOT: &str = ";messageid=";

/// Where a message lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a chat.
    Chat {
        /// Id of the chat.
        chat: String,
    },
    /// In a thread of a channel.
    Thread {
        /// The team.
        team: TeamId,
        /// Id of the channel.
        channel: String,
        /// The message that the thread begins with.
        root: MessageId,
    },
}

/// Whether Graph knows this conversation as a chat: a group chat, a meeting or a one-to-one chat
/// of people. A channel thread and the bot's own one-to-one chats (`a:…`) are none.
pub fn is_chat(conversation: &ConversationId) -> bool {
    let id = conversation.as_str();
    id.starts_with("19:") && !id.contains(ROOT) && !id.ends_with("@thread.tacv2")
}

/// The channel and the root message of a channel thread.
pub fn thread(conversation: &ConversationId) -> Option<(&str, &str)> {
    let (channel, root) = conversation.as_str().split_once(ROOT)?;
    (!channel.is_empty() && !root.is_empty()).then_some((channel, root))
}

impl Place {
    /// The place of a conversation. `team` is the team of a channel thread, which its
    /// conversation id does not tell; without it there is no place. The bot's own one-to-one
    /// chats and whole channels are none either.
    pub fn of(conversation: &ConversationId, team: Option<&TeamId>) -> Option<Self> {
        if is_chat(conversation) {
            return Some(Self::Chat { chat: conversation.to_string() });
        }
        let (channel, root) = thread(conversation)?;
        let (channel, root) = (channel.to_owned(), MessageId::new(root));
        Some(Self::Thread { team: team?.clone(), channel, root })
    }

    /// The path where messages are listed and written: all of a chat, the replies of a thread.
    pub(super) fn messages(&self) -> Vec<&str> {
        match self {
            Self::Chat { chat } => vec!["chats", chat, "messages"],
            Self::Thread { team, channel, root } => {
                [root_path(team, channel, root).as_slice(), &["replies"]].concat()
            }
        }
    }

    /// The path of one message.
    pub(super) fn message<'a>(&'a self, id: &'a MessageId) -> Vec<&'a str> {
        match self {
            Self::Thread { team, channel, root } if root == id => root_path(team, channel, root).to_vec(),
            _ => [self.messages().as_slice(), &[id.as_str()]].concat(),
        }
    }
}

fn root_path<'a>(team: &'a TeamId, channel: &'a str, root: &'a MessageId) -> [&'a str; 6] {
    ["teams", team.as_str(), "channels", channel, "messages", root.as_str()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(id: &str) -> Option<Place> {
        Place::of(&ConversationId::new(id), Some(&TeamId::new("team")))
    }

    #[test]
    fn a_chat_needs_no_team_and_a_thread_does() {
        for id in ["19:abc@thread.v2", "19:meeting_x@thread.v2", "19:x@thread.skype", "19:a_b@unq.gbl.spaces"]
        {
            let conversation = ConversationId::new(id);
            assert!(is_chat(&conversation), "{id}");
            let chat = Place::of(&conversation, None).expect("a place");
            assert_eq!(chat.message(&MessageId::new("17")), ["chats", id, "messages", "17"]);
        }
        assert_eq!(Place::of(&ConversationId::new("19:x@thread.tacv2;messageid=17"), None), None);
        for id in ["19:x@thread.tacv2", "19:x@thread.tacv2;messageid=", "a:1xyz", ""] {
            assert_eq!(place(id), None, "{id}");
        }
    }

    #[test]
    fn the_first_message_of_a_thread_has_another_path_than_its_replies() {
        let thread = place("19:x@thread.tacv2;messageid=17").expect("a place");
        let root = ["teams", "team", "channels", "19:x@thread.tacv2", "messages", "17"];
        assert_eq!(thread.message(&MessageId::new("17")), root);
        assert_eq!(thread.messages(), [root.as_slice(), &["replies"]].concat());
        assert_eq!(thread.message(&MessageId::new("18")), [root.as_slice(), &["replies", "18"]].concat());
    }
}
