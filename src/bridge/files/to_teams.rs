//! Jira → Teams. The author's pictures go inside the message, their other files on their drive,
//! shared with the organisation. The bot shows pictures by an address of ours, so that members
//! of the chat without a login to Jira see them, and names files with a link to Jira.
//!
//! Of a comment that is not open to everybody, nothing is put where others than the chat's
//! members can read it, whatever the link allows.

use super::kind::{Picture, is_called_a_picture};
use super::left::{Left, Why};
use super::{Luggage, Packed, find, in_jira, named, pictures_in};
use crate::bridge::failure::Stop;
use crate::bridge::tokens::{JiraToken, PersonToken};
use crate::bridge::turn::Turn;
use crate::bridge::{Bridge, visibility};
use crate::call::CallError;
use crate::content::{Document, Media, MediaSource, Put};
use crate::ids::{AttachmentId, FileId, MessageId, ObjectId};
use crate::jira::{Attachment, Comment};
use crate::store::{AttachmentPair, FileState, Link, Origin, Policy};
use crate::teams::graph::{HostedPicture, MAX_REQUEST};

/// Bytes of a request that are no pictures.
const ENVELOPE: u64 = 200_000;
/// The largest picture that Teams shows from an address.
const SHOWN_BY_BOT: u64 = 1_000_000;

/// A comment on its way to a chat.
#[derive(Clone, Copy)]
pub(in crate::bridge) struct CommentTrip<'a> {
    /// Whose turn it is.
    pub turn: &'a Turn<'a>,
    /// The comment.
    pub comment: &'a Comment,
    /// Where people read all of it.
    pub whole: &'a str,
}

/// The author's drive and message, and what has been put there.
pub(super) struct Packing<'a> {
    pub object: &'a ObjectId,
    pub token: &'a PersonToken,
    /// Whether the author can write in the chat at all; asked before the first file is shared.
    pub member: Option<bool>,
    packed: Packed,
    /// Bytes that still fit in the message.
    room: u64,
    /// Pictures that the message has already, by their attachments.
    present: Vec<(AttachmentId, String)>,
}

impl Bridge {
    /// Turns a comment's words into words with their files. `message` is the copy that is there,
    /// if it is being changed: what it shows is not copied again.
    pub(in crate::bridge) async fn files_to_teams(
        &self,
        trip: CommentTrip<'_>,
        document: &Document,
        person: Option<(&ObjectId, &PersonToken)>,
        message: Option<&MessageId>,
    ) -> Result<Luggage, Stop> {
        let ours = in_jira(&trip.turn.site, &AttachmentId::new(""));
        let files: Vec<&Media> =
            document.media().into_iter().filter(|media| is_of_jira(media, &ours)).collect();
        if files.is_empty() {
            let mut luggage = Luggage::light(document);
            self.show_our_pictures_alone(&mut luggage.bot);
            return Ok(luggage);
        }
        let author = trip.comment.author.as_ref().map(|author| &author.account_id);
        let reader = self.reader(trip.turn.event, &trip.turn.site, &trip.turn.link, author).await?;
        let (found, is_open) = self.attachments_of(trip, &reader, &files).await?;
        if let (Some((_, token)), false) = (person, is_open) {
            self.take_back_from_drive(trip.turn, &trip.comment.id, token).await?;
        }
        let mut packing = match person {
            Some((object, token)) => Some(Packing {
                object,
                token,
                member: None,
                packed: Packed::default(),
                room: (MAX_REQUEST - ENVELOPE) / 4 * 3,
                present: self.pictures_of(&trip.turn.link, message).await?,
            }),
            None => None,
        };
        let (mut by_person, mut by_bot) = (Vec::new(), Vec::new());
        let (mut left, mut left_by_bot) = (Left::default(), Left::default());
        for (number, (media, attachment)) in files.iter().zip(found).enumerate() {
            let words = match &attachment {
                Some(attachment) => named(&attachment.filename, in_jira(&trip.turn.site, &attachment.id)),
                None => named(&media.alt, trip.whole),
            };
            let wanted = self.wanted(number, attachment.as_ref());
            let attachment = match (attachment, wanted) {
                (Some(attachment), Ok(())) => attachment,
                (_, why) => {
                    let why = why.err().unwrap_or(Why::Unreadable);
                    left.add(why);
                    left_by_bot.add(why);
                    by_person.push(words.clone());
                    by_bot.push(words);
                    continue;
                }
            };
            by_bot.push(if is_open {
                self.shown_by_bot(trip, &attachment, &words).await?
            } else {
                words.clone()
            });
            by_person.push(match &mut packing {
                None => words,
                Some(packing) => match self.pack(trip, &reader, packing, (&attachment, is_open)).await? {
                    Ok(put) => put,
                    Err(why) => {
                        left.add(why);
                        words
                    }
                },
            });
        }
        let mut person = packing.map(|packing| packing.packed).unwrap_or_default();
        person.document = with(document, &ours, by_person);
        left.tell(&mut person.document, "Jira", trip.whole);
        let mut bot = with(document, &ours, by_bot);
        self.show_our_pictures_alone(&mut bot);
        left_by_bot.tell(&mut bot, "Jira", trip.whole);
        Ok(Luggage { person, bot, left })
    }

