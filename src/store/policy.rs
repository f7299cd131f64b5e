//! What a link allows, and who writes for people who have not connected: the settings by name,
//! with their values, and all of them together.

use super::choices::{
    CatchUp, ServiceReplies, ShowInternal, ShowRestricted, ShowSecured, UnconnectedComments,
    UnconnectedMessages,
};

/// A text that is no setting, or no value of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// There is no setting of this name.
    #[error("'{0}' is no setting; there are {names}", names = SettingName::ALL.map(SettingName::word).join(", "))]
    Name(String),
    /// The setting has no such value.
    #[error("'{value}' is no value of {name}; it takes {takes}", name = name.word(), takes = name.takes())]
    Value {
        /// The setting.
        name: SettingName,
        /// What was given.
        value: String,
    },
}

/// Which setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingName {
    /// [`UnconnectedComments`]
    UnconnectedComments,
    /// [`UnconnectedMessages`]
    UnconnectedMessages,
    /// [`ShowRestricted`]
    ShowRestricted,
    /// [`ShowInternal`]
    ShowInternal,
    /// [`ShowSecured`]
    ShowSecured,
    /// [`ServiceReplies`]
    ServiceReplies,
    /// [`CatchUp`]
    CatchUp,
}

impl SettingName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::UnconnectedComments,
        Self::UnconnectedMessages,
        Self::ShowRestricted,
        Self::ShowInternal,
        Self::ShowSecured,
        Self::ServiceReplies,
        Self::CatchUp,
    ];

    /// The word in the row and on every surface.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnconnectedComments => "unconnected-comments",
            Self::UnconnectedMessages => "unconnected-messages",
            Self::ShowRestricted => "show-restricted",
            Self::ShowInternal => "show-internal",
            Self::ShowSecured => "show-secured",
            Self::ServiceReplies => "service-replies",
            Self::CatchUp => "catch-up",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`BadSetting::Name`]
    pub fn from_word(word: &str) -> Result<Self, BadSetting> {
        let found = Self::ALL.into_iter().find(|name| name.word() == word);
        found.ok_or_else(|| BadSetting::Name(word.to_owned()))
    }

    /// The words that it takes; [`SettingName::ShowRestricted`] takes a list, too.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::UnconnectedComments => UnconnectedComments::WORDS,
            Self::UnconnectedMessages => UnconnectedMessages::WORDS,
            Self::ShowRestricted => &["no", "yes"],
            Self::ShowInternal => ShowInternal::WORDS,
            Self::ShowSecured => ShowSecured::WORDS,
            Self::ServiceReplies => ServiceReplies::WORDS,
            Self::CatchUp => CatchUp::WORDS,
        }
    }

    /// Whether it decides who writes for people who have not connected.
    pub fn decides_who_writes(self) -> bool {
        matches!(self, Self::UnconnectedComments | Self::UnconnectedMessages)
    }

    /// Whether it decides who reads what: then it is for administrators of the project.
    pub fn is_for_administrators(self) -> bool {
        !self.decides_who_writes() && self != Self::CatchUp
    }

    fn takes(self) -> String {
        let words = self.words().join(", ");
        match self {
            Self::ShowRestricted => format!("{words}, or roles and groups such as Developers,group:ID"),
            _ => words,
        }
    }
}

/// A setting with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// What becomes of a comment whose author has not connected.
    UnconnectedComments(UnconnectedComments),
    /// What becomes of a message whose author has not connected.
    UnconnectedMessages(UnconnectedMessages),
    /// Comments for a role or a group.
    ShowRestricted(ShowRestricted),
    /// Internal comments.
    ShowInternal(ShowInternal),
    /// Comments of an issue under a security level.
    ShowSecured(ShowSecured),
    /// What a message into a service project becomes.
    ServiceReplies(ServiceReplies),
    /// How much that was missed is made good.
    CatchUp(CatchUp),
}

impl Setting {
    /// Reads a value.
    ///
    /// # Errors
    /// [`BadSetting::Value`]
    pub fn parse(name: SettingName, value: &str) -> Result<Self, BadSetting> {
        let text = value.trim();
        let read = match name {
            SettingName::UnconnectedComments => {
                UnconnectedComments::from_word(text).map(Self::UnconnectedComments)
            }
            SettingName::UnconnectedMessages => {
                UnconnectedMessages::from_word(text).map(Self::UnconnectedMessages)
            }
            SettingName::ShowRestricted => ShowRestricted::from_text(text).map(Self::ShowRestricted),
            SettingName::ShowInternal => ShowInternal::from_word(text).map(Self::ShowInternal),
            SettingName::ShowSecured => ShowSecured::from_word(text).map(Self::ShowSecured),
            SettingName::ServiceReplies => ServiceReplies::from_word(text).map(Self::ServiceReplies),
            SettingName::CatchUp => CatchUp::from_word(text).map(Self::CatchUp),
        };
        read.ok_or_else(|| BadSetting::Value { name, value: value.to_owned() })
    }

