//! Trees of all shapes, and trees within what each format can say.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::string::{RegexGeneratorStrategy, string_regex};

use crate::content::tree::{
    Block, Cell, Document, Inline, Marks, Media, MediaSource, Mention, PanelKind, Rgb, Row, Script, Task, Who,
};
use crate::content::{harmless, line};
use crate::ids::{AccountId, ObjectId};

/// Texts that match a pattern. The pattern is read once, not for every text, as for a bare `&str`.
pub fn like(pattern: &str) -> RegexGeneratorStrategy<String> {
    string_regex(pattern).unwrap()
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => like("[a-zA-Z0-9äß]{1,6}( [a-z]{1,4}){0,2}"),
        2 => like("[-a-zA-Z0-9<>&*_`#!|~\"' .:=+/()\\[\\]\\\\{}ע👍]{1,8}"),
        1 => like("[ ]{0,2}[a-z@]{1,3}[ ]{0,2}"),
    ]
    .prop_map(|text| harmless(&text).into_owned())
    .prop_filter("text is never empty", |text| !text.is_empty())
}

fn href() -> impl Strategy<Value = String> {
    like("https://example\\.com/[a-z0-9()&=?_*.#-]{0,8}")
}

/// Which styles a format can say.
#[derive(Clone, Copy, PartialEq)]
enum Styles {
    All,
    Html,
    Markdown,
    Wiki,
}

fn marks(styles: Styles) -> BoxedStrategy<Marks> {
    let rgb = || option::weighted(0.1, any::<[u8; 3]>().prop_map(Rgb));
    let script = prop_oneof![8 => Just(None), 1 => Just(Some(Script::Sub)), 1 => Just(Some(Script::Sup))];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.2));
    (flags, script, option::weighted(0.2, href()), rgb(), rgb(), any::<bool>())
        .prop_map(move |((strong, em, underline, strike, code), script, link, color, background, plain)| {
            if plain {
                return Marks::none();
            }
            if code {
                return Marks { code, link, ..Marks::none() };
            }
            let all = Marks { strong, em, underline, strike, code, script, link, color, background };
            match styles {
                Styles::All => all,
                Styles::Wiki => Marks { background: None, ..all },
                Styles::Html => Marks { script: None, color: None, background: None, ..all },
                Styles::Markdown => {
                    Marks { script: None, color: None, background: None, underline: false, ..all }
                }
            }
        })
        .boxed()
}

fn person(teams: bool) -> impl Strategy<Value = Inline> {
    (0..9).prop_map(move |number| {
        let id = format!("person-{number}");
        let name = format!("Ann <{number}> Example");
        let who = if teams { Who::Teams(ObjectId::new(id)) } else { Who::Jira(AccountId::new(id)) };
        Inline::Mention(Mention { who, name })
    })
}

fn file() -> impl Strategy<Value = Media> {
    (like("[a-z0-9-]{1,8}"), like("[a-z.]{0,6}"))
        .prop_map(|(id, alt)| Media { source: MediaSource::Jira { id, collection: String::new() }, alt })
}

fn any_media() -> impl Strategy<Value = Media> {
    prop_oneof![
        file(),
        (href(), like("[a-z.]{0,6}")).prop_map(|(url, alt)| Media { source: MediaSource::Web { url }, alt }),
        (like(".{0,6}"), like(".{0,6}"))
            .prop_map(|(url, alt)| Media { source: MediaSource::Web { url }, alt }),
        // An attachment's name travels in the message's own list of attachments.
        like(".{0,6}").prop_map(|id| Media { source: MediaSource::Attachment { id }, alt: String::new() }),
        (like(".{0,6}"), like(".{0,6}"))
            .prop_map(|(url, alt)| Media { source: MediaSource::Hosted { url }, alt }),
    ]
}

fn text(styles: Styles) -> impl Strategy<Value = Inline> {
    (words(), marks(styles)).prop_map(|(text, marks)| Inline::Text { text, marks })
}

fn adf_inline() -> BoxedStrategy<Inline> {
    let color = prop_oneof![Just("green".to_owned()), Just("#00ff00".to_owned())];
    prop_oneof![
        8 => text(Styles::All),
        1 => Just(Inline::Break),
        1 => person(false),
        1 => (words(), option::of(like("[0-9a-f]{4}")), option::of(words())).prop_map(|(name, id, text)| {
            Inline::Emoji { short_name: format!(":{name}:"), id, text }
        }),
        1 => any::<i32>().prop_map(|day| Inline::Date { timestamp: i64::from(day) * 86_400_000 }),
        1 => (words(), color).prop_map(|(text, color)| Inline::Status { text, color }),
        1 => href().prop_map(|url| Inline::Card { url }),
        1 => file().prop_map(Inline::Media),
    ]
    .boxed()
}

