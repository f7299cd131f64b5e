//! What the bot hears, what Graph tells, and what both do.

use serde_json::{Value, json};
use threadline::stage::PEOPLE;
use threadline_simulator::{DeliveryFault, DeliveryTrouble, MessageDraft, Receiver};

use super::{deaf_bot, watched};
use crate::service::Service;

/// The reactions that the issue keeps.
fn reactions(service: &Service) -> Option<Value> {
    let issue = service.world().issue(&service.stage.issue).unwrap();
    let mut found = issue.properties.iter().filter(|(key, _)| key.starts_with("threadline.reactions."));
    found.next().map(|(_, value)| value.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_graph_tells_is_relayed() {
    let service = watched().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    deaf_bot(world, "message*");
    let message = world.send_message(PEOPLE[0], chat, "It works again").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works again"]);
    let author = world.comments(&service.stage.issue)[0].author.clone();
    assert_eq!(author.name, PEOPLE[0]);
    world.edit_message(PEOPLE[0], chat, &message, "It works, mostly").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works, mostly"]);
    world.delete_message(PEOPLE[0], chat, &message).unwrap();
    service.quiet().await;
    assert!(service.comments().is_empty());
    world.undelete_message(PEOPLE[0], chat, &message).unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works, mostly"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_message_that_graph_tells_needs_no_reading() {
    let service = watched().await;
    deaf_bot(service.world(), "message*");
    let route = "/v1.0/chats/{chat}/messages/{message}";
    let before = service.calls_of("GET", route);
    service.world().send_message(PEOPLE[0], &service.stage.chat, "It works again").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works again"]);
    assert_eq!(service.calls_of("GET", route), before);
    let message = service.standing(&service.stage.chat).pop().unwrap().id;
    service.world().react(PEOPLE[1], &service.stage.chat, &message, "like").unwrap();
    service.quiet().await;
    assert!(service.calls_of("GET", route) > before, "what changes is read");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_both_tell_of_is_one_event_whoever_is_first() {
    let service = watched().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let late = DeliveryTrouble::Late { ms: 300 };
    for (number, second) in [Receiver::Graph, Receiver::Bot].into_iter().enumerate() {
        world.fail_delivery(DeliveryFault::new(late).to(second).times(1));
        let text = format!("It works again, {number}");
        world.send_message(PEOPLE[0], chat, text.as_str()).unwrap();
        service.quiet().await;
        world.clear_faults();
    }
    world.send_message(PEOPLE[1], chat, "At once").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works again, 0", "It works again, 1", "At once"]);
    assert_eq!(service.reasons_of("message").await, ["relayed", "relayed", "relayed"]);
    // Each counts once as queued, and once as told before.
    for reason in ["queued", "duplicate"] {
        let told = service.told(reason).await + service.told_by("teams", reason).await;
        assert_eq!(told, 3, "{reason}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_twice_or_in_another_order_ends_alike() {
    let service = watched().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    deaf_bot(world, "message*");
    let twice = DeliveryFault::new(DeliveryTrouble::Duplicate).to(Receiver::Graph);
    world.fail_delivery(twice.of("chatMessage/updated"));
    world.fail_delivery(
        DeliveryFault::new(DeliveryTrouble::Reorder).to(Receiver::Graph).of("chatMessage/created"),
    );
    let message = world.send_message(PEOPLE[0], chat, "It works again").unwrap();
    world.edit_message(PEOPLE[0], chat, &message, "It works, mostly").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works, mostly"]);
    world.clear_faults();
    deaf_bot(world, "message*");
    world.fail_delivery(
        DeliveryFault::new(DeliveryTrouble::Reorder).to(Receiver::Graph).of("chatMessage/created"),
    );
    let gone = world.send_message(PEOPLE[0], chat, "Never mind").unwrap();
    world.delete_message(PEOPLE[0], chat, &gone).unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works, mostly"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_to_peoples_messages_show_and_go_again() {
    let service = watched().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let message = world.send_message(PEOPLE[0], chat, "It works again").unwrap();
    service.quiet().await;
    let comment = world.comments(&service.stage.issue)[0].id.clone();
    // Teams tells the bot of reactions to its own messages alone.
    world.react(PEOPLE[1], chat, &message, "like").unwrap();
    service.quiet().await;
    assert_eq!(reactions(&service).unwrap(), json!({ comment: { "👍": 1 } }));
    world.unreact(PEOPLE[1], chat, &message, "like").unwrap();
    service.quiet().await;
    assert_eq!(reactions(&service).unwrap(), json!({}));
    assert_eq!(service.comments(), ["It works again"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_to_the_bots_messages_are_heard_from_graph_as_well() {
    let service = watched().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.comment(PEOPLE[2], &service.stage.issue, "It works again").unwrap();
    service.quiet().await;
    let message = service.standing(chat).pop().unwrap();
    assert!(message.sender.is_bot());
    let comment = world.comments(&service.stage.issue)[0].id.clone();
    deaf_bot(world, "messageReaction");
    world.react(PEOPLE[0], chat, &message.id, "heart").unwrap();
    service.quiet().await;
    assert_eq!(reactions(&service).unwrap(), json!({ comment: { "❤️": 1 } }));
    assert_eq!(service.comments().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_stay_the_bots_business() {
    let service = watched().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let late = DeliveryFault::new(DeliveryTrouble::Late { ms: 300 });
    world.fail_delivery(late.to(Receiver::Bot).times(1));
    world.send_message(PEOPLE[0], chat, MessageDraft::to_bot("status")).unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("command").await, ["answered"], "Graph's telling took nothing away");
    deaf_bot(world, "message*");
    let command = world.send_message(PEOPLE[0], chat, MessageDraft::to_bot("status")).unwrap();
    world.edit_message(PEOPLE[0], chat, &command, MessageDraft::to_bot("help")).unwrap();
    service.quiet().await;
    assert!(service.comments().is_empty(), "{:?}", service.comments());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_words_come_back_from_graph_as_echoes() {
    let service = watched().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    let comment = world.comment(PEOPLE[0], issue, "It works again").unwrap();
    service.quiet().await;
    world.edit_comment(PEOPLE[0], issue, &comment, "It works, mostly").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1);
    assert!(service.chat_texts()[0].contains("It works, mostly"));
    assert_eq!(service.comments(), ["It works, mostly"]);
    world.delete_comment(PEOPLE[0], issue, &comment).unwrap();
    service.quiet().await;
    assert!(service.chat_texts().is_empty() && service.comments().is_empty());
    service.stop().await;
}
