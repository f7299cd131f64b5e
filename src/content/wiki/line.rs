//! Wiki markup in: the pieces of a row.

use crate::content::line;
use crate::content::tree::{Inline, Marks, Media, MediaSource, Mention, Rgb, Script, Who};
use crate::ids::AccountId;

/// The signs of styles: they begin and end a style at the edges of words, or anywhere in braces (`{*}`).
const SIGNS: &str = "*_-+^~?";

/// A piece of a row before it is known which signs belong together.
enum Token {
    Text(String),
    /// A sign of a style, how it is spelled, and whether it has a partner.
    Sign {
        sign: char,
        spelled: &'static str,
        paired: bool,
    },
    Color(Option<Rgb>),
    Link {
        text: String,
        href: String,
    },
    Piece(Inline),
}

/// Reads a row. A colour goes on into the next row until its macro ends.
pub fn read(row: &str, color: &mut Option<Rgb>) -> Vec<Inline> {
    let mut tokens = Scanner::new(row).tokens();
    pair(&mut tokens);
    let mut out = Vec::new();
    let mut marks = Marks { color: *color, ..Marks::none() };
    for token in tokens {
        match token {
            Token::Text(text) => line::push_text(&mut out, &text, &marks),
            Token::Sign { sign, paired: true, .. } => toggle(&mut marks, sign),
            Token::Sign { spelled, .. } => line::push_text(&mut out, spelled, &marks),
            Token::Color(found) => {
                *color = found;
                marks.color = found;
            }
            Token::Link { text, href } => {
                line::push_text(&mut out, &text, &Marks { link: Some(href), ..marks.clone() });
            }
            Token::Piece(Inline::Text { text, marks }) => line::push_text(&mut out, &text, &marks),
            Token::Piece(piece) => out.push(piece),
        }
    }
    out
}

fn toggle(marks: &mut Marks, sign: char) {
    match sign {
        '*' => marks.strong ^= true,
        '_' | '?' => marks.em ^= true,
        '-' => marks.strike ^= true,
        '+' => marks.underline ^= true,
        '^' => marks.script = if marks.script == Some(Script::Sup) { None } else { Some(Script::Sup) },
        _ => marks.script = if marks.script == Some(Script::Sub) { None } else { Some(Script::Sub) },
    }
}

/// Finds the partner of each sign. A pair that would cross another one stays text.
fn pair(tokens: &mut [Token]) {
    let edges: Vec<(bool, bool)> = (0..tokens.len()).map(|position| edges(tokens, position)).collect();
    let mut open: Vec<(char, &'static str, usize)> = Vec::new();
    let mut pairs = Vec::new();
    for (position, (token, (begins, ends))) in tokens.iter().zip(edges).enumerate() {
        let Token::Sign { sign, spelled, .. } = token else { continue };
        let partner = open.iter().rposition(|(_, open, _)| open == spelled).filter(|_| ends);
        if let Some(partner) = partner {
            if let Some((_, _, start)) = open.get(partner) {
                pairs.extend([*start, position]);
            }
            open.truncate(partner);
        } else if begins && !open.iter().any(|(open, _, _)| open == sign) {
            open.push((*sign, spelled, position));
        }
    }
    for position in pairs {
        if let Some(Token::Sign { paired, .. }) = tokens.get_mut(position) {
            *paired = true;
        }
    }
}

/// Whether a sign may begin and may end a style where it stands.
fn edges(tokens: &[Token], position: usize) -> (bool, bool) {
    let Some(Token::Sign { spelled, .. }) = tokens.get(position) else { return (false, false) };
    if spelled.starts_with('{') {
        return (true, true);
    }
    let before = position.checked_sub(1).and_then(|before| tokens.get(before));
    let before = before.map_or(' ', |token| neighbour(token, false));
    let after = tokens.get(position + 1).map_or(' ', |token| neighbour(token, true));
    let begins = !before.is_alphanumeric() && !after.is_whitespace();
    let ends = !after.is_alphanumeric() && !before.is_whitespace();
    (begins, ends)
}

/// The character of a token that a sign before or behind it touches.
fn neighbour(token: &Token, first: bool) -> char {
    match token {
        Token::Text(text) if first => text.chars().next().unwrap_or(' '),
        Token::Text(text) => text.chars().next_back().unwrap_or(' '),
        _ => '.',
    }
}

/// Whether a character can be more than itself.
fn may_mean_something(found: char) -> bool {
    matches!(found, '\\' | '&' | '{' | '[' | '!' | 'h') || SIGNS.contains(found)
}

struct Scanner<'a> {
    rest: &'a str,
    out: Vec<Token>,
    /// Whether there may still be a `}}` ahead.
    code_ahead: bool,
}

