//! What may be shown to whom: default deny, decided at delivery, with fresh data.

use super::reason;
use crate::jira::{Comment, Issue};

/// Answers the reason if this comment must not be relayed.
pub(super) fn withheld(comment: &Comment, issue: &Issue) -> Option<&'static str> {
    decide(
        comment.visibility.is_some(),
        comment.jsd_public,
        issue.project_is_service_desk,
        issue.has_security_level,
    )
}

fn decide(
    restricted: bool,
    public: Option<bool>,
    service_project: bool,
    security_level: bool,
) -> Option<&'static str> {
    if restricted {
        return Some(reason::RESTRICTED_COMMENT);
    }
    // Jira says `jsdPublic: true` outside service projects. Inside one, silence is no consent.
    if public == Some(false) || (service_project && public.is_none()) {
        return Some(reason::INTERNAL_COMMENT);
    }
    security_level.then_some(reason::SECURITY_LEVEL)
}

#[cfg(test)]
mod tests {
    use super::decide;

    #[test]
    fn only_a_comment_that_everyone_may_see_is_relayed() {
        let mut table = Vec::new();
        for restricted in [false, true] {
            for public in [Some(true), Some(false), None] {
                for service in [false, true] {
                    for secured in [false, true] {
                        let decision = decide(restricted, public, service, secured).unwrap_or("relay");
                        let case = format!(
                            "restricted={restricted} jsdPublic={public:?} service={service} security={secured}"
                        );
                        table.push(format!("{case:<75} {decision}"));
                    }
                }
            }
        }
        insta::assert_snapshot!(table.join("\n"));
    }
}
