//! What the instance, a project or a link allows, as rows: the narrowest that says something
//! holds. Every change is an entry of the audit log.

use std::fmt;
use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder,
};
use threadline_entity::chat_link;
use threadline_entity::setting::{self, Column};

use super::{BadSetting, Link, Policy, Setting, SettingName, Store};
use crate::ambient::Millis;
use crate::ids::{IssueKey, LinkId, ProjectId, SiteId};
use crate::{audit, queue};

/// A project: its id is what counts, since keys may change and be used again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProjectOfSite {
    /// Its site.
    pub site: SiteId,
    /// Its id.
    pub id: ProjectId,
    /// Its key, for people to read.
    pub key: String,
}

/// For what a setting is set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SettingScope {
    /// For everything here.
    Instance,
    /// For the links of a project's issues.
    Project(ProjectOfSite),
    /// For one link. What administrators of a project decide for it holds only while its issue
    /// is in that project: those of another have not agreed.
    Link {
        /// The link.
        id: LinkId,
        /// The project that its issue is in, as far as anybody knows.
        project: Option<ProjectId>,
    },
}

/// What is audited: `instance`, `site_… ABC (10001)`, `link_…`.
impl fmt::Display for SettingScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => f.write_str("instance"),
            Self::Project(ProjectOfSite { site, id, key }) => write!(f, "{site} {key} ({id})"),
            Self::Link { id, .. } => write!(f, "{id}"),
        }
    }
}

impl SettingScope {
    /// A link while its issue is in a project, and the scopes that decide where nothing is said
    /// for the link: the narrowest first.
    pub fn of_link(id: LinkId, project: Option<&ProjectOfSite>) -> Vec<Self> {
        let link = Self::Link { id, project: project.map(|project| project.id.clone()) };
        let project = project.cloned().map(Self::Project);
        [Some(link), project, Some(Self::Instance)].into_iter().flatten().collect()
    }

    /// The word in the row and on every surface.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Project(_) => "project",
            Self::Link { .. } => "link",
        }
    }

    /// The id in the row of a setting; none for what would have to name an unknown project.
    fn id(&self, name: SettingName) -> Option<String> {
        match self {
            Self::Instance => Some(String::new()),
            Self::Project(ProjectOfSite { site, id, .. }) => Some(format!("{site}/{id}")),
            Self::Link { id, .. } if !name.is_for_administrators() => Some(id.to_string()),
            Self::Link { id, project } => project.as_ref().map(|project| format!("{id}/{project}")),
        }
    }

    fn from_row(row: &setting::Model) -> Option<Self> {
        match row.scope.as_str() {
            "instance" => Some(Self::Instance),
            "project" => {
                let (site, id) = row.scope_id.split_once('/')?;
                let key = row.project_key.clone().unwrap_or_else(|| id.to_owned());
                Some(Self::Project(ProjectOfSite { site: site.parse().ok()?, id: ProjectId::new(id), key }))
            }
            "link" => {
                let (link, project) = match row.scope_id.split_once('/') {
                    Some((link, project)) => (link, Some(ProjectId::new(project))),
                    None => (row.scope_id.as_str(), None),
                };
                Some(Self::Link { id: link.parse().ok()?, project })
            }
            _ => None,
        }
    }

    fn condition(&self) -> Condition {
        let ids = SettingName::ALL.into_iter().filter_map(|name| self.id(name));
        Condition::all().add(Column::Scope.eq(self.word())).add(Column::ScopeId.is_in(ids))
    }
}

/// The key of the project that an issue is in, by the issue's key.
pub fn project_key(issue: &IssueKey) -> &str {
    issue.as_str().rsplit_once('-').map_or(issue.as_str(), |(project, _)| project)
}

/// A setting that holds, and for what it was set; for nothing if it is built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The setting.
    pub setting: Setting,
    /// Who says so.
    pub from: Option<SettingScope>,
}

/// Changes of some settings: a value, or none to let the wider scope decide.
pub type SettingChanges = Vec<(SettingName, Option<Setting>)>;