fn html_inline() -> BoxedStrategy<Inline> {
    prop_oneof![8 => text(Styles::Html), 1 => Just(Inline::Break), 1 => person(true)].boxed()
}

fn any_inline() -> BoxedStrategy<Inline> {
    let loose = (like(".{0,8}"), marks(Styles::All), like(".{0,8}"))
        .prop_map(|(text, marks, link)| Inline::Text { text, marks: Marks { link: Some(link), ..marks } });
    prop_oneof![
        4 => adf_inline(),
        1 => loose,
        1 => person(true),
        1 => like(".{0,8}").prop_map(|name| Inline::Mention(Mention { who: Who::Nobody, name })),
        1 => like(".{0,8}").prop_map(|url| Inline::Card { url }),
        1 => any_media().prop_map(Inline::Media),
        1 => any::<i64>().prop_map(|timestamp| Inline::Date { timestamp }),
        1 => (like(".{0,4}"), like(".{0,4}")).prop_map(|(text, color)| Inline::Status { text, color }),
    ]
    .boxed()
}

/// A line as an editor leaves it: joined, without breaks at its ends, with something to see.
fn joined(inline: BoxedStrategy<Inline>) -> BoxedStrategy<Vec<Inline>> {
    vec(inline, 1..6)
        .prop_map(|pieces| {
            let mut line = Vec::new();
            line::extend(&mut line, pieces);
            line::trim_breaks(&mut line);
            line
        })
        .prop_filter("a line shows something", |line| !line::is_blank(line))
        .boxed()
}

fn code(language: bool) -> BoxedStrategy<Block> {
    let language = if language { option::of(like("[a-z]{1,5}")).boxed() } else { Just(None).boxed() };
    (language, like("[-a-z <>&`*\\\\'\"{}|\n]{0,20}"))
        .prop_map(|(language, code)| Block::Code { language, code })
        .boxed()
}

fn tasks(line: BoxedStrategy<Vec<Inline>>) -> BoxedStrategy<Vec<Task>> {
    let task = (any::<bool>(), line.clone()).prop_map(|(done, content)| Task {
        done,
        content,
        children: Vec::new(),
    });
    vec((any::<bool>(), line, vec(task, 0..2)), 1..3)
        .prop_map(|tasks| {
            let tasks = tasks.into_iter().map(|(done, content, children)| Task { done, content, children });
            tasks.collect()
        })
        .boxed()
}

fn lists(item: BoxedStrategy<Vec<Block>>) -> BoxedStrategy<Block> {
    prop_oneof![
        vec(item.clone(), 1..3).prop_map(Block::BulletList),
        (1_u32..50, vec(item, 1..3)).prop_map(|(start, items)| Block::OrderedList { start, items }),
    ]
    .boxed()
}

fn table(cell: BoxedStrategy<Vec<Block>>) -> BoxedStrategy<Block> {
    let cell = (any::<bool>(), 1_u32..3, 1_u32..3, cell)
        .prop_map(|(header, colspan, rowspan, blocks)| Cell { header, colspan, rowspan, blocks });
    vec(vec(cell, 1..3).prop_map(|cells| Row { cells }), 1..3).prop_map(Block::Table).boxed()
}

fn kind() -> impl Strategy<Value = PanelKind> {
    use PanelKind::{Custom, Error, Info, Note, Success, Tip, Warning};
    prop::sample::select(vec![Info, Note, Tip, Warning, Error, Success, Custom])
}

fn document(block: BoxedStrategy<Block>) -> BoxedStrategy<Document> {
    vec(block, 1..4).prop_map(|blocks| Document { blocks }).boxed()
}

