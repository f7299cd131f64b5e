//! The document tree that all formats are read into and written from.
//!
//! Readers never make it deeper than [`MAX_DEPTH`] blocks, so whoever walks it may recurse.

use crate::ids::{AccountId, ObjectId};

/// How many blocks may stand inside each other. What was nested deeper is kept, but flat.
///
/// A list level costs four levels of JSON in ADF, and JSON readers commonly stop at 128.
pub const MAX_DEPTH: usize = 20;

/// What a person wrote: a comment, a message, a description.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The blocks, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A block: something that starts on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading.
    Heading {
        /// 1 (largest) to 6.
        level: u8,
        /// The words of the heading.
        content: Vec<Inline>,
    },
    /// Lines of code, kept to the letter.
    Code {
        /// The language as its author named it (`rust`, `C#`), if they did.
        language: Option<String>,
        /// The lines, separated by `\n`.
        code: String,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// A list with bullets.
    BulletList(Vec<Vec<Block>>),
    /// A numbered list.
    OrderedList {
        /// The number of the first item.
        start: u32,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A list of things to do.
    TaskList(Vec<Task>),
    /// A list of decisions.
    DecisionList(Vec<Vec<Inline>>),
    /// A coloured box.
    Panel {
        /// What the box says about its content.
        kind: PanelKind,
        /// What is in the box.
        blocks: Vec<Block>,
    },
    /// A section that folds away behind its title.
    Expand {
        /// The title; may be empty.
        title: String,
        /// What unfolds.
        blocks: Vec<Block>,
    },
    /// A table, row by row.
    Table(Vec<Row>),
    /// A picture on a line of its own.
    Picture {
        /// The picture.
        media: Media,
        /// The line beneath it; mostly empty.
        caption: Vec<Inline>,
    },
    /// Files that hang on the text.
    Files(Vec<Media>),
    /// A link that is shown as a card.
    Card {
        /// The address.
        url: String,
    },
    /// A line across.
    Rule,
}

/// A thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Whether it is done.
    pub done: bool,
    /// What is to be done.
    pub content: Vec<Inline>,
    /// The smaller things it consists of.
    pub children: Vec<Task>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// The cells, from left to right.
    pub cells: Vec<Cell>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Whether the cell heads its row or column.
    pub header: bool,
    /// How many columns it covers, at least 1.
    pub colspan: u32,
    /// How many rows it covers, at least 1.
    pub rowspan: u32,
    /// What is in the cell.
    pub blocks: Vec<Block>,
}

/// The kinds of panel that ADF knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    /// Worth knowing.
    Info,
    /// A remark.
    Note,
    /// Good advice.
    Tip,
    /// Careful.
    Warning,
    /// Something is wrong.
    Error,
    /// Something went well.
    Success,
    /// A panel with colours of its own.
    Custom,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Words in one style.
    Text {
        /// The words; never empty, without line breaks.
        text: String,
        /// Their style.
        marks: Marks,
    },
    /// A line break within the paragraph.
    Break,
    /// A person who is called.
    Mention(Mention),
    /// An emoji that its platform knows by name. Plain Unicode emoji are text.
    Emoji {
        /// The name with colons (`:smile:`).
        short_name: String,
        /// The platform's id, for emoji that are not Unicode.
        id: Option<String>,
        /// The Unicode form, or what is shown in its place.
        text: Option<String>,
    },
    /// A calendar date.
    Date {
        /// Midnight UTC of the day, in milliseconds since 1970.
        timestamp: i64,
    },
    /// A coloured word (`DONE`).
    Status {
        /// The word; never empty.
        text: String,
        /// Its colour in ADF's words (`green`, `#ff0000`).
        color: String,
    },
    /// A link that is shown by its target's title.
    Card {
        /// The address.
        url: String,
    },
    /// A picture or file within the line.
    Media(Media),
}

/// The style of words. Code excludes every other style but a link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each style is on or off, by itself")]
pub struct Marks {
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub em: bool,
    /// Underlined.
    pub underline: bool,
    /// Struck through.
    pub strike: bool,
    /// Code.
    pub code: bool,
    /// Below or above the line.
    pub script: Option<Script>,
    /// Where a click leads. May be anything here; writers let only safe ones through.
    pub link: Option<String>,
    /// The colour of the letters.
    pub color: Option<Rgb>,
    /// The colour behind the letters.
    pub background: Option<Rgb>,
}

/// Below or above the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Subscript.
    Sub,
    /// Superscript.
    Sup,
}

/// A colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

/// A person called by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Who it is.
    pub who: Who,
    /// The name that is shown, without `@`.
    pub name: String,
}

/// Who a mention means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person of Jira.
    Jira(AccountId),
    /// A person of Teams.
    Teams(ObjectId),
    /// Somebody the other side does not know; written as plain `@Name`.
    Nobody,
}

/// A picture or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Where it is kept.
    pub source: MediaSource,
    /// Its name or description; empty if nobody gave one.
    pub alt: String,
}

/// Where a picture or a file is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaSource {
    /// In Atlassian's media store. The id is a file id, not the attachment's id.
    Jira {
        /// The file id.
        id: String,
        /// The collection that the file is in; mostly empty.
        collection: String,
    },
    /// On the web, for everybody.
    Web {
        /// The address.
        url: String,
    },
    /// In a Teams message (`hostedContents`); reading it needs a token.
    Hosted {
        /// The address as the message has it, absolute or `../hostedContents/{id}/$value`.
        url: String,
    },
    /// An entry of the message's `attachments`.
    Attachment {
        /// The id of the entry.
        id: String,
    },
}

impl Marks {
    /// No style at all.
    pub const fn none() -> Self {
        Self {
            strong: false,
            em: false,
            underline: false,
            strike: false,
            code: false,
            script: None,
            link: None,
            color: None,
            background: None,
        }
    }

    /// Bold and nothing else.
    pub fn bold() -> Self {
        Self { strong: true, ..Self::none() }
    }
}

impl Inline {
    /// Words without style.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), marks: Marks::none() }
    }
}

impl Cell {
    /// A cell of one row and one column.
    pub fn new(header: bool, blocks: Vec<Block>) -> Self {
        Self { header, colspan: 1, rowspan: 1, blocks }
    }
}

impl Media {
    /// What is shown where the thing itself can't be: its name, or what it is.
    pub fn label(&self) -> String {
        if !self.alt.trim().is_empty() {
            return format!("[{}]", self.alt.trim());
        }
        match self.source {
            MediaSource::Attachment { .. } => "[attachment]".to_owned(),
            MediaSource::Jira { .. } => "[file]".to_owned(),
            MediaSource::Web { .. } | MediaSource::Hosted { .. } => "[picture]".to_owned(),
        }
    }
}

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |range| digits.get(range).and_then(|two| u8::from_str_radix(two, 16).ok());
        Some(Self([part(0..2)?, part(2..4)?, part(4..6)?]))
    }

    /// The colour as `#rrggbb`.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}
