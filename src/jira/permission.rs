//! What the caller may do (`GET /rest/api/3/mypermissions`).

use std::collections::HashMap;

use serde::Deserialize;

use super::Site;
use crate::call::CallError;
use crate::ids::ProjectId;

/// Jira's key of the permission to administer a project.
const ADMINISTER_PROJECTS: &str = "ADMINISTER_PROJECTS";

#[derive(Deserialize)]
struct Permissions {
    permissions: HashMap<String, Permission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Permission {
    have_permission: bool,
}

impl Site<'_> {
    /// Whether the caller administers a project; also false if they may not see it.
    ///
    /// # Errors
    /// As every call, except [`CallError::Gone`].
    pub async fn administers(&self, project: &ProjectId) -> Result<bool, CallError> {
        let query = [("projectId", project.as_str()), ("permissions", ADMINISTER_PROJECTS)];
        match self.get::<Permissions>(&["mypermissions"], &query, "the caller's permissions").await {
            Ok(told) => Ok(told.permissions.get(ADMINISTER_PROJECTS).is_some_and(|one| one.have_permission)),
            Err(CallError::Gone) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
