//! What holds for every document and every input: nothing panics, no text is lost, what is written
//! is valid, and what a format can say is read back as it was written.
//!
//! `PROPTEST_CASES` raises the number of cases.

mod trees;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::schema::assert_valid;
use super::{Document, Mention, Notice, Who, adf, harmless, markdown, teams_html, utf16_len, wiki};
use crate::ids::ObjectId;
use trees::{adf_document, any_document, html_document, like, markdown_document, wiki_document};

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(128);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// The visible characters: what may never get lost. Joiners, selectors and tags only change their neighbours.
fn visible(text: &str) -> String {
    let unseen = |found: &char| {
        found.is_whitespace()
            || matches!(found, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
    };
    harmless(text).chars().filter(|found| !unseen(found)).collect()
}

fn in_order(wanted: &str, text: &str) -> bool {
    let text = visible(text);
    let mut rest = text.chars();
    visible(wanted).chars().all(|wanted| rest.any(|found| found == wanted))
}

fn person(id: &str) -> Option<Mention> {
    let number: usize = id.parse().ok()?;
    Some(Mention { who: Who::Teams(ObjectId::new(format!("person-{number}"))), name: String::new() })
}

/// Reads what was written, with the mentions that go with it.
fn read_html(written: &teams_html::TeamsHtml) -> Document {
    teams_html::read(&written.html, |id| {
        let (_, who, name) = written.mentions.iter().find(|(known, _, _)| known.to_string() == id)?;
        Some(Mention { who: Who::Teams(who.clone()), name: name.clone() })
    })
}

/// The document with mentions as plain names: wiki markup calls people without saying their names.
fn unnamed(mut document: Document) -> Document {
    document.map_mentions(|_| Who::Nobody);
    document
}

/// JSON that looks like ADF, and JSON that does not.
fn any_adf() -> impl Strategy<Value = Value> {
    let kinds = "doc paragraph text heading bulletList orderedList listItem taskList taskItem table tableRow \
        tableCell mention emoji date status inlineCard media mediaSingle mediaInline panel expand blockquote codeBlock \
        extension x";
    let kinds = prop::sample::select(kinds.split(' ').collect::<Vec<_>>());
    let leaf = (kinds.clone(), like(".{0,6}"), any::<i64>()).prop_map(|(kind, text, number)| {
        json!({"type": kind, "text": text, "marks": [{"type": "strong"}, {"type": "link", "attrs": {"href": text}}],
               "attrs": {"text": text, "level": number, "order": number, "url": text, "id": text, "timestamp": text,
                         "shortName": text, "title": text, "state": "DONE", "colspan": number}})
    });
    let leaf = prop_oneof![4 => leaf, 1 => Just(Value::Null), 1 => Just(json!(3)), 1 => like(".{0,3}").prop_map(Value::from)];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        (kinds.clone(), prop::collection::vec(inner, 0..4), like(".{0,4}")).prop_map(|(kind, content, text)| {
            json!({"type": kind, "content": content, "attrs": {"text": text, "panelType": text, "title": text}})
        })
    })
}

/// The words of all `text` nodes, in reading order. What holds nothing in ADF is not looked into.
fn texts(adf: &Value, out: &mut String) {
    match adf["type"].as_str().unwrap_or_default() {
        "text" => return out.push_str(adf["text"].as_str().unwrap_or_default()),
        "mention" | "emoji" | "date" | "status" | "inlineCard" | "media" | "mediaInline" => return,
        _ => {}
    }
    adf["content"].as_array().into_iter().flatten().for_each(|child| texts(child, out));
}

