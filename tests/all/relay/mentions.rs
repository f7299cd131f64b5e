//! Mentions travel through the user mapping; who has none is shown as plain `@Name`.

use serde_json::json;
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, MessageDraft};

use crate::service::Service;

fn mentioning(account: &str, name: &str) -> CommentDraft {
    CommentDraft::adf(json!({ "type": "doc", "version": 1, "content": [{ "type": "paragraph", "content": [
        { "type": "text", "text": "Can you look, " },
        { "type": "mention", "attrs": { "id": account, "text": format!("@{name}") } },
        { "type": "text", "text": "?" },
    ] }] }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_in_a_comment_notifies_the_same_person_in_teams() {
    let service = Service::linked().await;
    let ben = service.world().person(PEOPLE[1]).unwrap();
    service.world().comment(PEOPLE[0], &service.stage.issue, mentioning(&ben.account_id, "Ben")).unwrap();
    service.quiet().await;
    let message = service.standing(&service.stage.chat).remove(0);
    assert!(message.content.contains("<at id=\"0\">"), "{}", message.content);
    assert_eq!(message.mentions[0]["mentioned"]["user"]["id"], json!(ben.object_id));
    assert_eq!(message.text().trim(), "Can you look, Ben?");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_of_somebody_unknown_in_teams_stays_readable() {
    let service = Service::linked().await;
    let cleo = service.world().person(PEOPLE[2]).unwrap();
    let draft = mentioning(&cleo.account_id, PEOPLE[2]);
    service.world().comment(PEOPLE[0], &service.stage.issue, draft).unwrap();
    service.quiet().await;
    let message = service.standing(&service.stage.chat).remove(0);
    assert_eq!(message.mentions.len(), 0);
    assert_eq!(message.text().trim(), "Can you look, @Cleo Carter?");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_in_a_reply_notifies_the_same_person_in_jira() {
    let service = Service::linked().await;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    let draft = MessageDraft::html("<p>Done, <at>Ann Archer</at>, and <at>Cleo Carter</at> knows</p>");
    service.world().send_message(PEOPLE[1], &service.stage.chat, draft).unwrap();
    service.quiet().await;
    let comment = service.world().comments(&service.stage.issue).remove(0);
    let inline = &comment.body["content"][0]["content"];
    let mention =
        inline.as_array().unwrap().iter().find(|node| node["type"] == "mention").expect("a mention of Ann");
    assert_eq!(mention["attrs"]["id"], json!(ann.account_id));
    assert!(comment.text().contains("@Cleo Carter knows"), "{}", comment.text());
    service.stop().await;
}
