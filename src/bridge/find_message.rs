//! Finds a message again that an earlier try may have written: by author, time and text.
//!
//! A chat message carries no mark of ours, so the text is compared by its keyed hash. The
//! bot reads with its own consent to the chat (`ChatMessage.Read.Chat`) or the team
//! (`ChannelMessage.Read.Group`), whoever wrote.

use std::fmt::Display;
use std::time::Duration;

use sea_orm::DbErr;

use super::Bridge;
use super::failure::Stop;
use super::files::says_what_is_left;
use super::quotation::without_quotations;
use super::voice::PostedMessage;
use crate::ambient::Millis;
use crate::call::CallError;
use crate::content::{Document, teams_html};
use crate::ids::{ConversationId, MessageId, ObjectId, TenantId};
use crate::store::Intent;
use crate::teams::graph::{self, ChatMessage};
use crate::vault::VaultError;

/// How far the platform's clock may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_mins(2);
/// How the prints of messages that may bring files begin.
const WITH_FILES: &str = "files/";

impl Bridge {
    /// Where Graph knows the messages of a conversation; nowhere, if it is a thread whose team
    /// was never told, or the bot's own chat with a person.
    pub(super) async fn graph_place(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Option<graph::Place>, DbErr> {
        if graph::is_chat(conversation) {
            return Ok(graph::Place::of(conversation, None));
        }
        let known = self.store.conversation(tenant, conversation).await?;
        Ok(graph::Place::of(conversation, known.and_then(|known| known.team).as_ref()))
    }

    /// One message, read with the bot's own consent to the chat or the team.
    pub(super) async fn message_as_app(
        &self,
        place: &graph::Place,
        id: &MessageId,
    ) -> Result<graph::ChatMessage, CallError> {
        let token = self.entra.graph_app_token().await?;
        self.graph.message(&token, place, id).await
    }

    /// The keyed hash of what a document says, without its looks, which platforms rewrite, and
    /// without the quotes that were put in front of it.
    pub(super) async fn fingerprint(&self, document: &Document) -> Result<String, Stop> {
        Ok(self.vault.fingerprint(&essence(&without_quotations(document).text())).await?)
    }

    /// What a message that may bring files is found again by: platforms change how files are named,
    /// so whatever stands in brackets does not count, except by its number where nothing else is said.
    pub(super) async fn print_to_look_for(&self, document: &Document) -> Result<String, Stop> {
        if document.media().is_empty() {
            return self.fingerprint(document).await;
        }
        let print = self.vault.fingerprint(&beside_files(&without_quotations(document).text())).await?;
        Ok(format!("{WITH_FILES}{print}"))
    }

    /// The message that says what `intent` wanted to say, of whom it names or of the bot. Whether
    /// they are still connected does not matter. Whatever keeps us from seeing all that was written
    /// since then leaves it open whether it is there.
    pub(super) async fn find_message(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        intent: &Intent,
    ) -> Result<Option<PostedMessage>, CallError> {
        let place = self.graph_place(tenant, conversation).await.map_err(left_open)?;
        // Nobody can ever look there, so it is written again: decision 64.
        let Some(place) = place else { return Ok(None) };
        let token = self.entra.graph_app_token().await?;
        let mut recent = self.graph.recent_messages(&token, &place, earliest(intent));
        loop {
            let page = match recent.next_page().await {
                // Who may not look does not know, and the bot may well be there.
                Err(CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Gone) => {
                    return Err(CallError::OutcomeUnknown { status: None });
                }
                page => page?,
            };
            let Some(page) = page else { break };
            for message in page {
                let Some(writer) = self.writer_of(&message, intent).await.map_err(left_open)? else {
                    continue;
                };
                let paired = self.store.pairs_of_message(tenant, conversation, &message.id).await;
                if paired.map_err(left_open)?.is_empty() {
                    return Ok(Some(PostedMessage { message: message.id, writer }));
                }
            }
        }
        if recent.is_complete() { Ok(None) } else { Err(CallError::OutcomeUnknown { status: None }) }
    }

    /// Which person wrote the message, or that it was the bot, if it says what `intent` wanted to say.
    async fn writer_of(
        &self,
        message: &ChatMessage,
        intent: &Intent,
    ) -> Result<Option<Option<ObjectId>>, VaultError> {
        if message.deleted.is_some() || !message.is_message {
            return Ok(None);
        }
        let mut document = teams_html::read(&message.body_html, |_| None);
        let writer = if message.from_user.is_some() && message.from_user == intent.writer {
            message.from_user.clone()
        } else if message.from_application.as_deref() == Some(&self.settings.bot_id) {
            // The bot heads what it writes for somebody with their name.
            if intent.key.starts_with(super::relay_comment::KEY) {
                document = without_head(document);
            }
            None
        } else {
            return Ok(None);
        };
        let said = match message.card_text.as_str() {
            "" => without_quotations(&document).text(),
            card => card.to_owned(),
        };
        let (wanted, said) = match intent.fingerprint.strip_prefix(WITH_FILES) {
            Some(wanted) => (wanted, beside_files(&said)),
            None => (intent.fingerprint.as_str(), essence(&said)),
        };
        Ok((self.vault.fingerprint(&said).await? == wanted).then_some(writer))
    }
}

/// Since when the effect of a write may be there, by the platforms' clocks.
pub(super) fn earliest(intent: &Intent) -> Millis {
    intent.created_at.minus(CLOCK_SKEW)
}

/// A look that fails on our own side says nothing of what is there.
pub(super) fn left_open(error: impl Display) -> CallError {
    tracing::warn!(%error, "an earlier try could not be looked for; nothing is written until it can");
    CallError::OutcomeUnknown { status: None }
}

/// What a text says beside its files; how many those are, if it says nothing. One message of
/// pictures alone must not be taken for any other of its author's.
fn beside_files(text: &str) -> String {
    let said = without_brackets(text);
    if said.is_empty() { format!("{} files", files_in(text)) } else { said }
}

/// How many pictures and files a text names in brackets, without the line about those that stay.
fn files_in(text: &str) -> usize {
    let (mut depth, mut count, mut name) = (0_u32, 0, String::new());
    for letter in text.chars() {
        match letter {
            '[' => depth += 1,
            ']' if depth == 1 => {
                depth = 0;
                count += usize::from(!says_what_is_left(&format!("[{name}]")));
                name.clear();
            }
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => name.push(letter),
            _ => {}
        }
    }
    count
}

/// The letters and digits of a text outside of square brackets; files stand in those.
pub(super) fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let letters = text.chars().filter(|letter| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && letter.is_alphanumeric()
    });
    letters.collect()
}

