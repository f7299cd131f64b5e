//! Much was missed: one message with links, where the link says so, and each one where it doesn't.

use threadline::stage::{CLOUD, PEOPLE};
use threadline_simulator::{CommentDraft, IssueDraft, ProjectKind};

use crate::service::Service;

/// A service that was deaf while so many comments, and as many messages, were written.
async fn after_much(setting: &str, many: usize) -> Service {
    let service = Service::start_with(|settings| settings.reconcile.single_copies = 10).await;
    service.connect_and_link().await;
    let account = service.world().person(PEOPLE[0]).unwrap().account_id.clone();
    service.set_integration_account(&threadline::ids::AccountId::new(account)).await;
    service
        .change(&format!(
            "INSERT INTO setting (scope, scope_id, name, value, updated_at) VALUES ('instance', '', 'catch-up', '{setting}', 0)"
        ))
        .await;
    service.deaf();
    for number in 0..many {
        service
            .world()
            .comment(PEOPLE[0], &service.stage.issue, format!("Comment {number}").as_str())
            .unwrap();
        service
            .world()
            .send_message(PEOPLE[1], &service.stage.chat, format!("Message {number}").as_str())
            .unwrap();
    }
    assert!(service.world().settled(crate::service::PATIENCE).await);
    service.hearing();
    service.compare().await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_are_named_in_a_digest_on_each_side() {
    let service = Box::pin(after_much("digest", 250)).await;
    let mut said = service.chat_texts();
    said.retain(|text| !text.contains("Message "));
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("250 comments") && said[0].contains("focusedCommentId="), "{}", said[0]);
    assert!(said[0].contains("and 230 more"), "{}", said[0]);
    let mut written = service.comment_texts(&service.stage.issue);
    written.retain(|text| !text.contains("Comment "));
    assert_eq!(written.len(), 1, "{written:#?}");
    assert!(written[0].contains("250 messages"), "{}", written[0]);

    // What was told is told: not again, and not one by one.
    service.compare().await;
    assert_eq!(service.chat_texts().len(), 251);
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 251);
    let told = service.reasons_of("comment created").await;
    assert_eq!(told.iter().filter(|reason| *reason == "in a digest").count(), 250);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_digest_each_one_is_copied() {
    let service = Box::pin(after_much("each", 20)).await;
    assert_eq!(service.chat_texts().len(), 40);
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 40);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_says_nothing_of_comments_that_the_chat_must_not_see() {
    let service = Service::start_with(|settings| settings.reconcile.single_copies = 3).await;
    let world = service.world();
    world.add_project(CLOUD, "HELP", "Help desk", ProjectKind::ServiceDesk, &["Request"]).unwrap();
    let issue = world.create_issue(PEOPLE[0], IssueDraft::new("HELP", "No printer")).unwrap().key;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let link = service.link(&mut ann, &issue, &service.stage.chat).await;
    service
        .change(&format!(
            "INSERT INTO setting (scope, scope_id, name, value, updated_at) VALUES ('link', '{link}', 'catch-up', 'digest', 0)"
        ))
        .await;
    service.deaf();
    for number in 0..10 {
        let internal = CommentDraft::text(&format!("Among us {number}")).internal();
        world.comment(PEOPLE[0], &issue, internal).unwrap();
    }
    for number in 0..5 {
        world.comment(PEOPLE[0], &issue, format!("For all {number}").as_str()).unwrap();
    }
    assert!(world.settled(crate::service::PATIENCE).await);
    service.hearing();
    service.compare().await;
    let said = service.chat_texts();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("5 comments"), "{}", said[0]);
    let reasons = service.reasons_of("comment created").await;
    assert_eq!(reasons.iter().filter(|reason| *reason == "internal comment").count(), 10, "{reasons:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_webhook_has_told_of_is_in_no_digest() {
    let service = Box::pin(after_much("digest", 0)).await;
    for number in 0..12 {
        service
            .world()
            .comment(PEOPLE[0], &service.stage.issue, format!("Comment {number}").as_str())
            .unwrap();
    }
    service.quiet().await;
    // As if each still waited for its turn.
    service.change("DELETE FROM message_pair").await;
    service.compare().await;
    let said = service.chat_texts();
    assert!(!said.iter().any(|text| text.contains("was away")), "{said:#?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_has_an_event_of_its_own_is_in_no_digest() {
    let service = Box::pin(after_much("digest", 0)).await;
    let (world, chat) = (service.world(), &service.stage.chat);
    for number in 0..12 {
        world.send_message(PEOPLE[1], chat, format!("Heard {number}").as_str()).unwrap();
    }
    service.quiet().await;
    // As if each still waited for its turn.
    service.change("DELETE FROM message_pair").await;
    service.deaf();
    for number in 0..11 {
        world.send_message(PEOPLE[1], chat, format!("Missed {number}").as_str()).unwrap();
    }
    assert!(world.settled(crate::service::PATIENCE).await);
    service.hearing();
    service.compare().await;
    let mut told = service.comment_texts(&service.stage.issue);
    told.retain(|text| text.contains("was away"));
    assert!(told.len() == 1 && told[0].contains("11 messages"), "{told:#?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_told_on_the_issue_that_they_name() {
    let service = Box::pin(after_much("digest", 0)).await;
    let world = service.world();
    let named = service.stage.issue.clone();
    let project = named.split('-').next().unwrap();
    let current = world.create_issue(PEOPLE[0], IssueDraft::new(project, "Another")).unwrap().key;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.link(&mut ann, &current, &service.stage.chat).await;
    service.deaf();
    for number in 0..12 {
        let text = format!("About {named}: {number}");
        world.send_message(PEOPLE[1], &service.stage.chat, text.as_str()).unwrap();
    }
    assert!(world.settled(crate::service::PATIENCE).await);
    service.hearing();
    service.compare().await;
    let told = service.comment_texts(&named);
    assert!(told.len() == 1 && told[0].contains("12 messages"), "{told:#?}");
    assert!(service.comment_texts(&current).is_empty());
    service.stop().await;
}
