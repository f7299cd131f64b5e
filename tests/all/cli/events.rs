//! What arrived, what became of it, and another try.

use serde_json::json;
use threadline::ids::{ConversationId, TenantId};
use threadline::queue::{EventState, LaneKey, NewEvent};

use super::{Desk, TENANT};

fn comment(key: &str, finished: Option<&'static str>) -> NewEvent {
    let lane = LaneKey::new(&TenantId::new(TENANT), &ConversationId::new("19:abc@thread.v2"));
    NewEvent {
        lane: finished.is_none().then_some(lane),
        delivery_key: key.to_owned(),
        site: None,
        tenant: Some(TenantId::new(TENANT)),
        kind: "comment created",
        subject: json!({ "comment_created": { "link": "link_1", "issue": "10042", "comment": "10100", "actor": null } })
            .to_string(),
        payload: None,
        finished,
    }
}

#[tokio::test]
async fn every_event_tells_its_story() {
    let desk = Desk::ready();
    let storage = desk.storage().await;
    storage.queue.put(vec![comment("a", Some("relayed")), comment("b", None)]).await.unwrap();

    let all = desk.run(&["events", "list", "--json"]).json();
    assert_eq!(all[0]["state"], "ready");
    assert_eq!(all[1]["reason"], "relayed");
    assert_eq!(all[1]["subject"]["comment"], "10100");
    let table = desk.run(&["events", "list", "--state", "done"]).good();
    assert!(table.contains("issue 10042") && table.lines().count() == 2, "{table}");

    let why = desk.run(&["why", "1", "2"]).good();
    let lines: Vec<&str> = why.lines().collect();
    assert!(
        lines[0].contains("comment 10100 was written on issue 10042; it is a message in the chat now"),
        "{why}"
    );
    assert!(
        lines[1].contains("it waits for its turn. What to do: make sure that `threadline serve` runs"),
        "{why}"
    );
    let shown = desk.run(&["events", "show", "1"]).good();
    assert!(shown.contains("reason") && shown.contains("link_1"), "{shown}");
}

#[tokio::test]
async fn an_event_gets_another_try_unless_it_has_ended() {
    let desk = Desk::ready();
    let storage = desk.storage().await;
    storage.queue.put(vec![comment("a", Some("relayed")), comment("b", None)]).await.unwrap();

    assert!(desk.run(&["events", "retry", "2"]).good().contains("ready again"));
    let event = storage.queue.event(2).await.unwrap().unwrap();
    assert_eq!(EventState::of(&event), EventState::Ready);
    let ended = desk.run(&["events", "retry", "1"]).refusal();
    assert!(ended.contains("has ended (relayed)"), "{ended}");
    let unknown = desk.run(&["events", "retry", "99"]).refusal();
    assert!(unknown.contains("`threadline events list`"), "{unknown}");
}

#[tokio::test]
async fn what_a_person_wrote_can_not_be_tried_again_once_it_is_deleted() {
    let desk = Desk::ready();
    let storage = desk.storage().await;
    let message = NewEvent { kind: "message", ..comment("a", None) };
    storage.queue.put(vec![message]).await.unwrap();
    let refusal = desk.run(&["events", "retry", "1"]).refusal();
    assert!(refusal.contains("Ask its author"), "{refusal}");
}