/// A tree that ADF can say, place by place.
pub fn adf_document() -> BoxedStrategy<Document> {
    let line = joined(adf_inline());
    let paragraph = line.clone().prop_map(Block::Paragraph).boxed();
    let picture = (file(), prop_oneof![Just(Vec::new()), joined(text(Styles::All).boxed())])
        .prop_map(|(media, caption)| Block::Picture { media, caption });
    let flow = prop_oneof![4 => paragraph, 1 => code(true), 1 => picture].boxed();
    let item = flow.clone().prop_recursive(3, 12, 2, |inner| lists(vec(inner, 1..3).boxed())).boxed();
    let list = lists(vec(item, 1..3).boxed());
    let listed = prop_oneof![flow, list, vec(file(), 1..3).prop_map(Block::Files)].boxed();
    let quote = vec(listed.clone(), 1..3).prop_map(Block::Quote).boxed();
    let heading = (1_u8..7, line.clone()).prop_map(|(level, content)| Block::Heading { level, content });
    let boxed = prop_oneof![
        4 => listed,
        1 => heading,
        1 => Just(Block::Rule),
        1 => tasks(line.clone()).prop_map(Block::TaskList),
        1 => vec(line, 1..3).prop_map(Block::DecisionList),
    ]
    .boxed();
    let panel =
        (kind(), vec(boxed.clone(), 1..3)).prop_map(|(kind, blocks)| Block::Panel { kind, blocks }).boxed();
    let nested = prop_oneof![3 => boxed, 1 => quote, 1 => panel].boxed();
    let nested_expand = (words(), vec(nested.clone(), 1..3))
        .prop_map(|(title, blocks)| Block::Expand { title, blocks })
        .boxed();
    let card = href().prop_map(|url| Block::Card { url }).boxed();
    let cell = prop_oneof![4 => nested, 1 => card, 1 => nested_expand].boxed();
    let table = table(vec(cell.clone(), 1..3).boxed());
    let wide = prop_oneof![4 => cell, 1 => table].boxed();
    let expand =
        (words(), vec(wide.clone(), 1..3)).prop_map(|(title, blocks)| Block::Expand { title, blocks });
    document(prop_oneof![4 => wide, 1 => expand].boxed())
}

/// A tree that Teams HTML can say.
pub fn html_document() -> BoxedStrategy<Document> {
    let line = joined(html_inline());
    let leaf = prop_oneof![
        4 => line.clone().prop_map(Block::Paragraph),
        1 => code(false),
        1 => Just(Block::Rule),
        1 => tasks(line).prop_map(Block::TaskList),
    ];
    document(
        leaf.prop_recursive(3, 16, 3, |inner| {
            let blocks = vec(inner, 1..3).boxed();
            prop_oneof![lists(blocks.clone()), blocks.clone().prop_map(Block::Quote), table(blocks)]
        })
        .boxed(),
    )
}

/// A tree that Markdown can say. Where a style meets letters on its other side Markdown has limits;
/// there only the words must last, which is a property of its own.
pub fn markdown_document() -> BoxedStrategy<Document> {
    let spaced = vec((like("[a-z]{1,5}( [a-z]{1,5})?"), marks(Styles::Markdown)), 1..5).prop_map(|runs| {
        let mut line = Vec::new();
        for (position, (words, marks)) in runs.into_iter().enumerate() {
            if position > 0 {
                line::push_text(&mut line, " ", &Marks::none());
            }
            line::push_text(&mut line, &words, &marks);
        }
        line
    });
    let plain = vec(words().prop_map(Inline::plain), 1..3)
        .prop_map(|pieces| {
            let mut line = Vec::new();
            line::extend(&mut line, pieces);
            line
        })
        .prop_filter("a line shows something", |line| !line::is_blank(line));
    let row = prop_oneof![spaced, plain].boxed();
    let line = vec(row, 1..3).prop_map(|rows| rows.join(&Inline::Break)).boxed();
    let leaf = prop_oneof![
        4 => line.clone().prop_map(Block::Paragraph),
        1 => code(true),
        1 => tasks(line).prop_map(Block::TaskList),
    ];
    document(
        leaf.prop_recursive(3, 16, 3, |inner| {
            let blocks = vec(inner, 1..3).boxed();
            prop_oneof![lists(blocks.clone()), blocks.prop_map(Block::Quote)]
        })
        .boxed(),
    )
}

