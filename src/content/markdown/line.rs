//! Markdown out: lines. What looks like markup is escaped, and each row is read back before it is
//! used: a style that Markdown can't express where it stands is left out, its words never.

use std::fmt::Write as _;

use super::read::read;
use super::write::longest_run;
use crate::content::tree::{Block, Inline, Marks, Media, MediaSource, Mention, Who};
use crate::content::{harmless, line, text, web_link};
use crate::ids::ObjectId;

/// Writes lines and collects the people they call.
pub struct Lines {
    calls: bool,
    mentions: Vec<(String, ObjectId, String)>,
}

impl Lines {
    /// Mentions become plain names.
    pub fn plain() -> Self {
        Self { calls: false, mentions: Vec::new() }
    }

    /// Mentions of people of Teams become `<at>Name</at>`.
    pub fn calling() -> Self {
        Self { calls: true, mentions: Vec::new() }
    }

    /// Who was called so far.
    pub fn into_mentions(self) -> Vec<(String, ObjectId, String)> {
        self.mentions
    }

    /// Writes a line. Two breaks in a row become the gap between paragraphs that they look like.
    pub fn write(&mut self, line: &[Inline]) -> String {
        let mut pieces = Vec::new();
        for piece in line {
            self.reduce(piece, &mut pieces);
        }
        let mut out = String::new();
        let mut gap = false;
        for row in pieces.split(|piece| *piece == Inline::Break) {
            let row = set_row(row);
            if row.is_empty() {
                gap = true;
                continue;
            }
            if !out.is_empty() {
                out.push_str(if gap { "\n\n" } else { "  \n" });
            }
            out.push_str(&row);
            gap = false;
        }
        out
    }

    /// Reduces a piece to what Markdown knows: text in its styles, breaks, and mentions that call.
    fn reduce(&mut self, piece: &Inline, out: &mut Vec<Inline>) {
        let link_to = |url: &str| Marks { link: Some(url.to_owned()), ..Marks::none() };
        let (words, marks) = match piece {
            Inline::Text { text, marks } => (text.clone(), marks.clone()),
            Inline::Status { text, .. } => (text.clone(), Marks::bold()),
            Inline::Card { url } => (url.clone(), link_to(url)),
            Inline::Media(media) => match &media.source {
                MediaSource::Web { url } => match picture_at(url) {
                    Some(url) => {
                        let alt = harmless(&media.alt).replace(['\n', '\t'], " ").trim().to_owned();
                        return out.push(Inline::Media(Media { source: MediaSource::Web { url }, alt }));
                    }
                    None => (media.label(), link_to(url)),
                },
                _ => (media.label(), Marks::none()),
            },
            Inline::Mention(Mention { who: Who::Teams(person), name }) if self.calls => {
                let name = harmless(name).replace('\n', " ");
                self.mentions.push((entity(&name), person.clone(), name.clone()));
                return out.push(Inline::Mention(Mention { who: Who::Nobody, name }));
            }
            Inline::Break | Inline::Mention(_) | Inline::Emoji { .. } | Inline::Date { .. } => {
                (text::words(piece), Marks::none())
            }
        };
        let link = marks.link.as_deref().and_then(web_link::safe);
        let marks = match marks {
            Marks { code: true, .. } => Marks { code: true, link, ..Marks::none() },
            Marks { strong, em, strike, .. } => Marks { strong, em, strike, link, ..Marks::none() },
        };
        let words = harmless(&words).replace('\t', " ");
        if marks.code {
            return line::push_text(out, &words, &marks);
        }
        // Spaces at the ends of a style stand outside of it.
        let bare = Marks { link: marks.link.clone(), ..Marks::none() };
        for (row, words) in words.split('\n').enumerate() {
            if row > 0 {
                out.push(Inline::Break);
            }
            let body = words.trim_matches(' ');
            let start = words.len() - words.trim_start_matches(' ').len();
            let (leading, rest) = words.split_at(start);
            let (body, trailing) = rest.split_at(body.len());
            line::push_text(out, leading, &bare);
            line::push_text(out, body, &marks);
            line::push_text(out, trailing, &bare);
        }
    }
}

