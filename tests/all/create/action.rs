//! The message action: the dialog, what is made of it, and that it is made once.

use serde_json::{Value, json};
use threadline::stage::{CLOUD, PEOPLE, PROJECT};
use threadline_simulator::{Fault, Host, MessageDraft, Moment, ProjectKind, Trouble};

use crate::service::Service;

const COMMAND: &str = "createIssue";
const SUBMIT: &str = "composeExtension/submitAction";

/// A person, and a message to make an issue of.
async fn scene() -> (Service, String) {
    let service = Service::start().await;
    service.stage.connect(PEOPLE[1]).await.unwrap();
    let html = "<p>The printer <b>burns</b></p><p>since this morning</p>";
    let message =
        service.world().send_message(PEOPLE[0], &service.stage.chat, MessageDraft::html(html)).unwrap();
    service.quiet().await;
    (service, message)
}

/// The data that Teams sends when the form of this dialog is submitted as it is.
fn as_filled_in(dialog: &Value) -> Value {
    let card = &dialog["task"]["value"]["card"]["content"];
    let mut data = card["actions"][0]["data"].clone();
    for input in card["body"].as_array().unwrap() {
        if let (Some(id), Some(value)) = (input["id"].as_str(), input["value"].as_str()) {
            data[id] = json!(value);
        }
    }
    data
}

/// The line of text that a dialog ends with.
fn line(answer: &Value) -> &str {
    assert_eq!(answer["task"]["type"], "message", "{answer}");
    answer["task"]["value"].as_str().unwrap()
}

