//! What holds for a link, in plain words: for the bot's `status` and the panel.

use crate::store::{
    CatchUp, Policy, ServiceReplies, ShowInternal, ShowRestricted, ShowSecured, UnconnectedComments,
    UnconnectedMessages,
};

/// Each setting as a sentence, in the order of importance: what stays in Jira, what does not, and
/// who writes for people who have not connected.
pub fn in_plain_words(policy: &Policy, has_integration_account: bool) -> Vec<String> {
    let restricted = match &policy.show_restricted {
        ShowRestricted::No => "Comments for some people only stay in Jira.".to_owned(),
        ShowRestricted::Yes => "Comments for any role or group are shown in the chat, too.".to_owned(),
        ShowRestricted::Only(circles) => {
            let names: Vec<String> = circles.iter().map(ToString::to_string).collect();
            format!(
                "Of the comments for some people only, those for {} are shown in the chat.",
                names.join(", ")
            )
        }
    };
    let internal = match policy.show_internal {
        ShowInternal::No => "Internal comments stay in Jira.",
        ShowInternal::Yes => "Internal comments are shown in the chat, too.",
    };
    let secured = match policy.show_secured {
        ShowSecured::No => "While the issue is under a security level, its comments stay in Jira.",
        ShowSecured::Yes => "Comments are shown in the chat even while the issue is under a security level.",
    };
    let comments = match policy.unconnected_comments {
        UnconnectedComments::Bot => {
            "The bot writes comments of people who have not connected, with their name."
        }
        UnconnectedComments::Hold => "Comments of people who have not connected wait for them.",
    };
    let messages = match policy.unconnected_messages {
        UnconnectedMessages::Integration if has_integration_account => {
            "The integration account writes messages of people who have not connected, with their name."
        }
        _ => "Messages of people who have not connected wait for them.",
    };
    let replies = match policy.service_replies {
        ServiceReplies::Internal => "In a service project, messages become internal comments.",
        ServiceReplies::Public => "In a service project, customers see what messages become.",
    };
    let catch_up = match policy.catch_up {
        CatchUp::Each => "What was missed is copied one by one, however much it is.",
        CatchUp::Digest => "Where much was missed, one message with links stands for it.",
    };
    let words = [internal, secured, comments, messages, replies, catch_up];
    std::iter::once(restricted).chain(words.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Setting, SettingName};

    #[test]
    fn every_setting_is_told_both_ways() {
        let mut told = in_plain_words(&Policy::default(), false);
        for name in SettingName::ALL {
            let list = (name == SettingName::ShowRestricted).then_some("Developers,group:5a1f");
            for value in name.words().iter().copied().chain(list) {
                for account in [false, true] {
                    let policy: Policy = Setting::parse(name, value).into_iter().collect();
                    let mut words = in_plain_words(&policy, account);
                    words.retain(|word| !told.contains(word));
                    told.extend(
                        words
                            .iter()
                            .map(|word| format!("{}={value} integration={account}: {word}", name.word())),
                    );
                }
            }
        }
        insta::assert_snapshot!(told.join("\n"));
    }
}
