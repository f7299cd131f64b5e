//! Teams with channels: building them, and people who start threads.

use serde_json::json;

use crate::journal::Origin;
use crate::refusal::Refusal;
use crate::simulator::{MessageDraft, Simulator};
use crate::teams::activity;
use crate::teams::channel::{Channel, Team};
use crate::teams::model::{Chat, Sender};

impl Simulator {
    /// Adds a team in the bot's tenant with these channels, and gives it with their ids.
    pub fn add_team(&self, name: &str, members: &[&str], channels: &[&str]) -> Result<Team, Refusal> {
        let people = members.iter().map(|person| self.person(person)).collect::<Result<Vec<_>, _>>()?;
        let members = people.into_iter().map(|person| self.membership(person)).collect();
        let ids = &self.platforms.ids;
        let new_channel = |name: &&str| Channel {
            id: format!("19:{}@thread.tacv2", ids.guid().simple()),
            name: (*name).to_owned(),
        };
        let channels: Vec<Channel> = channels.iter().map(new_channel).collect();
        let first = channels.first().map(|channel| channel.id.clone());
        let mut world = self.platforms.world();
        let tenant_id = world.teams.bot_app().map(|app| app.tenant_id.clone());
        let team = Team {
            group_id: ids.guid().to_string(),
            id: first.ok_or_else(|| Refusal::invalid("channels", "a team has at least one channel"))?,
            name: name.to_owned(),
            tenant_id: tenant_id.ok_or_else(|| Refusal::invalid("tenant", "add a Microsoft app first"))?,
            members,
            bot_installed: false,
            channels,
        };
        world.teams.groups.push(team.clone());
        Ok(team)
    }

    /// All teams.
    pub fn teams(&self) -> Vec<Team> {
        self.platforms.world().teams.groups.clone()
    }

    /// Installs the bot in a team: from now on it gets every message of its channels
    /// (`ChannelMessage.Read.Group`). It is told in the team's first channel.
    pub fn install_bot_in_team(&self, group_id: &str) -> Result<(), Refusal> {
        self.set_installed_in_team(group_id, true)
    }

    /// Removes the bot from a team.
    pub fn uninstall_bot_from_team(&self, group_id: &str) -> Result<(), Refusal> {
        self.set_installed_in_team(group_id, false)
    }

    fn set_installed_in_team(&self, group_id: &str, installed: bool) -> Result<(), Refusal> {
        let team = self.change_team(group_id, |team| team.bot_installed = installed)?;
        let world = self.platforms.world();
        let (bot, endpoint) = (world.teams.bot_app().cloned(), world.teams.bot_endpoint.clone());
        drop(world);
        let (Some(bot), Some(endpoint), Some(member)) = (bot, endpoint, team.members.first()) else {
            return Ok(());
        };
        let place = whole_team(&team, self.platforms.now());
        let itself = json!([{"id": format!("28:{}", bot.client_id)}]);
        let (action, members) =
            if installed { ("add", "membersAdded") } else { ("remove", "membersRemoved") };
        for (kind, extra) in [
            ("installationUpdate", json!({"action": action})),
            ("conversationUpdate", json!({members: itself})),
        ] {
            let about = (kind, &extra);
            let now = place.updated;
            activity::send_about_chat(&self.platforms, &bot, &endpoint, &place, &member.person, about, now);
        }
        Ok(())
    }

    /// Takes a person out of a team.
    pub fn leave_team(&self, group_id: &str, person: &str) -> Result<(), Refusal> {
        let person = self.person(person)?;
        self.change_team(group_id, |team| team.members.retain(|member| member.person != person)).map(drop)
    }

    fn change_team(&self, group_id: &str, change: impl FnOnce(&mut Team)) -> Result<Team, Refusal> {
        let mut world = self.platforms.world();
        let team = world.teams.groups.iter_mut().find(|team| team.group_id == group_id);
        let team = team.ok_or_else(|| Refusal::NoChat(group_id.to_owned()))?;
        change(team);
        let changed = team.clone();
        world.teams.renew_threads(group_id);
        Ok(changed)
    }

    /// A person starts a thread in a channel; gives its conversation id.
    pub fn start_thread(
        &self,
        person: &str,
        channel: &str,
        draft: impl Into<MessageDraft>,
    ) -> Result<String, Refusal> {
        let sender = Sender::Person(self.person(person)?);
        let content = self.content(channel, draft.into())?;
        Ok(self.platforms.start_thread(channel, sender, Origin::Person, content)?.0)
    }
}

/// The conversation in which the bot is told about the team itself: its first channel.
fn whole_team(team: &Team, now: i64) -> Chat {
    let channel = Channel { id: team.id.clone(), name: "General".to_owned() };
    Chat { id: team.id.clone(), ..Chat::thread(team, &channel, 0, now) }
}
