//! A comment whose author has not connected, where the link says that it waits for them.

use super::failure::Stop;
use super::voice::Voice;
use super::{Bridge, reason};
use crate::jira::{AccountType, Author};
use crate::queue::Event;
use crate::store::{Link, Policy, UnconnectedComments, person_account, unmapped_account};
use crate::teams::graph::Place;

impl Bridge {
    /// Lets a comment wait for its author, where it must: the link holds the words of people who
    /// have not connected, and this author, once connected, could write them in this chat.
    pub(super) async fn hold_for_author(
        &self,
        event: &Event,
        link: &Link,
        author: Option<&Author>,
        voice: &Voice,
    ) -> Result<(), Stop> {
        let (None, Some(author)) = (&voice.person, author) else { return Ok(()) };
        let team = voice.place.as_ref().and_then(|place| place.team.as_ref());
        let could_write = Place::of(&link.conversation, team).is_some();
        // Apps and customers never log in, and some places are open to the bot alone.
        if author.account_type != AccountType::Atlassian || !could_write {
            return Ok(());
        }
        let author = &author.account_id;
        // As it was seen when the comment was read, a moment ago.
        let seen = self.store.link(&link.tenant, link.id).await?;
        let project = seen.and_then(|link| link.project());
        let project = project.as_ref();
        let bot_writes = |policy: &Policy| policy.unconnected_comments == UnconnectedComments::Bot;
        // What is put aside is not looked at again when the last second is over.
        if bot_writes(&*self.store.policy(link, project).await?)
            || bot_writes(&*self.store.policy_now(link, project).await?)
        {
            return Ok(());
        }
        let (account, reason) = match self.store.person_by_account(link.site, author).await? {
            None => (unmapped_account(author), reason::NOT_CONNECTED),
            // Connected, and still the bot's to write.
            Some(person) if person.tenant != link.tenant => return Ok(()),
            Some(person) => (person_account(&person.tenant, &person.object), reason::LOGIN_NEEDED),
        };
        Err(Stop::with(self.wait_since_arrival(event, account, reason)))
    }
}
