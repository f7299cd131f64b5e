//! Teams with channels, whose threads are conversations like chats.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::journal::{Change, Origin};
use crate::platforms::Platforms;
use crate::refusal::Refusal;
use crate::teams::messages::Content;
use crate::teams::model::{Chat, ChatKind, ChatRecord, Member, Message, Sender, Teams};

/// A team.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its id in Graph, a GUID: that of its group.
    pub group_id: String,
    /// Its id as the bot knows it, which is that of its first channel (`19:…@thread.tacv2`).
    pub id: String,
    /// Its name.
    pub name: String,
    /// Tenant it belongs to.
    pub tenant_id: String,
    /// Who is in it.
    pub members: Vec<Member>,
    /// Whether the bot is installed in it.
    pub bot_installed: bool,
    /// Its channels.
    pub channels: Vec<Channel>,
}

/// A channel of a team, open to all its members.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id (`19:…@thread.tacv2`).
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Where a thread stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The team's id in Graph.
    pub group_id: String,
    /// The team's id as the bot knows it.
    pub team_id: String,
    /// The team's name.
    pub team: String,
    /// The channel's id.
    pub channel_id: String,
    /// The channel's name.
    pub channel: String,
    /// Id of the message that it begins with.
    pub root: String,
}

impl Team {
    pub(crate) fn member(&self, object_id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.person.object_id == object_id)
    }

    pub(crate) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }
}

impl Teams {
    pub(crate) fn team(&self, group_id: &str) -> Option<&Team> {
        self.groups.iter().find(|team| team.group_id == group_id)
    }

    /// The team of a channel.
    pub(crate) fn team_of(&self, channel: &str) -> Option<&Team> {
        self.groups.iter().find(|team| team.channel(channel).is_some())
    }

    /// The threads of a channel, oldest first.
    pub(crate) fn threads<'a>(&'a self, channel: &'a str) -> impl Iterator<Item = &'a ChatRecord> {
        let is_here = move |record: &&ChatRecord| {
            record.chat.thread.as_ref().is_some_and(|thread| thread.channel_id == channel)
        };
        self.chats.values().filter(is_here)
    }

    /// Lets each thread of a team know who is in the team now, and whether the bot is.
    pub(crate) fn renew_threads(&mut self, group_id: &str) {
        let Some(team) = self.groups.iter().find(|team| team.group_id == group_id) else { return };
        for record in self.chats.values_mut() {
            if record.chat.thread.as_ref().is_some_and(|thread| thread.group_id == group_id) {
                record.chat.members.clone_from(&team.members);
                record.chat.bot_installed = team.bot_installed;
            }
        }
    }
}

impl Chat {
    /// A thread that begins now, with the id that its first message will have.
    pub(crate) fn thread(team: &Team, channel: &Channel, root: u64, now: i64) -> Self {
        let thread = Thread {
            group_id: team.group_id.clone(),
            team_id: team.id.clone(),
            team: team.name.clone(),
            channel_id: channel.id.clone(),
            channel: channel.name.clone(),
            root: root.to_string(),
        };
        Self {
            id: format!("{};messageid={root}", channel.id),
            kind: ChatKind::Channel,
            topic: None,
            tenant_id: team.tenant_id.clone(),
            members: team.members.clone(),
            bot_installed: team.bot_installed,
            thread: Some(Arc::new(thread)),
            created: now,
            updated: now,
        }
    }
}

impl Platforms {
    /// Begins a thread in a channel; gives its conversation id and its first message.
    pub(crate) fn start_thread(
        self: &Arc<Self>,
        channel: &str,
        sender: Sender,
        by: Origin,
        content: Content,
    ) -> Result<(String, Message), Refusal> {
        let now = self.now();
        let mut world = self.world();
        let missing = || Refusal::NoChat(channel.to_owned());
        let team = world.teams.team_of(channel).ok_or_else(missing)?;
        if let Sender::Person(person) = &sender {
            team.member(&person.object_id).ok_or(Refusal::NotMember)?;
        }
        let roots = world.teams.threads(channel).filter_map(|record| {
            record.chat.thread.as_ref().and_then(|thread| thread.root.parse::<u64>().ok())
        });
        let root = u64::try_from(now).unwrap_or(0).max(roots.max().map_or(0, |last| last + 1));
        let chat = Chat::thread(team, team.channel(channel).ok_or_else(missing)?, root, now);
        let id = chat.id.clone();
        world.teams.chats.insert(id.clone(), ChatRecord { chat, messages: BTreeMap::new() });
        drop(world);
        match self.send_message(&id, sender, by, content) {
            Ok(message) => {
                self.journal.add(now, Change::ChatCreated { chat: id.clone() });
                Ok((id, message))
            }
            Err(refusal) => {
                self.world().teams.chats.remove(&id);
                Err(refusal)
            }
        }
    }
}