fn without_head(mut document: Document) -> Document {
    if !document.blocks.is_empty() {
        document.blocks.remove(0);
    }
    document
}

/// The letters and digits of a text; where it has none, all that is not blank.
pub(super) fn essence(text: &str) -> String {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() { text.chars().filter(|c| !c.is_whitespace()).collect() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::{beside_files, essence, without_brackets};

    #[test]
    fn looks_do_not_change_what_a_text_says() {
        assert_eq!(essence("Fixed *it* \u{a0}in  `main`!"), essence("Fixed it in main"));
        assert_ne!(essence("Fixed 1"), essence("Fixed 2"));
        assert_eq!(essence("👍 "), "👍");
    }

    #[test]
    fn however_a_file_is_named_the_words_stay() {
        assert_eq!(without_brackets("see [plan.pdf] and\n[a[1].png]!"), "seeand");
        assert_eq!(without_brackets("see [attachment] and ]"), "seeand");
    }

    #[test]
    fn where_there_are_files_alone_their_number_counts() {
        assert_eq!(beside_files("[a.png]\n[b.png]"), beside_files("[image]\n[x[1]]"));
        assert_ne!(beside_files("[a.png]\n[b.png]"), beside_files("[image]"));
        let left = "[a.png]\n[plan.pdf]\n[1 file stays in Jira: too large]";
        assert_eq!(beside_files(left), beside_files("[a.png]\n[plan.pdf]"));
        assert_eq!(beside_files("see [a.png]"), beside_files("see [image] [image]"));
    }
}
