//! How a link stands, in the panel and the list of chats: what is on its way, and what keeps the rest.

use serde_json::Value;
use threadline::app::Part;
use threadline::ids::{ConversationId, TenantId};
use threadline::queue::{LaneKey, NewEvent};
use threadline::stage::{Browser, PEOPLE, TENANT};

use crate::cli::Desk;
use crate::service::Service;

/// A linked chat, a person of it, and nobody who works: all stays as it is put.
async fn scene() -> (Service, Browser) {
    let service = Service::start_only(Part::Web).await;
    service.connect_and_link().await;
    let ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    (service, ann)
}

/// How the chat stands, as JSON, and the panel's text.
async fn seen(service: &Service, person: &mut Browser) -> (Value, String) {
    let (site, issue) = (service.site, &service.stage.issue);
    let list = person.get(&format!("api/v1/issues/{site}/{issue}/chats")).await.unwrap();
    let list: Value = list.json().await.unwrap();
    let panel = person.get(&format!("panel?site={site}&issue={issue}")).await.unwrap();
    (list["chats"][0]["standing"].clone(), panel.text().await.unwrap())
}

/// Events in the lane of the chat, which begin their keys so.
async fn put(service: &Service, prefix: &str, count: usize) {
    let tenant = TenantId::new(TENANT);
    let lane = LaneKey::new(&tenant, &ConversationId::new(service.stage.chat.as_str()));
    let event = |number: usize| NewEvent {
        lane: Some(lane.clone()),
        delivery_key: format!("{prefix}{number}"),
        site: None,
        tenant: Some(tenant.clone()),
        kind: "missed message",
        subject: "{}".to_owned(),
        payload: None,
        finished: None,
    };
    service.storage.queue.put((0..count).map(event).collect()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_relays_has_nothing_to_say() {
    let (service, mut ann) = scene().await;
    let (standing, panel) = seen(&service, &mut ann).await;
    assert_eq!((&standing["state"], &standing["note"]), (&"relaying".into(), &Value::Null));
    assert!(panel.contains("relaying") && !panel.contains("class=\"standing\""), "{panel}");
    // What has just arrived is worked on at once, usually.
    put(&service, "teams/", 1).await;
    assert_eq!(seen(&service, &mut ann).await.0["note"], Value::Null);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_compared_and_then_caught_up_with() {
    let (service, mut ann) = scene().await;
    service.change("UPDATE chat_link SET reconcile_wanted = 1").await;
    let (standing, panel) = seen(&service, &mut ann).await;
    assert_eq!(standing["state"], "comparing");
    assert!(panel.contains("the chat is being compared with its issues"), "{panel}");

    // It was asked for, and is in its lane.
    service.change("UPDATE chat_link SET reconcile_wanted = NULL").await;
    put(&service, "comparison/", 1).await;
    assert_eq!(seen(&service, &mut ann).await.0["state"], "comparing");

    service.change("DELETE FROM event").await;
    service.change("UPDATE chat_cursor SET missed = 80").await;
    put(&service, "missed/", 68).await;
    let (standing, panel) = seen(&service, &mut ann).await;
    assert_eq!(standing["state"], "catching up");
    assert_eq!(standing["catching_up"], serde_json::json!({ "done": 12, "of": 80 }));
    assert!(panel.contains("Catching up on what was missed: 12 of 80 done."), "{panel}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_takes_no_more_or_does_not_answer_is_named() {
    let (service, mut ann) = scene().await;
    service.change("UPDATE chat_cursor SET missed = 3").await;
    put(&service, "missed/", 2).await;
    for (reason, state, words) in [
        ("throttled", "throttled", "takes no more for now"),
        ("platform unreachable", "retrying", "does not answer as it should"),
        ("client credentials refused", "retrying", "Tell whoever runs it here"),
        ("storage unavailable", "retrying", "It is tried again by itself"),
    ] {
        service.change(&format!("UPDATE event SET reason = '{reason}', due_at = 4000000000000")).await;
        let (standing, panel) = seen(&service, &mut ann).await;
        assert_eq!((&standing["state"], &standing["reason"]), (&state.into(), &reason.into()));
        assert_eq!(standing["until"], 4_000_000_000_000_i64);
        let note = standing["note"].as_str().unwrap();
        assert!(note.starts_with("Catching up on what was missed: 1 of 3 done. "), "{note}");
        assert!(note.contains(words) && panel.contains(words), "{note}");
        assert!(panel.contains("Next try: <time data-ms=\"4000000000000\">"), "{panel}");
    }
    service.change("UPDATE event SET reason = 'throttled'").await;
    let list = Desk::beside(&service).run(&["link", "list"]).good();
    assert!(list.contains("catching up (1 of 3), throttled until 2096-10-02"), "{list}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_stands_still_says_who_can_wake_it() {
    let service = Service::linked().await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.world().uninstall_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    let (standing, panel) = seen(&service, &mut ann).await;
    assert_eq!((&standing["state"], &standing["reason"]), (&"paused".into(), &"bot removed".into()));
    assert!(panel.contains("Threadline is no longer in the chat. Add it to the chat again"), "{panel}");
    service.world().install_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    assert_eq!(seen(&service, &mut ann).await.0["state"], "relaying");
    service.stop().await;
}
