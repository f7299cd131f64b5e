//! A comment as people write it, in each format and of any size.

use serde_json::{Value, json};

use crate::content::{Document, adf, markdown, teams_html, wiki};

/// About a kilobyte: what a bug report and its answers hold.
const COMMENT: &str = "\
The login page rejects correct passwords since the release of **Monday**, but only if they hold \
an umlaut; see [the report](https://example.com/reports/2026/11?a=1&b=2) of _last night_.

Steps:

1. Open the page and log in as `ann`
2. Type a password with an umlaut
   - `Käse` fails, ~~always~~ mostly
   - `Kaese` works
3. Look at the log

```rust
fn digest(password: &str) -> Digest {
    let bytes = password.as_bytes(); // <- not normalised
    Sha256::digest(bytes)
}
```

> It worked before the update of the directory.

- [x] seen on the test system
- [ ] seen by customers: 5 < x < 10 & rising

| System | Version | Seen |
|---|---|---|
| test | 2.14.1 | yes |
| live | 2.14.0 | *not* yet |

Can somebody who knows the directory have a look? I'd say it is the normal form of the text, \
as with the search box in spring. Thank you! 🙏
";

/// The four formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Adf,
    TeamsHtml,
    Markdown,
    Wiki,
}

impl Format {
    pub(super) const ALL: [Self; 4] = [Self::Adf, Self::TeamsHtml, Self::Markdown, Self::Wiki];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Adf => "ADF",
            Self::TeamsHtml => "Teams HTML",
            Self::Markdown => "Markdown",
            Self::Wiki => "wiki markup",
        }
    }

    /// From the bytes to the tree; for ADF with the reading of JSON.
    pub(super) fn read(self, source: &str) -> Document {
        match self {
            Self::Adf => adf::read(&serde_json::from_str::<Value>(source).unwrap_or_default()),
            Self::TeamsHtml => teams_html::read(source, |_| None),
            Self::Markdown => markdown::read(source),
            Self::Wiki => wiki::read(source),
        }
    }

    /// From the tree to the bytes; for ADF with the writing of JSON.
    pub(super) fn write(self, document: &Document) -> String {
        match self {
            Self::Adf => adf::write(document).to_string(),
            Self::TeamsHtml => teams_html::write(document).html,
            Self::Markdown => markdown::write(document),
            Self::Wiki => wiki::write(document),
        }
    }

    /// A document of nothing but words.
    pub(super) fn of_words(self, words: &str) -> String {
        match self {
            Self::Adf => {
                let text = json!({"type": "text", "text": words});
                json!({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]})
                    .to_string()
            }
            _ => words.to_owned(),
        }
    }
}

/// A comment in one of the formats.
pub(super) struct Sample {
    pub(super) format: Format,
    pub(super) source: String,
}

impl Sample {
    /// A comment of about `size` bytes.
    pub(super) fn new(format: Format, size: usize) -> Self {
        let blocks = markdown::read(COMMENT).blocks;
        let once = format.write(&Document { blocks: blocks.clone() }).len();
        // Block by block, so that a small comment is as large as wanted, too.
        let mut wanted = blocks.len() * size / once;
        let mut source = String::new();
        while wanted > 0 {
            let blocks = blocks.iter().cycle().take(wanted).cloned().collect();
            source = format.write(&Document { blocks });
            if source.len() <= size {
                break;
            }
            wanted -= 1 + wanted / 50;
        }
        Self { format, source }
    }

    pub(super) fn read(&self) -> Document {
        self.format.read(&self.source)
    }
}
