//! The people and files of a document: see them, map them to the other platform, take some out.

use super::line;
use super::tree::{Document, Inline, Media, Mention, Who};
use super::walk::{Part, PartMut, walk, walk_mut};

impl Document {
    /// Every mention, in reading order.
    pub fn mentions(&self) -> Vec<&Mention> {
        let mut found = Vec::new();
        walk(&self.blocks, &mut |part| {
            let Part::Line(line) = part else { return };
            found.extend(line.iter().filter_map(|piece| match piece {
                Inline::Mention(mention) => Some(mention),
                _ => None,
            }));
        });
        found
    }

    /// Says anew who each mention means; the names stay.
    pub fn map_mentions(&mut self, mut f: impl FnMut(&Mention) -> Who) {
        self.change_mentions(|mention| mention.who = f(mention));
    }

    /// Gives mentions other names, where `f` knows one; whom they mean stays.
    ///
    /// Wiki markup calls people without saying their names.
    pub fn rename_mentions(&mut self, mut f: impl FnMut(&Mention) -> Option<String>) {
        self.change_mentions(|mention| {
            if let Some(name) = f(mention) {
                mention.name = name;
            }
        });
    }

    fn change_mentions(&mut self, mut f: impl FnMut(&mut Mention)) {
        walk_mut(&mut self.blocks, &mut |part| {
            let PartMut::Line(line) = part else { return };
            for piece in line {
                if let Inline::Mention(mention) = piece {
                    f(mention);
                }
            }
        });
    }

    /// Takes out the mentions that `unwanted` picks, with the space that follows; used for a mention
    /// that addresses the bot and is no part of what was said.
    pub fn remove_mentions(&mut self, mut unwanted: impl FnMut(&Mention) -> bool) {
        walk_mut(&mut self.blocks, &mut |part| {
            let PartMut::Line(line) = part else { return };
            let mut kept = Vec::with_capacity(line.len());
            let mut removed = false;
            for piece in std::mem::take(line) {
                let after_removed = std::mem::take(&mut removed);
                match piece {
                    Inline::Mention(mention) if unwanted(&mention) => removed = true,
                    Inline::Text { text, marks } => {
                        let text = if after_removed { text.trim_start() } else { &text };
                        line::push_text(&mut kept, text, &marks);
                    }
                    other => kept.push(other),
                }
            }
            *line = kept;
        });
    }

    /// Every picture and file, in reading order.
    pub fn media(&self) -> Vec<&Media> {
        let mut found = Vec::new();
        walk(&self.blocks, &mut |part| match part {
            Part::Media(media) => found.push(media),
            Part::Line(line) => found.extend(line.iter().filter_map(|piece| match piece {
                Inline::Media(media) => Some(media),
                _ => None,
            })),
        });
        found
    }

    /// Puts another picture or file in the place of each: a name that the message says elsewhere,
    /// or the place where it was copied to.
    pub fn map_media(&mut self, mut f: impl FnMut(&Media) -> Media) {
        walk_mut(&mut self.blocks, &mut |part| match part {
            PartMut::Media(media) => *media = f(media),
            PartMut::Line(line) => {
                for piece in line {
                    if let Inline::Media(media) = piece {
                        *media = f(media);
                    }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::tree::MediaSource;
    use crate::content::{Block, teams_html};
    use crate::ids::ObjectId;

    fn bot() -> Mention {
        Mention { who: Who::Teams(ObjectId::new("bot")), name: "Threadline".to_owned() }
    }

    #[test]
    fn a_command_is_what_remains_when_the_bot_is_no_longer_addressed() {
        let mut message =
            teams_html::read("<p><at id=\"0\">Threadline</at>&nbsp;link <b>ABC-1</b></p>", |_| Some(bot()));
        message.remove_mentions(|mention| mention.who == bot().who);
        assert_eq!(message.text(), "link ABC-1");
    }

    #[test]
    fn an_attachment_gets_the_name_that_the_message_says_elsewhere() {
        let mut message = teams_html::read("<p>see</p><attachment id=\"a1\"></attachment>", |_| None);
        assert_eq!(message.text(), "see\n[attachment]");
        message.map_media(|media| Media { alt: "plan.pdf".to_owned(), ..media.clone() });
        assert_eq!(message.text(), "see\n[plan.pdf]");
        assert!(matches!(&message.media()[0].source, MediaSource::Attachment { id } if id == "a1"));
    }

    #[test]
    fn mentions_are_found_wherever_they_stand() {
        let html =
            "<ul><li><at id=\"0\">A</at></li></ul><table><tr><td><at id=\"0\">B</at></td></tr></table>";
        let mut message = teams_html::read(html, |_| None);
        message.blocks = vec![Block::Quote(message.blocks)];
        assert_eq!(message.mentions().len(), 2);
        message.map_mentions(|_| Who::Teams(ObjectId::new("a")));
        assert_eq!(teams_html::write(&message).mentions.len(), 2);
    }
}
