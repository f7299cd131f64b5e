//! Teams → Jira: pictures and files of a message become attachments of the issue, added by
//! whoever writes the comment. Each is added once, whatever fails in between.

use url::Url;

use super::kind::Picture;
use super::left::{Left, Why};
use super::{copy_key, in_jira, named, pictures_in};
use crate::bridge::Bridge;
use crate::bridge::failure::Stop;
use crate::bridge::find_message::{earliest, left_open};
use crate::bridge::say::Saying;
use crate::bridge::tokens::{JiraToken, PersonToken};
use crate::bridge::turn::Turn;
use crate::bridge::write_once::{Write, Written};
use crate::call::CallError;
use crate::call::download::Source;
use crate::content::{Document, Media, MediaSource, Put};
use crate::ids::{AttachmentId, FileId, MessageId, ObjectId};
use crate::jira::NewAttachment;
use crate::store::{AttachmentPair, FileState, Intent, Origin};
use crate::teams::graph::{ChatMessage, picture_in};

/// A message on its way to an issue.
#[derive(Clone, Copy)]
pub(in crate::bridge) struct MessageTrip<'a> {
    /// Whose turn it is.
    pub turn: &'a Turn<'a>,
    /// The message.
    pub message: &'a MessageId,
    /// Who wrote it.
    pub author: &'a ObjectId,
    /// Whose account writes in Jira.
    pub token: &'a JiraToken,
}

/// Where a picture or file of a message is.
enum Place {
    /// A picture that the bot reads.
    Connector(String),
    /// A picture that its author reads, or the app by the chat's consent.
    Graph(MessageId, FileId),
    /// A file that its author reads.
    Shared { address: String, name: String },
    /// Nowhere that we know.
    Unknown,
}

/// A picture or file of a message.
struct Found {
    id: FileId,
    place: Place,
}

impl Bridge {
    /// Turns a message's words into words with their files. What was copied before is used again.
    pub(in crate::bridge) async fn files_to_jira(
        &self,
        trip: MessageTrip<'_>,
        document: Document,
    ) -> Result<(Document, Left), Stop> {
        let mut left = Left::default();
        let files: Vec<Media> =
            document.media().into_iter().filter(|media| is_of_teams(media)).cloned().collect();
        if files.is_empty() {
            return Ok((document, left));
        }
        let whole = crate::teams::message_link(&trip.turn.link.conversation, trip.message).to_string();
        let message = self.message_with_files(trip, &files).await?;
        let known = self.store.files_of_message(&trip.turn.link, trip.message).await?;
        let mut puts = Vec::with_capacity(files.len());
        let mut number = 0;
        let mut ids = picture_ids(&files, message.as_ref()).into_iter();
        for media in &files {
            let id = if matches!(media.source, MediaSource::Hosted { .. }) { ids.next() } else { None };
            let Some(found) = self.find(media, id, message.as_ref()) else {
                // A quote, or something else that is no file.
                puts.push(Put::Media(media.clone()));
                continue;
            };
            number += 1;
            let (name, address) = match &found.place {
                Place::Shared { address, name } => (name.clone(), address.clone()),
                _ => (media.alt.clone(), whole.clone()),
            };
            let copied = match known.iter().find(|copy| copy.file == found.id) {
                Some(copy) => Ok((copy.attachment.clone(), copy.state, name.clone())),
                None if number > self.settings.files.max_count => Err(Why::TooMany),
                None => self.copy(trip, found, number).await?,
            };
            puts.push(match copied {
                Ok((attachment, FileState::Picture, alt)) => {
                    let url = in_jira(&trip.turn.site, &attachment);
                    Put::Media(Media { source: MediaSource::Web { url }, alt })
                }
                Ok((attachment, FileState::File, name)) => {
                    named(&name, in_jira(&trip.turn.site, &attachment))
                }
                Err(why) => {
                    left.add(why);
                    named(&name, address)
                }
            });
        }
        let mut document = document;
        let mut puts = puts.into_iter();
        document.replace_media(|media| {
            let put = if is_of_teams(media) { puts.next() } else { None };
            put.unwrap_or_else(|| Put::Media(media.clone()))
        });
        let ours = in_jira(&trip.turn.site, &AttachmentId::new(""));
        document.lift_pictures(
            |media| matches!(&media.source, MediaSource::Web { url } if url.starts_with(&ours)),
        );
        left.tell(&mut document, "Teams", &whole);
        Ok((document, left))
    }

