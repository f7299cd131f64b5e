//! Building the world: apps, people, sites, projects, tenants, chats.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::json;
use url::Url;

use crate::jira::grants::JiraApp;
use crate::jira::model::{IssueType, Project, ProjectKind, Site, Webhook};
use crate::journal::Change;
use crate::options::StartError;
use crate::people::{Identity, Person};
use crate::refusal::Refusal;
use crate::simulator::Simulator;
use crate::teams::activity;
use crate::teams::model::{Chat, ChatKind, ChatRecord, Member, MicrosoftApp};

impl Simulator {
    /// Registers an OAuth 2.0 (3LO) app; the callback URLs must match to the letter.
    pub fn jira_app(&self, client_id: &str, client_secret: &str, redirect_uris: &[&str]) {
        let app = JiraApp {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
        };
        self.platforms.world().jira.grants.apps.insert(app.client_id.clone(), app);
    }

    /// Registers a single-tenant Entra app that is also the bot, and adds its tenant if it is
    /// new. The last one registered is the bot that gets the activities.
    pub fn microsoft_app(
        &self,
        client_id: &str,
        client_secret: &str,
        redirect_uris: &[&str],
        tenant_id: &str,
    ) {
        let app = MicrosoftApp {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            tenant_id: tenant_id.to_owned(),
            bot_name: "Threadline".to_owned(),
        };
        let mut world = self.platforms.world();
        world.teams.tenants.entry(tenant_id.to_owned()).or_insert_with(|| "Example".to_owned());
        world.teams.bot = Some(client_id.to_owned());
        world.teams.apps.insert(client_id.to_owned(), app);
        drop(world);
        self.platforms.forget_connector_token();
    }

    /// An administrator consents to a scope for everybody in the tenant.
    pub fn consent_as_admin(&self, scope: &str) {
        self.platforms.world().teams.admin_consents.insert(scope.to_owned());
    }

    /// Adds a person to both sides.
    pub fn add_person(&self, person: Person) -> Arc<Identity> {
        self.platforms.world().people.add(person, &self.platforms.ids)
    }

    /// Adds a Jira site and gives its own address. The first site is at [`crate::Urls::site_url`].
    pub fn add_site(&self, cloud_id: &str, name: &str) -> Result<Url, StartError> {
        let index = self.platforms.world().jira.sites.len();
        let url = if index == 0 { self.urls().site_url.clone() } else { self.open_site(index)? };
        self.platforms.world().jira.sites.push(Site::new(cloud_id, name, url.clone()));
        Ok(url)
    }

    /// Adds a project with its issue types to a site.
    pub fn add_project(
        &self,
        cloud_id: &str,
        key: &str,
        name: &str,
        kind: ProjectKind,
        issue_types: &[&str],
    ) -> Result<Project, Refusal> {
        let mut world = self.platforms.world();
        let site = world.jira.site_mut(cloud_id).ok_or_else(|| Refusal::NoSite(cloud_id.to_owned()))?;
        let mut numbered = Vec::new();
        for name in issue_types {
            numbered.push(IssueType { id: site.next_id().to_string(), name: (*name).to_owned() });
        }
        let project = Project {
            id: site.next_id().to_string(),
            key: key.to_owned(),
            name: name.to_owned(),
            kind,
            issue_types: numbered,
        };
        site.projects.push(project.clone());
        Ok(project)
    }

    /// Puts a person into a role or group of a site: a role is known by its name, a group by its
    /// id. `Administrators` administer the site's projects.
    pub fn add_to_role(&self, cloud_id: &str, role: &str, person: &str) -> Result<(), Refusal> {
        let person = self.person(person)?;
        let mut world = self.platforms.world();
        let site = world.jira.site_mut(cloud_id).ok_or_else(|| Refusal::NoSite(cloud_id.to_owned()))?;
        site.circles.entry(role.to_owned()).or_default().insert(person.account_id.clone());
        Ok(())
    }

