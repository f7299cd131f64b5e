//! What a link or a project allows: shown to whoever may know of it, changed by whoever may.
//!
//! Who sees the issue with their own token, and may know of the chat, decides who writes for
//! people who have not connected. Who reads what is decided by administrators of the project.

use super::Bridge;
use super::tokens::JiraToken;
use crate::call::CallError;
use crate::ids::LinkId;
use crate::jira::Issue;
use crate::store::{
    Access, BadSetting, InForce, Link, ProjectOfSite, Session, Setting, SettingChanges, SettingName,
    SettingScope, Site,
};
use crate::vault::{TokenError, VaultError};

/// The settings that hold for a link or a project, as one person may see and change them.
pub struct SettingsInForce {
    /// For what they hold.
    pub scope: SettingScope,
    /// The link, if they are a link's.
    pub link: Option<Link>,
    /// The settings, each with where it comes from.
    pub in_force: Vec<InForce>,
    /// Whether this person administers the project.
    pub administers: bool,
    /// Whether the site has an integration account.
    pub has_integration_account: bool,
}

/// Why settings are neither shown nor changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingRefused {
    /// The person has not logged in with Jira.
    #[error("log in with Jira first")]
    LoginNeeded,
    /// There is no such link or project, or this person may not know of it.
    #[error("there is no such link or project, or you may not see it")]
    Unknown,
    /// The person does not administer the project.
    #[error(
        "only an administrator of the project decides who reads what: ask one to change {name}", name = .0.word()
    )]
    NotAdministrator(SettingName),
    /// The person does not administer the project.
    #[error("only an administrator of the project sees and changes its settings")]
    NotAdministratorOfProject,
    /// Nobody can say for the operator which project has this key.
    #[error(
        "nobody who is connected can see a project '{0}' in Jira: check the key, let somebody who sees it log \
         in with Jira, or give the project's number instead of its key"
    )]
    NoReader(String),
    /// There is no such setting or value.
    #[error(transparent)]
    Bad(#[from] BadSetting),
    /// A platform.
    #[error("the platform did not answer as it should: {0}")]
    Call(#[from] CallError),
    /// Sealing or the database.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<sea_orm::DbErr> for SettingRefused {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Vault(error.into())
    }
}

impl From<TokenError> for SettingRefused {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::NotConnected | TokenError::LoginNeeded => Self::LoginNeeded,
            TokenError::Call(error) => Self::Call(error),
            TokenError::Vault(error) => Self::Vault(error),
        }
    }
}

/// A link that a person may know of, and the project that its issue is in now.
struct KnownLink {
    link: Link,
    site: Site,
    project: ProjectOfSite,
    token: JiraToken,
}

impl Bridge {
    /// The settings that hold for a link.
    ///
    /// # Errors
    /// [`SettingRefused`]
    pub async fn settings_of_link(
        &self,
        id: LinkId,
        viewer: &Session,
    ) -> Result<SettingsInForce, SettingRefused> {
        let known = self.known_link(id, viewer).await?;
        let administers = known.token.site(&self.jira).administers(&known.project.id).await?;
        self.link_settings(known, administers).await
    }

    /// Changes settings of a link; answers what holds from now on.
    ///
    /// # Errors
    /// [`SettingRefused`]; nothing is changed then.
    pub async fn change_link_settings(
        &self,
        id: LinkId,
        viewer: &Session,
        changes: SettingChanges,
    ) -> Result<SettingsInForce, SettingRefused> {
        let known = self.known_link(id, viewer).await?;
        let scope = SettingScope::Link { id, project: Some(known.project.id.clone()) };
        let own = self.store.settings_in_force(std::slice::from_ref(&scope)).await?;
        let changes = real_changes(changes, &own);
        let administers = known.token.site(&self.jira).administers(&known.project.id).await?;
        if let Some((name, _)) = changes.iter().find(|(name, _)| name.is_for_administrators())
            && !administers
        {
            return Err(SettingRefused::NotAdministrator(*name));
        }
        self.change(scope, changes, viewer).await?;
        self.link_settings(known, administers).await
    }

    /// The settings that hold for the links of a project's issues, unless a link says otherwise;
    /// for an administrator of the project.
    ///
    /// # Errors
    /// [`SettingRefused`]
    pub async fn settings_of_project(
        &self,
        site: &Site,
        key: &str,
        viewer: &Session,
    ) -> Result<SettingsInForce, SettingRefused> {
        let project = self.administered_project(site, key, viewer).await?;
        self.project_settings(site, project).await
    }

