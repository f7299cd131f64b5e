//! Which project is meant, or has the issue of a link by now: asked of Jira with the login of
//! anybody who sees it, where nobody in particular asks.

use super::change_settings::SettingRefused;
use super::{Bridge, project_of};
use crate::ids::AccountId;
use crate::store::{Link, ProjectOfSite, Site};

/// How many people's logins are tried.
const MOST: u64 = 10;

impl Bridge {
    /// The project that has this key now, for the operator.
    ///
    /// # Errors
    /// [`SettingRefused::NoReader`] if nobody who is connected sees such a project.
    pub async fn project_for_operator(
        &self,
        site: &Site,
        key: &str,
    ) -> Result<ProjectOfSite, SettingRefused> {
        for account in self.readers(site).await? {
            let Ok(token) = self.jira_token(site, &account, format!("jira/{account}")).await else {
                continue;
            };
            if let Ok(project) = token.site(&self.jira).project(key).await {
                return Ok(ProjectOfSite { site: site.id, id: project.id, key: project.key });
            }
        }
        Err(SettingRefused::NoReader(key.to_owned()))
    }

    /// A link with its issue where it is now, or where it was last seen if nobody can read it.
    pub async fn link_now(&self, site: &Site, mut link: Link) -> Result<Link, sea_orm::DbErr> {
        for account in link.created_by.iter().cloned().chain(self.readers(site).await?) {
            let Ok(token) = self.jira_token(site, &account, format!("jira/{account}")).await else {
                continue;
            };
            if let Ok(issue) = token.site(&self.jira).issue(link.issue.as_str(), &[]).await {
                self.store.note_issue(&link, &issue.key, &issue.project_id).await?;
                link.project = Some(project_of(site, &issue).id);
                link.issue_key = issue.key;
                break;
            }
        }
        Ok(link)
    }

    async fn readers(&self, site: &Site) -> Result<Vec<AccountId>, sea_orm::DbErr> {
        let others = self.store.accounts_of_site(site.id, MOST).await?;
        Ok(site.integration_account.iter().cloned().chain(others).collect())
    }
}