impl<'a> Scanner<'a> {
    fn new(row: &'a str) -> Self {
        Self { rest: row, out: Vec::new(), code_ahead: true }
    }

    fn text(&mut self, text: &str) {
        match self.out.last_mut() {
            Some(Token::Text(before)) => before.push_str(text),
            _ => self.out.push(Token::Text(text.to_owned())),
        }
    }

    fn tokens(mut self) -> Vec<Token> {
        loop {
            let ordinary = self.rest.find(may_mean_something).unwrap_or(self.rest.len());
            let (words, rest) = self.rest.split_at(ordinary);
            if !words.is_empty() {
                self.text(words);
            }
            self.rest = rest;
            let Some(found) = self.rest.chars().next() else { break };
            let taken = match found {
                '\\' => self.escape(),
                '&' => self.entity(),
                '{' => self.braces(),
                '[' => self.link(),
                '!' => self.image(),
                'h' => self.address(),
                _ if SIGNS.contains(found) => self.sign(found),
                _ => 0,
            };
            let taken = if taken == 0 {
                self.text(found.encode_utf8(&mut [0; 4]));
                found.len_utf8()
            } else {
                taken
            };
            self.rest = self.rest.get(taken..).unwrap_or_default();
        }
        self.out
    }

    /// `\\` breaks the line, `\*` is a star.
    fn escape(&mut self) -> usize {
        match self.rest.chars().nth(1) {
            Some('\\') => {
                self.out.push(Token::Piece(Inline::Break));
                2
            }
            Some(next) if next.is_ascii_punctuation() => {
                self.text(next.encode_utf8(&mut [0; 4]));
                2
            }
            _ => 0,
        }
    }

