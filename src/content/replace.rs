//! Puts something else in the place of each picture and file: a picture or file that the other
//! side has, or words with a link.

use super::tree::{Block, Document, Inline, Marks, Media, Task};

/// What takes the place of a picture or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// A picture or file.
    Media(Media),
    /// Words that lead to it; to nowhere without an address.
    Words {
        /// The words, mostly the file's name.
        text: String,
        /// Where it is.
        url: Option<String>,
    },
}

impl Put {
    fn inline(self) -> Inline {
        match self {
            Self::Media(media) => Inline::Media(media),
            Self::Words { text, url } => {
                let text = text.replace(['\n', '\r'], " ");
                Inline::Text { text: format!("[{text}]"), marks: Marks { link: url, ..Marks::none() } }
            }
        }
    }
}

impl Document {
    /// Puts something else in the place of each picture and file, in the order of
    /// [`Document::media`]. What stands on a line of its own keeps it.
    pub fn replace_media(&mut self, mut f: impl FnMut(&Media) -> Put) {
        blocks(&mut self.blocks, &mut f);
    }

    /// Lifts pictures out of the lines of the outermost paragraphs, so that each gets a line of
    /// its own where a format has no pictures within a line.
    pub fn lift_pictures(&mut self, mut is_picture: impl FnMut(&Media) -> bool) {
        let mut lifted = Vec::with_capacity(self.blocks.len());
        for block in std::mem::take(&mut self.blocks) {
            let Block::Paragraph(line) = block else {
                lifted.push(block);
                continue;
            };
            let mut rest = Vec::with_capacity(line.len());
            for piece in line {
                match piece {
                    Inline::Media(media) if is_picture(&media) => {
                        push_line(&mut lifted, &mut rest);
                        lifted.push(Block::Picture { media, caption: Vec::new() });
                    }
                    other => rest.push(other),
                }
            }
            push_line(&mut lifted, &mut rest);
        }
        self.blocks = lifted;
    }
}

fn push_line(out: &mut Vec<Block>, line: &mut Vec<Inline>) {
    while line.last() == Some(&Inline::Break) {
        line.pop();
    }
    if !super::line::is_blank(line) {
        out.push(Block::Paragraph(std::mem::take(line)));
    }
    line.clear();
}

fn blocks(list: &mut Vec<Block>, f: &mut dyn FnMut(&Media) -> Put) {
    let mut out = Vec::with_capacity(list.len());
    for mut block in std::mem::take(list) {
        match &mut block {
            Block::Paragraph(content) | Block::Heading { content, .. } => line(content, f),
            Block::Quote(inner)
            | Block::Panel { blocks: inner, .. }
            | Block::Expand { blocks: inner, .. } => {
                blocks(inner, f);
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                for item in items {
                    blocks(item, f);
                }
            }
            Block::TaskList(list) => tasks(list, f),
            Block::DecisionList(decisions) => decisions.iter_mut().for_each(|content| line(content, f)),
            Block::Table(rows) => {
                let cells = rows.iter_mut().flat_map(|row| &mut row.cells);
                cells.for_each(|cell| blocks(&mut cell.blocks, f));
            }
            Block::Picture { media, caption } => {
                let put = f(media);
                line(caption, f);
                match put {
                    Put::Media(put) => *media = put,
                    words @ Put::Words { .. } => {
                        let mut content = vec![words.inline()];
                        if !caption.is_empty() {
                            content.push(Inline::Break);
                            content.append(caption);
                        }
                        block = Block::Paragraph(content);
                    }
                }
            }
            Block::Files(files) => {
                out.extend(files.iter().map(|file| match f(file) {
                    Put::Media(media) => Block::Files(vec![media]),
                    words @ Put::Words { .. } => Block::Paragraph(vec![words.inline()]),
                }));
                continue;
            }
            Block::Code { .. } | Block::Card { .. } | Block::Rule => {}
        }
        out.push(block);
    }
    *list = out;
}

fn tasks(list: &mut [Task], f: &mut dyn FnMut(&Media) -> Put) {
    for task in list {
        line(&mut task.content, f);
        tasks(&mut task.children, f);
    }
}

fn line(content: &mut [Inline], f: &mut dyn FnMut(&Media) -> Put) {
    for piece in content {
        if let Inline::Media(media) = piece {
            *piece = f(media).inline();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::tree::MediaSource;
    use crate::content::{adf, teams_html};

    fn web(url: &str) -> Put {
        Put::Media(Media { source: MediaSource::Web { url: url.to_owned() }, alt: String::new() })
    }

    #[test]
    fn what_can_not_be_shown_becomes_words_where_it_stood() {
        let html =
            "<p>a <img src=\"x\"> b</p><attachment id=\"1\"></attachment><ul><li><img src=\"y\"></li></ul>";
        let mut document = teams_html::read(html, |_| None);
        let mut seen = 0;
        document.replace_media(|_| {
            seen += 1;
            Put::Words { text: format!("file {seen}"), url: Some("https://example.com/".to_owned()) }
        });
        assert_eq!(document.text(), "a [file 1] b\n[file 2]\n[file 3]");
        assert!(document.media().is_empty());
        assert!(adf::write(&document).to_string().contains("https://example.com/"));
    }

    #[test]
    fn a_picture_gets_a_line_of_its_own() {
        let mut document = teams_html::read("<p>before<br><img src=\"x\"> after</p>", |_| None);
        document.replace_media(|_| web("https://example.com/x"));
        document.lift_pictures(|_| true);
        let kinds: Vec<bool> =
            document.blocks.iter().map(|block| matches!(block, Block::Picture { .. })).collect();
        assert_eq!(kinds, [false, true, false]);
        assert_eq!(document.text(), "before\n[picture]\n after");
    }
}
