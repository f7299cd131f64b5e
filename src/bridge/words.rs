//! What is said: a comment's words for the chat, and a message's words for the issue. Apart from
//! the writing, so that a first copy and a changed one say the same.

use super::Bridge;
use super::failure::Stop;
use super::happening::MessageInChat;
use super::quotation::{answering, take_quotes};
use super::turn::Turn;
use crate::ambient::Millis;
use crate::content::{Document, Mention, Who, adf, teams_html};
use crate::ids::{MessageId, ObjectId};
use crate::jira::Comment;
use crate::store::Conversation;
use crate::teams::activity::Activity;
use crate::teams::graph::ChatMessage;
use crate::teams::quote::Quoted;

/// What somebody said in a chat. It holds what people wrote: never log it.
#[derive(Clone)]
pub(super) struct Said {
    /// Who said it; none for guests and connectors.
    pub author: Option<ObjectId>,
    /// Their name, as the chat shows it.
    pub author_name: Option<String>,
    /// The words, with mentions as people of Teams.
    pub document: Document,
    /// The words without their looks.
    pub plain: String,
    /// The message that is quoted; the first one, if there are several.
    pub quoted: Option<MessageId>,
    /// When the text was last edited, if ever.
    pub edited: Option<Millis>,
    /// The messages that are quoted; their marks are no part of the words.
    pub quotes: Vec<Quoted>,
    /// The reactions that it has, if it was read from the chat.
    pub reactions: Vec<String>,
    /// The applications that it mentions, if it was read from the chat.
    pub applications: Vec<String>,
}

impl Said {
    /// What a message says that was read from the chat.
    pub(super) fn read(message: ChatMessage) -> Self {
        let mention = |id: &str| {
            let id = id.parse::<u32>().ok()?;
            let mention = message.mentions.iter().find(|mention| mention.id == id)?;
            let who = mention.object_id.clone().map_or(Who::Nobody, Who::Teams);
            Some(Mention { who, name: mention.text.clone() })
        };
        let document = teams_html::read(&message.body_html, mention);
        let (document, quotes) = take_quotes(Some(&message.body_html), message.quotes, document);
        Self {
            plain: document.text(),
            document,
            author: message.from_user,
            author_name: message.from_name,
            quoted: message.quoted,
            edited: message.edited,
            quotes,
            reactions: message.reactions,
            applications: message.mentions.into_iter().filter_map(|mention| mention.application).collect(),
        }
    }

    /// Whether it was said to the bot of this application.
    pub(super) fn addresses(&self, bot: &str) -> bool {
        self.applications.iter().any(|application| application == bot)
    }

    /// The words under the name of who said them, for a comment that another account writes.
    pub(super) fn headed(&self, document: Document) -> Document {
        document.headed(self.author_name.as_deref().unwrap_or("Someone"), "Teams")
    }
}

impl Bridge {
    /// What a comment says in the chat of this link, behind a quote of what it answers.
    pub(super) async fn words_of_comment(
        &self,
        turn: &Turn<'_>,
        comment: &Comment,
    ) -> Result<Document, Stop> {
        let mut document = turn.own_words(&adf::read(&comment.body)).into_owned();
        if document.is_empty() {
            return Err(Stop::done(super::reason::EMPTY));
        }
        self.mentions_to_teams(&mut document, turn.link.site, &turn.link.tenant).await?;
        Ok(answering(self.quote_of_comment(turn, comment).await?, document))
    }

    /// What a message says on the issue of this link, behind quotes of what it quotes.
    pub(super) async fn words_of_message(&self, turn: &Turn<'_>, said: &Said) -> Result<Document, Stop> {
        let mut document = turn.own_words(&said.document).into_owned();
        if document.is_empty() {
            return Err(Stop::done(super::reason::EMPTY));
        }
        self.mentions_to_jira(&mut document, turn.link.site, &turn.link.tenant).await?;
        Ok(answering(self.quote_of_message(turn, said).await?, document))
    }

    /// What an activity says.
    pub(super) async fn said_by(&self, activity: &Activity, seen: &MessageInChat) -> Result<Said, Stop> {
        let from = activity.from.as_ref();
        let document = self.activity_document(activity, seen).await?;
        let (mut document, quotes) = take_quotes(activity.html.as_deref(), activity.quotes.clone(), document);
        super::files::place_pictures(&mut document, &activity.pictures);
        Ok(Said {
            author: from.and_then(|from| from.object_id.clone()),
            author_name: from.and_then(|from| from.name.clone()),
            document,
            plain: activity.plain_text(),
            quoted: activity.quoted.clone(),
            edited: None,
            quotes,
            reactions: Vec::new(),
            applications: Vec::new(),
        })
    }

    /// What the message says, with its mentions as people of Teams.
    async fn activity_document(&self, activity: &Activity, seen: &MessageInChat) -> Result<Document, Stop> {
        let Some(html) = &activity.html else { return Ok(Document::from_text(&activity.plain_text())) };
        let place = if activity.mentions.is_empty() {
            None
        } else {
            self.store.conversation(&seen.tenant, &seen.conversation).await?
        };
        let mut mentions = Vec::with_capacity(activity.mentions.len());
        for mention in &activity.mentions {
            mentions.push(Mention {
                who: self.who(place.as_ref(), mention.who.object_id.as_ref(), &mention.who.id).await,
                name: mention.who.name.clone().unwrap_or_default(),
            });
        }
        Ok(teams_html::read(html, |id| {
            id.parse::<usize>().ok().and_then(|index| mentions.get(index)).cloned()
        }))
    }

    /// The person behind a mention: Teams names them by an id of the bot's own.
    async fn who(&self, place: Option<&Conversation>, object: Option<&ObjectId>, bot_view: &str) -> Who {
        if let Some(object) = object {
            return Who::Teams(object.clone());
        }
        let Some(place) = place.filter(|_| bot_view.starts_with("29:")) else { return Who::Nobody };
        match self.connector.member(&place.service_url, &place.id, bot_view).await {
            Ok(member) => member.object_id.map_or(Who::Nobody, Who::Teams),
            // The name is still there, as plain text.
            Err(_) => Who::Nobody,
        }
    }
}