    /// Puts an issue under a security level: only these people see it from now on.
    pub fn restrict_issue(&self, key: &str, level: &str, people: &[&str]) -> Result<(), Refusal> {
        let seen_by: HashSet<String> = people
            .iter()
            .map(|person| Ok(self.person(person)?.account_id.clone()))
            .collect::<Result<_, Refusal>>()?;
        let mut world = self.platforms.world();
        let missing = || Refusal::NoIssue(key.to_owned());
        let site = world.jira.site_of(key).ok_or_else(missing)?;
        let site = world.jira.sites.get_mut(site).ok_or_else(missing)?;
        let issue = &mut site.issue_mut(key).ok_or_else(missing)?.issue;
        issue.security_level = Some(level.to_owned());
        issue.seen_by = Some(seen_by);
        Ok(())
    }

    /// Adds a Microsoft tenant.
    pub fn add_tenant(&self, tenant_id: &str, name: &str) {
        self.platforms.world().teams.tenants.insert(tenant_id.to_owned(), name.to_owned());
    }

    /// Adds a chat in the bot's tenant and gives its id.
    pub fn add_chat(&self, topic: &str, members: &[&str], kind: ChatKind) -> Result<String, Refusal> {
        let people = members.iter().map(|person| self.person(person)).collect::<Result<Vec<_>, _>>()?;
        let members = people.into_iter().map(|person| self.membership(person)).collect();
        let now = self.platforms.now();
        let unique = self.platforms.ids.guid().simple().to_string();
        let id = match kind {
            ChatKind::Group => format!("19:{unique}@thread.v2"),
            ChatKind::OneOnOne => format!("19:{unique}@unq.gbl.spaces"),
            ChatKind::Personal => format!("a:1{unique}"),
            ChatKind::Channel => {
                return Err(Refusal::invalid("kind", "add a team with channels and start a thread there"));
            }
        };
        let mut world = self.platforms.world();
        let bot_tenant = world.teams.bot_app().map(|app| app.tenant_id.clone());
        let tenant_id = bot_tenant
            .or_else(|| world.teams.tenants.keys().next().cloned())
            .ok_or_else(|| Refusal::invalid("tenant", "add a tenant or a Microsoft app first"))?;
        let chat = Chat {
            id: id.clone(),
            kind,
            topic: (kind == ChatKind::Group).then(|| topic.to_owned()),
            tenant_id,
            members,
            bot_installed: false,
            thread: None,
            created: now,
            updated: now,
        };
        world.teams.chats.insert(id.clone(), ChatRecord { chat, messages: BTreeMap::new() });
        drop(world);
        self.platforms.journal.add(now, Change::ChatCreated { chat: id.clone() });
        Ok(id)
    }

    pub(super) fn membership(&self, person: Arc<Identity>) -> Member {
        Member { id: self.platforms.ids.token("MCMj"), person, role: "owner".to_owned() }
    }

    /// Adds a person to a chat.
    pub fn add_member(&self, chat: &str, person: &str) -> Result<(), Refusal> {
        let member = self.membership(self.person(person)?);
        let mut world = self.platforms.world();
        let record = world.teams.chats.get_mut(chat).ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
        if record.chat.member(&member.person.object_id).is_none() {
            record.chat.members.push(member);
        }
        Ok(())
    }

    /// Takes a person out of a chat.
    pub fn remove_member(&self, chat: &str, person: &str) -> Result<(), Refusal> {
        let person = self.person(person)?;
        let mut world = self.platforms.world();
        let record = world.teams.chats.get_mut(chat).ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
        record.chat.members.retain(|member| member.person != person);
        Ok(())
    }

    /// Installs the bot in a chat: from now on it gets every message that a person writes
    /// there. It is told by `installationUpdate` and `conversationUpdate`.
    pub fn install_bot(&self, chat: &str) -> Result<(), Refusal> {
        self.set_installed(chat, true)
    }

