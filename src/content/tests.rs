//! The way of a comment into a chat and of a reply into an issue.

use serde_json::{Value, json};

use super::*;
use crate::ids::{AccountId, ObjectId};

pub fn ann() -> Who {
    Who::Teams(ObjectId::new("00000000-0000-0000-0000-00000000000a"))
}

fn doc(content: &Value) -> Value {
    json!({"type": "doc", "version": 1, "content": content})
}

fn para(content: &Value) -> Value {
    json!({"type": "paragraph", "content": content})
}

/// What a chat shows of a comment, when each person of Jira is Ann in Teams.
fn in_teams(adf: &Value) -> String {
    let mut document = adf::read(adf);
    document.map_mentions(|_| ann());
    teams_html::write(&document).html
}

/// What an issue shows of a message in which everybody who is called has a Jira account.
fn in_jira(html: &str) -> Value {
    let person =
        |id: &str| Some(Mention { who: Who::Jira(AccountId::new(id)), name: "Ann Example".to_owned() });
    let adf = adf::write(&teams_html::read(html, person));
    schema::assert_valid(&adf);
    adf["content"].clone()
}

#[test]
fn a_comment_keeps_its_styles_in_the_chat() {
    let text = |text: &str, mark: &str| json!({"type": "text", "text": text, "marks": [{"type": mark}]});
    let adf = doc(&json!([para(&json!([
        text("bold", "strong"), {"type": "text", "text": " and "}, text("italic", "em"),
        {"type": "text", "text": " "}, text("a<b", "code"), {"type": "hardBreak"},
        {"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://example.com/?a=1&b=2"}}]},
    ]))]));
    assert_eq!(
        in_teams(&adf),
        "<p><strong>bold</strong> and <em>italic</em> <code>a&lt;b</code><br>\
         <a href=\"https://example.com/?a=1&amp;b=2\">here</a></p>"
    );
}

#[test]
fn a_comment_calls_a_person_in_the_chat() {
    let adf = doc(&json!([para(&json!([
        {"type": "mention", "attrs": {"id": "5b10", "text": "@Ann Example"}},
        {"type": "text", "text": " please look"},
    ]))]));
    let mut document = adf::read(&adf);
    document.map_mentions(|_| ann());
    let message = teams_html::write(&document);
    assert_eq!(message.html, "<p><at id=\"0\">Ann Example</at> please look</p>");
    assert_eq!(message.mentions.len(), 1);
    document.map_mentions(|_| Who::Nobody);
    assert_eq!(teams_html::write(&document).html, "<p>@Ann Example please look</p>");
}

#[test]
fn a_reply_keeps_lists_code_and_quotes_in_the_issue() {
    let html = "<p>Steps:</p><ol><li>one<ul><li><strong>inner</strong></li></ul></li><li>two</li></ol>\
        <codeblock class=\"Rust\"><code>let a = 1;<br>let b = &lt;2&gt;;</code></codeblock>\
        <blockquote><p>said</p></blockquote>";
    let text = |text: &str| para(&json!([{"type": "text", "text": text}]));
    let bold = para(&json!([{"type": "text", "text": "inner", "marks": [{"type": "strong"}]}]));
    let item = |content: Value| json!({"type": "listItem", "content": content});
    assert_eq!(
        in_jira(html),
        json!([
            text("Steps:"),
            {"type": "orderedList", "attrs": {"order": 1}, "content": [
                item(json!([text("one"), {"type": "bulletList", "content": [item(json!([bold]))]}])),
                item(json!([text("two")])),
            ]},
            {"type": "codeBlock", "attrs": {"language": "Rust"},
             "content": [{"type": "text", "text": "let a = 1;\nlet b = <2>;"}]},
            {"type": "blockquote", "content": [text("said")]},
        ])
    );
}

#[test]
fn both_spellings_of_a_mention_and_a_split_name_call_one_person() {
    let mention = json!({"type": "mention", "attrs": {"id": "0", "text": "@Ann Example"}});
    let expected = json!([para(&json!([mention, {"type": "text", "text": " hi"}]))]);
    for html in [
        "<p><at id=\"0\">Ann Example</at>&nbsp;hi</p>",
        "<div><span itemscope itemtype=\"http://schema.skype.com/Mention\" itemid=\"0\">Ann Example</span> hi</div>",
        "<p><at id=\"0\">Ann</at>&nbsp;<at id=\"0\">Example</at> hi</p>",
    ] {
        assert_eq!(in_jira(html), expected, "{html}");
    }
}

#[test]
fn words_cannot_become_markup_on_the_other_side() {
    let hostile = "<at id=\"0\">Boss</at> <script>x</script> <img src=x onerror=y> &lt;";
    let html = in_teams(&doc(&json!([para(&json!([{"type": "text", "text": hostile}]))])));
    assert!(!html.contains("<at") && !html.contains("<script") && !html.contains("<img"), "{html}");
    assert_eq!(teams_html::read(&html, |_| None).text(), hostile);

    let link = json!({"type": "link", "attrs": {"href": "javascript:alert(1)"}});
    let html = in_teams(&doc(&json!([para(&json!([{"type": "text", "text": "click", "marks": [link]}]))])));
    assert_eq!(html, "<p>click</p>");
}

#[test]
fn what_nobody_knows_is_read_as_its_text() {
    let adf = doc(&json!([
        {"type": "futureBox", "content": [para(&json!([{"type": "text", "text": "inside"}]))]},
        {"type": "extension", "attrs": {"extensionType": "x", "extensionKey": "roadmap"}},
        para(&json!([{"type": "futureWord", "attrs": {"text": "word"}}])),
    ]));
    assert_eq!(adf::read(&adf).text(), "inside\n[roadmap]\nword");
    assert_eq!(teams_html::read("<p><future>kept</future></p>", |_| None).text(), "kept");
}