    /// Tells the chat, once a message, what was not copied. A courtesy: what has arrived is not to
    /// be undone by it, so that only a lost lease is an error.
    pub(in crate::bridge) async fn tell_what_is_left(
        &self,
        turn: &Turn<'_>,
        message: &MessageId,
        left: &Left,
    ) -> Result<(), Stop> {
        if left.is_empty() {
            return Ok(());
        }
        let Turn { lease, event, link, .. } = turn;
        let text = format!("Of the last message to {}, {}.", link.issue_key, left.sentence("Teams"));
        let key = format!("files/{}/{message}", link.id);
        let (tenant, conversation) = (&link.tenant, &link.conversation);
        match self.say(lease, event, Saying { key, tenant, conversation, text }).await {
            Err(Stop::Lease(lost)) => Err(lost.into()),
            Ok(()) | Err(Stop::Verdict(_)) => Ok(()),
        }
    }

    /// The message as Graph has it, where only Graph says what its files are.
    async fn message_with_files(
        &self,
        trip: MessageTrip<'_>,
        files: &[Media],
    ) -> Result<Option<ChatMessage>, Stop> {
        let graph_says_all =
            |media: &Media| matches!(&media.source, MediaSource::Hosted { url } if picture_in(url).is_some());
        if files.iter().all(graph_says_all) {
            return Ok(None);
        }
        let link = &trip.turn.link;
        let place = self.graph_place(&link.tenant, &link.conversation).await?;
        let Some(place) = place else { return Ok(None) };
        match self.message_as_app(&place, trip.message).await {
            Ok(message) => Ok(Some(message)),
            Err(error) => self.without_chat(trip, error).await.map(|_| None),
        }
    }

    fn find(&self, media: &Media, id: Option<FileId>, message: Option<&ChatMessage>) -> Option<Found> {
        match &media.source {
            MediaSource::Attachment { id } => {
                // A quote names a message, whose id is a moment; a file has a GUID.
                if id.bytes().all(|digit| digit.is_ascii_digit()) {
                    return None;
                }
                let Some(message) = message else {
                    return Some(Found { id: FileId::new(id.as_str()), place: Place::Unknown });
                };
                let file = message.files.iter().find(|file| file.id == *id)?;
                let (address, name) = (file.address.clone(), file.name.clone());
                Some(Found { id: FileId::new(id.as_str()), place: Place::Shared { address, name } })
            }
            MediaSource::Hosted { url } => Some(if let Some((message, id)) = picture_in(url) {
                Found { id: id.clone(), place: Place::Graph(message, id) }
            } else if is_at_connector(url) && self.connector.may_open(url) {
                Found { id: id.unwrap_or_else(|| id_in(url)), place: Place::Connector(url.clone()) }
            } else {
                Found { id: id.unwrap_or_else(|| id_in(url)), place: Place::Unknown }
            }),
            _ => None,
        }
    }

