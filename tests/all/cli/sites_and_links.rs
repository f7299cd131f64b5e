//! Sites and links, added and removed by the operator.

use threadline::ids::{ConversationId, TenantId};
use threadline::store::{Conversation, ConversationKind};

use super::{CLOUD, Desk, TENANT};

const SITE: &str = "https://example.atlassian.net";
const CHAT: &str = "19:abc@thread.v2";

fn add_site(desk: &Desk) -> serde_json::Value {
    desk.run(&["site", "add", "--url", SITE, "--cloud-id", CLOUD, "--json"]).json()
}

#[test]
fn a_site_is_added_once_and_its_secret_shown_once() {
    let desk = Desk::ready();
    let site = add_site(&desk);
    let id = site["id"].as_str().unwrap();
    assert_eq!(site["tenants"], serde_json::json!([TENANT]), "the tenant of the configuration");
    assert_eq!(site["webhook_url"], format!("https://threadline.example.com/webhooks/jira/{id}"));
    let secret = site["webhook_secret"].as_str().unwrap();
    assert!(secret.len() >= 43, "32 random bytes");

    for again in [
        ["site", "add", "--url", "https://EXAMPLE.atlassian.net/", "--cloud-id", &CLOUD.replace('1', "2")],
        ["site", "add", "--url", "https://other.atlassian.net", "--cloud-id", CLOUD],
    ] {
        assert!(desk.run(&again).refusal().contains(id));
    }
    assert!(!desk.run(&["site", "list", "--json"]).good().contains(secret));
    assert!(desk.run(&["site", "list"]).good().contains(SITE));

    let renewed = desk.run(&["site", "secret", "example.atlassian.net", "--new"]).good();
    assert!(renewed.contains("new secret") && !renewed.contains(secret), "{renewed}");
}

#[test]
fn a_site_that_can_not_be_is_refused_with_what_to_do() {
    let desk = Desk::ready();
    for (url, cloud, word) in [
        ("http://example.atlassian.net", CLOUD, "https"),
        ("https://example.atlassian.net/browse/ABC-1", CLOUD, "without a path"),
        (SITE, "example", "looks like"),
    ] {
        let refusal = desk.run(&["site", "add", "--url", url, "--cloud-id", cloud]).refusal();
        assert!(refusal.contains(word), "{refusal}");
    }
    let unknown = desk.run(&["site", "secret", "example.atlassian.net", "--new"]).refusal();
    assert!(unknown.contains("`threadline site list`"), "{unknown}");
}

#[tokio::test]
async fn an_issue_and_a_chat_are_linked_and_unlinked() {
    let mut desk = Desk::ready();
    for name in ["JIRA__CLIENT_ID", "JIRA__CLIENT_SECRET", "MICROSOFT__CLIENT_ID", "MICROSOFT__CLIENT_SECRET"]
    {
        let name: &'static str = Box::leak(format!("THREADLINE__{name}").into_boxed_str());
        desk.set(name, "77777777-6666-4555-8444-333333333333");
    }
    add_site(&desk);
    let add =
        ["link", "add", "--site", SITE, "--issue", "ABC-1", "--issue-id", "10042", "--conversation", CHAT];
    let early = desk.run(&add).refusal();
    assert!(early.contains("add Threadline to the chat first"), "{early}");

    let storage = desk.storage().await;
    let chat = Conversation {
        tenant: TenantId::new(TENANT),
        id: ConversationId::new(CHAT),
        service_url: "https://smba.trafficmanager.net/emea/".to_owned(),
        kind: ConversationKind::GroupChat,
        installed: true,
        current_link: None,
        team: None,
    };
    storage.store.see_conversation(chat).await.unwrap();
    assert!(desk.run(&add).good().contains("ABC-1 and the chat are linked"));

    let links = desk.run(&["link", "list", "--json"]).json();
    assert_eq!(links[0]["issue"], "ABC-1");
    assert_eq!(links[0]["access"], "private");
    assert!(desk.run(&["link", "list"]).good().contains(CHAT));

    let id = links[0]["id"].as_str().unwrap();
    assert!(desk.run(&["link", "remove", id]).good().contains("is gone"));
    let twice = desk.run(&["link", "remove", id]).refusal();
    assert!(twice.contains("`threadline link list`"), "{twice}");
}
