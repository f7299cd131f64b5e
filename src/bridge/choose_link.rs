//! Which issue a message belongs to: the one whose message it quotes, else the one whose key
//! it names, else the chat's current one.

use super::Bridge;
use super::failure::Stop;
use super::words::Said;
use crate::ids::{ConversationId, LinkId, TenantId};
use crate::store::{Link, LinkState};

impl Bridge {
    /// The link, of those of its chat, that a message belongs to now.
    pub(super) async fn choose_link(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        mut links: Vec<Link>,
        said: &Said,
    ) -> Result<Option<Link>, Stop> {
        links.retain(|link| link.state == LinkState::Active);
        if links.len() < 2 {
            return Ok(links.pop());
        }
        let quoted = match &said.quoted {
            Some(message) => {
                let pairs = self.store.pairs_of_message(tenant, conversation, message).await?;
                pairs.first().map(|pair| pair.link)
            }
            None => None,
        };
        let current =
            self.store.conversation(tenant, conversation).await?.and_then(|place| place.current_link);
        Ok(choose(&links, quoted, &said.plain, current).cloned())
    }
}

/// The link, of those of its chat, that a message belongs to.
pub(super) fn choose<'a>(
    links: &'a [Link],
    quoted: Option<LinkId>,
    text: &str,
    current: Option<LinkId>,
) -> Option<&'a Link> {
    let with = |id: LinkId| links.iter().find(|link| link.id == id);
    quoted
        .and_then(with)
        .or_else(|| links.iter().find(|link| names(text, link.issue_key.as_str())))
        .or_else(|| current.and_then(with))
        .or_else(|| links.last())
}

/// Whether the text names the key as a word of its own: `ABC-1`, but not `ABC-12` or `XABC-1`.
fn names(text: &str, key: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !is_part(c)).any(|word| word.trim_matches('-').eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn chosen(quoted: Option<u128>, text: &str, current: Option<u128>) -> String {
        let id = |number: u128| LinkId::from_uuid(Uuid::from_u128(number));
        let links = [1, 12, 3].map(Link::example);
        choose(&links, quoted.map(id), text, current.map(id)).unwrap().issue_key.to_string()
    }

    #[test]
    fn a_quote_wins_over_a_key_and_a_key_over_the_current_issue() {
        assert_eq!(chosen(Some(3), "about ABC-12", Some(1)), "ABC-3");
        assert_eq!(chosen(None, "about abc-12.", Some(1)), "ABC-12");
        assert_eq!(chosen(None, "about XABC-12 and ABC-123", Some(1)), "ABC-1");
        assert_eq!(chosen(None, "hello", None), "ABC-3");
    }
}