    /// `&#42;`, `&amp;` and their like.
    fn entity(&mut self) -> usize {
        let window: String = self.rest.chars().take(10).collect();
        let Some((name, _)) = window.strip_prefix('&').and_then(|name| name.split_once(';')) else {
            return 0;
        };
        let found = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "nbsp" => Some(' '),
            _ => name.strip_prefix('#').and_then(|code| code.parse().ok()).and_then(char::from_u32),
        };
        let Some(found) = found.filter(|found| !found.is_control()) else { return 0 };
        self.text(found.encode_utf8(&mut [0; 4]));
        name.len() + 2
    }

    /// `{{code}}`, `{color:red}`, `{*}`, `{anchor:x}`; other macros stay as their text.
    fn braces(&mut self) -> usize {
        if let Some(inner) = self.rest.strip_prefix("{{") {
            let end = if self.code_ahead { inner.find("}}") } else { None };
            self.code_ahead = end.is_some();
            let Some(code) = end.and_then(|end| inner.get(..end)).filter(|code| !code.is_empty()) else {
                return 0;
            };
            let marks = Marks { code: true, ..Marks::none() };
            self.out.push(Token::Piece(Inline::Text { text: super::escape::undone(code), marks }));
            return code.len() + 4;
        }
        let inner = self.rest.get(1..).unwrap_or_default();
        let Some(end) =
            inner.find(['{', '}']).filter(|end| inner.get(*end..).is_some_and(|end| end.starts_with('}')))
        else {
            return 0;
        };
        let inner = inner.get(..end).unwrap_or_default();
        let (name, value) = inner.split_once(':').unwrap_or((inner, ""));
        let sign =
            ["{*}", "{_}", "{-}", "{+}", "{^}", "{~}"].into_iter().find(|sign| self.rest.starts_with(sign));
        match (name, sign) {
            (sign, Some(spelled)) => {
                let sign = sign.chars().next().unwrap_or('*');
                self.out.push(Token::Sign { sign, spelled, paired: false });
            }
            ("color", _) => self.out.push(Token::Color(color(value))),
            ("anchor", _) if !value.is_empty() => {}
            _ => return 0,
        }
        end + 2
    }

    /// `[text|address]`, `[address]`, `[~person]`, `[^file]`.
    fn link(&mut self) -> usize {
        let inner = self.rest.get(1..).unwrap_or_default();
        let Some(end) = bracket_end(inner) else { return 0 };
        let inner = inner.get(..end).unwrap_or_default();
        if let Some(person) = inner.strip_prefix('~') {
            let Some(mention) = mention(person) else { return 0 };
            self.out.push(Token::Piece(Inline::Mention(mention)));
        } else if let Some(name) = inner.strip_prefix('^') {
            let file = Media {
                source: MediaSource::Attachment { id: String::new() },
                alt: super::escape::undone(name),
            };
            self.out.push(Token::Piece(Inline::Media(file)));
        } else {
            let mut parts = super::escape::split(inner, '|').into_iter();
            let (Some(first), second) = (parts.next(), parts.next()) else { return 0 };
            let href = super::escape::undone(second.unwrap_or(first).trim());
            let known = ["http://", "https://", "mailto:", "ftp://", "file:", "#", "/"];
            if !known.iter().any(|start| href.starts_with(start)) {
                return 0;
            }
            let text = super::escape::undone(first);
            let text = if second.is_none() { text.trim_start_matches("mailto:").to_owned() } else { text };
            let text = if text.trim().is_empty() { href.clone() } else { text };
            self.out.push(Token::Link { text, href });
        }
        end + 2
    }

    /// `!picture.png|thumbnail!`, `!https://…!`.
    fn image(&mut self) -> usize {
        let inner = self.rest.get(1..).unwrap_or_default();
        let Some(end) = inner.find('!') else { return 0 };
        let inner = inner.get(..end).unwrap_or_default();
        let name = inner.split('|').next().unwrap_or_default();
        let plausible = name.contains('.') && !name.contains(char::is_whitespace) && !name.starts_with('.');
        if !plausible
            || !name.chars().all(|found| found.is_alphanumeric() || "-._~:/?#%=&,+()@".contains(found))
        {
            return 0;
        }
        let media = if name.starts_with("https://") || name.starts_with("http://") {
            Media { source: MediaSource::Web { url: name.to_owned() }, alt: String::new() }
        } else {
            Media { source: MediaSource::Attachment { id: String::new() }, alt: name.to_owned() }
        };
        self.out.push(Token::Piece(Inline::Media(media)));
        end + 2
    }

    /// A bare web address, whose signs are no styles.
    fn address(&mut self) -> usize {
        if !self.rest.starts_with("https://") && !self.rest.starts_with("http://") {
            return 0;
        }
        let end = self.rest.find(|found: char| found.is_whitespace() || "|[]{}\"<>\\!".contains(found));
        let url = self.rest.get(..end.unwrap_or(self.rest.len())).unwrap_or_default();
        let url = url.split("&#").next().unwrap_or(url);
        let url = url.trim_end_matches(['.', ',', ';', ':', '*', '_', '+', '-', '?', ')', '^', '~', '\'']);
        if url.len() <= "https://".len() {
            return 0;
        }
        self.out.push(Token::Link { text: url.to_owned(), href: url.to_owned() });
        url.len()
    }

    fn sign(&mut self, sign: char) -> usize {
        let run = self.rest.len() - self.rest.trim_start_matches(sign).len();
        let (spelled, wanted) = match sign {
            '*' => ("*", 1),
            '_' => ("_", 1),
            '-' => ("-", 1),
            '+' => ("+", 1),
            '^' => ("^", 1),
            '~' => ("~", 1),
            _ => ("??", 2),
        };
        if run != wanted {
            let text = self.rest.get(..run).unwrap_or_default();
            self.text(text);
            return run;
        }
        self.out.push(Token::Sign { sign, spelled, paired: false });
        wanted
    }
}

/// Where a bracket ends; a link holds no other bracket.
fn bracket_end(inner: &str) -> Option<usize> {
    let mut escaped = false;
    for (position, found) in inner.char_indices() {
        match found {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => return (position > 0).then_some(position),
            '[' => return None,
            _ => {}
        }
    }
    None
}

fn mention(person: &str) -> Option<Mention> {
    if person.is_empty() || person.contains(char::is_whitespace) {
        return None;
    }
    Some(match person.strip_prefix("accountid:") {
        Some("") => return None,
        // The markup does not say the name; an account id is nobody's name.
        Some(id) => Mention { who: Who::Jira(AccountId::new(id)), name: "someone".to_owned() },
        None => Mention { who: Who::Jira(AccountId::new(person)), name: person.to_owned() },
    })
}

fn color(value: &str) -> Option<Rgb> {
    Rgb::from_hex(value).or_else(|| {
        let hex = match value {
            "red" => "#ff0000",
            "green" => "#008000",
            "blue" => "#0000ff",
            "orange" => "#ffa500",
            "yellow" => "#ffff00",
            "purple" => "#800080",
            "gray" | "grey" => "#808080",
            "black" => "#000000",
            "white" => "#ffffff",
            _ => return None,
        };
        Rgb::from_hex(hex)
    })
}
