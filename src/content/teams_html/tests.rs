//! Messages as Teams writes them, and what is sent to it.

use crate::content::teams_html::{read, write};
use crate::content::tree::{Block, Inline, Marks, Media, MediaSource, Mention, Who};
use crate::content::{Document, adf};
use crate::ids::ObjectId;

fn text(html: &str) -> String {
    read(html, |_| None).text()
}

fn ann(name: &str) -> Mention {
    Mention { who: Who::Teams(ObjectId::new("ann")), name: name.to_owned() }
}

#[test]
fn white_space_of_the_source_is_folded_and_that_of_the_writer_stays() {
    assert_eq!(text("<div>\n  <p>a\n   b</p>\n\n<p>&nbsp;</p><p>c&nbsp; d </p></div>"), "a b\nc  d");
    assert_eq!(text("<p>x <br> y<br></p>"), "x\ny");
}

#[test]
fn emoji_pictures_and_attachments_are_read() {
    let html = "<p><emoji id=\"smile\" alt=\"🙂\" title=\"Smile\"></emoji>\
        <customemoji id=\"x\" alt=\"party\"></customemoji></p>\
        <img alt=\"plan\" src=\"https://graph.microsoft.com/v1.0/chats/1/messages/2/hostedContents/3/$value\">\
        <img itemtype=\"http://schema.skype.com/Emoji\" alt=\"👍\"><attachment id=\"a-1\"></attachment>";
    let document = read(html, |_| None);
    assert_eq!(document.text(), "🙂party\n[plan]👍\n[attachment]");
    assert!(matches!(&document.media()[0].source, MediaSource::Hosted { .. }));
}

#[test]
fn a_system_message_is_empty_and_scripts_are_not_seen() {
    assert!(read("<systemEventMessage/>", |_| None).is_empty());
    assert_eq!(text("<style>p{}</style><p>seen</p><script>if (a<b) alert('x')</script>"), "seen");
}

#[test]
fn a_name_of_several_words_is_one_mention_and_two_people_are_two() {
    let one = "<p><at id=\"0\">Ann</at>&nbsp;<at id=\"1\">Example</at>, hello</p>";
    let mentions =
        |html: &str| read(html, |id| Some(ann(if id == "0" { "Ann" } else { "Example" }))).mentions().len();
    assert_eq!(mentions(one), 1);
    assert_eq!(
        read(one, |id| Some(ann(if id == "0" { "Ann" } else { "Example" }))).text(),
        "@Ann Example, hello"
    );
    assert_eq!(read(one, |_| Some(ann("Ann Example"))).text(), "@Ann Example, hello");
    assert_eq!(mentions("<p><at id=\"0\">Ann</at> and <at id=\"1\">Example</at></p>"), 2);
    let two = "<p><at id=\"0\">Ann</at> <at id=\"1\">Bob</at></p>";
    let other = |id: &str| Some(Mention { who: Who::Teams(ObjectId::new(id)), name: id.to_owned() });
    assert_eq!(read(two, other).mentions().len(), 2);
}

#[test]
fn a_mention_without_an_end_hides_no_text() {
    let known = |_: &str| Some(ann("Ann"));
    assert_eq!(
        read("<p><at id=\"0\">Ann<p>said this</p><p>and that</p>", known).text(),
        "@Ann\nsaid this\nand that"
    );
    let long = "word ".repeat(200);
    assert_eq!(read(&format!("<at id=\"0\">{long}"), known).text(), long.trim());
}

#[test]
fn a_mention_in_code_stays_text() {
    let html = "<p><code><at id=\"0\">Ann</at></code></p><pre><at id=\"0\">Ann</at></pre>";
    let document = read(html, |_| Some(ann("Ann")));
    assert!(document.mentions().is_empty());
    assert_eq!(document.text(), "Ann\nAnn");
}