    /// What holds where nobody has said anything: nothing is shown that is not for everybody.
    pub fn built_in(name: SettingName) -> Self {
        match name {
            SettingName::UnconnectedComments => Self::UnconnectedComments(UnconnectedComments::default()),
            SettingName::UnconnectedMessages => Self::UnconnectedMessages(UnconnectedMessages::default()),
            SettingName::ShowRestricted => Self::ShowRestricted(ShowRestricted::default()),
            SettingName::ShowInternal => Self::ShowInternal(ShowInternal::default()),
            SettingName::ShowSecured => Self::ShowSecured(ShowSecured::default()),
            SettingName::ServiceReplies => Self::ServiceReplies(ServiceReplies::default()),
            SettingName::CatchUp => Self::CatchUp(CatchUp::default()),
        }
    }

    /// Which setting it is.
    pub fn name(&self) -> SettingName {
        match self {
            Self::UnconnectedComments(_) => SettingName::UnconnectedComments,
            Self::UnconnectedMessages(_) => SettingName::UnconnectedMessages,
            Self::ShowRestricted(_) => SettingName::ShowRestricted,
            Self::ShowInternal(_) => SettingName::ShowInternal,
            Self::ShowSecured(_) => SettingName::ShowSecured,
            Self::ServiceReplies(_) => SettingName::ServiceReplies,
            Self::CatchUp(_) => SettingName::CatchUp,
        }
    }

    /// Its value as [`Setting::parse`] reads it.
    pub fn value(&self) -> String {
        match self {
            Self::UnconnectedComments(choice) => choice.word().to_owned(),
            Self::UnconnectedMessages(choice) => choice.word().to_owned(),
            Self::ShowRestricted(show) => show.text(),
            Self::ShowInternal(choice) => choice.word().to_owned(),
            Self::ShowSecured(choice) => choice.word().to_owned(),
            Self::ServiceReplies(choice) => choice.word().to_owned(),
            Self::CatchUp(choice) => choice.word().to_owned(),
        }
    }
}

/// The settings that hold for a link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// What becomes of a comment whose author has not connected.
    pub unconnected_comments: UnconnectedComments,
    /// What becomes of a message whose author has not connected.
    pub unconnected_messages: UnconnectedMessages,
    /// Comments for a role or a group.
    pub show_restricted: ShowRestricted,
    /// Internal comments.
    pub show_internal: ShowInternal,
    /// Comments of an issue under a security level.
    pub show_secured: ShowSecured,
    /// What a message into a service project becomes.
    pub service_replies: ServiceReplies,
    /// How much that was missed is made good.
    pub catch_up: CatchUp,
}

impl FromIterator<Setting> for Policy {
    fn from_iter<T: IntoIterator<Item = Setting>>(settings: T) -> Self {
        let mut policy = Self::default();
        for setting in settings {
            match setting {
                Setting::UnconnectedComments(choice) => policy.unconnected_comments = choice,
                Setting::UnconnectedMessages(choice) => policy.unconnected_messages = choice,
                Setting::ShowRestricted(show) => policy.show_restricted = show,
                Setting::ShowInternal(choice) => policy.show_internal = choice,
                Setting::ShowSecured(choice) => policy.show_secured = choice,
                Setting::ServiceReplies(choice) => policy.service_replies = choice,
                Setting::CatchUp(choice) => policy.catch_up = choice,
            }
        }
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_reads_what_it_writes() {
        for name in SettingName::ALL {
            assert_eq!(SettingName::from_word(name.word()), Ok(name));
            assert_eq!(Setting::built_in(name).name(), name);
            for word in name.words() {
                let setting = Setting::parse(name, word).unwrap();
                assert_eq!((setting.name(), setting.value().as_str()), (name, *word));
            }
            assert!(name.words().contains(&Setting::built_in(name).value().as_str()));
        }
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_right_ones() {
        let name = SettingName::from_word("show-everything").unwrap_err().to_string();
        assert!(name.contains("show-restricted, show-internal"), "{name}");
        let value = Setting::parse(SettingName::ServiceReplies, "loud").unwrap_err().to_string();
        assert_eq!(value, "'loud' is no value of service-replies; it takes internal, public");
        let list = Setting::parse(SettingName::ShowRestricted, "").unwrap_err().to_string();
        assert!(list.contains("Developers,group:ID"), "{list}");
    }

    #[test]
    fn without_a_word_from_anybody_nothing_is_shown_that_is_not_for_everybody() {
        let built_in: Policy = SettingName::ALL.into_iter().map(Setting::built_in).collect();
        assert_eq!(built_in, Policy::default());
        assert_eq!(built_in.show_restricted, ShowRestricted::No);
        assert_eq!(built_in.show_internal, ShowInternal::No);
        assert_eq!(built_in.show_secured, ShowSecured::No);
        assert_eq!(built_in.service_replies, ServiceReplies::Internal);
    }
}
