//! Pictures and files, both ways. They pass through as streams and are never kept; what is not
//! copied is named where it was shown, and both sides are told.
//!
//! A file never holds words back for good: after a few tries they go without it.

mod address;
mod drive;
mod find;
mod kind;
mod left;
mod show_picture;
mod take_back;
mod to_jira;
mod to_teams;

use super::failure::Stop;
use super::tokens::PersonToken;
use super::{Bridge, reason};
use crate::call::CallError;
use crate::content::{Block, Document, Media, MediaSource, Put, teams_html};
use crate::ids::{AttachmentId, FileId, MessageId};
use crate::queue::{Event, Lease, Verdict};
use crate::store::{AttachmentPair, Site};
use crate::teams::graph::{DriveItem, HostedPicture, picture_in};

pub(super) use left::{Left, Why, says_what_is_left};
pub(super) use show_picture::PictureDoor;
pub use show_picture::{PictureRefused, ShownPicture};
pub(super) use to_jira::MessageTrip;
pub(super) use to_teams::CommentTrip;

/// Tries after which words go without a file that can't be had.
const PATIENCE: i32 = 3;
/// What Graph takes in one upload (learn.microsoft.com/graph/api/driveitem-put-content).
const GRAPH_UPLOAD: u64 = 250_000_000;

/// A comment's words with all that they need, in both voices.
pub(super) struct Luggage {
    /// As the author says it.
    pub person: Packed,
    /// As the bot says it, with pictures at our own address.
    pub bot: Document,
    /// What the author's voice leaves behind.
    pub left: Left,
}

/// Words, and what goes with them.
#[derive(Default)]
pub(super) struct Packed {
    /// The words.
    pub document: Document,
    /// Pictures in the message.
    pub pictures: Vec<HostedPicture>,
    /// Files on the author's drive.
    pub files: Vec<DriveItem>,
    /// The attachments that the pictures are.
    shown: Vec<AttachmentId>,
    /// The attachments that the files are.
    sent: Vec<AttachmentId>,
}

impl Luggage {
    /// Words without files.
    fn light(document: &Document) -> Self {
        let person = Packed { document: document.clone(), ..Packed::default() };
        Self { person, bot: document.clone(), left: Left::default() }
    }
}

impl Bridge {
    /// Most bytes of a file.
    fn most_bytes(&self) -> u64 {
        self.settings.files.max_bytes.min(GRAPH_UPLOAD)
    }

    /// Whether words go on without a file, and why; or what becomes of the event.
    async fn without_it(&self, event: &Event, token: &PersonToken, error: CallError) -> Result<Why, Stop> {
        match error {
            CallError::TooLarge => Ok(Why::TooLarge),
            CallError::Gone | CallError::Refused { .. } => Ok(Why::Unreadable),
            CallError::Forbidden { .. } | CallError::ScopeMissing => Ok(Why::NotAllowed),
            CallError::NotSent(_) | CallError::OutcomeUnknown { .. } | CallError::Malformed { .. }
                if event.attempts >= PATIENCE =>
            {
                Ok(Why::Unreadable)
            }
            other => Err(self.failed_as(event, token, other).await?),
        }
    }

    async fn forget_files(&self, lease: &Lease, pairs: Vec<AttachmentPair>) -> Result<(), Stop> {
        Ok(lease
            .write(move |transaction| {
                Box::pin(async move {
                    for pair in pairs {
                        pair.forget(transaction).await?;
                    }
                    Ok(())
                })
            })
            .await?)
    }

    async fn remember_files(&self, lease: &Lease, pairs: Vec<AttachmentPair>) -> Result<(), Stop> {
        let now = self.clock.now();
        Ok(lease
            .write(move |transaction| {
                Box::pin(async move {
                    for pair in pairs {
                        pair.record(transaction, now).await?;
                    }
                    Ok(())
                })
            })
            .await?)
    }
}

impl Verdict {
    /// Says in the end's reason that files stayed behind.
    pub(super) fn in_part(self, left: &Left) -> Self {
        match self {
            Self::Done { reason: reason::RELAYED, record } if !left.is_empty() => {
                Self::Done { reason: reason::RELAYED_IN_PART, record }
            }
            other => other,
        }
    }
}

/// Gives the pictures of a message the addresses at which the bot reads them: in the text they
/// have others, which apps can't read. What the text does not show is added at its end.
pub(super) fn place_pictures(document: &mut Document, addresses: &[String]) {
    let shown = |media: &Media| match &media.source {
        MediaSource::Web { url } | MediaSource::Hosted { url } => Some(url.clone()),
        MediaSource::Jira { .. } | MediaSource::Attachment { .. } => None,
    };
    let all = document.media().into_iter().filter(|media| shown(media).is_some()).count() == addresses.len();
    let mut addresses = addresses.iter();
    document.map_media(|media| {
        // Else some are pictures on the web, which everybody can read.
        let kept = |url: &String| all || url.contains("/objects/") || url.contains("/hostedContents/");
        let address = shown(media).filter(kept).and_then(|_| addresses.next());
        let source = address.map(|url| MediaSource::Hosted { url: url.clone() });
        Media { source: source.unwrap_or_else(|| media.source.clone()), alt: media.alt.clone() }
    });
    document.blocks.extend(addresses.map(|url| Block::Picture {
        media: Media { source: MediaSource::Hosted { url: url.clone() }, alt: String::new() },
        caption: Vec::new(),
    }));
}

/// Where a file of an issue is, for people with a login to Jira.
fn in_jira(site: &Site, attachment: &AttachmentId) -> String {
    format!("{}/rest/api/3/attachment/content/{attachment}", site.url)
}

/// The pictures that Graph keeps with a message, in the order of its text.
fn pictures_in(html: &str) -> Vec<(MessageId, FileId)> {
    let document = teams_html::read(html, |_| None);
    let hosted = document.media().into_iter().filter_map(|media| match &media.source {
        MediaSource::Hosted { url } => picture_in(url),
        _ => None,
    });
    hosted.collect()
}

/// A file's name that leads to where it is.
fn named(name: &str, url: impl Into<String>) -> Put {
    let text = if name.trim().is_empty() { "file" } else { name.trim() };
    Put::Words { text: text.to_owned(), url: Some(url.into()) }
}

/// How a message's copies are keyed while they are being written.
fn copy_key(link: crate::ids::LinkId, message: &MessageId, file: &str) -> String {
    format!("attachment/{link}/{message}/{file}")
}
