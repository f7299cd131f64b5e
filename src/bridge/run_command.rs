//! What people say to the bot: `link`, `unlink`, `status`, `create`, `connect`, `help`.

use std::fmt::Write;

use super::failure::Stop;
use super::happening::MessageInChat;
use super::link_chat::{LinkRefused, LinkRequest};
use super::say::Saying;
use super::{Bridge, in_plain_words, reason};
use crate::content::{Document, markdown};
use crate::ids::ObjectId;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Access, LinkState, Origin, Person, Site};

use super::create_issue::WantedIssue;

/// What somebody wants of the bot.
#[derive(Debug, PartialEq, Eq)]
enum Command<'a> {
    Link(&'a str),
    Unlink(Option<&'a str>),
    Status,
    Create { project: &'a str, summary: &'a str },
    Connect,
    Help,
}

impl<'a> Command<'a> {
    fn parse(text: &'a str) -> Self {
        let (word, rest) = split_word(text);
        match word.to_ascii_lowercase().as_str() {
            "link" if !rest.is_empty() => Self::Link(split_word(rest).0),
            "unlink" => Self::Unlink(Some(split_word(rest).0).filter(|key| !key.is_empty())),
            "status" => Self::Status,
            "connect" | "login" => Self::Connect,
            "create" => match split_word(rest) {
                (project, summary) if !summary.is_empty() => Self::Create { project, summary },
                _ => Self::Help,
            },
            _ => Self::Help,
        }
    }
}

fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

const HELP: &str = "I link this chat to Jira issues. Mention me and say:\n\n\
- **link ABC-1**: comments on ABC-1 come here, and what you write here becomes comments\n\
- **unlink ABC-1**: stop that\n\
- **status**: which issues this chat is linked to\n\
- **create ABC Something to do**: create an issue in project ABC and link it\n\
- **connect**: connect your Jira and Microsoft accounts\n\n\
On any message, choose **More actions**, then **Create issue**.";

impl Bridge {
    pub(super) async fn run_command(
        &self,
        lease: &Lease,
        event: &Event,
        seen: MessageInChat,
    ) -> Result<Verdict, Stop> {
        if let Some(message) = &seen.message {
            let paired = self.store.pairs_of_message(&seen.tenant, &seen.conversation, message).await?;
            if paired.iter().any(|pair| pair.origin == Origin::Jira) {
                return Ok(Verdict::done(reason::ECHO));
            }
        }
        let activity = self.carried_activity(event).await?;
        let text = activity.plain_text();
        let author = activity.from.as_ref().and_then(|from| from.object_id.clone());
        let author = author.ok_or_else(|| Stop::done(reason::AUTHOR_UNKNOWN))?;
        let answer = match Command::parse(&text) {
            Command::Help => HELP.to_owned(),
            Command::Connect => {
                format!("Connect your accounts here: [connect]({}).", self.connect_address())
            }
            Command::Status => self.status(&seen).await?,
            Command::Link(key) => match self.link_command(&seen, &author, key).await {
                Ok(answer) => answer,
                Err(refused) => self.sorry(&refused),
            },
            Command::Unlink(key) => match self.unlink_command(&seen, &author, key).await {
                Ok(answer) => answer,
                Err(refused) => self.sorry(&refused),
            },
            Command::Create { project, summary } => match self.creator(&seen, &author).await {
                Ok((person, site)) => {
                    return self.create_command(lease, event, &seen, &person, &site, project, summary).await;
                }
                Err(_) => self.sorry(&LinkRefused::NotConnected),
            },
        };
        let key = format!("answer/{}", event.id);
        let saying = Saying { key, tenant: &seen.tenant, conversation: &seen.conversation, text: answer };
        self.say(lease, event, saying).await?;
        Ok(Verdict::done(reason::ANSWERED))
    }

    #[expect(clippy::too_many_arguments, reason = "a command with its context, called once")]
    async fn create_command(
        &self,
        lease: &Lease,
        event: &Event,
        seen: &MessageInChat,
        person: &Person,
        site: &Site,
        project: &str,
        summary: &str,
    ) -> Result<Verdict, Stop> {
        let address =
            seen.message.as_ref().map(|message| crate::teams::message_link(&seen.conversation, message));
        let wanted = WantedIssue {
            key: event.delivery_key.clone(),
            project: project.to_ascii_uppercase(),
            issue_type: None,
            summary: summary.to_owned(),
            description: address.as_ref().map(|address| {
                Document::from_text(&format!("Created from a message in Microsoft Teams: {address}"))
            }),
            message: seen.message.clone(),
            address,
        };
        let ended = self.create_issue(lease, event, seen, person, site, wanted).await;
        if let Err(Stop::Verdict(verdict)) = &ended
            && let Verdict::Dead { reason } = **verdict
        {
            let text = format!(
                "I could not create that issue ({reason}). Check that the project **{project}** exists, \
                 that you may create issues in it, and that it needs no more than a summary."
            );
            let key = format!("answer/{}", event.id);
            let saying = Saying { key, tenant: &seen.tenant, conversation: &seen.conversation, text };
            self.say(lease, event, saying).await?;
        }
        ended
    }

    async fn link_command(
        &self,
        seen: &MessageInChat,
        author: &ObjectId,
        key: &str,
    ) -> Result<String, LinkRefused> {
        let mut refused = LinkRefused::NotConnected;
        for site in self.store.sites_of_tenant(&seen.tenant).await? {
            let Some(person) = self.store.person_by_object(site.id, &seen.tenant, author).await? else {
                continue;
            };
            let request = LinkRequest {
                site: site.id,
                issue: key.to_ascii_uppercase(),
                tenant: seen.tenant.clone(),
                conversation: seen.conversation.clone(),
                access: Access::Private,
            };
            match self.link_in_chat(request, &person.account).await {
                Ok(link) => {
                    return Ok(format!(
                        "Linked to [{key}]({url}/browse/{key}). What you write here becomes a comment there, and comments come here.",
                        key = link.issue_key,
                        url = site.url
                    ));
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    async fn unlink_command(
        &self,
        seen: &MessageInChat,
        author: &ObjectId,
        key: Option<&str>,
    ) -> Result<String, LinkRefused> {
        let mut links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await?;
        if let Some(key) = key {
            links.retain(|link| link.issue_key.as_str().eq_ignore_ascii_case(key));
        }
        let link = match links.as_slice() {
            [] => {
                return Ok(
                    "This chat is not linked to that issue. Say **status** to see its issues.".to_owned()
                );
            }
            [link] => link,
            _ => return Ok("This chat has several issues; say which one: **unlink ABC-1**.".to_owned()),
        };
        if !self.may_unlink(link, author).await? {
            return Err(LinkRefused::NotConnected);
        }
        self.store.remove_link(link, format!("microsoft/{}/{author}", seen.tenant)).await?;
        Ok(format!("Unlinked from {}. What was written stays where it is.", link.issue_key))
    }

    async fn status(&self, seen: &MessageInChat) -> Result<String, Stop> {
        let links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await?;
        if links.is_empty() {
            return Ok("This chat is not linked to an issue. Say **link ABC-1** to link it.".to_owned());
        }
        let place = self.store.conversation(&seen.tenant, &seen.conversation).await?;
        let current = place.and_then(|place| place.current_link);
        let mut text = "This chat is linked to:\n\n".to_owned();
        // What keeps one link of a chat keeps all of them that relay: they share a lane.
        if let Some(link) = links.iter().find(|link| link.state == LinkState::Active)
            && let Some(note) = self.standing(link).await?.note
        {
            text = format!("{note} {text}");
        }
        for link in links {
            let Some(site) = self.store.site(link.site).await? else { continue };
            let link = self.link_now(&site, link).await?;
            let state = match (link.state, current == Some(link.id)) {
                (LinkState::Paused, _) => {
                    format!(" (paused: {})", link.paused_reason.as_deref().unwrap_or("by hand"))
                }
                (LinkState::Active, true) => " (current: messages go here)".to_owned(),
                (LinkState::Active, false) => String::new(),
            };
            // Writing to a String can't fail.
            let _ =
                writeln!(text, "- [{key}]({url}/browse/{key}){state}", key = link.issue_key, url = site.url);
            let policy = self.store.policy(&link, link.project().as_ref()).await?;
            let rules = in_plain_words(&policy, site.integration_account.is_some()).join(" ");
            // A role may have any name, and none of it is markup.
            let _ = writeln!(text, "  {}", markdown::write(&Document::from_text(&rules)));
        }
        Ok(text)
    }

    /// A refusal in the bot's words, with the way out.
    fn sorry(&self, refused: &LinkRefused) -> String {
        match refused {
            LinkRefused::NotConnected => {
                format!(
                    "Connect your Jira account first: [connect]({}). Then ask me again.",
                    self.connect_address()
                )
            }
            LinkRefused::Call(_) | LinkRefused::Vault(_) => {
                "That did not work just now. Please ask me again in a minute.".to_owned()
            }
            other => {
                let text = other.to_string();
                let mut letters = text.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn commands_are_read_leniently() {
        assert_eq!(Command::parse(" Link  abc-1 please"), Command::Link("abc-1"));
        assert_eq!(Command::parse("link"), Command::Help);
        assert_eq!(Command::parse("unlink"), Command::Unlink(None));
        assert_eq!(Command::parse("unlink ABC-1"), Command::Unlink(Some("ABC-1")));
        assert_eq!(
            Command::parse("create ABC  The login fails "),
            Command::Create { project: "ABC", summary: "The login fails" }
        );
        assert_eq!(Command::parse("create ABC"), Command::Help);
        assert_eq!(Command::parse("STATUS"), Command::Status);
        assert_eq!(Command::parse("what?"), Command::Help);
    }
}