    /// Copies one picture or file; or says why not.
    async fn copy(
        &self,
        trip: MessageTrip<'_>,
        found: Found,
        number: usize,
    ) -> Result<Result<(AttachmentId, FileState, String), Why>, Stop> {
        let mut source = match self.open(trip, &found.place).await? {
            Ok(source) => source,
            Err(why) => return Ok(Err(why)),
        };
        let kind = match source.head().await {
            Ok(head) => Picture::of(head),
            Err(error) => return self.without_chat(trip, error).await.map(Err),
        };
        let name = match (&found.place, kind) {
            (Place::Shared { name, .. }, _) => name.clone(),
            // A pasted picture has no name; this one finds it again.
            (_, Some(kind)) => format!("teams-{}-{number}.{}", trip.message, kind.ending()),
            // What is not a picture has no business where pictures stand.
            (_, None) => return Ok(Err(Why::Blocked)),
        };
        let media_type = match kind {
            Some(kind) => kind.media_type().to_owned(),
            None => source.media_type().unwrap_or("application/octet-stream").to_owned(),
        };
        let length = source.length();
        if self.settings.files.blocks(&name, &media_type) {
            return Ok(Err(Why::Blocked));
        }
        if length.is_some_and(|length| length > self.most_bytes()) {
            return Ok(Err(Why::TooLarge));
        }
        let state = if kind.is_some() { FileState::Picture } else { FileState::File };
        let attachment = self.add_once(trip, &found.id, state, &name, (media_type, length), source).await?;
        Ok(attachment.map(|attachment| (attachment, state, name)))
    }

    async fn open(&self, trip: MessageTrip<'_>, place: &Place) -> Result<Result<Source, Why>, Stop> {
        let opened = match place {
            Place::Connector(address) => self.connector.open_picture(&self.downloads, address).await,
            Place::Graph(message, picture) => {
                let (link, picture) = (&trip.turn.link, (message, picture));
                let at = self.graph_place(&link.tenant, &link.conversation).await?;
                let Some(at) = at else { return Ok(Err(Why::Unreadable)) };
                // Graph lets apps read the bytes by the chat's consent in its beta alone.
                if let Ok(token) = self.microsoft_token(&link.tenant, trip.author).await {
                    let opened = self.graph.open_picture(&self.downloads, &token.access, &at, picture).await;
                    return match opened {
                        Ok(source) => Ok(Ok(source)),
                        Err(error) => self.without_it(trip.turn.event, &token, error).await.map(Err),
                    };
                }
                match self.entra.graph_app_token().await {
                    Ok(token) => self.graph.open_picture(&self.downloads, &token, &at, picture).await,
                    Err(error) => Err(error),
                }
            }
            Place::Shared { address, .. } => {
                // A file that its author's login does not reach stays where it is.
                let Ok(token) = self.microsoft_token(&trip.turn.link.tenant, trip.author).await else {
                    return Ok(Err(Why::NotAllowed));
                };
                match self.graph.open_shared(&self.downloads, &token.access, address).await {
                    Ok(source) => return Ok(Ok(source)),
                    Err(error) => return self.without_it(trip.turn.event, &token, error).await.map(Err),
                }
            }
            Place::Unknown => return Ok(Err(Why::Unreadable)),
        };
        match opened {
            Ok(source) => Ok(Ok(source)),
            Err(error) => self.without_chat(trip, error).await.map(Err),
        }
    }

