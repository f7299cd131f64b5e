//! Messages of a chat that their issues do not know as they are now.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::{Extent, Found, KEY, Missed, NotCompared, since};
use crate::ambient::Millis;
use crate::bridge::accept_activity::message_key;
use crate::bridge::choose_link::choose;
use crate::bridge::failure::{Actor, Stop};
use crate::bridge::happening::MessageInChat;
use crate::bridge::words::Said;
use crate::bridge::{Bridge, Happening};
use crate::call::CallError;
use crate::ids::{LinkId, MessageId};
use crate::queue::Event;
use crate::store::{ChatCursor, Link, MessageSide, Pair};
use crate::teams::graph::{ChatMessage, Place};

/// Moments of the platform are so far apart.
const A_MOMENT: Duration = Duration::from_millis(1);

/// What happened, once it is said to which message.
type Happens = fn(MessageInChat) -> Happening;

impl Bridge {
    /// What of the chat's messages is missing on its issues. A chat that can't be read with the
    /// bot's own consent can't be compared, and lacks nothing.
    pub(super) async fn missed_messages(
        &self,
        event: &Event,
        links: &[Link],
        cursor: &ChatCursor,
    ) -> Result<Found, NotCompared> {
        let (Some(oldest), Some(place)) = (
            links.iter().min_by_key(|link| link.created_at),
            self.graph_place(&cursor.tenant, &cursor.conversation).await?,
        ) else {
            return Ok(Found::NOTHING);
        };
        let from = since(oldest, cursor.messages_to);
        let (messages, extent) = match self.changed_messages(&place, from).await {
            Ok(listed) => listed,
            Err(CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Gone) => {
                return Ok(Found::NOTHING);
            }
            Err(error) => return Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(None))).into()),
        };
        // A quote says which issue a message belongs to.
        let quoted = messages.iter().filter_map(|message| message.quoted.as_ref());
        let ids: HashSet<&MessageId> = messages.iter().map(|message| &message.id).chain(quoted).collect();
        let ids: Vec<MessageId> = ids.into_iter().cloned().collect();
        let pairs = self.store.pairs_of_messages(&cursor.tenant, &cursor.conversation, &ids).await?;
        let place = self.store.conversation(&cursor.tenant, &cursor.conversation).await?;
        let current = place.and_then(|place| place.current_link);
        let bot = &self.settings.bot_id;
        let of = Comparison { cursor, pairs: &pairs, from, bot, links, oldest: oldest.id, current };
        let mut missed: Vec<(Missed, &ChatMessage)> =
            messages.iter().filter_map(|message| Some((of.missed(message)?, message))).collect();
        let tellable = missed.iter().filter(|(missed, _)| missed.tellable);
        let earlier: Vec<String> = tellable.flat_map(|(_, message)| of.heard_of(message)).collect();
        let known = self.queue.known_deliveries(&cursor.tenant, &earlier).await?;
        for (missed, message) in &mut missed {
            missed.tellable &= !of.heard_of(message).any(|key| known.contains(&key));
        }
        Ok(Found { missed: missed.into_iter().map(|(missed, _)| missed).collect(), extent })
    }

    /// What has changed in a chat since a moment. If that is more than is read in one go, the
    /// oldest part of it that can be: order holds.
    async fn changed_messages(
        &self,
        place: &Place,
        from: Millis,
    ) -> Result<(Vec<ChatMessage>, Extent), CallError> {
        let most = self.settings.reconcile.most_messages;
        let mut until = None;
        loop {
            let token = self.entra.graph_app_token().await?;
            let (messages, all) = self.graph.messages_changed_since(&token, place, from, until, most).await?;
            if all {
                // Up to there, but for that very moment.
                let extent = until.map_or(Extent::Whole, |until| Extent::Until(until.minus(A_MOMENT)));
                return Ok((messages, extent));
            }
            // Those were the newest. The oldest of them comes with the next slice, too.
            let oldest = messages.iter().filter_map(|message| message.modified.or(message.created)).min();
            let next = oldest.map(|oldest| oldest.plus(A_MOMENT));
            let is_further = next.is_some_and(|next| until.is_none_or(|until| next < until));
            match place {
                Place::Chat { .. } if is_further => until = next,
                _ => return Ok((messages, Extent::TooMuch)),
            }
        }
    }
}

