//! What may be shown to whom: default deny, decided at delivery, with fresh data, by what the
//! link allows. The same for a new comment and for a changed one.

use super::reason;
use crate::jira::{Comment, Issue, Visibility, VisibilityKind};
use crate::store::{Circle, Policy, ShowInternal, ShowRestricted, ShowSecured};

/// Answers the reason if this comment must not be in the chat.
pub(super) fn withheld(comment: &Comment, issue: &Issue, policy: &Policy) -> Option<&'static str> {
    let seen = Seen {
        visibility: comment.visibility.as_ref(),
        public: comment.jsd_public,
        service_project: issue.project_is_service_desk,
        security_level: issue.has_security_level,
    };
    decide(&seen, policy)
}

/// What decides who may see a comment.
struct Seen<'a> {
    visibility: Option<&'a Visibility>,
    public: Option<bool>,
    service_project: bool,
    security_level: bool,
}

fn decide(seen: &Seen<'_>, policy: &Policy) -> Option<&'static str> {
    if let Some(visibility) = seen.visibility
        && !allows(&policy.show_restricted, visibility)
    {
        return Some(reason::RESTRICTED_COMMENT);
    }
    // Jira says `jsdPublic: true` outside service projects. Inside one, silence is no consent.
    let internal = seen.public == Some(false) || (seen.service_project && seen.public.is_none());
    if internal && policy.show_internal == ShowInternal::No {
        return Some(reason::INTERNAL_COMMENT);
    }
    let secured = seen.security_level && policy.show_secured == ShowSecured::No;
    secured.then_some(reason::SECURITY_LEVEL)
}

/// Whether a restricted comment is for people whom the chat may stand for. A role goes by its
/// name, which Jira gives as the value; a group by its id alone, since its name may change hands.
fn allows(show: &ShowRestricted, visibility: &Visibility) -> bool {
    let names: Vec<Circle> = match visibility.kind {
        VisibilityKind::Role => [&visibility.value, &visibility.identifier]
            .into_iter()
            .flatten()
            .cloned()
            .map(Circle::Role)
            .collect(),
        VisibilityKind::Group => visibility.identifier.iter().cloned().map(Circle::Group).collect(),
        // Nobody knows for whom that is.
        VisibilityKind::Other => return false,
    };
    match show {
        ShowRestricted::No => false,
        ShowRestricted::Yes => true,
        ShowRestricted::Only(circles) => names.iter().any(|name| circles.contains(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Setting, SettingName};

    fn visibility(kind: VisibilityKind, value: &str, identifier: Option<&str>) -> Visibility {
        Visibility { kind, value: Some(value.to_owned()), identifier: identifier.map(str::to_owned) }
    }

    fn show_restricted(text: &str) -> ShowRestricted {
        match Setting::parse(SettingName::ShowRestricted, text) {
            Ok(Setting::ShowRestricted(show)) => show,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn policies() -> Vec<(String, Policy)> {
        let mut policies = Vec::new();
        for restricted in ["no", "yes", "Developers,group:5a1f"] {
            for show_internal in [ShowInternal::No, ShowInternal::Yes] {
                for show_secured in [ShowSecured::No, ShowSecured::Yes] {
                    let name = format!(
                        "show-restricted={restricted} show-internal={} show-secured={}",
                        show_internal.word(),
                        show_secured.word()
                    );
                    let show_restricted = show_restricted(restricted);
                    let policy = Policy { show_restricted, show_internal, show_secured, ..Policy::default() };
                    policies.push((name, policy));
                }
            }
        }
        policies
    }

    #[test]
    fn a_comment_is_in_the_chat_only_if_the_link_allows_all_that_it_is() {
        use VisibilityKind::{Group, Other, Role};
        let kinds = [
            ("everybody", None),
            ("listed role", Some(visibility(Role, "Developers", Some("Developers")))),
            ("listed role, by number", Some(visibility(Role, "Developers", Some("10002")))),
            ("other role", Some(visibility(Role, "Administrators", Some("Administrators")))),
            ("listed group", Some(visibility(Group, "jira-devs", Some("5a1f")))),
            ("other group", Some(visibility(Group, "board", Some("77aa")))),
            ("group with a listed name", Some(visibility(Group, "5a1f", Some("77aa")))),
            ("group without an id", Some(visibility(Group, "5a1f", None))),
            ("role with a group's id", Some(visibility(Role, "5a1f", Some("5a1f")))),
            ("of an unknown kind", Some(visibility(Other, "Developers", Some("5a1f")))),
        ];
        let mut table = Vec::new();
        for (name, policy) in policies() {
            table.push(format!("== {name}"));
            for (whom, visibility) in &kinds {
                for (service_project, security_level) in
                    [(false, false), (false, true), (true, false), (true, true)]
                {
                    let decisions = [Some(true), Some(false), None].map(|public| {
                        let visibility = visibility.as_ref();
                        let seen = Seen { visibility, public, service_project, security_level };
                        decide(&seen, &policy).unwrap_or("relay")
                    });
                    let case = format!(
                        "{whom}{}{}",
                        if service_project { ", service project" } else { "" },
                        if security_level { ", security level" } else { "" }
                    );
                    let [public, internal, unsaid] = decisions;
                    table.push(format!(
                        "{case:<57} public: {public:<20} internal: {internal:<20} unsaid: {unsaid}"
                    ));
                }
            }
        }
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn nothing_is_shown_by_default_that_is_not_for_everybody() {
        let policy = Policy::default();
        let open =
            || Seen { visibility: None, public: Some(true), service_project: true, security_level: false };
        let role = visibility(VisibilityKind::Role, "Developers", None);
        assert_eq!(decide(&open(), &policy), None);
        let cases = [
            (Seen { visibility: Some(&role), ..open() }, reason::RESTRICTED_COMMENT),
            (Seen { public: Some(false), ..open() }, reason::INTERNAL_COMMENT),
            (Seen { public: None, ..open() }, reason::INTERNAL_COMMENT),
            (Seen { security_level: true, ..open() }, reason::SECURITY_LEVEL),
        ];
        for (seen, reason) in cases {
            assert_eq!(decide(&seen, &policy), Some(reason));
        }
    }
}