/// HTML in pieces, whole and broken.
fn any_html() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        like(
            "</?(p|div|b|strong|i|em|u|s|a|ul|ol|li|table|tr|td|th|pre|code|codeblock|blockquote|h1|at|span|sub|x)>"
        ),
        like(
            "<(at|attachment|emoji|img|a|span|quoted)( (id|itemid|alt|src|href|itemtype|class)=\"[a-z:/&;<0]{0,6}\"){0,3}/?>"
        ),
        like("[a-z &;<>\"'\n\u{a0}]{0,8}"),
        like(".{0,8}"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A tag that opens or closes something, and hides nothing.
fn inline_tag() -> impl Strategy<Value = String> {
    like(
        "(</?(p|div|b|i|u|s|a|ul|ol|li|table|tr|td|th|code|blockquote|h1|at|span|sub|x|pre|codeblock)>)?|<br/?>|<a href=\"x\">|<p class=c>",
    )
}

/// Text full of what Markdown and wiki markup care about.
fn any_markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        like("[-*_~`#>|\\[\\](){}!+.:=\\\\^?&;<@\n 0-9a-c]{0,10}"),
        like("\n(\\*|#|-|bq\\.|h[1-6]\\.|>|\\|\\||\\|) "),
        like("\\{(code|noformat|quote|panel|color|anchor|x)(:[a-z=|]{0,6})?\\}"),
        like("\\[(~[a-z:]{0,6}|[a-z]{0,3}\\|[a-z:/.]{0,8}|\\^[a-z.]{0,4})\\]"),
        like(".{0,6}"),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_tree_makes_valid_adf_and_keeps_its_text(document in any_document()) {
        let written = adf::write(&document);
        assert_valid(&written);
        let (before, after) = (document.text(), adf::read(&written).text());
        prop_assert!(in_order(&before, &after), "{before:?} in {after:?}");
    }

    #[test]
    fn adf_is_read_as_it_was_written(document in adf_document()) {
        prop_assert_eq!(adf::read(&adf::write(&document)), document);
    }

    #[test]
    fn html_is_read_as_it_was_written(document in html_document()) {
        let written = teams_html::write(&document);
        prop_assert_eq!(read_html(&written), document, "{}", written.html);
    }

    #[test]
    fn markdown_is_read_as_it_was_written(document in markdown_document()) {
        let written = markdown::write(&document);
        prop_assert_eq!(markdown::read(&written), document, "{}", written);
    }

    #[test]
    fn wiki_markup_is_read_as_it_was_written(document in wiki_document()) {
        let written = wiki::write(&document);
        prop_assert_eq!(wiki::read(&written), document, "{}", written);
    }

    #[test]
    fn every_tree_keeps_its_text_in_the_other_formats(document in any_document()) {
        let before = document.text();
        let html = teams_html::write(&document);
        let after = read_html(&html).text();
        prop_assert!(in_order(&before, &after), "{before:?} in {after:?}: {}", html.html);
        let text = markdown::write(&document);
        let after = markdown::read(&text).text();
        prop_assert!(in_order(&before, &after), "{before:?} in {after:?}: {text}");
        let text = wiki::write(&unnamed(document));
        let after = wiki::read(&text).text();
        prop_assert!(in_order(&before, &after), "{before:?} in {after:?}: {text}");
    }

    #[test]
    fn a_message_holds_safe_tags_only_and_calls_only_whom_it_lists(document in any_document()) {
        let message = teams_html::write(&document);
        let safe = "p br strong em s u a ul ol li blockquote pre code table tbody tr th td at attachment img";
        for tag in message.html.split('<').skip(1) {
            let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
            prop_assert!(safe.split(' ').any(|known| known == name), "{}", message.html);
            if let Some((_, address)) = tag.split_once("href=\"") {
                let known = ["http://", "https://", "mailto:"];
                prop_assert!(known.iter().any(|start| address.to_ascii_lowercase().starts_with(start)), "{address}");
            }
        }
        prop_assert_eq!(message.html.matches("<at ").count(), message.mentions.len());
        prop_assert_eq!(message.html.matches("<attachment ").count(), message.attachments.len());
    }

    #[test]
    fn words_never_become_a_mention_or_an_extension(document in any_document()) {
        let document = unnamed(document);
        let adf = adf::write(&document);
        prop_assert!(adf::read(&adf).mentions().is_empty());
        prop_assert!(!adf.to_string().contains("xtension\",\"") && !adf.to_string().contains("\"type\":\"extension"));
        prop_assert!(teams_html::read(&teams_html::write(&document).html, person).mentions().is_empty());
        let markup = wiki::write(&document);
        prop_assert!(wiki::read(&markup).mentions().is_empty(), "{markup}");
        let text = markdown::write_for_bot(&document).text;
        prop_assert!(!text.contains("<at>") || text.contains('`'), "{text}");
    }

    #[test]
    fn any_adf_is_read_and_written_again(adf in any_adf()) {
        let document = adf::read(&adf);
        assert_valid(&adf::write(&document));
        let mut said = String::new();
        texts(&adf, &mut said);
        prop_assert!(in_order(&said, &document.text()), "{said:?} in {:?}", document.text());
        let _ = teams_html::write(&document);
        let _ = markdown::write(&document);
    }

    #[test]
    fn any_html_is_read_and_written_again(html in any_html()) {
        let document = teams_html::read(&html, person);
        assert_valid(&adf::write(&document));
        let _ = teams_html::quoted_message_id(&html);
        let _ = teams_html::quoted_messages(&html);
        let again = teams_html::write(&document);
        prop_assert_eq!(teams_html::write(&read_html(&again)).mentions.len(), again.mentions.len());
    }

    #[test]
    fn any_markup_is_read_and_written_again(text in any_markup()) {
        for document in [markdown::read(&text), wiki::read(&text)] {
            assert_valid(&adf::write(&document));
            let _ = (markdown::write(&document), wiki::write(&document), teams_html::write(&document));
        }
    }

    #[test]
    fn plain_text_arrives_to_the_letter(text in any_markup()) {
        let document = Document::from_text(&text);
        let wanted = visible(&text);
        prop_assert_eq!(&visible(&adf::read(&adf::write(&document)).text()), &wanted);
        prop_assert_eq!(&visible(&read_html(&teams_html::write(&document)).text()), &wanted);
        prop_assert_eq!(&visible(&markdown::read(&markdown::write(&document)).text()), &wanted);
        prop_assert_eq!(&visible(&wiki::read(&wiki::write(&document)).text()), &wanted);
    }

    #[test]
    fn html_is_read_with_all_its_words(parts in prop::collection::vec((inline_tag(), like("[a-zäß]{1,5}")), 1..12)) {
        let html: String = parts.iter().flat_map(|(tag, words)| [tag.as_str(), words.as_str()]).collect();
        let said: String = parts.iter().map(|(_, words)| words.as_str()).collect();
        let found = teams_html::read(&html, |_| None).text();
        prop_assert_eq!(visible(&found).replace('@', ""), said, "{}", html);
    }

    #[test]
    fn what_is_cut_fits_and_is_the_beginning_of_the_whole(document in any_document(), limit in 40_usize..600) {
        let notice = Notice { text: "Shortened".to_owned(), url: "https://example.com/ABC-1".to_owned() };
        let measure = |document: &Document| utf16_len(&teams_html::write(document).html);
        let cut = document.clone().cut(limit, measure, &notice);
        let whole = document.text();
        if measure(&document) <= limit {
            prop_assert_eq!(cut, document);
        } else {
            let text = cut.text();
            let kept = text.strip_suffix("Shortened").map(|kept| kept.replace('…', ""));
            prop_assert!(kept.is_some_and(|kept| in_order(&kept, &whole)), "{text:?} of {whole:?}");
            let bare = measure(&Document::default().cut(0, |_| 1, &notice));
            prop_assert!(measure(&cut) <= limit.max(bare), "{} over {limit}", measure(&cut));
        }
    }
}
