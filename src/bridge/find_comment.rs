//! Finds a comment again that an earlier try may have written: by the mark that it bears.

use super::find_message::earliest;
use crate::call::CallError;
use crate::ids::IssueId;
use crate::jira::{Comment, Site};
use crate::store::Intent;

/// The comment of an issue that `is_ours`, if it was written since the intent was stored. Where not
/// all that was written since can be seen, it is left open whether it is there.
pub(super) async fn find_comment(
    jira: &Site<'_>,
    issue: &IssueId,
    intent: &Intent,
    is_ours: impl Fn(&Comment) -> bool,
) -> Result<Option<Comment>, CallError> {
    let (comments, all) = jira.comments_since(issue, earliest(intent)).await?;
    match comments.into_iter().find(is_ours) {
        None if !all => Err(CallError::OutcomeUnknown { status: None }),
        found => Ok(found),
    }
}