impl Store {
    /// The settings that hold for a link while its issue is in this project, as they were within
    /// the last second.
    pub async fn policy(&self, link: &Link, project: Option<&ProjectOfSite>) -> Result<Arc<Policy>, DbErr> {
        let place = (link.id, project.map(|project| project.id.clone()));
        match self.recent.policies.get(&place).await {
            Some(policy) => Ok(policy),
            None => self.policy_now(link, project).await,
        }
    }

    /// As [`Store::policy`], as they are at this moment: for what is not looked at again a second
    /// later.
    pub async fn policy_now(
        &self,
        link: &Link,
        project: Option<&ProjectOfSite>,
    ) -> Result<Arc<Policy>, DbErr> {
        let in_force = self.settings_in_force(&SettingScope::of_link(link.id, project)).await?;
        let policy: Arc<Policy> = Arc::new(in_force.into_iter().map(|found| found.setting).collect());
        let place = (link.id, project.map(|project| project.id.clone()));
        self.recent.policies.insert(place, Arc::clone(&policy)).await;
        Ok(policy)
    }

    /// All settings as they hold where these scopes do, the narrowest scope first.
    pub async fn settings_in_force(&self, scopes: &[SettingScope]) -> Result<Vec<InForce>, DbErr> {
        let either = scopes.iter().fold(Condition::any(), |any, scope| any.add(scope.condition()));
        let rows = setting::Entity::find().filter(either).all(self.database.reader()).await?;
        let found = |name: SettingName| {
            scopes.iter().find_map(|scope| {
                let is_it = |row: &&setting::Model| {
                    row.scope == scope.word()
                        && Some(&row.scope_id) == scope.id(name).as_ref()
                        && row.name == name.word()
                };
                rows.iter()
                    .find(is_it)
                    .map(|row| InForce { setting: read(name, row), from: Some(scope.clone()) })
            })
        };
        Ok(SettingName::ALL
            .into_iter()
            .map(|name| {
                found(name).unwrap_or_else(|| InForce { setting: Setting::built_in(name), from: None })
            })
            .collect())
    }

    /// Everything that was set for anything; for the operator.
    pub async fn all_settings(&self) -> Result<Vec<(SettingScope, Setting)>, DbErr> {
        let rows = setting::Entity::find()
            .order_by_asc(Column::Scope)
            .order_by_asc(Column::ScopeId)
            .order_by_asc(Column::Name)
            .all(self.database.reader())
            .await?;
        let known = |row: setting::Model| {
            let name = SettingName::from_word(&row.name).ok()?;
            Some((SettingScope::from_row(&row)?, read(name, &row)))
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }

    /// Changes settings, writes each change into the audit log, and lets what waits for a login
    /// be looked at again where it may not have to any more. Answers which were others before.
    pub async fn change_settings(
        &self,
        scope: SettingScope,
        changes: SettingChanges,
        actor: String,
    ) -> Result<Vec<SettingName>, DbErr> {
        let now = self.clock.now();
        let others = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let decides = changes.iter().any(|(name, _)| name.decides_who_writes());
                    let waiting = if decides { lock_waiting(transaction, &scope).await? } else { Vec::new() };
                    let (mut others, mut entries) = (Vec::new(), Vec::new());
                    for (name, wanted) in changes {
                        if let Some(entry) = change(transaction, &scope, name, wanted, &actor, now).await? {
                            others.push(name);
                            entries.push(entry);
                        }
                    }
                    if others.iter().any(|name| name.decides_who_writes()) {
                        for lane in &waiting {
                            queue::release_waiting_in(transaction, lane, now).await?;
                        }
                    }
                    for entry in entries {
                        audit::append(transaction, now, entry).await?;
                    }
                    Ok(others)
                })
            })
            .await?;
        self.recent.policies.invalidate_all();
        Ok(others)
    }
}

/// The value of a row. One that this version can't read counts as the built-in one: a wider
/// scope must not open what somebody has meant to close.
fn read(name: SettingName, row: &setting::Model) -> Setting {
    Setting::parse(name, &row.value).unwrap_or_else(|_: BadSetting| {
        tracing::warn!(
            setting = name.word(),
            scope = row.scope,
            "a stored setting can't be read; the built-in one holds"
        );
        Setting::built_in(name)
    })
}