    /// Adds an attachment once: after an unclear outcome it is looked for by name, size and time
    /// among those that are no other file's copy.
    async fn add_once(
        &self,
        trip: MessageTrip<'_>,
        file: &FileId,
        state: FileState,
        name: &str,
        (media_type, length): (String, Option<u64>),
        source: Source,
    ) -> Result<Result<AttachmentId, Why>, Stop> {
        let Turn { lease, event, link, .. } = trip.turn;
        let token: &PersonToken = &trip.token.token;
        let jira = trip.token.site(&self.jira);
        let (body, overflow) = source.body(self.most_bytes());
        let key = copy_key(link.id, trip.message, file.as_str());
        let fingerprint = self.vault.fingerprint(&format!("{name} {}", length.unwrap_or(0))).await?;
        let time = self.downloads.time();
        let new = NewAttachment { filename: name.to_owned(), media_type, body, length, time };
        let written = self
            .write_once(
                Write { lease, event, key: key.clone(), fingerprint, writer: None },
                |_| None,
                |intent: Intent| async move {
                    let since = earliest(&intent);
                    for there in jira.attachments(&link.issue).await? {
                        let is_it = there.filename == name
                            && there.created >= since
                            && length.is_none_or(|length| length == there.size);
                        if !is_it {
                            continue;
                        }
                        let copies = self.store.copies_of_attachment(link, &there.id).await;
                        if copies.map_err(left_open)?.is_empty() {
                            return Ok(Some(there.id));
                        }
                    }
                    Ok(None)
                },
                |_| jira.add_attachment(&link.issue, new),
            )
            .await?;
        let error = match written {
            Ok(Written { intent, value }) => {
                let pair = AttachmentPair {
                    tenant: link.tenant.clone(),
                    link: link.id,
                    attachment: value.clone(),
                    file: file.clone(),
                    comment: None,
                    message: Some(trip.message.clone()),
                    origin: Origin::Teams,
                    state,
                };
                let (now, tenant) = (self.clock.now(), link.tenant.clone());
                lease
                    .write(move |transaction| {
                        Box::pin(async move {
                            pair.record(transaction, now).await?;
                            Intent::forget(transaction, &tenant, intent).await
                        })
                    })
                    .await?;
                return Ok(Ok(value));
            }
            Err(error) => error,
        };
        let why =
            if overflow.happened() { Why::TooLarge } else { self.without_it(event, token, error).await? };
        if let Some(Intent { tenant, id, .. }) = self.store.intent(&link.tenant, &key).await? {
            lease
                .write(move |transaction| {
                    Box::pin(async move { Intent::forget(transaction, &tenant, id).await })
                })
                .await?;
        }
        Ok(Err(why))
    }

    /// As [`Bridge::without_it`], for what the bot reads in the chat.
    async fn without_chat(&self, trip: MessageTrip<'_>, error: CallError) -> Result<Why, Stop> {
        let error = match error {
            // No person's login is at stake.
            CallError::LoginNeeded => CallError::Forbidden { code: "401".to_owned() },
            other => other,
        };
        self.without_it(trip.turn.event, &trip.token.token, error).await
    }
}

fn is_of_teams(media: &Media) -> bool {
    matches!(media.source, MediaSource::Hosted { .. } | MediaSource::Attachment { .. })
}

/// Whether this is an address at which the Connector keeps a picture. Whoever writes a message may
/// put any address into it: the bot's token opens no other.
fn is_at_connector(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    url.query().is_none() && matches!(segments.as_slice(), [.., "v3", "attachments", _, "views", _])
}

/// Graph's ids of the pictures of a message, in order: the Connector calls them something else,
/// and what is copied now may be read from Graph at the next try, or when it is edited.
fn picture_ids(files: &[Media], message: Option<&ChatMessage>) -> Vec<FileId> {
    let here = files.iter().filter(|media| matches!(media.source, MediaSource::Hosted { .. })).count();
    let there = message.map(|message| pictures_in(&message.body_html)).unwrap_or_default();
    if there.len() == here { there.into_iter().map(|(_, id)| id).collect() } else { Vec::new() }
}

/// The id in an address of the Connector (`…/v3/attachments/{id}/views/original`).
fn id_in(address: &str) -> FileId {
    let rest = address.split_once("/attachments/").map_or(address, |(_, rest)| rest);
    let id = rest.split(['/', '?']).find(|part| !part.is_empty()).unwrap_or("picture");
    // Ids are short; an address that has none must not end up in a key.
    FileId::new(id.chars().filter(char::is_ascii_graphic).take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bots_token_opens_pictures_alone() {
        let base = "https://smba.trafficmanager.net/emea";
        let picture = format!("{base}/v3/attachments/0-weu-d1/views/original");
        assert!(is_at_connector(&picture));
        assert_eq!(id_in(&picture).as_str(), "0-weu-d1");
        for other in [
            format!("{base}/v3/conversations/19:x/members?y=/hostedContents/"),
            format!("{base}/v3/conversations/19:x/activities/hostedContents/1"),
            format!("{picture}?next=1"),
            "not an address".to_owned(),
        ] {
            assert!(!is_at_connector(&other), "{other}");
        }
    }
}
