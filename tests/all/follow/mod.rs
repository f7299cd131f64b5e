//! What was relayed follows: edits, deletions, restrictions and second thoughts, both ways.

mod any_order;
mod deletions;
mod edges;
mod edits;
mod refusals;
mod restriction;

use threadline::stage::PEOPLE;
use threadline_simulator::CommentDraft;

use crate::service::Service;

impl Service {
    /// A comment that is in the chat: its id and its message's.
    async fn relayed_comment(&self, person: &str, text: &str) -> (String, String) {
        let before = self.world().messages(&self.stage.chat).len();
        let comment = self.world().comment(person, &self.stage.issue, CommentDraft::text(text)).unwrap();
        self.until("the message", |world| world.messages(&self.stage.chat).len() > before).await;
        self.quiet().await;
        (comment, self.world().messages(&self.stage.chat).pop().unwrap().id)
    }

    /// A message that is on the issue: its id and its comment's.
    async fn relayed_message(&self, person: &str, text: &str) -> (String, String) {
        let before = self.world().comments(&self.stage.issue).len();
        let message = self.world().send_message(person, &self.stage.chat, text).unwrap();
        self.until("the comment", |world| world.comments(&self.stage.issue).len() > before).await;
        self.quiet().await;
        (message, self.world().comments(&self.stage.issue).pop().unwrap().id)
    }

    fn edit_comment(&self, comment: &str, draft: impl Into<CommentDraft>) {
        self.world().edit_comment(PEOPLE[0], &self.stage.issue, comment, draft).unwrap();
    }
}