/// Changes one setting; answers what the audit log is to say of it, if it was another before.
async fn change(
    transaction: &DatabaseTransaction,
    scope: &SettingScope,
    name: SettingName,
    wanted: Option<Setting>,
    actor: &str,
    now: Millis,
) -> Result<Option<audit::Entry>, DbErr> {
    let unknown = || DbErr::Custom("nobody knows of which project this is to be said".to_owned());
    let id = scope.id(name).ok_or_else(unknown)?;
    let key = || (scope.word().to_owned(), id.clone(), name.word().to_owned());
    let before = setting::Entity::find_by_id(key()).one(transaction).await?.map(|row| row.value);
    let wanted = wanted.map(|setting| setting.value());
    if before == wanted {
        return Ok(None);
    }
    let (action, subject) = if let Some(value) = wanted {
        let subject = format!("{scope} {}={value}", name.word());
        let project_key = match scope {
            SettingScope::Project(project) => Some(project.key.clone()),
            SettingScope::Instance | SettingScope::Link { .. } => None,
        };
        let (scope, scope_id, name) = key();
        let row = setting::ActiveModel {
            scope: Set(scope),
            scope_id: Set(scope_id),
            name: Set(name),
            value: Set(value),
            project_key: Set(project_key),
            updated_at: Set(now.0),
        };
        let mut again = OnConflict::columns([Column::Scope, Column::ScopeId, Column::Name]);
        again.update_columns([Column::Value, Column::ProjectKey, Column::UpdatedAt]);
        setting::Entity::insert(row).on_conflict(again).exec_without_returning(transaction).await?;
        ("setting changed", subject)
    } else {
        setting::Entity::delete_by_id(key()).exec(transaction).await?;
        ("setting removed", format!("{scope} {}", name.word()))
    };
    Ok(Some(audit::Entry { actor: actor.to_owned(), action, subject }))
}

/// Removes what was set for a link, inside the transaction that removes it.
pub(super) async fn forget_link(transaction: &DatabaseTransaction, link: LinkId) -> Result<(), DbErr> {
    let its = Condition::any()
        .add(Column::ScopeId.eq(link.to_string()))
        .add(Column::ScopeId.starts_with(format!("{link}/")));
    let gone = Condition::all().add(Column::Scope.eq("link")).add(its);
    setting::Entity::delete_many().filter(gone).exec(transaction).await.map(drop)
}

/// Locks the lanes of the chats of this scope in which something waits: lanes come before settings.
async fn lock_waiting(
    transaction: &DatabaseTransaction,
    scope: &SettingScope,
) -> Result<Vec<queue::LaneKey>, DbErr> {
    let mut lanes = Vec::new();
    for lane in queue::waiting_lanes(transaction).await? {
        if is_about(transaction, scope, &lane).await? {
            queue::lock_lane(transaction, &lane).await?;
            lanes.push(lane);
        }
    }
    Ok(lanes)
}

/// Whether a chat may have a link of this scope.
async fn is_about(
    transaction: &DatabaseTransaction,
    scope: &SettingScope,
    lane: &queue::LaneKey,
) -> Result<bool, DbErr> {
    let of_scope = match scope {
        SettingScope::Instance => return Ok(true),
        // In which project an issue is by now, only Jira knows.
        SettingScope::Project(project) => {
            Condition::all().add(chat_link::Column::SiteId.eq(project.site.uuid()))
        }
        SettingScope::Link { id, .. } => Condition::all().add(chat_link::Column::Id.eq(id.uuid())),
    };
    let link = chat_link::Entity::find()
        .filter(chat_link::Column::TenantId.eq(lane.tenant().as_str()))
        .filter(chat_link::Column::ConversationId.eq(lane.conversation().as_str()))
        .filter(of_scope)
        .one(transaction)
        .await?;
    Ok(link.is_some())
}