#[test]
fn broken_markup_keeps_its_text_and_its_order() {
    for (html, expected) in [
        ("<b>bold<i>both</b>after</i>", "boldbothafter"),
        ("<li>lonely</li>text", "lonely\ntext"),
        ("<ul>loose<li>a<li>b<ul><li>c</ul></ul>", "loose\na\nb\nc"),
        ("<table><td>a<td>b<tr><td>c</table>d", "a\nb\nc\nd"),
        ("<p>one<p>two</div></p>three", "one\ntwo\nthree"),
        ("<pre>open code", "open code"),
        ("<at id=\"0\">open mention", "@open mention"),
        ("a < b && c > d", "a < b && c > d"),
        ("<h1>head<p>in</p></h1>", "head\nin"),
        ("<p><at id=\"0\">Ann</p><p>more</p>", "@Ann\nmore"),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn deep_nesting_costs_no_more_than_flat_text_and_keeps_it() {
    for tag in ["div", "b", "ul><li", "blockquote", "table><tr><td", "span"] {
        let close = tag.split("><").map(|name| format!("</{name}>")).collect::<Vec<_>>();
        let close: String = close.into_iter().rev().collect();
        let count = 10_000;
        let html = format!("{}deep{}after", format!("<{tag}>").repeat(count), close.repeat(count));
        let document = read(&html, |_| None);
        assert!(document.text().starts_with("deep"), "{tag}");
        crate::content::schema::assert_valid(&adf::write(&document));
    }
}

#[test]
fn an_enormous_message_is_read_up_to_its_limit_and_says_so() {
    let document = read(&"ä".repeat(300_000), |_| None);
    assert_eq!(document.text().chars().count(), 128 * 1024 + 1);
    assert!(document.text().ends_with('…'));
}

#[test]
fn panels_headings_rules_and_cards_take_the_nearest_form_that_teams_shows() {
    let comment = serde_json::json!({"type": "doc", "version": 1, "content": [
        {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Plan"}]},
        {"type": "panel", "attrs": {"panelType": "warning"}, "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "Careful"}]}]},
        {"type": "rule"},
        {"type": "taskList", "attrs": {"localId": "a"}, "content": [
            {"type": "taskItem", "attrs": {"localId": "b", "state": "DONE"}, "content": [{"type": "text", "text": "done"}]}]},
        {"type": "paragraph", "content": [
            {"type": "status", "attrs": {"text": "OPEN", "color": "blue"}}, {"type": "text", "text": " until "},
            {"type": "date", "attrs": {"timestamp": "1795219200000"}}, {"type": "text", "text": " "},
            {"type": "inlineCard", "attrs": {"url": "https://example.com/ABC-1"}},
            {"type": "emoji", "attrs": {"shortName": ":wave:", "text": "👋"}}]},
    ]});
    insta::assert_snapshot!(write(&adf::read(&comment)).html, @r#"<p><strong>Plan</strong></p><blockquote><p>⚠️ Careful</p></blockquote><p>———</p><ul><li>☑ done</li></ul><p><strong>OPEN</strong> until 2026-11-21 <a href="https://example.com/ABC-1">https://example.com/ABC-1</a>👋</p>"#);
}

#[test]
fn what_is_sent_along_is_listed() {
    let file = Media { source: MediaSource::Attachment { id: "a-1".to_owned() }, alt: String::new() };
    let evil = Media { source: MediaSource::Attachment { id: "x\"><at>".to_owned() }, alt: String::new() };
    let line =
        vec![Inline::Mention(ann("Ann <Boss>")), Inline::Text { text: "!".into(), marks: Marks::none() }];
    let document = Document { blocks: vec![Block::Paragraph(line), Block::Files(vec![file, evil])] };
    let message = write(&document);
    assert_eq!(
        message.html,
        "<p><at id=\"0\">Ann &lt;Boss&gt;</at>!</p><attachment id=\"a-1\"></attachment><p>[attachment]</p>"
    );
    assert_eq!(message.mentions, [(0, ObjectId::new("ann"), "Ann <Boss>".to_owned())]);
    assert_eq!(message.attachments, ["a-1"]);
}
