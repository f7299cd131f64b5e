//! The values of the settings: what each may say, in which words, and what holds where nobody
//! has said anything. The words are the same on every surface.

use std::collections::BTreeSet;
use std::fmt;

/// The longest list of roles and groups, in bytes.
const LONGEST: usize = 1000;

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $choice:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum $name {
            $($(#[$about])* $choice,)+
        }

        impl $name {
            pub(super) const WORDS: &[&str] = &[$($word),+];

            /// The word in the row and on every surface.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$choice => $word,)+
                }
            }

            pub(super) fn from_word(word: &str) -> Option<Self> {
                [$(Self::$choice),+].into_iter().find(|choice| choice.word() == word)
            }
        }
    )+};
}

choices! {
    /// What becomes of a comment whose author has not connected.
    UnconnectedComments {
        /// The bot writes it into the chat, headed with the author's name.
        #[default]
        Bot = "bot",
        /// It waits for the author to connect.
        Hold = "hold",
    }
    /// What becomes of a message whose author has not connected.
    UnconnectedMessages {
        /// The site's integration account writes it, headed with the author's name; where the
        /// site has none, it waits.
        #[default]
        Integration = "integration",
        /// It waits for the author to connect.
        Hold = "hold",
    }
    /// Whether the chat sees comments that are hidden from a service project's customers.
    ShowInternal {
        /// They stay in Jira.
        #[default]
        No = "no",
        /// It does.
        Yes = "yes",
    }
    /// Whether the chat sees comments of an issue under a security level.
    ShowSecured {
        /// They stay in Jira.
        #[default]
        No = "no",
        /// It does.
        Yes = "yes",
    }
    /// What a message into a service project becomes.
    ServiceReplies {
        /// An internal comment, which customers don't see.
        #[default]
        Internal = "internal",
        /// A comment that customers see.
        Public = "public",
    }
    /// How much is made good that was missed while Threadline, or a platform, was away.
    CatchUp {
        /// Each comment and message is copied, however many they are.
        #[default]
        Each = "each",
        /// Where they are many, one message with links to them stands for all.
        Digest = "digest",
    }
}

/// Whether the chat sees comments that are for a role or a group only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ShowRestricted {
    /// They stay in Jira.
    #[default]
    No,
    /// It sees those for any role or group.
    Yes,
    /// It sees those for exactly these.
    Only(BTreeSet<Circle>),
}

/// People to whom a comment may be restricted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Circle {
    /// Those with this role in the project, by its name.
    Role(String),
    /// The members of this group, by its id: its name may change hands.
    Group(String),
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(id) => write!(f, "group:{id}"),
            Self::Role(name) if is_plain(name) => f.write_str(name),
            Self::Role(name) => write!(f, "role:{name}"),
        }
    }
}

/// Whether a role's name can't be taken for anything else.
fn is_plain(name: &str) -> bool {
    !matches!(name, "no" | "yes") && !name.starts_with("group:") && !name.starts_with("role:")
}

impl Circle {
    fn parse(text: &str) -> Option<Self> {
        let circle = match (text.strip_prefix("group:"), text.strip_prefix("role:")) {
            (Some(id), _) => Self::Group(id.trim().to_owned()),
            (_, Some(name)) => Self::Role(name.trim().to_owned()),
            _ if is_plain(text) => Self::Role(text.to_owned()),
            _ => return None,
        };
        let (Self::Role(name) | Self::Group(name)) = &circle;
        (!name.is_empty() && !name.contains(char::is_control)).then_some(circle)
    }
}

impl ShowRestricted {
    /// `no`, `yes`, or roles and groups: `Developers,group:5a1f…`.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        match text {
            "no" => Some(Self::No),
            "yes" => Some(Self::Yes),
            list if list.len() > LONGEST => None,
            list => {
                list.split(',').map(|item| Circle::parse(item.trim())).collect::<Option<_>>().map(Self::Only)
            }
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::No => "no".to_owned(),
            Self::Yes => "yes".to_owned(),
            Self::Only(circles) => circles.iter().map(Circle::to_string).collect::<Vec<_>>().join(","),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_groups_are_named_one_by_one() {
        let read = |text: &str| ShowRestricted::from_text(text).map(|show| show.text());
        assert_eq!(read("Developers, group:5a1f ,Developers").as_deref(), Some("Developers,group:5a1f"));
        assert_eq!(read("role:Service Desk Team").as_deref(), Some("Service Desk Team"));
        assert_eq!(read("role:no,role:group:x").as_deref(), Some("role:group:x,role:no"));
        for wrong in ["", "Developers,", "no,Developers", "yes,yes", "group:", "role: ", "a\nb"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
        assert_eq!(read(&"a".repeat(LONGEST + 1)), None);
    }
}