fn entity(name: &str) -> String {
    format!("<at>{}</at>", name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// The address of a picture on the web.
fn picture_at(url: &str) -> Option<String> {
    web_link::safe(url).filter(|url| url.starts_with("https:") || url.starts_with("http:"))
}

/// Sets a row with as many of its styles as survive being read again.
fn set_row(row: &[Inline]) -> String {
    if line::is_blank(row) {
        return String::new();
    }
    for keep in [Keep::Possible, Keep::Links] {
        let wanted = kept(row, keep);
        let set = set(&wanted);
        if matches!(read(&set).blocks.as_slice(), [Block::Paragraph(found)] if *found == wanted) {
            return set;
        }
    }
    set(&kept(row, Keep::Words))
}

/// Which styles a row is set with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Those whose marks can begin and end where they stand.
    Possible,
    /// Links and code.
    Links,
    /// None.
    Words,
}

fn kept(row: &[Inline], keep: Keep) -> Vec<Inline> {
    let mut out = Vec::new();
    for (position, piece) in row.iter().enumerate() {
        let Inline::Text { text, marks } = piece else {
            match piece {
                Inline::Media(media) if keep == Keep::Words => {
                    line::push_text(&mut out, &media.label(), &Marks::none());
                }
                other => out.push(other.clone()),
            }
            continue;
        };
        let before = position.checked_sub(1).and_then(|position| row.get(position)).map_or(' ', last_char);
        let after = row.get(position + 1).map_or(' ', first_char);
        let begins = is_letter(text.chars().next()) || !is_letter(Some(before));
        let ends = is_letter(text.chars().next_back()) || !is_letter(Some(after));
        let marks = match keep {
            Keep::Possible if marks.code || (begins && ends) => marks.clone(),
            Keep::Possible => Marks { link: marks.link.clone(), ..Marks::none() },
            Keep::Links => Marks { link: marks.link.clone(), code: marks.code, ..Marks::none() },
            Keep::Words => Marks::none(),
        };
        line::push_text(&mut out, text, &marks);
    }
    out
}

/// Neither space nor punctuation in Markdown's sense.
fn is_letter(found: Option<char>) -> bool {
    found.is_some_and(char::is_alphanumeric)
}

fn last_char(piece: &Inline) -> char {
    text::words(piece).chars().next_back().unwrap_or(' ')
}

fn first_char(piece: &Inline) -> char {
    text::words(piece).chars().next().unwrap_or(' ')
}

fn set(row: &[Inline]) -> String {
    let mut out = String::new();
    let mut link: Option<&str> = None;
    let mut open: Vec<&'static str> = Vec::new();
    let plain = Marks::none();
    for (position, piece) in row.iter().enumerate() {
        let marks = if let Inline::Text { marks, .. } = piece { marks } else { &plain };
        let before = position.checked_sub(1).and_then(|position| row.get(position)).map_or(' ', last_char);
        let after = row.get(position + 1).map_or(' ', first_char);
        let wanted = styles(marks, is_letter(Some(before)) || is_letter(Some(after)));
        let same_link = link == marks.link.as_deref();
        let common = if same_link { open.iter().zip(&wanted).take_while(|(a, b)| a == b).count() } else { 0 };
        open.drain(common..).rev().for_each(|style| out.push_str(style));
        if !same_link {
            end_link(link, &mut out);
            link = marks.link.as_deref();
            out.push_str(if link.is_some() { "[" } else { "" });
        }
        wanted.iter().skip(common).for_each(|style| out.push_str(style));
        open = wanted;
        match piece {
            Inline::Text { text, marks } if marks.code => code(text, &mut out),
            Inline::Text { text, .. } => {
                escape(text, position == 0, position + 1 == row.len(), &mut out);
            }
            Inline::Mention(mention) => out.push_str(&entity(&mention.name)),
            Inline::Media(Media { source: MediaSource::Web { url }, alt }) => {
                out.push_str("![");
                escape(alt, false, false, &mut out);
                end_link(Some(url), &mut out);
            }
            other => escape(&text::words(other), position == 0, false, &mut out),
        }
    }
    open.drain(..).rev().for_each(|style| out.push_str(style));
    end_link(link, &mut out);
    out
}

fn end_link(link: Option<&str>, out: &mut String) {
    if let Some(href) = link {
        out.push_str("](");
        for (position, found) in href.char_indices() {
            let entity = found == '&' && is_entity(href.get(position + 1..).unwrap_or_default());
            if entity || matches!(found, '\\' | '(' | ')' | '<' | '>') {
                out.push('\\');
            }
            out.push(found);
        }
        out.push(')');
    }
}

/// The marks around words, from outside to inside. `_` can't stand within a word, `*` can.
fn styles(marks: &Marks, within_word: bool) -> Vec<&'static str> {
    let em = if within_word { "*" } else { "_" };
    let styles = [(marks.strong, "**"), (marks.em, em), (marks.strike, "~~")];
    styles.into_iter().filter_map(|(set, style)| set.then_some(style)).collect()
}

fn code(text: &str, out: &mut String) {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let blank = text.chars().all(|found| found == ' ');
    let edge = |found: Option<char>| matches!(found, Some(' ' | '`'));
    let padded = !blank && (edge(text.chars().next()) || edge(text.chars().next_back()));
    let pad = if padded { " " } else { "" };
    // Writing to a string can't fail.
    let _ = write!(out, "{fence}{pad}{text}{pad}{fence}");
}

/// Escapes words. `starts` and `ends` say whether they stand at the ends of their row.
fn escape(text: &str, starts: bool, ends: bool, out: &mut String) {
    let body = text.trim_start_matches(' ');
    let shown = if starts { text.len() - body.len() } else { 0 };
    let end = if ends { text.trim_end_matches(' ').len() } else { text.len() };
    let digits = body.len() - body.trim_start_matches(|found: char| found.is_ascii_digit()).len();
    let number = starts && digits > 0 && shown == 0;
    for (position, found) in text.char_indices() {
        let rest = text.get(position + found.len_utf8()..).unwrap_or_default();
        match found {
            ' ' if position < shown || position >= end => out.push_str("&nbsp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' if is_entity(rest) => out.push_str("&amp;"),
            '!' if rest.is_empty() => out.push_str("\\!"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(found);
            }
            '#' | '+' | '-' | '=' | ':' | '|' if starts && position == 0 => {
                out.push('\\');
                out.push(found);
            }
            '.' | ')' if number && position == digits => {
                out.push('\\');
                out.push(found);
            }
            other => out.push(other),
        }
    }
}

/// Whether what follows a `&` could make it a character reference.
fn is_entity(rest: &str) -> bool {
    let end = rest.find(|found: char| !found.is_ascii_alphanumeric() && found != '#');
    end.is_some_and(|end| end > 0 && rest.get(end..).is_some_and(|rest| rest.starts_with(';')))
}
