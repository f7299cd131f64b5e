//! Who writes what: the author themselves where they can, else the bot under their name.

use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, MessageDraft, Sender};

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_appears_in_the_chat_as_its_author() {
    let service = Service::linked().await;
    let simulator = service.world();
    simulator.comment(PEOPLE[0], &service.stage.issue, CommentDraft::text("It fails on Mondays")).unwrap();
    service.until("the message", |world| world.messages(&service.stage.chat).len() == 1).await;
    let message = simulator.messages(&service.stage.chat).remove(0);
    assert!(message.content.contains("It fails on Mondays"), "{}", message.content);
    let author = simulator.person(PEOPLE[0]).unwrap();
    assert!(matches!(&message.sender, Sender::Person(person) if person.object_id == author.object_id));
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1);
    assert_eq!(
        simulator.comments(&service.stage.issue).len(),
        1,
        "the message must not come back as a comment"
    );
    assert_eq!(service.reasons_of("comment created").await, ["relayed"]);
    assert_eq!(service.reasons_of("message").await, ["echo"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_becomes_a_comment_by_its_author() {
    let service = Service::linked().await;
    let simulator = service.world();
    simulator
        .send_message(PEOPLE[1], &service.stage.chat, MessageDraft::html("<p>Only with <b>umlauts</b></p>"))
        .unwrap();
    service.until("the comment", |world| world.comments(&service.stage.issue).len() == 1).await;
    let comment = simulator.comments(&service.stage.issue).remove(0);
    assert_eq!(comment.author.name, PEOPLE[1]);
    assert!(comment.body.to_string().contains("umlauts"), "{}", comment.body);
    assert!(comment.properties.contains_key("threadline.origin"));
    service.quiet().await;
    assert_eq!(
        simulator.messages(&service.stage.chat).len(),
        1,
        "the comment must not come back as a message"
    );
    assert_eq!(simulator.comments(&service.stage.issue).len(), 1);
    assert_eq!(service.reasons_of("message").await, ["relayed"]);
    assert_eq!(service.reasons_of("comment created").await, ["echo"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_speaks_for_an_author_who_has_not_connected() {
    let service = Service::linked().await;
    service.world().comment(PEOPLE[2], &service.stage.issue, "I see it too").unwrap();
    service.quiet().await;
    let message = service.standing(&service.stage.chat).remove(0);
    assert!(message.sender.is_bot());
    assert!(message.content.contains("<strong>Cleo Carter</strong> (Jira)"), "{}", message.content);
    assert!(message.content.contains("I see it too"), "{}", message.content);
    assert_eq!(service.chat_texts().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_speaks_for_an_author_who_is_not_in_the_chat() {
    let service = Service::linked().await;
    service.world().remove_member(&service.stage.chat, PEOPLE[1]).unwrap();
    service.world().comment(PEOPLE[1], &service.stage.issue, "From outside").unwrap();
    service.quiet().await;
    let message = service.standing(&service.stage.chat).remove(0);
    assert!(message.sender.is_bot());
    assert!(message.content.contains("<strong>Ben Baker</strong> (Jira)"), "{}", message.content);
    assert_eq!(service.chat_texts().len(), 1);
    assert_eq!(service.reasons_of("comment created").await, ["relayed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_keeps_its_order_on_both_sides() {
    let service = Service::linked().await;
    let texts = |side: &str| (0..10).map(|number| format!("{side} {number}")).collect::<Vec<_>>();
    for text in texts("comment") {
        service.world().comment(PEOPLE[0], &service.stage.issue, text.as_str()).unwrap();
    }
    for text in texts("message") {
        service.world().send_message(PEOPLE[1], &service.stage.chat, text.as_str()).unwrap();
    }
    service.quiet().await;
    let messages: Vec<String> =
        service.standing(&service.stage.chat).iter().map(threadline_simulator::Message::text).collect();
    let comments = service.comment_texts(&service.stage.issue);
    let only = |all: &[String], side: &str| {
        all.iter()
            .map(|text| text.trim().to_owned())
            .filter(|text| text.starts_with(side))
            .collect::<Vec<_>>()
    };
    for all in [&messages, &comments] {
        assert_eq!(only(all, "comment"), texts("comment"));
        assert_eq!(only(all, "message"), texts("message"));
        assert_eq!(all.len(), 20);
    }
    service.stop().await;
}
