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
    /// Whose it is.
    #[serde(default)]
    pub account_type: AccountType,
}

/// Whose an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountType {
    /// A person's, who can log in.
    #[default]
    Atlassian,
    /// An app's.
    App,
    /// That of a customer of a service project.
    Customer,
    /// Something that Jira has invented since.
    #[serde(other)]
    Other,
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
