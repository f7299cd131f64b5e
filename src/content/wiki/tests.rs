//! What Data Center and webhooks send, and what is written back.

use crate::content::tree::{Block, Inline, Marks, Mention, PanelKind, Who};
use crate::content::{Document, teams_html, wiki};
use crate::ids::AccountId;

fn html(markup: &str) -> String {
    teams_html::write(&wiki::read(markup)).html
}

#[test]
fn styles_links_and_breaks_of_a_comment_reach_the_chat() {
    assert_eq!(
        html("This is *bold*, _italic_, -gone-, +new+ and {{code}}.\nSee [the docs|https://example.com/a]."),
        "<p>This is <strong>bold</strong>, <em>italic</em>, <s>gone</s>, <u>new</u> and <code>code</code>.<br>\
         See <a href=\"https://example.com/a\">the docs</a>.</p>"
    );
}

#[test]
fn signs_within_words_and_lone_signs_are_text() {
    for text in
        ["a_b_c", "2*3*4", "x - y - z", "well-known", "* not closed", "C++", "what??", "~user", "a -> b"]
    {
        assert_eq!(wiki::read(text).text().trim_start(), text.trim_start_matches("* "), "{text}");
    }
    assert_eq!(html("in{*}si{*}de"), "<p>in<strong>si</strong>de</p>");
}

#[test]
fn lists_nest_by_their_signs() {
    assert_eq!(
        html("# one\n#* inner\n# two\n* other"),
        "<ol><li>one<ul><li>inner</li></ul></li><li>two</li></ol><ul><li>other</li></ul>"
    );
}

#[test]
fn code_quotes_panels_headings_and_tables_keep_their_kind() {
    let blocks = wiki::read("h2. Title\n{code:java}\nint a; // *no* style\n{code}\nbq. said\n----\n").blocks;
    assert_eq!(blocks[0], Block::Heading { level: 2, content: vec![Inline::plain("Title")] });
    assert_eq!(blocks[1], Block::Code { language: Some("java".into()), code: "int a; // *no* style".into() });
    assert_eq!(blocks[2], Block::Quote(vec![Block::Paragraph(vec![Inline::plain("said")])]));
    assert_eq!(blocks[3], Block::Rule);

    let panel = wiki::read("{panel:bgColor=#FFFAE6|title=Mind}careful{panel}").blocks;
    assert!(matches!(&panel[..], [Block::Panel { kind: PanelKind::Warning, blocks }] if blocks.len() == 2));

    assert_eq!(
        html("||Name||Value||\n|a|[x|https://example.com]|"),
        "<table><tbody><tr><th>Name</th><th>Value</th></tr>\
         <tr><td>a</td><td><a href=\"https://example.com\">x</a></td></tr></tbody></table>"
    );
}

#[test]
fn people_are_called_by_account_id_or_by_user_name() {
    let document = wiki::read("[~accountid:5b10:a-b] and [~ann]");
    let found: Vec<_> = document.mentions().into_iter().map(|mention| mention.who.clone()).collect();
    assert_eq!(found, [Who::Jira(AccountId::new("5b10:a-b")), Who::Jira(AccountId::new("ann"))]);
    assert_eq!(document.text(), "@someone and @ann");
}

#[test]
fn words_cannot_become_a_macro_a_mention_or_a_link() {
    let hostile = "{code}x{code} [~admin] [x|javascript:y] !http://a/b.png! {html}<b>{html} \\\\ h1. *b*\nh1. x\n# y\n|z|";
    let markup = wiki::write(&Document::from_text(hostile));
    let again = wiki::read(&markup);
    assert_eq!(again.text(), hostile);
    assert!(again.mentions().is_empty());
    assert!(matches!(&again.blocks[..], [Block::Paragraph(_)]), "{markup}");
}

#[test]
fn a_macro_without_an_end_is_text() {
    assert_eq!(wiki::read("before {code} after\nnext").text(), "before {code} after\nnext");
    assert_eq!(wiki::read("{unknown:a=b}kept{unknown}").text(), "{unknown:a=b}kept{unknown}");
}

#[test]
fn a_mention_and_a_style_are_written_as_jira_reads_them() {
    let line = vec![
        Inline::Mention(Mention { who: Who::Jira(AccountId::new("5b10")), name: "Ann".into() }),
        Inline::plain(" see "),
        Inline::Text { text: "this".into(), marks: Marks::bold() },
    ];
    let document = Document { blocks: vec![Block::Paragraph(line)] };
    assert_eq!(wiki::write(&document), "[~accountid:5b10] see {*}this{*}");
}