    /// Removes the bot from a chat.
    pub fn uninstall_bot(&self, chat: &str) -> Result<(), Refusal> {
        self.set_installed(chat, false)
    }

    fn set_installed(&self, chat: &str, installed: bool) -> Result<(), Refusal> {
        let now = self.platforms.now();
        let mut world = self.platforms.world();
        let bot = world.teams.bot_app().cloned();
        let endpoint = world.teams.bot_endpoint.clone();
        let record = world.teams.chats.get_mut(chat).ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
        record.chat.bot_installed = installed;
        let chat = record.chat.clone();
        drop(world);
        let (Some(bot), Some(endpoint), Some(member)) = (bot, endpoint, chat.members.first()) else {
            return Ok(());
        };
        let itself = json!([{"id": format!("28:{}", bot.client_id)}]);
        let (action, members) =
            if installed { ("add", "membersAdded") } else { ("remove", "membersRemoved") };
        for (kind, extra) in [
            ("installationUpdate", json!({"action": action})),
            ("conversationUpdate", json!({members: itself})),
        ] {
            activity::send_about_chat(
                &self.platforms,
                &bot,
                &endpoint,
                &chat,
                &member.person,
                (kind, &extra),
                now,
            );
        }
        Ok(())
    }

    /// Where a site sends its signed webhooks.
    pub fn set_webhook(&self, cloud_id: &str, url: &Url, secret: &str) -> Result<(), Refusal> {
        let mut world = self.platforms.world();
        let site = world.jira.site_mut(cloud_id).ok_or_else(|| Refusal::NoSite(cloud_id.to_owned()))?;
        site.webhook = Some(Webhook { url: url.clone(), secret: secret.to_owned() });
        Ok(())
    }

    /// Where the Connector sends activities (`…/api/messages`).
    pub fn set_bot_endpoint(&self, url: &Url) {
        self.platforms.world().teams.bot_endpoint = Some(url.clone());
        self.platforms.warm_connector_key();
    }

    /// Threadline's own address, for the panel on the issue page.
    pub fn set_panel_base(&self, url: &Url) {
        self.platforms.world().panel = Some(url.clone());
    }

    /// Gives a person's Jira tokens without a login: access and refresh token.
    pub fn issue_jira_tokens(&self, person: &str, scopes: &str) -> Result<(String, String), Refusal> {
        let person = self.person(person)?;
        let now = self.platforms.now();
        let scopes = scopes_with_offline(scopes);
        let mut world = self.platforms.world();
        let cloud_id = world.jira.sites.first().map(|site| site.cloud_id.clone());
        let cloud_id = cloud_id.ok_or_else(|| Refusal::NoSite(String::new()))?;
        let app = world.jira.grants.apps.keys().next().cloned();
        let app = app.ok_or_else(|| Refusal::invalid("app", "add a Jira app first"))?;
        let grant = world.jira.grants.grant(now, &app, &person.account_id, scopes, &cloud_id);
        let pair = world.jira.grants.pair(&self.platforms.ids, now, grant);
        Ok((pair.access, pair.refresh.unwrap_or_default()))
    }

    /// Gives a person's Graph tokens without a login: access and refresh token.
    pub fn issue_graph_tokens(&self, person: &str, scopes: &str) -> Result<(String, String), Refusal> {
        let person = self.person(person)?;
        let now = self.platforms.now();
        let mut world = self.platforms.world();
        let app = world.teams.bot.clone();
        let app = app.ok_or_else(|| Refusal::invalid("app", "add a Microsoft app first"))?;
        let pair = world.teams.grants.pair(
            &self.platforms.ids,
            now,
            &app,
            &person.object_id,
            scopes_with_offline(scopes),
        );
        Ok((pair.access, pair.refresh.unwrap_or_default()))
    }
}

fn scopes_with_offline(scopes: &str) -> BTreeSet<String> {
    scopes.split_whitespace().chain(["offline_access"]).map(str::to_owned).collect()
}
