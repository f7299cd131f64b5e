//! The Markdown that a bot may send, as the chat HTML that Teams makes of it.

use std::fmt::Write;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::escape::escape;

/// Renders what Teams renders: emphasis, code, links, pictures, quotes, lists. Everything else is text.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 2);
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                let _ = write!(out, "<a href=\"{}\">", escape(&dest_url));
            }
            Event::End(TagEnd::Link) => out.push_str("</a>"),
            Event::Start(Tag::Image { dest_url, .. }) => {
                let _ = write!(out, "<img src=\"{}\" alt=\"", escape(&dest_url));
            }
            Event::End(TagEnd::Image) => out.push_str("\">"),
            Event::Start(tag) => {
                if let Some(name) = name_of(tag.to_end()) {
                    let _ = write!(out, "<{name}>");
                }
            }
            Event::End(tag) => {
                if let Some(name) = name_of(tag) {
                    let _ = write!(out, "</{name}>");
                }
            }
            Event::Code(text) => {
                let _ = write!(out, "<code>{}</code>", escape(&text));
            }
            Event::SoftBreak | Event::HardBreak => out.push_str("<br>"),
            Event::Rule => out.push_str("<hr>"),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => out.push_str(&escape(&text)),
            _ => {}
        }
    }
    out
}

fn name_of(tag: TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph | TagEnd::Heading(_) => "p",
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::CodeBlock => "pre",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Emphasis => "em",
        TagEnd::Strong => "strong",
        TagEnd::Strikethrough => "s",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_and_html_in_it_is_text() {
        assert_eq!(
            to_html("**Ann** wrote `x`:\n\n- [a](https://example.com)\n\n<b>no</b>"),
            "<p><strong>Ann</strong> wrote <code>x</code>:</p><ul><li><a href=\"https://example.com\">a</a></li></ul>\
             <p>&lt;b&gt;no&lt;/b&gt;</p>"
        );
    }

    #[test]
    fn a_mention_keeps_its_marks() {
        assert_eq!(to_html("Hi <at>Ann</at>"), "<p>Hi &lt;at&gt;Ann&lt;/at&gt;</p>");
    }
}