/// What messages are compared with.
struct Comparison<'a> {
    cursor: &'a ChatCursor,
    pairs: &'a HashMap<MessageId, Vec<Pair>>,
    from: Millis,
    bot: &'a str,
    links: &'a [Link],
    oldest: LinkId,
    current: Option<LinkId>,
}

impl Comparison<'_> {
    /// What is missing of a message, if anything is.
    fn missed(&self, message: &ChatMessage) -> Option<Missed> {
        if !message.is_message || message.from_user.is_none() {
            return None;
        }
        let modified = message.modified.or(message.edited).or(message.created)?;
        let (happening, at, tellable) = match self.pairs.get(&message.id).map(Vec::as_slice) {
            None | Some([]) => self.unpaired(message)?,
            Some(pairs) => (change(message, pairs, modified)?, modified, false),
        };
        let ChatCursor { tenant, conversation, .. } = self.cursor;
        Some(Missed {
            at,
            key: self.key(message, modified),
            happening: happening(MessageInChat {
                tenant: tenant.clone(),
                conversation: conversation.clone(),
                message: Some(message.id.clone()),
            }),
            tellable,
            link: self.link_of(message),
        })
    }

    /// What is missing of a message as it was changed then: the same thing, the same key.
    fn key(&self, message: &ChatMessage, modified: Millis) -> String {
        let ChatCursor { tenant, conversation, .. } = self.cursor;
        format!("{KEY}{tenant}/{conversation}/{}/{}", message.id, modified.0)
    }

    /// Under which keys a message may have arrived before: from the bot or Graph, or as one that
    /// was missed and has changed since.
    fn heard_of(&self, message: &ChatMessage) -> impl Iterator<Item = String> + use<> {
        let ChatCursor { tenant, conversation, .. } = self.cursor;
        let changed = message.created.filter(|created| message.modified != Some(*created));
        let found = changed.map(|created| self.key(message, created));
        found.into_iter().chain([message_key(tenant, conversation, &message.id)])
    }

    /// The link that it will go to: whoever handles it chooses in the same way.
    fn link_of(&self, message: &ChatMessage) -> LinkId {
        if self.links.len() < 2 {
            return self.oldest;
        }
        let pairs = message.quoted.as_ref().and_then(|quoted| self.pairs.get(quoted));
        let quoted = pairs.and_then(|pairs| pairs.first()).map(|pair| pair.link);
        let text = Said::read(message.clone()).plain;
        choose(self.links, quoted, &text, self.current).map_or(self.oldest, |link| link.id)
    }

    /// A message that no issue knows. One that speaks to the bot is a command, and too late.
    fn unpaired(&self, message: &ChatMessage) -> Option<(Happens, Millis, bool)> {
        let to_bot = message.mentions.iter().any(|mention| mention.application.as_deref() == Some(self.bot));
        let created = message.created?;
        match message.edited {
            _ if to_bot || message.deleted.is_some() => None,
            _ if created > self.from => Some((Happening::Message, created, true)),
            // Whoever handles it knows whether it is younger than its link.
            Some(edited) if edited > self.from => Some((Happening::MessageEdited, edited, false)),
            _ => None,
        }
    }
}

/// What has changed of a message that has pairs, if anything has.
fn change(message: &ChatMessage, pairs: &[Pair], modified: Millis) -> Option<Happens> {
    // What became an issue itself has a life of its own since.
    let mut relayed =
        pairs.iter().filter(|pair| pair.comment.is_some() || pair.was_never_relayed()).peekable();
    relayed.peek()?;
    if message.deleted.is_some() {
        let stands = relayed.any(|pair| pair.sides.message != MessageSide::Gone);
        return stands.then_some(Happening::MessageDeleted);
    }
    if relayed.any(|pair| pair.sides.message != MessageSide::Live(message.edited)) {
        return Some(Happening::MessageEdited);
    }
    // Neither written nor edited just then: somebody has reacted.
    let reacted = Some(modified) != message.created && Some(modified) != message.edited;
    reacted.then_some(Happening::MessageReacted)
}
