//! What is not copied, and how both sides are told. Names of files are never part of it.

use crate::content::{Block, Document, Inline, Marks};

/// Why a picture or file stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bridge) enum Why {
    /// Over the size that is set, or that the platform takes.
    TooLarge,
    /// A kind that is never copied.
    Blocked,
    /// One more than are copied at once.
    TooMany,
    /// It can't be found or read.
    Unreadable,
    /// Its author's login does not reach it, or may not write there.
    NotAllowed,
    /// A file that would be open to more people than its comment.
    NotOpen,
}

/// What is not copied of one comment or message.
#[derive(Debug, Clone, Default)]
pub(in crate::bridge) struct Left(Vec<Why>);

impl Why {
    const ALL: [Self; 6] =
        [Self::TooLarge, Self::Blocked, Self::TooMany, Self::Unreadable, Self::NotAllowed, Self::NotOpen];

    fn words(self) -> &'static str {
        match self {
            Self::TooLarge => "too large",
            Self::Blocked => "not a kind that is copied",
            Self::TooMany => "too many at once",
            Self::Unreadable => "could not be read",
            Self::NotAllowed => "no permission to copy it",
            Self::NotOpen => "not for everyone",
        }
    }
}

impl Left {
    pub(super) fn add(&mut self, why: Why) {
        self.0.push(why);
    }

    /// Whether everything was copied.
    pub(in crate::bridge) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `2 files stay in Jira: too large (1), could not be read (1)`.
    pub(in crate::bridge) fn sentence(&self, place: &str) -> String {
        let verb = if self.0.len() == 1 { "file stays" } else { "files stay" };
        let counts =
            Why::ALL.into_iter().map(|why| (why, self.0.iter().filter(|found| **found == why).count()));
        let present: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
        let reasons: Vec<String> = match present.as_slice() {
            [(why, _)] => vec![why.words().to_owned()],
            several => several.iter().map(|(why, count)| format!("{} ({count})", why.words())).collect(),
        };
        format!("{} {verb} in {place}: {}", self.0.len(), reasons.join(", "))
    }

    /// Says at the end of the words what is not there, with a link to where it is.
    pub(super) fn tell(&self, document: &mut Document, place: &str, whole: &str) {
        if !self.is_empty() {
            // In brackets, as whatever stands for a file: the words themselves stay recognisable.
            let text = format!("[{}]", self.sentence(place));
            let marks = Marks { link: Some(whole.to_owned()), ..Marks::none() };
            document.blocks.push(Block::Paragraph(vec![Inline::Text { text, marks }]));
        }
    }
}

/// Whether a line is one that says what was not copied.
pub(in crate::bridge) fn says_what_is_left(line: &str) -> bool {
    let Some(sentence) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) else { return false };
    let number = sentence.split(' ').next().is_some_and(|word| word.parse::<u16>().is_ok());
    let stays = [" file stays in ", " files stay in "].iter().any(|words| sentence.contains(words));
    number && stays && Why::ALL.iter().any(|why| sentence.contains(why.words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_many_and_why() {
        let mut left = Left::default();
        left.add(Why::TooLarge);
        assert_eq!(left.sentence("Jira"), "1 file stays in Jira: too large");
        assert!(says_what_is_left("[1 file stays in Jira: too large]"));
        assert!(!says_what_is_left("[the file stays in Jira: too large]"));
        left.add(Why::TooLarge);
        assert_eq!(left.sentence("Jira"), "2 files stay in Jira: too large");
        left.add(Why::Blocked);
        assert_eq!(
            left.sentence("Teams"),
            "3 files stay in Teams: too large (2), not a kind that is copied (1)"
        );
    }
}
