//! What arrived, what became of it, and another try.

use sea_orm::ConnectionTrait;
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

#[tokio::test]
async fn all_of_a_reason_or_a_time_are_tried_again() {
    let desk = Desk::ready();
    let storage = desk.storage().await;
    let events = ["a", "b", "c", "d"].map(|key| comment(key, None));
    let carried = NewEvent { kind: "message", ..comment("e", None) };
    storage.queue.put(events.into_iter().chain([carried]).collect()).await.unwrap();
    let given_up = "UPDATE event SET state = 2, attempts = 8, reason = CASE id WHEN 1 THEN 'refused' ELSE 'forbidden' END";
    storage.database.write(|rows| Box::pin(async { rows.execute_unprepared(given_up).await })).await.unwrap();

    let nothing_said = desk.run(&["events", "retry", "--dry-run"]);
    assert!(!nothing_said.success && nothing_said.error.contains("--reason"), "{}", nothing_said.error);
    let dry = desk.run(&["events", "retry", "--reason", "forbidden", "--dry-run"]).good();
    assert!(
        dry.contains("3 events would be tried again") && dry.contains("Left as it was: 1 event"),
        "{dry}"
    );
    let reason = desk.run(&["events", "replay", "--reason", "refused", "--json"]).json();
    assert_eq!(reason, json!({ "retried": 1, "without_content": 0, "dry_run": false }));
    let past = desk.run(&["events", "retry", "--until", "1h", "--json"]).json();
    assert_eq!(past["retried"], 0);
    let time = desk.run(&["events", "retry", "--since", "1h", "--json"]).json();
    assert_eq!(time, json!({ "retried": 3, "without_content": 1, "dry_run": false }));
    let rest = desk.run(&["events", "retry", "--all"]).good();
    assert!(rest.contains("Nothing that was given up"), "{rest}");
    let event = storage.queue.event(2).await.unwrap().unwrap();
    assert_eq!((EventState::of(&event), event.attempts), (EventState::Ready, 0));
    let unknown = desk.run(&["events", "retry", "--link", "link_00000000000000000000000000000007"]).refusal();
    assert!(unknown.contains("`threadline link list`"), "{unknown}");
    let odd = desk.run(&["events", "retry", "--since", "yesterday"]);
    assert!(!odd.success && odd.error.contains("2026-11-20 14:30"), "{}", odd.error);
}
