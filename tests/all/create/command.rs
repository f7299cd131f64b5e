//! `@Threadline create ABC Something to do`.

use threadline::stage::{PEOPLE, PROJECT};
use threadline_simulator::MessageDraft;

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_creates_an_issue_as_its_author_and_links_it_both_ways() {
    let service = Service::start().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    service.stage.connect(PEOPLE[1]).await.unwrap();
    let before = world.issues().len();
    let command = MessageDraft::to_bot("create abc The login fails on Mondays");
    let message = world.send_message(PEOPLE[1], chat, command).unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("command").await, ["issue created"]);
    let issues = world.issues();
    assert_eq!(issues.len(), before + 1);
    let issue = issues.last().unwrap();
    assert_eq!((issue.project.as_str(), issue.summary.as_str()), (PROJECT, "The login fails on Mondays"));
    assert_eq!(issue.reporter.name, PEOPLE[1]);
    assert_eq!(issue.issue_type.name, "Task");
    assert_eq!(issue.remote_links.len(), 1);
    let back = issue.remote_links[0].content["object"]["url"].as_str().unwrap();
    assert!(back.contains(&message), "{back}");
    let said = service.standing(chat).pop().unwrap();
    assert!(said.sender.is_bot());
    let card = said.attachments[0]["content"].to_string();
    assert!(card.contains(&issue.key) && card.contains(&format!("/browse/{}", issue.key)), "{card}");

    world.comment(PEOPLE[1], &issue.key, "From the issue").unwrap();
    world.send_message(PEOPLE[1], chat, "From the chat").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&issue.key), ["From the issue", "From the chat"]);
    assert!(service.chat_texts().iter().any(|text| text.contains("From the issue")));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_connected_is_told_how() {
    let service = Service::start().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let before = world.issues().len();
    world.send_message(PEOPLE[2], chat, MessageDraft::to_bot("create ABC Anything")).unwrap();
    world
        .send_message(PEOPLE[2], chat, MessageDraft::to_bot(&format!("link {}", service.stage.issue)))
        .unwrap();
    service.quiet().await;
    let said: Vec<String> = service.chat_texts().split_off(2);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|text| text.contains("Connect your Jira account first")), "{said:?}");
    assert_eq!(world.issues().len(), before);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_jira_is_told_in_plain_words() {
    let service = Service::start().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    service.stage.connect(PEOPLE[1]).await.unwrap();
    world.send_message(PEOPLE[1], chat, MessageDraft::to_bot("create NOPE Anything")).unwrap();
    world.send_message(PEOPLE[1], chat, MessageDraft::to_bot("create ABC")).unwrap();
    world.send_message(PEOPLE[1], chat, MessageDraft::to_bot("link NOPE-1")).unwrap();
    service.quiet().await;
    let said: Vec<String> = service
        .standing(chat)
        .iter()
        .filter(|m| m.sender.is_bot())
        .map(threadline_simulator::Message::text)
        .collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("I could not create that issue"), "{said:?}");
    assert!(said[1].contains("create ABC Something to do"), "help, since the summary is missing: {said:?}");
    assert!(said[2].contains("There is no such issue, or you may not see it"), "{said:?}");
    service.stop().await;
}