    /// The attachment of each file, and whether the comment is open to everybody.
    async fn attachments_of(
        &self,
        trip: CommentTrip<'_>,
        reader: &JiraToken,
        files: &[&Media],
    ) -> Result<(Vec<Option<Attachment>>, bool), Stop> {
        let jira = reader.site(&self.jira);
        let read = tokio::try_join!(
            jira.issue(trip.turn.link.issue.as_str(), &[]),
            jira.attachments(&trip.turn.link.issue),
            jira.files_in_comment(&trip.turn.link.issue, &trip.comment.id)
        );
        match read {
            Ok((issue, of_issue, rendered)) => {
                let author = trip.comment.author.as_ref().map(|author| &author.account_id);
                let is_open = visibility::withheld(trip.comment, &issue, &Policy::default()).is_none();
                Ok((find::attachments_of(files, &rendered, &of_issue, author), is_open))
            }
            Err(error) => {
                self.without_it(trip.turn.event, &reader.token, error).await?;
                Ok((files.iter().map(|_| None).collect(), false))
            }
        }
    }

    /// Whether the settings let it be copied.
    fn wanted(&self, number: usize, attachment: Option<&Attachment>) -> Result<(), Why> {
        let Some(attachment) = attachment else { return Err(Why::Unreadable) };
        let files = &self.settings.files;
        if number >= files.max_count {
            Err(Why::TooMany)
        } else if files.blocks(&attachment.filename, &attachment.mime_type) {
            Err(Why::Blocked)
        } else if attachment.size > self.most_bytes() {
            Err(Why::TooLarge)
        } else {
            Ok(())
        }
    }

    /// Pictures on the web stay links where the bot speaks: whoever reads the chat would load
    /// them, and tell their owner so.
    fn show_our_pictures_alone(&self, document: &mut Document) {
        let ours = self.address("files/");
        document.replace_media(|media| match &media.source {
            MediaSource::Web { url } if !url.starts_with(ours.as_str()) => {
                let alt = media.alt.trim();
                named(if alt.is_empty() { "picture" } else { alt }, url.as_str())
            }
            _ => Put::Media(media.clone()),
        });
    }

    async fn shown_by_bot(
        &self,
        trip: CommentTrip<'_>,
        attachment: &Attachment,
        words: &Put,
    ) -> Result<Put, Stop> {
        if !is_called_a_picture(&attachment.mime_type) {
            return Ok(words.clone());
        }
        let address = self.picture_address(trip.turn.link.id, &trip.comment.id, &attachment.id).await?;
        Ok(match address {
            Some(url) if attachment.size <= SHOWN_BY_BOT => {
                Put::Media(Media { source: MediaSource::Web { url }, alt: attachment.filename.clone() })
            }
            Some(url) => named(&attachment.filename, url),
            None => words.clone(),
        })
    }

    /// Puts a file into the author's message or on their drive.
    async fn pack(
        &self,
        trip: CommentTrip<'_>,
        reader: &JiraToken,
        packing: &mut Packing<'_>,
        (attachment, is_open): (&Attachment, bool),
    ) -> Result<Result<Put, Why>, Stop> {
        let media = |source| Put::Media(Media { source, alt: attachment.filename.clone() });
        if let Some((_, url)) = packing.present.iter().find(|(id, _)| *id == attachment.id) {
            return Ok(Ok(media(MediaSource::Hosted { url: url.clone() })));
        }
        let most = self.settings.files.max_picture_bytes.min(packing.room);
        if is_called_a_picture(&attachment.mime_type) && attachment.size <= most {
            match self.fetch_picture(reader, &attachment.id, most).await {
                Ok(Some((kind, bytes))) => {
                    packing.room -= u64::try_from(bytes.len()).unwrap_or(packing.room).min(packing.room);
                    packing.packed.shown.push(attachment.id.clone());
                    let temporary_id = packing.packed.shown.len().to_string();
                    let url = format!("../hostedContents/{temporary_id}/$value");
                    let media_type = kind.media_type();
                    packing.packed.pictures.push(HostedPicture { temporary_id, media_type, bytes });
                    return Ok(Ok(media(MediaSource::Hosted { url })));
                }
                // Not what it is called, or larger: it goes as a file.
                Ok(None) => {}
                Err(error) => return self.without_it(trip.turn.event, &reader.token, error).await.map(Err),
            }
        }
        if !is_open {
            return Ok(Err(Why::NotOpen));
        }
        if !self.may_share(trip, packing).await? {
            return Ok(Err(Why::NotAllowed));
        }
        Ok(match self.shared(trip, reader, packing.token, attachment).await? {
            Ok(item) => {
                let put = media(MediaSource::Attachment { id: item.guid.clone() });
                packing.packed.files.push(item);
                packing.packed.sent.push(attachment.id.clone());
                Ok(put)
            }
            Err(why) => Err(why),
        })
    }

