//! What is too long for the other side, and what says nothing at all.

use serde_json::json;
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, MessageDraft};

use crate::service::Service;

fn long_text(words: usize) -> String {
    (0..words).map(|number| format!("wörd{number}")).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_comment_is_cut_with_a_way_to_the_whole_in_both_voices() {
    let service = Service::linked().await;
    for author in [PEOPLE[0], PEOPLE[2]] {
        service.world().comment(author, &service.stage.issue, long_text(3_000).as_str()).unwrap();
    }
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["relayed", "relayed"]);
    let comments = service.world().comments(&service.stage.issue);
    for (message, comment) in service.standing(&service.stage.chat).iter().zip(comments) {
        assert!(message.content.contains("wörd0 wörd1"), "the beginning is there");
        assert!(!message.content.contains("wörd2999"), "the end is not");
        let whole = format!("/browse/{}?focusedCommentId={}", service.stage.issue, comment.id);
        assert!(message.content.contains(&whole), "the way to the whole is there");
        assert!(message.text().len() > 5_000, "most of the limit is used: {}", message.text().len());
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_reply_is_cut_with_a_way_to_the_whole() {
    let service = Service::linked().await;
    // As much as Teams lets a person write, in a form that is longer in Jira.
    let lines: Vec<String> = (0..900).map(|number| format!("line{number}")).collect();
    let html = format!("<p>{}</p>", lines.join("</p><p>"));
    let draft = MessageDraft::html(&html);
    let message = service.world().send_message(PEOPLE[1], &service.stage.chat, draft).unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("message").await, ["relayed"]);
    let comment = service.world().comments(&service.stage.issue).remove(0);
    let body = comment.body.to_string();
    assert!(body.chars().count() <= 32_767, "{}", body.chars().count());
    assert!(comment.text().starts_with("line0\nline1\n"), "the beginning is there");
    assert!(!comment.text().contains("line899"), "the end is not");
    assert!(body.contains(&message), "the way to the whole is there");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_nothing_is_not_relayed() {
    let service = Service::linked().await;
    let empty = json!({ "type": "doc", "version": 1, "content": [{ "type": "paragraph", "content": [] }] });
    service.world().comment(PEOPLE[0], &service.stage.issue, CommentDraft::adf(empty)).unwrap();
    service
        .world()
        .send_message(PEOPLE[1], &service.stage.chat, MessageDraft::html("<p>&nbsp;</p>"))
        .unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["empty"]);
    assert_eq!(service.reasons_of("message").await, ["empty"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_or_a_smiley_alone_degrades_to_words_never_to_nothing() {
    let service = Service::linked().await;
    let picture = json!({ "type": "doc", "version": 1, "content": [{ "type": "mediaSingle", "content": [
        { "type": "media", "attrs": { "id": "6e7c", "type": "file", "collection": "", "alt": "a chart" } },
    ] }] });
    service.world().comment(PEOPLE[0], &service.stage.issue, CommentDraft::adf(picture)).unwrap();
    let smiley = "<p><emoji id=\"yes\" alt=\"👍\" title=\"Yes\"></emoji></p>";
    service.world().send_message(PEOPLE[1], &service.stage.chat, MessageDraft::html(smiley)).unwrap();
    let image =
        "<p><img alt=\"whiteboard\" src=\"https://example.com/board.png\" width=\"10\" height=\"10\"></p>";
    service.world().send_message(PEOPLE[1], &service.stage.chat, MessageDraft::html(image)).unwrap();
    service.quiet().await;
    let relayed: Vec<String> =
        service.standing(&service.stage.chat).iter().map(|m| m.text().trim().to_owned()).collect();
    assert!(relayed.iter().any(|text| text.contains("a chart")), "{relayed:?}");
    let comments = service.comment_texts(&service.stage.issue);
    assert!(comments.iter().any(|text| text.contains("👍")), "{comments:?}");
    assert!(comments.iter().any(|text| text.contains("whiteboard")), "{comments:?}");
    service.stop().await;
}
