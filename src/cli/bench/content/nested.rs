//! Ten thousand things inside each other.

use super::samples::Format;

/// How many signs or elements are opened.
pub(super) const DEEP: usize = 10_000;

/// JSON readers stop at 128 levels, and a list has four: so deep ADF is many lists of twenty.
const LEVELS_OF_ADF: usize = 20;

/// Something that opens, and never closes.
pub(super) struct Nested {
    pub(super) format: Format,
    pub(super) what: &'static str,
}

/// What is tried.
pub(super) fn cases() -> Vec<Nested> {
    let of = |format, signs: &[&'static str]| {
        signs.iter().map(move |what| Nested { format, what }).collect::<Vec<_>>()
    };
    [
        of(Format::Adf, &["bulletList"]),
        of(Format::TeamsHtml, &["<ul><li>", "<blockquote>", "<b>", "<table><tr><td>", "<at id=\"0\">"]),
        of(Format::Markdown, &["> ", "- ", "[", "*", "**", "_", "`", "{", "*a **b ", "a~~"]),
        of(Format::Wiki, &["*", "[", "{", "{quote}", "{{", "*a _b ", "|", "{code}\n"]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Nested {
    /// The source with so many of them.
    pub(super) fn source(&self, count: usize) -> String {
        match self.format {
            Format::Adf => {
                let start = r#"{"type":"bulletList","content":[{"type":"listItem","content":["#;
                let list = format!(
                    r#"{}{{"type":"paragraph","content":[{{"type":"text","text":"deep"}}]}}{}"#,
                    start.repeat(LEVELS_OF_ADF),
                    "]}]}".repeat(LEVELS_OF_ADF)
                );
                format!("[{}]", vec![list; count / LEVELS_OF_ADF].join(","))
            }
            _ => format!("{} deep", self.what.repeat(count)),
        }
    }
}
