//! The three ways: comment to message, reply to comment, message to issue.

use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, MessageDraft, Sender};

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_appears_in_the_chat_as_its_author() {
    let service = Service::linked().await;
    let simulator = &service.stage.simulator;
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
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_becomes_a_comment_by_its_author() {
    let service = Service::linked().await;
    let simulator = &service.stage.simulator;
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
    service.stop().await;
}
