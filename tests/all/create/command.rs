//! `@Threadline create ABC Something to do`.

use serde_json::json;
use threadline::stage::{PEOPLE, PROJECT};
use threadline_simulator::{Fault, Host, MessageDraft, Moment, Trouble};

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

/// As long as the call may have taken, and Jira's search may lag behind, nobody knows whether there
/// is an issue; and the same again after each further call.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_the_search_does_not_show_yet_is_not_made_again() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let before = world.issues().len();
    let nothing = Trouble::Status {
        status: 200,
        retry_after: None,
        body: Some(json!({ "issues": [], "isLast": true })),
        at: Moment::Before,
    };
    let create = || Fault::cut(Moment::Before).at_host(Host::Api).on("POST", "*/rest/api/3/issue").times(1);
    let unknown = async |attempts: i32| {
        let what = format!("try {attempts} ends without an answer");
        let events = service.until_events(&what, |events| {
            events.iter().any(|event| event.kind == "command" && event.attempts == attempts)
        });
        events.await;
    };
    let call = service.settings.relay.call_time();

    world.fail(create());
    world.send_message(PEOPLE[1], chat, MessageDraft::to_bot("create ABC Slow to be found")).unwrap();
    unknown(1).await;
    // Nothing is found after all this time: the second call makes it, and its answer is lost.
    world.fail(Fault::cut(Moment::After).at_host(Host::Api).on("POST", "*/rest/api/3/issue").times(1));
    service.pass_here(&clock, 3 * call);
    unknown(2).await;
    assert_eq!(world.issues().len(), before + 1);
    world.fail(Fault::new(nothing).at_host(Host::Api).on("POST", "*/search/jql"));
    service.pass_here(&clock, 2 * call);
    unknown(3).await;
    assert_eq!(world.issues().len(), before + 1, "it may be there");
    world.clear_faults();
    service.pass_here(&clock, call);
    service.quiet().await;
    assert_eq!(world.issues().len(), before + 1);
    assert_eq!(service.reasons_of("command").await, ["issue created"]);
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
