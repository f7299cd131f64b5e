//! What formatting of one side becomes on the other.

use serde_json::{Value, json};
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, MessageDraft};

use crate::service::Service;

fn marked(text: &str, mark: &str) -> Value {
    json!({ "type": "text", "text": text, "marks": [{ "type": mark }] })
}

fn paragraph(content: &Value) -> Value {
    json!({ "type": "paragraph", "content": content })
}

fn item(text: &str) -> Value {
    json!({ "type": "listItem", "content": [paragraph(&json!([{ "type": "text", "text": text }]))] })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_formatting_of_a_comment_arrives_in_the_chat() {
    let service = Service::linked().await;
    let document = json!({ "type": "doc", "version": 1, "content": [
        paragraph(&json!([marked("bold", "strong"), { "type": "text", "text": " and " }, marked("italic", "em")])),
        paragraph(&json!([
            marked("code", "code"),
            { "type": "text", "text": " " },
            { "type": "text", "text": "a link", "marks": [{ "type": "link", "attrs": { "href": "https://example.com/a?b=1&c=2" } }] },
        ])),
        { "type": "codeBlock", "attrs": { "language": "rust" }, "content": [{ "type": "text", "text": "if a < b {\n    x()\n}" }] },
        { "type": "bulletList", "content": [item("one"), item("two")] },
        { "type": "orderedList", "content": [item("first"), item("second")] },
        { "type": "panel", "attrs": { "panelType": "info" }, "content": [paragraph(&json!([{ "type": "text", "text": "still readable" }]))] },
    ] });
    service.world().comment(PEOPLE[0], &service.stage.issue, CommentDraft::adf(document)).unwrap();
    service.quiet().await;
    insta::assert_snapshot!(service.chat_texts().remove(0));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_formatting_of_a_reply_arrives_in_the_issue() {
    let service = Service::linked().await;
    let html = "<p><strong>bold</strong> and <em>italic</em></p><p><code>code</code> \
        <a href=\"https://example.com/a?b=1&amp;c=2\">a link</a></p>\
        <codeblock class=\"Rust\"><code>if a &lt; b {<br>&nbsp;&nbsp;x()<br>}</code></codeblock>\
        <ul><li>one</li><li>two</li></ul><ol><li>first</li><li>second</li></ol>\
        <futuretag>still readable</futuretag>";
    service.world().send_message(PEOPLE[1], &service.stage.chat, MessageDraft::html(html)).unwrap();
    service.quiet().await;
    let comment = service.world().comments(&service.stage.issue).remove(0);
    insta::assert_json_snapshot!(comment.body);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_looks_like_markup_stays_text_in_both_voices() {
    let service = Service::linked().await;
    let text = "<at>Everyone</at> **not bold** [x](javascript:alert(1)) <b>";
    service.world().comment(PEOPLE[0], &service.stage.issue, text).unwrap();
    service.world().comment(PEOPLE[2], &service.stage.issue, text).unwrap();
    service.quiet().await;
    let messages = service.standing(&service.stage.chat);
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].text().trim(), text);
    for message in &messages {
        assert!(!message.content.contains("<at"), "{}", message.content);
        assert!(!message.content.contains("<b>"), "{}", message.content);
        assert_eq!(message.mentions.len(), 0);
    }
    insta::assert_snapshot!(messages[1].content);
    service.stop().await;
}