fn is_sign_in(answer: &Value) -> bool {
    let url = &answer["composeExtension"]["suggestedActions"]["actions"][0]["value"];
    answer["composeExtension"]["type"] == "auth"
        && url.as_str().unwrap().contains("/login/microsoft?then=jira")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_becomes_an_issue_by_its_dialog() {
    let (service, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let before = world.issues().len();
    let (status, dialog) = world.fetch_task(PEOPLE[1], chat, &message, COMMAND).await.unwrap();
    assert_eq!(status, 200);
    let mut data = as_filled_in(&dialog);
    assert_eq!(data["project"], PROJECT);
    assert_eq!(data["issueType"], "Task");
    assert_eq!(data["summary"], "The printer burns");
    assert_eq!(data["description"], "The printer burns\nsince this morning");
    data["issueType"] = json!("Bug");
    let (status, answer) = world.submit_action(PEOPLE[1], chat, &message, COMMAND, data).await.unwrap();
    assert_eq!(status, 200);
    service.quiet().await;
    let issues = world.issues();
    assert_eq!(issues.len(), before + 1);
    let issue = issues.last().unwrap();
    assert_eq!(line(&answer), format!("{} was created and linked to this chat.", issue.key));
    assert_eq!((issue.summary.as_str(), issue.issue_type.name.as_str()), ("The printer burns", "Bug"));
    assert_eq!(issue.description_text(), "The printer burns\nsince this morning");
    assert_eq!(issue.reporter.name, PEOPLE[1], "by who clicked, not by who wrote");
    let back = issue.remote_links[0].content["object"]["url"].as_str().unwrap();
    assert!(back.contains(&message), "{back}");
    let said = service.standing(chat).pop().unwrap();
    assert!(said.sender.is_bot() && said.attachments[0]["content"].to_string().contains(&issue.key));

    world.send_message(PEOPLE[1], chat, "It still burns").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&issue.key), ["It still burns"], "the chat is linked");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_three_times_makes_one_issue() {
    let (service, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let before = world.issues().len();
    let (_, dialog) = world.fetch_task(PEOPLE[1], chat, &message, COMMAND).await.unwrap();
    let value = world.action_value(chat, &message, COMMAND, Some(as_filled_in(&dialog))).unwrap();
    let send = || world.invoke_as(PEOPLE[1], chat, "f:same", SUBMIT, value.clone());
    let (first, second, third) = tokio::join!(send(), send(), send());
    let (_, fourth) = world.invoke_as(PEOPLE[1], chat, "f:other", SUBMIT, value.clone()).await.unwrap();
    service.quiet().await;
    assert_eq!(world.issues().len(), before + 1);
    let key = world.issues().last().unwrap().key.clone();
    for answer in [first.unwrap().1, second.unwrap().1, third.unwrap().1, fourth] {
        assert_eq!(line(&answer), format!("{key} was created and linked to this chat."));
    }
    assert_eq!(service.standing(chat).iter().filter(|m| m.sender.is_bot()).count(), 1, "said once");

    let (_, dialog) = world.fetch_task(PEOPLE[1], chat, &message, COMMAND).await.unwrap();
    world.submit_action(PEOPLE[1], chat, &message, COMMAND, as_filled_in(&dialog)).await.unwrap();
    service.quiet().await;
    assert_eq!(world.issues().len(), before + 2, "a second dialog is a second wish");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_jira_that_is_lost_does_not_make_a_second_issue() {
    let (service, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let before = world.issues().len();
    world.fail(Fault::cut(Moment::After).at_host(Host::Api).on("POST", "*/rest/api/3/issue").times(1));
    let (_, dialog) = world.fetch_task(PEOPLE[1], chat, &message, COMMAND).await.unwrap();
    let (_, answer) =
        world.submit_action(PEOPLE[1], chat, &message, COMMAND, as_filled_in(&dialog)).await.unwrap();
    service.quiet().await;
    assert_eq!(world.issues().len(), before + 1, "{answer}");
    assert_eq!(service.reasons_of("create issue").await, ["issue created"]);
    service.stop().await;
}

/// Jira's search is told of a new issue some seconds later.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_lags_behind_does_not_make_a_second_issue() {
    let (service, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let before = world.issues().len();
    world.fail(Fault::cut(Moment::After).at_host(Host::Api).on("POST", "*/rest/api/3/issue").times(1));
    let nothing = Trouble::Status {
        status: 200,
        retry_after: None,
        body: Some(json!({ "issues": [], "isLast": true })),
        at: Moment::Before,
    };
    world.fail(Fault::new(nothing).at_host(Host::Api).on("POST", "*/search/jql").times(1));
    let (_, dialog) = world.fetch_task(PEOPLE[1], chat, &message, COMMAND).await.unwrap();
    world.submit_action(PEOPLE[1], chat, &message, COMMAND, as_filled_in(&dialog)).await.unwrap();
    service.quiet().await;
    assert_eq!(world.issues().len(), before + 1);
    let (left, _) = world.faults();
    assert!(left.iter().all(|fault| fault.times == Some(0)), "both faults have struck");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_connected_is_asked_to_sign_in() {
    let (service, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let (status, answer) = world.fetch_task(PEOPLE[2], chat, &message, COMMAND).await.unwrap();
    assert_eq!(status, 200);
    assert!(is_sign_in(&answer), "{answer}");
    let data = json!({ "project": PROJECT, "summary": "Anything" });
    let (status, answer) = world.submit_action(PEOPLE[2], chat, &message, COMMAND, data).await.unwrap();
    assert_eq!(status, 200);
    assert!(is_sign_in(&answer), "{answer}");
    service.stage.connect(PEOPLE[2]).await.unwrap();
    let (_, answer) = world.fetch_task(PEOPLE[2], chat, &message, COMMAND).await.unwrap();
    assert_eq!(answer["task"]["type"], "continue", "{answer}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_its_required_fields_comes_back_with_what_was_filled_in() {
    let (service, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let before = world.issues().len();
    for data in [
        json!({ "project": PROJECT, "description": "kept" }),
        json!({ "project": PROJECT, "summary": "  ", "description": "kept" }),
        json!({ "summary": "kept too", "description": "kept" }),
    ] {
        let (status, answer) = world.submit_action(PEOPLE[1], chat, &message, COMMAND, data).await.unwrap();
        assert_eq!(status, 200);
        assert!(answer.to_string().contains("A project and a summary are needed."), "{answer}");
        assert_eq!(as_filled_in(&answer)["description"], "kept");
    }
    assert_eq!(world.issues().len(), before);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_jira_is_told_in_plain_words() {
    let (service, message) = scene().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let body = json!({ "errorMessages": [], "errors": { "customfield_10010": "Team is required." } });
    let refusal = Trouble::Status { status: 400, retry_after: None, body: Some(body), at: Moment::Before };
    world.fail(Fault::new(refusal).on("POST", "*/rest/api/3/issue").times(1));
    let (_, dialog) = world.fetch_task(PEOPLE[1], chat, &message, COMMAND).await.unwrap();
    let (status, answer) =
        world.submit_action(PEOPLE[1], chat, &message, COMMAND, as_filled_in(&dialog)).await.unwrap();
    assert_eq!(status, 200);
    assert!(line(&answer).contains("Jira refused this issue"), "{answer}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_project_is_as_good_and_a_chat_without_the_bot_too() {
    let (service, _) = scene().await;
    let world = service.world();
    world.add_project(CLOUD, "HELP", "Help desk", ProjectKind::ServiceDesk, &["Request"]).unwrap();
    let chat =
        world.add_chat("Without the bot", &PEOPLE[..2], threadline_simulator::ChatKind::Group).unwrap();
    let message = world.send_message(PEOPLE[0], &chat, "No paper").unwrap();
    let data = json!({ "project": "HELP", "issueType": "Request", "summary": "No paper", "form": "1" });
    let (_, answer) = world.submit_action(PEOPLE[1], &chat, &message, COMMAND, data).await.unwrap();
    service.quiet().await;
    let issue = world.issues().pop().unwrap();
    assert_eq!(issue.project, "HELP");
    assert_eq!(line(&answer), format!("{} was created.", issue.key), "nothing can be relayed there");
    assert_eq!(issue.remote_links.len(), 1);
    service.stop().await;
}
