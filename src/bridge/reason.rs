//! Why an event ended as it did: the same words in the metric, the event log and on the pages.

/// It arrived on the other side.
pub const RELAYED: &str = "relayed";
/// It arrived on the other side, but for some files.
pub const RELAYED_IN_PART: &str = "relayed without some files";
/// It is our own words coming back.
pub const ECHO: &str = "echo";
/// It was relayed before.
pub const DUPLICATE: &str = "duplicate";
/// The issue has no chat, or the chat has no issue.
pub const NOT_LINKED: &str = "not linked";
/// The link is paused.
pub const LINK_PAUSED: &str = "link paused";
/// Nothing that Threadline acts on.
pub const IGNORED: &str = "ignored";
/// The comment is for a group or a role.
pub const RESTRICTED_COMMENT: &str = "restricted comment";
/// The comment is hidden from the customers of a service project.
pub const INTERNAL_COMMENT: &str = "internal comment";
/// The issue is under a security level.
pub const SECURITY_LEVEL: &str = "issue security level";
/// The comment is gone, or can't be seen any more.
pub const COMMENT_GONE: &str = "comment gone";
/// The issue is gone, or its author can't see it.
pub const ISSUE_GONE: &str = "issue not visible";
/// The message is deleted, or can't be seen any more.
pub const MESSAGE_GONE: &str = "message gone";
/// The other side says what the changed one says.
pub const UPDATED: &str = "updated";
/// The other side is gone, as the deleted one.
pub const REMOVED: &str = "removed";
/// It is on the other side again.
pub const RESTORED: &str = "restored";
/// The comment is not for this chat any more; its message is gone.
pub const TAKEN_OUT: &str = "taken out of the chat";
/// Its text is as it was: a reaction, or a card that was refreshed.
pub const UNCHANGED: &str = "unchanged";
/// A later change of the same was waiting behind it, and says it all.
pub const OVERTAKEN: &str = "overtaken";
/// It was never relayed, and is older than the link.
pub const NOT_RELAYED: &str = "not relayed before";
/// The platform did not take the change; the chat was told.
pub const CHANGE_REFUSED: &str = "change refused";
/// There is nothing to see in it.
pub const EMPTY: &str = "empty";
/// The author has not connected both accounts.
pub const NOT_CONNECTED: &str = "author not connected";
/// The author must log in again.
pub const LOGIN_NEEDED: &str = "login needed";
/// The author's login lacks a permission.
pub const PERMISSION_MISSING: &str = "permission missing";
/// The author has no account: a guest or a connector.
pub const AUTHOR_UNKNOWN: &str = "author unknown";
/// Nobody who is connected may read the comment.
pub const NO_READER: &str = "no connected reader";
/// The platform forbids it.
pub const FORBIDDEN: &str = "forbidden";
/// The bot is not in the chat.
pub const BOT_REMOVED: &str = "bot removed";
/// The platform asks to wait.
pub const THROTTLED: &str = "throttled";
/// The platform does not answer.
pub const UNREACHABLE: &str = "platform unreachable";
/// The platform did not say whether it happened.
pub const OUTCOME_UNKNOWN: &str = "outcome unknown";
/// The platform refuses the request.
pub const REFUSED: &str = "refused";
/// It is over the platform's limits.
pub const TOO_LARGE: &str = "too large";
/// The configured client credentials are refused.
pub const MISCONFIGURED: &str = "client credentials refused";
/// The database or the vault did not answer.
pub const STORAGE: &str = "storage unavailable";
/// The stored event can't be read.
pub const UNREADABLE: &str = "unreadable";
/// Jira refused a token and it was refreshed; tried again at once.
pub const JIRA_TOKEN_REFRESHED: &str = "jira token refreshed";
/// Microsoft refused a token and it was refreshed; tried again at once.
pub const MICROSOFT_TOKEN_REFRESHED: &str = "microsoft token refreshed";
/// Something was missed, and is on its way now.
pub const CAUGHT_UP: &str = "missed and put in";
/// Both sides know of each other.
pub const NOTHING_MISSED: &str = "nothing missed";
/// There was more than is read in one go: the older part of it is compared, the rest comes next.
pub const COMPARED_IN_PART: &str = "compared in part";
/// There is more than can be compared.
pub const TOO_MUCH: &str = "too much to compare";
/// Something could not be read; it is compared again later.
pub const NOT_COMPARED: &str = "not compared";
/// It was missed with many others; one message with links stands for all.
pub const IN_DIGEST: &str = "in a digest";
/// A command was answered.
pub const ANSWERED: &str = "answered";
/// An issue was created.
pub const ISSUE_CREATED: &str = "issue created";
/// The issue and the chat are linked.
pub const LINKED: &str = "linked";
/// The issue shows the reactions now.
pub const REACTIONS_SHOWN: &str = "reactions shown";
/// The issue showed these reactions already.
pub const REACTIONS_KNOWN: &str = "reactions unchanged";
/// The reactions of the message can't be read.
pub const REACTIONS_UNREADABLE: &str = "reactions not readable";
/// Nobody who is connected may edit the issue.
pub const NO_EDITOR: &str = "nobody may edit the issue";
