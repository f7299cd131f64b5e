//! Pictures and files travel both ways, once, within limits, and leave no names behind.

mod address;
mod carried;
mod changed;
mod limits;
mod once;
mod open;
mod removed;

use threadline::stage::{CLOUD, PEOPLE};
use threadline::store::{Setting, SettingName, SettingScope};
use threadline_simulator::{FileDraft, KeptFile, Message};

use crate::service::Service;

/// A document of `length` bytes.
fn document(name: &str, length: usize) -> FileDraft {
    FileDraft::new(name, "application/pdf", vec![b'%'; length])
}

impl Service {
    fn attachments(&self) -> Vec<KeptFile> {
        self.world().attachments(&self.stage.issue)
    }

    fn comment_with(&self, person: &str, text: &str, files: Vec<FileDraft>) -> String {
        self.world().comment_with_files(person, &self.stage.issue, text, files).unwrap()
    }

    fn message_with(&self, person: &str, text: &str, files: Vec<FileDraft>) -> String {
        self.world().send_with_files(person, &self.stage.chat, text, files).unwrap()
    }

    /// Chats are shown comments for this role, which the first and the third person have.
    async fn show_restricted(&self, role: &str) {
        for person in [PEOPLE[0], PEOPLE[2]] {
            self.world().add_to_role(CLOUD, role, person).unwrap();
        }
        let name = SettingName::from_word("show-restricted").unwrap();
        let change = vec![(name, Some(Setting::parse(name, role).unwrap()))];
        let settings = &self.storage.store;
        settings.change_settings(SettingScope::Instance, change, "operator".to_owned()).await.unwrap();
    }

    /// How many calls to people's drives had this in their path.
    fn drive_calls(&self, part: &str) -> u64 {
        let calls = self.world().calls();
        let of_drives =
            calls.iter().filter(|call| call.route.contains("/drive/") && call.route.contains(part));
        of_drives.map(|call| call.count).sum()
    }

    /// The only message in the chat.
    fn message(&self) -> Message {
        let mut messages = self.standing(&self.stage.chat);
        assert_eq!(messages.len(), 1, "{:?}", self.chat_texts());
        messages.remove(0)
    }

    /// The body of the only comment, as Jira has it.
    fn comment_body(&self) -> serde_json::Value {
        let comments = self.world().comments(&self.stage.issue);
        assert_eq!(comments.len(), 1);
        comments[0].body.clone()
    }
}
