//! Who speaks in the chat: the author themselves where they are connected and in it, else the
//! bot, headed with the author's name.

use super::failure::Stop;
use super::files::{Luggage, Packed};
use super::tokens::PersonToken;
use super::turn::Turn;
use super::{Bridge, fit};
use crate::call::CallError;
use crate::ids::{AccountId, MessageId, ObjectId};
use crate::jira::Comment;
use crate::queue::Event;
use crate::store::{Author, Conversation, Link, Person, person_account};
use crate::teams::connector::{NewActivity, TextFormat};
use crate::teams::graph::{self, Mention, OutgoingMessage};
use crate::vault::TokenError;

/// What a message of one of the two voices needs.
pub(super) struct Voice {
    /// The author, if they are connected.
    pub person: Option<(Person, PersonToken)>,
    /// Where the bot is, if it is there.
    pub place: Option<Conversation>,
}

/// A message that was posted for a comment.
pub(super) struct PostedMessage {
    /// The message.
    pub message: MessageId,
    /// Who posted it as themselves; else the bot did.
    pub writer: Option<ObjectId>,
}

impl PostedMessage {
    /// In whose name it stands in the chat.
    pub(super) fn author(&self) -> Author {
        if self.writer.is_some() { Author::Person } else { Author::Bot }
    }
}

impl Bridge {
    /// The author's own voice if they are connected, and the bot's.
    pub(super) async fn voice(
        &self,
        event: &Event,
        link: &Link,
        author: Option<&AccountId>,
    ) -> Result<Voice, Stop> {
        let known = async {
            match author {
                Some(author) => self.store.person_by_account(link.site, author).await,
                None => Ok(None),
            }
        };
        let (place, person) =
            tokio::try_join!(self.store.conversation(&link.tenant, &link.conversation), known)?;
        let mut voice = Voice { person: None, place: place.filter(|place| place.installed) };
        if let Some(person) = person.filter(|person| person.tenant == link.tenant) {
            match self.microsoft_token(&person.tenant, &person.object).await {
                Ok(token) => voice.person = Some((person, token)),
                Err(TokenError::NotConnected | TokenError::LoginNeeded) => {}
                Err(other) => {
                    let waits_as = person_account(&person.tenant, &person.object);
                    return Err(self.verdict_of_token(event, other, &waits_as));
                }
            }
        }
        Ok(voice)
    }

    /// Whether the chat would take a message of this voice now.
    pub(super) fn room_for(&self, link: &Link, voice: &Voice) -> Result<(), CallError> {
        let place = voice.place.as_ref();
        let graph_place = graph::Place::of(&link.conversation, place.and_then(|place| place.team.as_ref()));
        match (&voice.person, graph_place, place) {
            (Some((_, token)), Some(at), _) => self.graph.room_to_send(&token.access, &at),
            (_, _, Some(place)) => self.connector.room_to_send(&place.service_url, &place.id),
            (_, _, None) => Ok(()),
        }
    }

    /// Posts as the author; where they are not in the chat, or can't be, as the bot.
    pub(super) async fn post(
        &self,
        turn: &Turn<'_>,
        comment: &Comment,
        luggage: &Luggage,
        voice: &Voice,
        whole: &str,
    ) -> Result<PostedMessage, CallError> {
        let Turn { lease, link, .. } = turn;
        let place = voice.place.as_ref();
        let graph_place = graph::Place::of(&link.conversation, place.and_then(|place| place.team.as_ref()));
        if let (Some((person, token)), Some(graph_place)) = (&voice.person, graph_place) {
            let message = outgoing(&luggage.person, whole);
            match self.graph.send_message(&token.access, &graph_place, &message).await {
                Ok(message) => {
                    return Ok(PostedMessage { message, writer: Some(person.object.clone()) });
                }
                Err(CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Gone)
                    if voice.place.is_some() =>
                {
                    // That took its time. Whoever holds the lane by now may have spoken.
                    let held = lease.hold_for_call().await;
                    held.map_err(|_| CallError::OutcomeUnknown { status: None })?;
                }
                Err(error) => return Err(error),
            }
        }
        let Some(place) = &voice.place else { return Err(CallError::Gone) };
        let text = fit::for_bot(luggage.bot.clone().headed(written_by(comment), "Jira"), whole);
        let activity = NewActivity::text(text, TextFormat::Markdown);
        let message = self.connector.send(&place.service_url, &place.id, &activity).await?;
        Ok(PostedMessage { message, writer: None })
    }
}

/// A person's message with its mentions, pictures and files.
pub(super) fn outgoing(packed: &Packed, whole: &str) -> OutgoingMessage {
    let html = fit::for_graph(packed.document.clone(), whole);
    let mentions = html.mentions.into_iter().map(|(id, object_id, name)| Mention { id, object_id, name });
    OutgoingMessage {
        mentions: mentions.collect(),
        html: html.html,
        pictures: packed.pictures.clone(),
        files: packed.files.clone(),
    }
}

/// The name that the bot's message is headed with.
pub(super) fn written_by(comment: &Comment) -> &str {
    comment.author.as_ref().map_or("Someone", |author| author.display_name.as_str())
}
