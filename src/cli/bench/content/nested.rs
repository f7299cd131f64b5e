//! Ten thousand things inside each other.

use super::samples::Format;

/// How many signs or elements are opened.
pub(super) const DEEP: usize = 10_000;

/// JSON readers stop at 128 levels, and a list has four: so deep ADF is many lists of twenty.
const LEVELS_OF_ADF: usize = 20;

/// Something that opens, and never closes.
pub(super) struct Nested {
    pub(super) format: Format,
    /// What opens it.
    pub(super) what: &'static str,
    /// The same with an end, for comparison: one stands beside the other.
    flat: &'static str,
}

/// What is tried.
pub(super) fn cases() -> Vec<Nested> {
    use Format::{Adf, Markdown, TeamsHtml, Wiki};
    [
        (Adf, "bulletList", ""),
        (TeamsHtml, "<ul><li>", "<ul><li>a</li></ul>"),
        (TeamsHtml, "<blockquote>", "<blockquote>a</blockquote>"),
        (TeamsHtml, "<b>", "<b>a</b>"),
        (TeamsHtml, "<table><tr><td>", "<table><tr><td>a</td></tr></table>"),
        (TeamsHtml, "<at id=\"0\">", "<at id=\"0\">a</at>"),
        (Markdown, "> ", "> a\n\n"),
        (Markdown, "- ", "- a\n"),
        (Markdown, "[", "[a](b)"),
        (Markdown, "*", "*a* "),
        (Markdown, "**", "**a** "),
        (Markdown, "_", "_a_ "),
        (Markdown, "`", "`a` "),
        (Markdown, "{", "{a} "),
        (Markdown, "*a **b ", "*a* **b** "),
        (Markdown, "a~~", "~~a~~ "),
        (Wiki, "*", "*a* "),
        (Wiki, "[", "[a|b] "),
        (Wiki, "{", "{a} "),
        (Wiki, "{quote}", "{quote}a{quote}"),
        (Wiki, "{{", "{{a}} "),
        (Wiki, "*a _b ", "*a* _b_ "),
        (Wiki, "|", "|a|\n"),
        (Wiki, "{code}\n", "{code}\na\n{code}\n"),
    ]
    .into_iter()
    .map(|(format, what, flat)| Nested { format, what, flat })
    .collect()
}

impl Nested {
    /// The source with so many of them inside each other.
    pub(super) fn source(&self, count: usize) -> String {
        match self.format {
            Format::Adf => lists(count, LEVELS_OF_ADF),
            _ => format!("{} deep", self.what.repeat(count)),
        }
    }

    /// As many bytes of them beside each other.
    pub(super) fn beside(&self, bytes: usize) -> String {
        match self.format {
            Format::Adf => lists(bytes / lists(1, 1).len(), 1),
            _ => self.flat.repeat(bytes / self.flat.len()),
        }
    }
}

/// Lists of ADF, so many of them within each other.
fn lists(count: usize, levels: usize) -> String {
    let start = r#"{"type":"bulletList","content":[{"type":"listItem","content":["#;
    let list = format!(
        r#"{}{{"type":"paragraph","content":[{{"type":"text","text":"deep"}}]}}{}"#,
        start.repeat(levels),
        "]}]}".repeat(levels)
    );
    format!("[{}]", vec![list; count / levels].join(","))
}
