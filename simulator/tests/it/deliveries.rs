//! What reaches Threadline, in which order, how often, and when it is told to go wrong.

use std::time::Duration;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use threadline_simulator::{
    DeliveryFault, DeliveryState, DeliveryTrouble, Fault, Host, MessageDraft, Moment, Options,
};

use crate::stage::{Arrival, BOT, PATIENCE, Stage, adf, read};

fn texts(arrived: &[Arrival]) -> Vec<String> {
    arrived.iter().filter_map(|arrival| arrival.body["comment"]["body"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn comments_of_an_issue_arrive_in_order() {
    let stage = Stage::open().await;
    let wanted: Vec<String> = (0..40).map(|number| format!("comment {number}")).collect();
    for text in &wanted {
        stage.simulator.comment("Ann", &stage.issue, text.as_str()).expect("commented");
    }
    stage.settle().await;
    assert_eq!(texts(&stage.receiver.arrived()), wanted);
    assert!(stage.simulator.deliveries().iter().all(|made| made.state == DeliveryState::Delivered));
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_comes_again_with_the_same_identifier() {
    let stage = Stage::open().await;
    stage.receiver.answer_next(503);
    stage.receiver.answer_next(429);
    stage.simulator.comment("Ann", &stage.issue, "again").expect("commented");
    stage.settle().await;
    let arrived = stage.receiver.arrived();
    let header = |index: usize, name: &str| arrived[index].headers.get(name).cloned();
    assert_eq!(arrived.len(), 3);
    assert_eq!(header(0, "x-atlassian-webhook-identifier"), header(2, "x-atlassian-webhook-identifier"));
    assert_eq!(header(0, "x-atlassian-webhook-retry"), None);
    assert_eq!(header(2, "x-atlassian-webhook-retry").expect("a count"), "2");
    assert_eq!(arrived[0].raw, arrived[2].raw);
    stage.receiver.answer_next(401);
    stage.simulator.comment("Ann", &stage.issue, "refused").expect("commented");
    stage.settle().await;
    assert_eq!(stage.receiver.arrived().len(), 4, "a refusal is not repeated");
    assert_eq!(stage.simulator.deliveries()[1].state, DeliveryState::GivenUp);
}

#[tokio::test]
async fn deliveries_double_swap_and_vanish_on_demand() {
    let stage = Stage::open().await;
    let trouble = |trouble| DeliveryFault::new(trouble).of("comment_*").times(1);
    stage.simulator.fail_delivery(trouble(DeliveryTrouble::Drop));
    stage.simulator.fail_delivery(trouble(DeliveryTrouble::Duplicate));
    stage.simulator.fail_delivery(trouble(DeliveryTrouble::Reorder));
    for text in ["lost", "twice", "late", "early"] {
        stage.simulator.comment("Ann", &stage.issue, text).expect("commented");
    }
    stage.settle().await;
    assert_eq!(texts(&stage.receiver.arrived()), ["twice", "twice", "early", "late"]);
}

#[tokio::test]
async fn an_activity_carries_a_token_that_a_bot_can_check() {
    let stage = Stage::open().await;
    let draft = MessageDraft::html("<p><at>Threadline</at>&nbsp;create <b>ABC</b> for <at>Ben</at></p>");
    stage.simulator.send_message("Ann", &stage.chat, draft).expect("sent");
    stage.settle().await;
    let arrived = stage.receiver.arrived();
    let activity = &arrived.last().expect("an activity").body;
    assert_eq!(activity["text"], "<at>Threadline</at> create ABC for <at>Ben</at>");
    assert_eq!(activity["entities"][0]["mentioned"]["id"], format!("28:{BOT}"));
    assert_eq!(activity["entities"][1]["mentioned"]["name"], "Ben");
    let metadata_url = stage.simulator.urls().bot_openid_url.clone();
    let (_, metadata) = read(stage.http.get(metadata_url).send().await).await;
    let keys_url = metadata["jwks_uri"].as_str().expect("a URL");
    let (_, keys) = read(stage.http.get(keys_url).send().await).await;
    assert_eq!(keys["keys"][0]["endorsements"][0], "msteams");
    let jwk: Jwk = serde_json::from_value(keys["keys"][0].clone()).expect("a key");
    let token = arrived.last().expect("an activity").headers["authorization"].to_str().expect("text");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[BOT]);
    rules.set_issuer(&["https://api.botframework.com"]);
    let claims = jsonwebtoken::decode::<Value>(
        token.strip_prefix("Bearer ").expect("a bearer"),
        &DecodingKey::from_jwk(&jwk).expect("RSA"),
        &rules,
    )
    .expect("a valid token")
    .claims;
    assert_eq!(claims["serviceurl"], activity["serviceUrl"]);
}

#[tokio::test]
async fn edits_and_deletions_are_told_to_the_bot() {
    let stage = Stage::open().await;
    let id = stage.simulator.send_message("Ann", &stage.chat, "one").expect("sent");
    stage.simulator.edit_message("Ann", &stage.chat, &id, "two").expect("edited");
    stage.simulator.delete_message("Ann", &stage.chat, &id).expect("deleted");
    stage.simulator.undelete_message("Ann", &stage.chat, &id).expect("undeleted");
    stage.settle().await;
    let told: Vec<(Value, Value)> = stage
        .receiver
        .arrived()
        .iter()
        .map(|arrival| (arrival.body["type"].clone(), arrival.body["channelData"]["eventType"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("message"), Value::Null),
            (json!("messageUpdate"), json!("editMessage")),
            (json!("messageDelete"), json!("softDeleteMessage")),
            (json!("messageUpdate"), json!("undeleteMessage")),
        ]
    );
}

#[tokio::test]
async fn the_bot_is_told_of_its_installation() {
    let stage = Stage::open().await;
    stage.simulator.uninstall_bot(&stage.chat).expect("removed");
    stage.simulator.install_bot(&stage.chat).expect("installed");
    stage.settle().await;
    let told: Vec<Value> =
        stage.receiver.arrived().iter().map(|arrival| arrival.body["type"].clone()).collect();
    assert_eq!(
        told,
        ["installationUpdate", "conversationUpdate", "installationUpdate", "conversationUpdate"]
    );
}

#[tokio::test]
async fn some_sites_tell_a_comment_twice() {
    let options = Options { issue_commented_events: true, ..Options::default() };
    let stage = Stage::open_with(options).await;
    stage.simulator.comment("Ann", &stage.issue, "x").expect("commented");
    stage.settle().await;
    let arrived = stage.receiver.arrived();
    assert_eq!(arrived[0].body["webhookEvent"], "comment_created");
    assert_eq!(arrived[1].body["issue_event_type_name"], "issue_commented");
    assert_eq!(arrived[0].body["comment"]["id"], arrived[1].body["comment"]["id"]);
}

#[tokio::test]
async fn a_host_fails_before_or_after_the_effect() {
    let stage = Stage::open().await;
    let token = stage.jira_token("Ann");
    let url = stage.jira(&format!("issue/{}/comment", stage.issue));
    let comment = async |text: &str| {
        stage.http.post(url.clone()).bearer_auth(&token).json(&json!({"body": adf(text)})).send().await
    };
    let fault =
        |fault: Fault| stage.simulator.fail(fault.at_host(Host::Api).on("POST", "*/comment").times(1));
    fault(Fault::too_many(7));
    let limited = comment("limited").await.expect("an answer");
    assert_eq!(
        (limited.status().as_u16(), limited.headers()["retry-after"].to_str().expect("text")),
        (429, "7")
    );
    fault(Fault::status(503));
    assert_eq!(comment("before").await.expect("an answer").status(), 503);
    fault(Fault::status_after(500));
    assert_eq!(comment("after").await.expect("an answer").status(), 500);
    fault(Fault::cut(Moment::Before));
    assert!(comment("cut before").await.is_err());
    fault(Fault::cut(Moment::After));
    assert!(comment("cut after").await.is_err());
    fault(Fault::hang(Moment::After));
    assert!(tokio::time::timeout(Duration::from_millis(200), comment("hang after")).await.is_err());
    assert_eq!(comment("well").await.expect("an answer").status(), 201);
    let stored: Vec<String> =
        stage.simulator.comments(&stage.issue).iter().map(threadline_simulator::Comment::text).collect();
    assert_eq!(stored, ["after", "cut after", "hang after", "well"]);
}

#[tokio::test]
async fn a_test_waits_for_a_change_and_not_for_time() {
    let stage = Stage::open().await;
    let (simulator, issue) = (stage.simulator.clone(), stage.issue.clone());
    tokio::spawn(async move { simulator.comment("Ann", &issue, "here") });
    let issue = &stage.issue;
    assert!(stage.simulator.wait_until(|world| world.comments(issue).len() == 1, PATIENCE).await);
    let never =
        stage.simulator.wait_until(|world| world.comments(issue).len() == 9, Duration::from_millis(50));
    assert!(!never.await);
}
