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
use crate::ids::{IssueKey, LinkId, SiteId};
use crate::{audit, queue};

/// For what a setting is set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SettingScope {
    /// For everything here.
    Instance,
    /// For the links of a project's issues.
    Project {
        /// Its site.
        site: SiteId,
        /// Its key, in upper case.
        key: String,
    },
    /// For one link.
    Link(LinkId),
}

/// What is audited: `instance`, `site_… ABC`, `link_…`.
impl fmt::Display for SettingScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => f.write_str("instance"),
            Self::Project { site, key } => write!(f, "{site} {key}"),
            Self::Link(link) => write!(f, "{link}"),
        }
    }
}

impl SettingScope {
    /// A project, whatever the case of its key.
    pub fn project(site: SiteId, key: &str) -> Self {
        Self::Project { site, key: key.to_ascii_uppercase() }
    }

    /// The word in the row and on every surface.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Project { .. } => "project",
            Self::Link(_) => "link",
        }
    }

    /// The id in the row.
    fn id(&self) -> String {
        match self {
            Self::Instance => String::new(),
            Self::Project { site, key } => format!("{site}/{key}"),
            Self::Link(link) => link.to_string(),
        }
    }

    fn from_row(row: &setting::Model) -> Option<Self> {
        match row.scope.as_str() {
            "instance" => Some(Self::Instance),
            "project" => {
                let (site, key) = row.scope_id.split_once('/')?;
                Some(Self::Project { site: site.parse().ok()?, key: key.to_owned() })
            }
            "link" => row.scope_id.parse().ok().map(Self::Link),
            _ => None,
        }
    }

    fn condition(&self) -> Condition {
        Condition::all().add(Column::Scope.eq(self.word())).add(Column::ScopeId.eq(self.id()))
    }

    /// The scopes that say what holds here, the narrowest first. A link takes part in the
    /// project that its issue is in now.
    pub fn with_wider(self, project_of_link: Option<(SiteId, &str)>) -> Vec<Self> {
        let project = project_of_link.map(|(site, key)| Self::project(site, key));
        match self {
            Self::Link(_) => [Some(self), project, Some(Self::Instance)].into_iter().flatten().collect(),
            Self::Project { .. } => vec![self, Self::Instance],
            Self::Instance => vec![self],
        }
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
    /// The settings that hold for a link whose issue is in this project now, as they were within
    /// the last second.
    pub async fn policy(&self, link: &Link, project_key: &str) -> Result<Arc<Policy>, DbErr> {
        match self.recent.policies.get(&(link.id, project_key.to_ascii_uppercase())).await {
            Some(policy) => Ok(policy),
            None => self.policy_now(link, project_key).await,
        }
    }

    /// As [`Store::policy`], as they are at this moment: for what is not looked at again a second
    /// later.
    pub async fn policy_now(&self, link: &Link, project_key: &str) -> Result<Arc<Policy>, DbErr> {
        let scopes = SettingScope::Link(link.id).with_wider(Some((link.site, project_key)));
        let in_force = self.settings_in_force(&scopes).await?;
        let policy: Arc<Policy> = Arc::new(in_force.into_iter().map(|found| found.setting).collect());
        let place = (link.id, project_key.to_ascii_uppercase());
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
                    row.scope == scope.word() && row.scope_id == scope.id() && row.name == name.word()
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
                    let mut others = Vec::new();
                    for (name, wanted) in changes {
                        if change(transaction, &scope, name, wanted, &actor, now).await? {
                            others.push(name);
                        }
                    }
                    if others.iter().any(|name| name.decides_who_writes()) {
                        release(transaction, &scope, now).await?;
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

/// Changes one setting; answers whether it was another before.
async fn change(
    transaction: &DatabaseTransaction,
    scope: &SettingScope,
    name: SettingName,
    wanted: Option<Setting>,
    actor: &str,
    now: Millis,
) -> Result<bool, DbErr> {
    let key = || (scope.word().to_owned(), scope.id(), name.word().to_owned());
    let before = setting::Entity::find_by_id(key()).one(transaction).await?.map(|row| row.value);
    let wanted = wanted.map(|setting| setting.value());
    if before == wanted {
        return Ok(false);
    }
    let (action, subject) = if let Some(value) = wanted {
        let subject = format!("{scope} {}={value}", name.word());
        let (scope, scope_id, name) = key();
        let row = setting::ActiveModel {
            scope: Set(scope),
            scope_id: Set(scope_id),
            name: Set(name),
            value: Set(value),
            updated_at: Set(now.0),
        };
        let mut again = OnConflict::columns([Column::Scope, Column::ScopeId, Column::Name]);
        again.update_columns([Column::Value, Column::UpdatedAt]);
        setting::Entity::insert(row).on_conflict(again).exec_without_returning(transaction).await?;
        ("setting changed", subject)
    } else {
        setting::Entity::delete_by_id(key()).exec(transaction).await?;
        ("setting removed", format!("{scope} {}", name.word()))
    };
    let entry = audit::Entry { actor: actor.to_owned(), action, subject };
    audit::append(transaction, now, entry).await?;
    Ok(true)
}

/// Removes what was set for a link, inside the transaction that removes it.
pub(super) async fn forget_link(transaction: &DatabaseTransaction, link: LinkId) -> Result<(), DbErr> {
    let gone = SettingScope::Link(link).condition();
    setting::Entity::delete_many().filter(gone).exec(transaction).await.map(drop)
}

/// Lets what waits in the chats of this scope be looked at again.
async fn release(transaction: &DatabaseTransaction, scope: &SettingScope, now: Millis) -> Result<(), DbErr> {
    for lane in queue::waiting_lanes(transaction).await? {
        if is_about(transaction, scope, &lane).await? {
            queue::release_waiting_in(transaction, &lane, now).await?;
        }
    }
    Ok(())
}

/// Whether a chat has a link of this scope.
async fn is_about(
    transaction: &DatabaseTransaction,
    scope: &SettingScope,
    lane: &queue::LaneKey,
) -> Result<bool, DbErr> {
    let Some((tenant, conversation)) = lane.place() else { return Ok(false) };
    let of_scope = match scope {
        SettingScope::Instance => return Ok(true),
        SettingScope::Project { site, key } => Condition::all()
            .add(chat_link::Column::SiteId.eq(site.uuid()))
            .add(chat_link::Column::IssueKey.starts_with(format!("{key}-"))),
        SettingScope::Link(id) => Condition::all().add(chat_link::Column::Id.eq(id.uuid())),
    };
    let link = chat_link::Entity::find()
        .filter(chat_link::Column::TenantId.eq(tenant.as_str()))
        .filter(chat_link::Column::ConversationId.eq(conversation.as_str()))
        .filter(of_scope)
        .one(transaction)
        .await?;
    Ok(link.is_some())
}
