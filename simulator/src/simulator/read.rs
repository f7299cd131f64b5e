//! Reading the world, and waiting for it to change.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::delivery::Delivery;
use crate::jira::model::{Comment, Issue};
use crate::journal::Entry;
use crate::people::Identity;
use crate::recorder::CallCount;
use crate::refusal::Refusal;
use crate::simulator::Simulator;
use crate::teams::model::{Chat, Message};

impl Simulator {
    /// Everybody.
    pub fn people(&self) -> Vec<Arc<Identity>> {
        self.platforms.world().people.all().to_vec()
    }

    /// An issue by key or id, without its comments.
    pub fn issue(&self, key: &str) -> Option<Issue> {
        let world = self.platforms.world();
        world.jira.sites.iter().find_map(|site| site.issue(key)).map(|record| record.issue.clone())
    }

    /// All issues of all sites, oldest first.
    pub fn issues(&self) -> Vec<Issue> {
        let world = self.platforms.world();
        let sites = world.jira.sites.iter();
        sites.flat_map(|site| site.issues.values()).map(|record| record.issue.clone()).collect()
    }

    /// The comments of an issue, oldest first; empty if there is no such issue.
    pub fn comments(&self, issue: &str) -> Vec<Comment> {
        let world = self.platforms.world();
        let record = world.jira.sites.iter().find_map(|site| site.issue(issue));
        record.map(|record| record.comments.values().cloned().collect()).unwrap_or_default()
    }

    /// A chat without its messages.
    pub fn chat(&self, chat: &str) -> Option<Chat> {
        self.platforms.world().teams.chats.get(chat).map(|record| record.chat.clone())
    }

    /// All chats.
    pub fn chats(&self) -> Vec<Chat> {
        self.platforms.world().teams.chats.values().map(|record| record.chat.clone()).collect()
    }

    /// The messages of a chat, oldest first, deleted ones included; empty if there is no such
    /// chat.
    pub fn messages(&self, chat: &str) -> Vec<Message> {
        let world = self.platforms.world();
        let record = world.teams.chats.get(chat);
        record.map(|record| record.messages.values().cloned().collect()).unwrap_or_default()
    }

    /// What was or will be sent to Threadline, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.platforms.deliveries.list()
    }

    /// How often each route was called, with which outcome.
    pub fn calls(&self) -> Vec<CallCount> {
        self.platforms.recorder.calls()
    }

    /// Changes behind `seq` (0 for all that are kept), oldest first: the times of each
    /// comment, message and delivery.
    pub fn changes(&self, seq: u64) -> Vec<Arc<Entry>> {
        self.platforms.journal.after(seq)
    }

    /// The address of a site's issue page.
    pub fn issue_url(&self, key: &str) -> Option<Url> {
        let world = self.platforms.world();
        let site = world.jira.sites.iter().find(|site| site.issue(key).is_some())?;
        site.url.join(&format!("browse/{key}")).ok()
    }

    /// Waits until every delivery has ended, one way or the other; `false` after `timeout`.
    pub async fn settled(&self, timeout: Duration) -> bool {
        self.wait_until(|simulator| simulator.platforms.deliveries.pending() == 0, timeout).await
    }

    /// Waits until `condition` holds; it is asked again after each change of the world.
    /// `false` after `timeout`.
    pub async fn wait_until(&self, condition: impl Fn(&Self) -> bool + Send, timeout: Duration) -> bool {
        let mut version = self.platforms.journal.version();
        let waiting = async {
            loop {
                version.borrow_and_update();
                if condition(self) {
                    return;
                }
                if version.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(timeout, waiting).await.is_ok()
    }

    /// Goes through a consent page as a browser does: opens `authorize`, allows access as
    /// `person`, and gives the callback address with code and state. The first site is chosen.
    pub async fn consent(&self, authorize: &Url, person: &str) -> Result<Url, Refusal> {
        let page = self.platforms.http.get(authorize.clone()).send().await.map_err(|_| Refusal::NoAnswer)?;
        if !page.status().is_success() {
            return Err(Refusal::invalid("authorize", "the platform refused the request"));
        }
        let mut form: Vec<(String, String)> = authorize.query_pairs().into_owned().collect();
        form.push(("person".to_owned(), person.to_owned()));
        form.push(("decision".to_owned(), "allow".to_owned()));
        let mut action = authorize.clone();
        action.set_query(None);
        let answer =
            self.platforms.http.post(action).form(&form).send().await.map_err(|_| Refusal::NoAnswer)?;
        let location = answer.headers().get(reqwest::header::LOCATION);
        location
            .and_then(|location| Url::parse(location.to_str().ok()?).ok())
            .ok_or_else(|| Refusal::invalid("authorize", "the platform did not redirect"))
    }
}
