//! What a message quotes, for the comment that it becomes.

use super::Bridge;
use super::failure::Stop;
use super::quotation::quotation;
use super::turn::Turn;
use super::words::Said;
use crate::content::{Document, teams_html};
use crate::store::Link;
use crate::teams::graph;
use crate::teams::quote::Quoted;

impl Bridge {
    /// The quotes that stand in front of a message's words: each with its author and its first
    /// words, linked to the comment that it is paired with, else to the message.
    pub(super) async fn quote_of_message(&self, turn: &Turn<'_>, said: &Said) -> Result<Document, Stop> {
        let link = &turn.link;
        let mut blocks = Vec::with_capacity(said.quotes.len());
        for quote in &said.quotes {
            let pairs = self.store.pairs_of_message(&link.tenant, &link.conversation, &quote.message).await?;
            let comment = pairs.into_iter().find(|pair| pair.link == link.id).and_then(|pair| pair.comment);
            let address = match comment {
                Some(comment) => turn.comment_address(&comment),
                None => crate::teams::message_link(&link.conversation, &quote.message).to_string(),
            };
            let (author, words) = match (&quote.author, &quote.preview) {
                (Some(author), Some(preview)) => (Some(author.clone()), preview.clone()),
                (author, preview) => {
                    let read = self.quoted_message(link, quote).await?;
                    let (name, text) = read.map_or((None, None), |message| {
                        let text = teams_html::read(&message.body_html, |_| None).text();
                        (message.from_name, Some(text))
                    });
                    (author.clone().or(name), preview.clone().or(text).unwrap_or_default())
                }
            };
            blocks.push(quotation(author.as_deref().unwrap_or("An earlier message"), &address, &words));
        }
        Ok(Document { blocks })
    }

    /// The quoted message, where the message that quotes it does not tell enough. A quote is a
    /// courtesy: where it can't be read, it says only that there is one.
    async fn quoted_message(&self, link: &Link, quote: &Quoted) -> Result<Option<graph::ChatMessage>, Stop> {
        let Some(place) = self.graph_place(&link.tenant, &link.conversation).await? else { return Ok(None) };
        let Ok(token) = self.entra.graph_app_token().await else { return Ok(None) };
        Ok(self.graph.message(&token, &place, &quote.message).await.ok())
    }
}
