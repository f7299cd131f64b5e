//! Ids as types: an issue id can't be passed where an account id is wanted.
//!
//! Ids of a platform keep the platform's own spelling; ids of ours are UUIDs that
//! people see with a prefix (`site_…`, `link_…`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not an id of the form {expected}")]
pub struct InvalidId {
    text: String,
    expected: &'static str,
}

macro_rules! platform_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the platform's own spelling.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The platform's own spelling.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

platform_id! {
    /// Atlassian account id, the same on every site (`5b10ac8d82e05b22cc7d4ef5`).
    AccountId;
    /// Atlassian cloud id of a site: the path segment behind `/ex/jira/`.
    CloudId;
    /// Numeric id of an issue, stable when the issue moves (`10042`).
    IssueId;
    /// Key of an issue as people write it (`ABC-1`); changes when the issue moves.
    IssueKey;
    /// Numeric id of a project, the same under every key that it ever has (`10001`).
    ProjectId;
    /// Numeric id of a comment.
    CommentId;
    /// Numeric id of a file on an issue.
    AttachmentId;
    /// Id of a picture in a message (`hostedContents`) or of a file on somebody's drive.
    FileId;
    /// Entra tenant id, a GUID in lower case.
    TenantId;
    /// Entra object id of a person (`oid`, `aadObjectId`), a GUID in lower case.
    ObjectId;
    /// Teams conversation id, opaque (`19:…@thread.v2`, `…;messageid=…`, `a:1…`).
    ConversationId;
    /// Id of a team in Graph (`aadGroupId`), a GUID in lower case.
    TeamId;
    /// Id of a subscription to change notifications in Graph, a GUID in lower case.
    SubscriptionId;
    /// Teams message id: epoch milliseconds as text, unique within its conversation.
    MessageId;
}

macro_rules! own_id {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID read from the database or made by the id source.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID, as the database keeps it.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self)
                    .ok_or_else(|| InvalidId {
                        text: text.to_owned(),
                        expected: concat!($prefix, "_<32 hex digits>"),
                    })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

own_id! {
    /// A Jira site that this installation serves.
    SiteId = "site";
    /// A link between an issue and a conversation.
    LinkId = "link";
    /// A wrapped data key of the vault.
    DataKeyId = "dek";
    /// One write to a platform that is about to happen or has happened.
    IntentId = "intent";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_ids_read_what_they_write() {
        let id = SiteId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "site_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse::<SiteId>(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let link = LinkId::from_uuid(Uuid::from_u128(7)).to_string();
        assert!(link.parse::<SiteId>().is_err());
        assert!("site_xyz".parse::<SiteId>().is_err());
    }
}