/// A tree that wiki markup can say.
pub fn wiki_document() -> BoxedStrategy<Document> {
    // Styles hold no spaces at their ends there; code holds no styles and no link.
    let text = (like("[a-z0-9<>&*_`#!|~\"'.+/()\\[\\]\\\\{}?^-]{1,8}"), marks(Styles::Wiki)).prop_map(
        |(text, marks)| {
            let marks = if marks.code { Marks { code: true, ..Marks::none() } } else { marks };
            Inline::Text { text, marks }
        },
    );
    let call = (0..9).prop_map(|number| {
        let who = Who::Jira(AccountId::new(format!("5b10:{number}")));
        Inline::Mention(Mention { who, name: "someone".to_owned() })
    });
    let line = joined(prop_oneof![8 => text, 1 => Just(Inline::plain(" ")), 1 => call].boxed())
        .prop_filter("no space at the ends", |line| {
            let blank = |piece: Option<&Inline>| matches!(piece, Some(Inline::Text { text, .. }) if text.trim() != text);
            !blank(line.first()) && !blank(line.last())
        })
        .boxed();
    let rows = vec(line.clone(), 1..3).prop_map(|rows| rows.join(&Inline::Break)).boxed();
    let item = line
        .clone()
        .prop_map(|line| vec![Block::Paragraph(line)])
        .prop_recursive(2, 6, 2, |inner| {
            (inner.clone(), wiki_list(inner)).prop_map(|(mut item, list)| {
                item.push(list);
                item.truncate(2);
                item
            })
        })
        .boxed();
    let flow = prop_oneof![
        4 => rows.prop_map(Block::Paragraph),
        1 => (1_u8..7, line.clone()).prop_map(|(level, content)| Block::Heading { level, content }),
        1 => option::of(like("[a-z]{1,5}")).prop_flat_map(|language| {
            like("[a-z <>&*;]{1,9}(\n[a-z{}]{1,5})?").prop_map(move |code| Block::Code { language: language.clone(), code })
        }),
        1 => Just(Block::Rule),
        1 => wiki_list(item),
        1 => table(line.prop_map(|line| vec![Block::Paragraph(line)]).boxed()).prop_map(without_spans),
    ]
    .boxed();
    let boxed = vec(flow.clone(), 1..3);
    document(
        prop_oneof![
            4 => flow,
            1 => boxed.clone().prop_map(Block::Quote),
            1 => (kind(), boxed).prop_map(|(kind, blocks)| {
                // Tips have the colour of success.
                let kind = if kind == PanelKind::Tip { PanelKind::Success } else { kind };
                Block::Panel { kind, blocks }
            }),
        ]
        .boxed(),
    )
}

fn wiki_list(item: BoxedStrategy<Vec<Block>>) -> BoxedStrategy<Block> {
    prop_oneof![
        vec(item.clone(), 1..3).prop_map(Block::BulletList),
        vec(item, 1..3).prop_map(|items| Block::OrderedList { start: 1, items }),
    ]
    .boxed()
}

fn without_spans(block: Block) -> Block {
    let Block::Table(mut rows) = block else { return block };
    for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
        (cell.colspan, cell.rowspan) = (1, 1);
    }
    Block::Table(rows)
}

/// Any tree at all, sound or not.
pub fn any_document() -> BoxedStrategy<Document> {
    let line = vec(any_inline(), 0..5).boxed();
    let leaf = prop_oneof![
        4 => line.clone().prop_map(Block::Paragraph),
        1 => (any::<u8>(), line.clone()).prop_map(|(level, content)| Block::Heading { level, content }),
        1 => (option::of(like(".{0,5}")), like(".{0,20}")).prop_map(|(language, code)| Block::Code { language, code }),
        1 => tasks(line.clone()).prop_map(Block::TaskList),
        1 => Just(Block::Rule),
        1 => vec(line.clone(), 0..3).prop_map(Block::DecisionList),
        1 => (any_media(), line).prop_map(|(media, caption)| Block::Picture { media, caption }),
        1 => vec(any_media(), 0..3).prop_map(Block::Files),
        1 => like(".{0,8}").prop_map(|url| Block::Card { url }),
    ];
    document(
        leaf.prop_recursive(4, 24, 3, |inner| {
            let blocks = vec(inner, 0..3).boxed();
            prop_oneof![
                vec(blocks.clone(), 0..3).prop_map(Block::BulletList),
                (any::<u32>(), vec(blocks.clone(), 0..3))
                    .prop_map(|(start, items)| Block::OrderedList { start, items }),
                blocks.clone().prop_map(Block::Quote),
                (kind(), blocks.clone()).prop_map(|(kind, blocks)| Block::Panel { kind, blocks }),
                (like(".{0,5}"), blocks.clone()).prop_map(|(title, blocks)| Block::Expand { title, blocks }),
                table(blocks),
            ]
        })
        .boxed(),
    )
}
