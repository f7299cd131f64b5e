//! Why the world does not do what was asked; each host says it in its platform's words.

/// A refused act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody has this name, id or address.
    #[error("nobody is called '{0}'; add the person first")]
    NoPerson(String),
    /// There is no such site.
    #[error("there is no site '{0}'; add it first")]
    NoSite(String),
    /// There is no such project.
    #[error("there is no project '{0}'; add it first")]
    NoProject(String),
    /// There is no such issue, or the person may not see it.
    #[error("there is no issue '{0}', or this person may not see it")]
    NoIssue(String),
    /// There is no such comment, or the person may not see it.
    #[error("there is no comment '{0}', or this person may not see it")]
    NoComment(String),
    /// There is no such chat.
    #[error("there is no chat '{0}'; add it first")]
    NoChat(String),
    /// There is no such message in the chat.
    #[error("there is no message '{0}' in this chat")]
    NoMessage(String),
    /// The person is not in the chat.
    #[error("this person is not a member of the chat; add them first")]
    NotMember,
    /// Only the author may do this.
    #[error("only the author may do this")]
    NotAuthor,
    /// The platform would not take this value.
    #[error("{field}: {message}")]
    Invalid {
        /// The field's name on the platform.
        field: String,
        /// The platform's words.
        message: String,
    },
    /// Larger than the platform takes.
    #[error("larger than the platform takes")]
    TooLarge,
    /// The bot endpoint or webhook is not set, or did not answer.
    #[error("Threadline did not answer; set its address and start it")]
    NoAnswer,
}

impl Refusal {
    pub(crate) fn invalid(field: &str, message: &str) -> Self {
        Self::Invalid { field: field.to_owned(), message: message.to_owned() }
    }
}
