//! A thread of a channel that is linked to an issue, and quotes in both directions.

mod channel;
mod edits;
mod quoted_words;
mod quotes;
mod trouble;

use threadline::stage::PEOPLE;
use threadline_simulator::{MessageDraft, Team};

use crate::service::Service;

/// A service with two connected people and a team with the bot, and a thread that is linked.
struct Scene {
    service: Service,
    team: Team,
    /// Conversation id of the thread.
    thread: String,
}

impl Scene {
    /// The first person starts a thread by asking the bot to link it.
    async fn set() -> Self {
        Self::set_on(Service::start().await).await
    }

    async fn set_on(service: Service) -> Self {
        service.stage.connect(PEOPLE[0]).await.unwrap();
        service.stage.connect(PEOPLE[1]).await.unwrap();
        let team = service.world().add_team("Alphabet", &PEOPLE, &["General", "Builds"]).unwrap();
        service.world().install_bot_in_team(&team.group_id).unwrap();
        let wish = MessageDraft::to_bot(&format!("link {}", service.stage.issue));
        let thread = service.world().start_thread(PEOPLE[0], &team.channels[1].id, wish).unwrap();
        service.quiet().await;
        let said = service.texts_of(&thread).pop().unwrap();
        assert!(said.contains("Linked to"), "{said}");
        Self { service, team, thread }
    }

    /// What stands in the thread behind the command and its answer, without its looks.
    fn talk(&self) -> Vec<String> {
        self.said_in(&self.thread).split_off(2)
    }

    /// What stands in a thread.
    fn said_in(&self, thread: &str) -> Vec<String> {
        self.service.standing(thread).iter().map(|message| message.text().trim().to_owned()).collect()
    }

    fn comments(&self) -> Vec<String> {
        self.service.comment_texts(&self.service.stage.issue)
    }
}
