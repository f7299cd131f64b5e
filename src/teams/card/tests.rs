use super::*;

fn choice(title: &str, value: &str) -> Choice {
    Choice { title: title.into(), value: value.into() }
}

fn link() -> Url {
    Url::parse("https://example.atlassian.net/browse/ABC-1").unwrap()
}

#[test]
fn the_form_for_a_new_issue() {
    let projects = [choice("Abacus (ABC)", "ABC"), choice("Operations (OPS)", "OPS")];
    let types = [choice("Bug", "Bug"), choice("Task", "Task")];
    let form = CreateIssueForm {
        projects: &projects,
        project: Some("ABC"),
        issue_types: &types,
        issue_type: None,
        summary: "Login *fails*",
        description: "Since this morning.",
        problem: Some("Jira wants a summary."),
        data: json!({ "message": "17" }),
    };
    insta::assert_json_snapshot!(form.card());
}

#[test]
fn the_news_of_a_created_issue() {
    let url = link();
    let card = IssueCreated { key: "ABC-1", summary: "[x](javascript:alert(1)) **bold**", url: &url }.card();
    insta::assert_json_snapshot!(card);
}

#[test]
fn the_plea_to_sign_in() {
    insta::assert_json_snapshot!(sign_in("Sign in to Jira, so that you are the author.", "Sign in", &link()));
}

#[test]
fn a_notice() {
    insta::assert_json_snapshot!(notice("This chat is linked to ABC-1."));
}
