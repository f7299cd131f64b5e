//! Reactions to relayed messages show on the issue, as counts.

use serde_json::{Value, json};
use threadline::stage::{Browser, PEOPLE};
use threadline_simulator::Fault;

use crate::service::Service;

/// A linked service, and a message of the bot that relays a comment: Teams tells a bot of
/// reactions to its own messages only.
async fn scene() -> (Service, Browser, String) {
    let service = Service::start().await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.stage.connect(PEOPLE[1]).await.unwrap();
    service.link(&mut ann, &service.stage.issue, &service.stage.chat).await;
    service.world().comment(PEOPLE[2], &service.stage.issue, "It works again").unwrap();
    service.quiet().await;
    let message = service.standing(&service.stage.chat).pop().unwrap();
    assert!(message.sender.is_bot());
    (service, ann, message.id)
}

/// The reactions that the issue keeps: a comment's id, and its counts.
fn kept(service: &Service) -> Option<Value> {
    let issue = service.world().issue(&service.stage.issue).unwrap();
    let mut found = issue.properties.iter().filter(|(key, _)| key.starts_with("threadline.reactions."));
    found.next().map(|(_, value)| value.clone())
}

/// The line of the panel, as JSON says it.
async fn told(service: &Service, person: &mut Browser) -> Value {
    let list = format!("api/v1/issues/{}/{}/chats", service.site, service.stage.issue);
    let chats: Value = person.get(&list).await.unwrap().json().await.unwrap();
    chats["chats"][0]["reactions"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_are_counted_on_the_issue_and_shown_in_the_panel() {
    let (service, mut ann, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    assert_eq!(told(&service, &mut ann).await, Value::Null);
    let comment = world.comments(&service.stage.issue)[0].id.clone();
    for (person, kind) in [(PEOPLE[0], "like"), (PEOPLE[1], "like"), (PEOPLE[1], "1f440_eyes")] {
        world.react(person, chat, &message, kind).unwrap();
    }
    service.quiet().await;
    assert_eq!(kept(&service).unwrap(), json!({ comment: { "👍": 2, "👀": 1 } }));
    assert_eq!(told(&service, &mut ann).await, "👍 2 👀 1 on 1 message");
    let panel = format!("panel?site={}&issue={}", service.site, service.stage.issue);
    let panel = ann.get(&panel).await.unwrap().text().await.unwrap();
    assert!(panel.contains("👍 2 👀 1 on 1 message"), "{panel}");
    for person in [PEOPLE[0], PEOPLE[1]] {
        world.unreact(person, chat, &message, "like").unwrap();
    }
    world.unreact(PEOPLE[1], chat, &message, "1f440_eyes").unwrap();
    service.quiet().await;
    assert_eq!(kept(&service).unwrap(), json!({}));
    assert_eq!(told(&service, &mut ann).await, Value::Null);
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 1, "no comment a reaction");
    assert_eq!(service.standing(chat).len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_written_once_for_each_state_that_is_seen() {
    let (service, _ann, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    // The lane is held up while people react.
    world.fail(Fault::too_many(1).at_host(threadline_simulator::Host::Graph).on("GET", "*").times(1));
    for person in PEOPLE {
        world.react(person, chat, &message, "heart").unwrap();
    }
    service.quiet().await;
    let reasons = service.reasons_of("message reacted").await;
    assert_eq!(reasons.len(), 3);
    assert_eq!(reasons.iter().filter(|reason| *reason == "reactions shown").count(), 1, "{reasons:?}");
    let left_out = |reason: &&String| ["overtaken", "reactions unchanged"].contains(&reason.as_str());
    assert_eq!(reasons.iter().filter(left_out).count(), 2, "{reasons:?}");
    assert!(kept(&service).unwrap().to_string().contains(r#""❤️":3"#));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_to_what_is_no_relayed_message_is_left_alone() {
    let (service, mut ann, _) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.send_message(PEOPLE[0], chat, threadline_simulator::MessageDraft::to_bot("status")).unwrap();
    service.quiet().await;
    let answer = service.standing(chat).pop().unwrap();
    world.react(PEOPLE[1], chat, &answer.id, "like").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("message reacted").await, ["not relayed before"]);
    assert_eq!(kept(&service), None);
    assert_eq!(told(&service, &mut ann).await, Value::Null);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bystanders_login_does_not_write_the_reactions() {
    let (service, _ann, message) = scene().await;
    let world = service.world();
    // The link's creator may not edit the issue; somebody else who is connected could.
    let forbidden = Fault::status(403).at_host(threadline_simulator::Host::Api);
    world.fail(forbidden.on("PUT", "*/issue/*/properties/*").times(1));
    world.react(PEOPLE[2], &service.stage.chat, &message, "like").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("message reacted").await, ["nobody may edit the issue"]);
    assert_eq!(kept(&service), None);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_in_a_channel_thread_are_counted_too() {
    let (service, _ann, _) = scene().await;
    let world = service.world();
    let team = world.add_team("Alphabet", &PEOPLE, &["General"]).unwrap();
    world.install_bot_in_team(&team.group_id).unwrap();
    let other = threadline_simulator::IssueDraft::new(threadline::stage::PROJECT, "Another");
    let other = world.create_issue(PEOPLE[0], other).unwrap().key;
    let wish = threadline_simulator::MessageDraft::to_bot(&format!("link {other}"));
    let thread = world.start_thread(PEOPLE[0], &team.id, wish).unwrap();
    service.quiet().await;
    let comment = world.comment(PEOPLE[2], &other, "In the thread").unwrap();
    service.quiet().await;
    let message = service.standing(&thread).pop().unwrap();
    world.react(PEOPLE[1], &thread, &message.id, "laugh").unwrap();
    service.quiet().await;
    let issue = world.issue(&other).unwrap();
    let value = issue.properties.values().find(|value| value.to_string().contains('😆'));
    assert_eq!(value, Some(&json!({ comment: { "😆": 1 } })));
    service.stop().await;
}
