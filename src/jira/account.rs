//! Who a token belongs to (`GET /rest/api/3/myself`).

use serde::Deserialize;

use super::Site;
use crate::call::CallError;
use crate::ids::AccountId;

/// An Atlassian account as a Jira site shows it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The account id, the same on every site.
    pub account_id: AccountId,
    /// The name that people see. Content: never log it.
    #[serde(default)]
    pub display_name: String,
}

impl Site<'_> {
    /// The person whose token this is.
    ///
    /// # Errors
    /// As every call.
    pub async fn myself(&self) -> Result<Account, CallError> {
        self.get(&["myself"], &[], "the caller's account").await
    }
}
