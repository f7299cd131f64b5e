//! `threadline site webhooks`, as the operator runs it.

use threadline::stage::PEOPLE;

use crate::cli::{CLOUD, Desk};
use crate::service::Service;

const SITE: &str = "https://example.atlassian.net";

#[test]
fn what_is_chosen_is_shown_and_taken_back() {
    let desk = Desk::ready();
    assert!(desk.run(&["site", "webhooks"]).good().contains("`threadline site add --help`"));
    assert_eq!(desk.run(&["site", "webhooks", "--json"]).json(), serde_json::json!([]));
    desk.run(&["site", "add", "--url", SITE, "--cloud-id", CLOUD]).good();
    let none = desk.run(&["site", "webhooks"]).good();
    assert!(none.contains(SITE) && none.contains("jira.register_webhooks is off"), "{none}");

    let choose = ["site", "webhooks", "example.atlassian.net", "--account", "5b10ac8d82e05b22cc7d4ef5"];
    assert!(desk.run(&choose).good().contains("5b10ac8d82e05b22cc7d4ef5"));
    let shown = desk.run(&["site", "webhooks", "--json"]).json();
    assert_eq!(shown[0]["chosen_account"], "5b10ac8d82e05b22cc7d4ef5");
    assert_eq!(shown[0]["webhook_id"], serde_json::Value::Null);
    let any = desk.run(&["site", "webhooks", SITE, "--any-account", "--json"]).json();
    assert_eq!(any[0]["chosen_account"], serde_json::Value::Null);
}

#[test]
fn a_choice_names_its_site_and_one_account() {
    let desk = Desk::ready();
    let unknown = desk.run(&["site", "webhooks", "example.org"]).refusal();
    assert!(unknown.contains("`threadline site list`"), "{unknown}");
    let of_none = desk.run(&["site", "webhooks", "--any-account"]);
    assert!(!of_none.success && of_none.error.contains("<SITE>"), "{}", of_none.error);
    let both = desk.run(&["site", "webhooks", "example.org", "--any-account", "--account", "5b"]);
    assert!(!both.success && both.error.contains("cannot be used with"), "{}", both.error);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_the_service_keeps_is_shown_with_its_account() {
    let (service, _clock) = Service::with_own_webhooks().await;
    let mut desk = Desk::beside(&service);
    desk.set("THREADLINE__JIRA__REGISTER_WEBHOOKS", "true");
    let account = |person: &str| service.world().person(person).unwrap().account_id.clone();
    let hook = service.hooks().remove(0);
    let shown = desk.run(&["site", "webhooks", "--json"]).json();
    assert_eq!(shown[0]["webhook_id"], hook.id);
    assert_eq!(shown[0]["account"], account(PEOPLE[0]));
    assert!(shown[0]["expires_at"].as_str().unwrap().ends_with('Z'), "{shown}");
    let table = desk.run(&["site", "webhooks"]).good();
    assert!(table.contains("good") && !table.contains("register_webhooks"), "{table}");

    let site = service.site.to_string();
    let stranger = desk.run(&["site", "webhooks", &site, "--account", "5b10ac8d82e05b22cc7d4ef5"]).good();
    assert!(
        stranger.contains("Nobody has logged in to Threadline as 5b10ac8d82e05b22cc7d4ef5"),
        "{stranger}"
    );
    let chosen = desk.run(&["site", "webhooks", &site, "--account", &account(PEOPLE[1])]).good();
    assert!(chosen.contains("A running service sees to it"), "{chosen}");
    service.look_after_webhooks().await;
    let shown = desk.run(&["site", "webhooks", "--json"]).json();
    assert_eq!(shown[0]["account"], account(PEOPLE[1]), "{shown}");
    service.stop().await;
}