    /// Changes settings of a project; answers what holds from now on.
    ///
    /// # Errors
    /// [`SettingRefused`]; nothing is changed then.
    pub async fn change_project_settings(
        &self,
        site: &Site,
        key: &str,
        viewer: &Session,
        changes: SettingChanges,
    ) -> Result<SettingsInForce, SettingRefused> {
        let project = self.administered_project(site, key, viewer).await?;
        self.change(SettingScope::Project(project.clone()), changes, viewer).await?;
        self.project_settings(site, project).await
    }

    async fn change(
        &self,
        scope: SettingScope,
        changes: SettingChanges,
        viewer: &Session,
    ) -> Result<(), SettingRefused> {
        let account = viewer.account.as_ref().ok_or(SettingRefused::LoginNeeded)?;
        self.store.change_settings(scope, changes, format!("jira/{account}")).await?;
        // What waited may go on now.
        self.queue.ring();
        Ok(())
    }

    async fn link_settings(
        &self,
        known: KnownLink,
        administers: bool,
    ) -> Result<SettingsInForce, SettingRefused> {
        let KnownLink { link, site, project, .. } = known;
        let scopes = SettingScope::of_link(link.id, Some(&project));
        Ok(SettingsInForce {
            scope: SettingScope::Link { id: link.id, project: Some(project.id) },
            link: Some(link),
            in_force: self.store.settings_in_force(&scopes).await?,
            administers,
            has_integration_account: site.integration_account.is_some(),
        })
    }

    async fn project_settings(
        &self,
        site: &Site,
        project: ProjectOfSite,
    ) -> Result<SettingsInForce, SettingRefused> {
        let scope = SettingScope::Project(project);
        Ok(SettingsInForce {
            in_force: self.store.settings_in_force(&[scope.clone(), SettingScope::Instance]).await?,
            scope,
            link: None,
            administers: true,
            has_integration_account: site.integration_account.is_some(),
        })
    }

    /// A link whose issue this person sees, and whose chat they may know of.
    async fn known_link(&self, id: LinkId, viewer: &Session) -> Result<KnownLink, SettingRefused> {
        let account = viewer.account.as_ref().ok_or(SettingRefused::LoginNeeded)?;
        let link = self.store.find_link(id).await?.ok_or(SettingRefused::Unknown)?;
        let site = self.store.site(link.site).await?.ok_or(SettingRefused::Unknown)?;
        let token = self.jira_token(&site, account, format!("jira/{account}")).await?;
        let issue = match token.site(&self.jira).issue(link.issue.as_str(), &[]).await {
            Ok(issue) => issue,
            Err(CallError::Gone | CallError::Forbidden { .. } | CallError::Refused { .. }) => {
                return Err(SettingRefused::Unknown);
            }
            Err(CallError::LoginNeeded | CallError::ScopeMissing) => return Err(SettingRefused::LoginNeeded),
            Err(error) => return Err(error.into()),
        };
        if link.access == Access::Private && self.as_seen_by(viewer, &link).await.is_none() {
            return Err(SettingRefused::Unknown);
        }
        let project = project_of(&site, &issue);
        Ok(KnownLink { link, site, project, token })
    }

    /// The project that has this key now, if this person administers it.
    async fn administered_project(
        &self,
        site: &Site,
        key: &str,
        viewer: &Session,
    ) -> Result<ProjectOfSite, SettingRefused> {
        let account = viewer.account.as_ref().ok_or(SettingRefused::LoginNeeded)?;
        let token = self.jira_token(site, account, format!("jira/{account}")).await?;
        let jira = token.site(&self.jira);
        let administered = async {
            let project = jira.project(key).await?;
            Ok(jira.administers(&project.id).await?.then_some(project))
        };
        match administered.await {
            Ok(Some(project)) => Ok(ProjectOfSite { site: site.id, id: project.id, key: project.key }),
            Ok(None) | Err(CallError::Gone) => Err(SettingRefused::NotAdministratorOfProject),
            Err(CallError::LoginNeeded | CallError::ScopeMissing) => Err(SettingRefused::LoginNeeded),
            Err(error) => Err(error.into()),
        }
    }
}

/// The project that an issue is in, as it was read.
pub(super) fn project_of(site: &Site, issue: &Issue) -> ProjectOfSite {
    ProjectOfSite { site: site.id, id: issue.project_id.clone(), key: issue.project_key.clone() }
}

/// The changes that would change something: who sends back what is there asks for nothing.
fn real_changes(changes: SettingChanges, own: &[InForce]) -> SettingChanges {
    let before = |name: SettingName| -> Option<&Setting> {
        own.iter()
            .find(|found| found.setting.name() == name && found.from.is_some())
            .map(|found| &found.setting)
    };
    changes.into_iter().filter(|(name, wanted)| before(*name) != wanted.as_ref()).collect()
}