    async fn fetch_picture(
        &self,
        reader: &JiraToken,
        attachment: &AttachmentId,
        most: u64,
    ) -> Result<Option<(Picture, Vec<u8>)>, CallError> {
        let mut source = reader.site(&self.jira).open_attachment(&self.downloads, attachment).await?;
        let Some(kind) = Picture::of(source.head().await?).filter(|kind| kind.fits_in_a_message()) else {
            return Ok(None);
        };
        Ok(source.whole(most).await?.map(|bytes| (kind, bytes)))
    }

    /// Pairs what a message that was just written shows with the attachments. What can't be read
    /// now is copied again should the comment change.
    pub(in crate::bridge) async fn remember_luggage(
        &self,
        trip: CommentTrip<'_>,
        luggage: &Luggage,
        message: &MessageId,
    ) -> Result<(), Stop> {
        let pair = |(attachment, file): (&AttachmentId, FileId), state| AttachmentPair {
            tenant: trip.turn.link.tenant.clone(),
            link: trip.turn.link.id,
            attachment: attachment.clone(),
            file,
            comment: Some(trip.comment.id.clone()),
            message: Some(message.clone()),
            origin: Origin::Jira,
            state,
        };
        let Packed { files, sent, shown, .. } = &luggage.person;
        let ids = files.iter().map(|file| FileId::new(file.guid.as_str()));
        let mut pairs: Vec<_> = sent.iter().zip(ids).map(|found| pair(found, FileState::File)).collect();
        if !shown.is_empty() {
            let ids = self.new_pictures(trip, message, shown.len()).await;
            pairs.extend(shown.iter().zip(ids).map(|found| pair(found, FileState::Picture)));
        }
        if pairs.is_empty() {
            return Ok(());
        }
        self.remember_files(trip.turn.lease, pairs).await
    }

    /// The newest pictures of a message, in order: those that are no copy yet.
    async fn new_pictures(&self, trip: CommentTrip<'_>, message: &MessageId, count: usize) -> Vec<FileId> {
        let link = &trip.turn.link;
        let Ok(Some(place)) = self.graph_place(&link.tenant, &link.conversation).await else {
            return Vec::new();
        };
        let written = match self.message_as_app(&place, message).await {
            Ok(written) => written,
            Err(error) => {
                tracing::info!(%error, "the pictures of a message could not be paired");
                return Vec::new();
            }
        };
        let known = self.store.files_of_message(link, message).await.unwrap_or_default();
        let mut shown = pictures_in(&written.body_html);
        shown.retain(|(_, id)| known.iter().all(|pair| pair.file != *id));
        if shown.len() == count { shown.into_iter().map(|(_, id)| id).collect() } else { Vec::new() }
    }

    /// The pictures that a message shows, with their addresses.
    async fn pictures_of(
        &self,
        link: &Link,
        message: Option<&MessageId>,
    ) -> Result<Vec<(AttachmentId, String)>, Stop> {
        let Some(message) = message else { return Ok(Vec::new()) };
        let place = self.graph_place(&link.tenant, &link.conversation).await?;
        let Some(place) = place else { return Ok(Vec::new()) };
        let pairs = self.store.files_of_message(link, message).await?;
        let pictures = pairs.into_iter().filter(|pair| pair.state == FileState::Picture);
        Ok(pictures
            .filter_map(|pair| {
                let url = self.graph.picture_address(&place, message, &pair.file).ok()?;
                Some((pair.attachment, url.into()))
            })
            .collect())
    }
}

/// Whether Jira keeps it: in its media store, or at the address of an attachment of ours.
pub(super) fn is_of_jira(media: &Media, ours: &str) -> bool {
    match &media.source {
        MediaSource::Jira { .. } => true,
        MediaSource::Web { url } => url.starts_with(ours),
        MediaSource::Hosted { .. } | MediaSource::Attachment { .. } => false,
    }
}

/// The words with something in the place of each file of Jira, in order.
fn with(document: &Document, ours: &str, puts: Vec<Put>) -> Document {
    let mut document = document.clone();
    let mut puts = puts.into_iter();
    document.replace_media(|media| {
        let put = if is_of_jira(media, ours) { puts.next() } else { None };
        put.unwrap_or_else(|| Put::Media(media.clone()))
    });
    document
}
