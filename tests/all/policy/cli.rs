//! `threadline setting`: the operator sets anything, and sees for what it was set.

use serde_json::{Value, json};

use crate::cli::{CLOUD, Desk};

const SITE: &str = "https://example.atlassian.net";

fn desk() -> Desk {
    let desk = Desk::ready();
    desk.run(&["site", "add", "--url", SITE, "--cloud-id", CLOUD]).good();
    desk
}

fn value<'a>(settings: &'a Value, name: &str) -> (&'a str, &'a str) {
    let found = settings.as_array().unwrap().iter().find(|one| one["name"] == json!(name)).unwrap();
    (found["value"].as_str().unwrap(), found["from"].as_str().unwrap())
}

#[test]
fn what_is_set_is_listed_with_its_scope_and_unset_again() {
    let desk = desk();
    let project = ["--site", "example.atlassian.net", "--project", "10001"];
    assert!(desk.run(&["setting", "list"]).good().contains("Nothing is set"));
    let set = ["setting", "set", "unconnected-comments", "hold", "--instance"];
    assert!(desk.run(&set).good().contains("unconnected-comments is now hold for the instance."));
    assert!(desk.run(&set).good().contains("is already hold"));
    let restricted =
        [&["setting", "set", "show-restricted", "Developers, group:5a1f"][..], &project].concat();
    assert!(desk.run(&restricted).good().contains("is now Developers,group:5a1f for project 10001 of site_"));

    let in_force = desk.run(&[&["setting", "list", "--json"][..], &project].concat()).json();
    assert_eq!(value(&in_force, "unconnected-comments"), ("hold", "instance"));
    assert_eq!(value(&in_force, "show-restricted"), ("Developers,group:5a1f", "project"));
    assert_eq!(value(&in_force, "show-internal"), ("no", "default"));
    let table = desk.run(&["setting", "list"]).good();
    assert!(table.starts_with("SETTING") && table.contains("project 10001 of site_"), "{table}");

    let unset = [&["setting", "unset", "show-restricted"][..], &project].concat();
    assert!(desk.run(&unset).good().contains("is not set any more for project 10001"));
    assert!(desk.run(&unset).good().contains("was not set"));
    assert_eq!(desk.run(&["setting", "list", "--json"]).json().as_array().unwrap().len(), 1);
}

#[test]
fn what_is_not_a_setting_or_has_no_scope_is_refused_with_what_to_do() {
    let mut desk = desk();
    for name in [
        "THREADLINE__JIRA__CLIENT_ID",
        "THREADLINE__JIRA__CLIENT_SECRET",
        "THREADLINE__MICROSOFT__CLIENT_ID",
        "THREADLINE__MICROSOFT__CLIENT_SECRET",
    ] {
        desk.set(name, "x");
    }
    let cases = [
        (&["setting", "set", "volume", "11", "--instance"][..], "there are unconnected-comments"),
        (&["setting", "set", "show-internal", "perhaps", "--instance"], "it takes no, yes"),
        (&["setting", "set", "show-internal", "yes"], "--link LINK"),
        (&["setting", "list", "--link", "link_7"], "`threadline link list`"),
        (
            &["setting", "list", "--site", "example.atlassian.net", "--project", "ABC"],
            "nobody who is connected can see a project 'ABC'",
        ),
        (&["setting", "list", "--site", "other.example", "--project", "ABC"], "`threadline site list`"),
    ];
    for (command, words) in cases {
        let refusal = desk.run(command).refusal();
        assert!(refusal.contains(words), "{refusal}");
    }
    let both = desk.run(&["setting", "list", "--instance", "--link", "link_7"]);
    assert!(!both.success && both.error.contains("cannot be used with"), "{}", both.error);
}
