//! The people of the world: one record each, with their ids on both sides.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ambient::Ids;

/// What kind of Atlassian account somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// A person's, who can log in.
    #[default]
    Atlassian,
    /// An app's.
    App,
    /// That of a customer of a service project.
    Customer,
}

/// A person to add; ids that are left out are made up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Person {
    /// Display name on both sides.
    pub name: String,
    /// Atlassian account id.
    #[serde(default)]
    pub account_id: Option<String>,
    /// Entra object id, a GUID.
    #[serde(default)]
    pub object_id: Option<String>,
    /// E-mail address and user principal name.
    #[serde(default)]
    pub email: String,
    /// Kind of the Atlassian account.
    #[serde(default)]
    pub kind: AccountKind,
}

impl Person {
    /// A person of this name, with made-up ids and address.
    pub fn named(name: &str) -> Self {
        let email = format!("{}@example.com", name.to_lowercase().replace(char::is_whitespace, "."));
        Self { name: name.to_owned(), email, ..Self::default() }
    }
}

/// A person of the world. Wherever a person is asked for, the name, the account id, the
/// object id or the e-mail address will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Display name on both sides.
    pub name: String,
    /// Atlassian account id.
    pub account_id: String,
    /// Entra object id, a GUID in lower case.
    pub object_id: String,
    /// E-mail address and user principal name.
    pub email: String,
    /// The id that the Connector uses towards the one bot: `29:…`.
    pub teams_id: String,
    /// Kind of the Atlassian account.
    pub kind: AccountKind,
}

/// Everybody.
#[derive(Debug, Default)]
pub(crate) struct People {
    all: Vec<Arc<Identity>>,
    by_handle: HashMap<String, usize>,
}

impl People {
    pub(crate) fn add(&mut self, person: Person, ids: &Ids) -> Arc<Identity> {
        let object_id = person.object_id.unwrap_or_else(|| ids.guid().to_string()).to_lowercase();
        let identity = Arc::new(Identity {
            account_id: person.account_id.unwrap_or_else(|| ids.hex24()),
            teams_id: ids.token("29:1"),
            object_id,
            name: person.name,
            email: person.email,
            kind: person.kind,
        });
        let index = self.all.len();
        for handle in
            [&identity.name, &identity.account_id, &identity.object_id, &identity.email, &identity.teams_id]
        {
            self.by_handle.entry(handle.clone()).or_insert(index);
        }
        self.all.push(Arc::clone(&identity));
        identity
    }

    /// Finds a person by name, account id, object id, `29:` id or e-mail address.
    pub(crate) fn find(&self, handle: &str) -> Option<Arc<Identity>> {
        self.by_handle.get(handle).and_then(|index| self.all.get(*index)).cloned()
    }

    pub(crate) fn all(&self) -> &[Arc<Identity>] {
        &self.all
    }
}
