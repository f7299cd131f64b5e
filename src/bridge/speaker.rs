//! Who may change a message: whoever wrote it, the bot or a person.

use super::Bridge;
use super::failure::{Actor, Stop};
use super::files::Luggage;
use super::find_message::{essence, without_brackets};
use super::tokens::PersonToken;
use super::voice::written_by;
use super::{fit, reason};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::content::teams_html;
use crate::ids::ObjectId;
use crate::jira::Comment;
use crate::queue::{Event, Verdict};
use crate::store::{Author, Conversation, Origin, Pair, person_account};
use crate::teams::connector::{NewActivity, TextFormat};
use crate::teams::graph::Place;
use crate::vault::TokenError;

/// Who may change a message.
pub(super) enum Speaker {
    /// The person who wrote it.
    Person(AsPerson),
    /// The bot, at this place.
    Bot(Conversation),
}

/// A person who changes their own message.
pub(super) struct AsPerson {
    /// Who that is.
    pub object: ObjectId,
    /// Their token.
    pub token: PersonToken,
    /// Where Graph knows the message.
    pub place: Place,
}

impl Bridge {
    /// Who may change the message of this pair; if nobody whom we can act as, the event goes on
    /// like that.
    pub(super) async fn speaker(&self, event: &Event, pair: &Pair) -> Result<Result<Speaker, Verdict>, Stop> {
        if pair.origin == Origin::Jira && pair.author == Author::Bot {
            let place = self.store.conversation(&pair.tenant, &pair.conversation).await?;
            return Ok(match place.filter(|place| place.installed) {
                Some(place) => Ok(Speaker::Bot(place)),
                None => Err(Verdict::done(reason::BOT_REMOVED)),
            });
        }
        let Some(object) = self.message_author(event, pair).await? else {
            return Ok(Err(Verdict::done(reason::AUTHOR_UNKNOWN)));
        };
        let Some(place) = self.graph_place(&pair.tenant, &pair.conversation).await? else {
            return Ok(Err(Verdict::done(reason::CHANGE_REFUSED)));
        };
        match self.microsoft_token(&pair.tenant, &object).await {
            Ok(token) => Ok(Ok(Speaker::Person(AsPerson { object, token, place }))),
            Err(TokenError::NotConnected) => Ok(Err(Verdict::done(reason::NOT_CONNECTED))),
            Err(TokenError::LoginNeeded) => {
                let waits_as = person_account(&pair.tenant, &object);
                Ok(Err(self.wait_since_arrival(event, waits_as, reason::LOGIN_NEEDED)))
            }
            Err(other) => Err(self.verdict_of_token(event, other, &person_account(&pair.tenant, &object))),
        }
    }

    /// Whose message it is; a pair from before this was remembered asks the chat.
    async fn message_author(&self, event: &Event, pair: &Pair) -> Result<Option<ObjectId>, Stop> {
        if pair.message_author.is_some() {
            return Ok(pair.message_author.clone());
        }
        let Some(place) = self.graph_place(&pair.tenant, &pair.conversation).await? else { return Ok(None) };
        match self.message_as_app(&place, &pair.message).await {
            Ok(message) => Ok(message.from_user),
            Err(CallError::Gone | CallError::Forbidden { .. } | CallError::ScopeMissing) => Ok(None),
            Err(error) => Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(None)))),
        }
    }

    /// The bot's message says this now.
    pub(super) async fn update_as_bot(
        &self,
        place: &Conversation,
        pair: &Pair,
        comment: &Comment,
        luggage: &Luggage,
        whole: &str,
    ) -> Result<(), CallError> {
        let text = fit::for_bot(luggage.bot.clone().headed(written_by(comment), "Jira"), whole);
        let activity = NewActivity::text(text, TextFormat::Markdown);
        self.connector.update(&place.service_url, &place.id, &pair.message, &activity).await
    }

    /// A person's message goes.
    pub(super) async fn delete_as_person(&self, pair: &Pair, person: &AsPerson) -> Result<(), CallError> {
        let AsPerson { object, token, place } = person;
        self.graph.soft_delete_message(&token.access, object, place, &pair.message).await
    }

    /// A person's message says this now; `restore` brings it back first. Answers the stamp of
    /// this edit, unless somebody has edited the message again meanwhile: then their edit is
    /// still to be carried over, and the stamp is what it was `before`.
    pub(super) async fn update_as_person(
        &self,
        pair: &Pair,
        person: &AsPerson,
        luggage: &Luggage,
        whole: &str,
        restore: bool,
        before: Option<Millis>,
    ) -> Result<Option<Millis>, CallError> {
        let AsPerson { object, token, place } = person;
        let (access, id) = (&token.access, &pair.message);
        let reader = match place {
            Place::Chat { .. } => access.clone(),
            // People may change what they wrote in a channel, but not read it.
            Place::Thread { .. } => self.entra.graph_app_token().await?,
        };
        if restore && self.graph.message(&reader, place, id).await?.deleted.is_some() {
            self.graph.undo_soft_delete_message(access, object, place, id).await?;
        }
        let outgoing = super::voice::outgoing(&luggage.person, whole);
        self.graph.update_message(access, place, id, &outgoing).await?;
        // It is written: who can't read it back learns of it by its own event.
        let Ok(after) = self.graph.message(&reader, place, id).await else { return Ok(before) };
        let has_files = !luggage.person.document.media().is_empty();
        let says = |html: &str| {
            let text = teams_html::read(html, |_| None).text();
            if has_files { without_brackets(&text) } else { essence(&text) }
        };
        if says(&after.body_html) == says(&outgoing.html) { Ok(after.edited) } else { Ok(before) }
    }
}
