//! `threadline demo --check`: the demo drives itself once and says what happened.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::json;
use threadline_simulator::{Comment, CommentDraft, MessageDraft, Sender, Simulator};

use super::Running;
use super::change::ROLE;
use super::page::filled_in;
use super::state::Theatre;
use crate::queue::EventState;
use crate::stage::{CLOUD, PEOPLE, PROJECT};

/// How long one step may take: on a busy machine, too.
const PATIENCE: Duration = Duration::from_mins(1);

/// Drives all ways; the exit code says whether all of them worked.
pub(super) async fn run(running: &Running) -> anyhow::Result<ExitCode> {
    let story = Story { running, began: Instant::now() };
    let mut good = true;
    let [ann, ben, cleo] = PEOPLE;
    good &= story.step("the bot is in the chat", story.bot_is_there()).await?;
    for person in [ann, ben] {
        let what = format!("{person} logs in with Jira and with Microsoft, through the redirects");
        good &= story.step(&what, story.logs_in(person)).await?;
    }
    good &= story.step("the bot links the chat when told to", story.link_by_bot(ann)).await?;
    good &= story.step("a comment becomes a message of its author", story.comment_to_message(ann)).await?;
    good &=
        story.step("the bot speaks for somebody who is not connected", story.comment_by_bot(cleo)).await?;
    good &= story.step("a reply becomes a comment of its author", story.reply_to_comment(ben)).await?;
    good &= story.step("an edited comment changes its message", story.edit_to_message(ann)).await?;
    good &= story
        .step("a comment for a role is taken out of the chat, and put back", story.restrict(ann))
        .await?;
    good &= story
        .step("a deleted message takes its comment along, and brings it back", story.undelete(ben))
        .await?;
    good &= story.step("a command becomes an issue", story.command_to_issue(ben)).await?;
    good &= story
        .step("a message becomes one issue, though asked for three times", story.message_to_issue(ann))
        .await?;
    good &= story.step("nothing comes back as an echo, nothing is left over", story.quiet()).await?;
    story.report().await?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Story<'a> {
    running: &'a Running,
    began: Instant,
}

impl Story<'_> {
    /// Reports one step, and whether it went well. Later steps run even if it did not.
    async fn step(
        &self,
        what: &str,
        doing: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<bool> {
        let began = Instant::now();
        let result = doing.await;
        let mut out = std::io::stdout().lock();
        match &result {
            Ok(()) => writeln!(out, "ok      {:>5} ms  {what}", began.elapsed().as_millis())?,
            Err(error) => writeln!(out, "FAILED  {:>5} ms  {what}: {error:#}", began.elapsed().as_millis())?,
        }
        Ok(result.is_ok())
    }

    fn world(&self) -> &Simulator {
        &self.running.stage.simulator
    }

    fn chat(&self) -> &str {
        &self.running.stage.chat
    }

    fn issue(&self) -> &str {
        &self.running.stage.issue
    }

    async fn until(&self, what: &str, condition: impl Fn(&Simulator) -> bool + Send) -> anyhow::Result<()> {
        ensure!(
            self.world().wait_until(condition, PATIENCE).await,
            "{what} did not appear within {PATIENCE:?}"
        );
        Ok(())
    }

    async fn bot_is_there(&self) -> anyhow::Result<()> {
        ensure!(self.world().settled(PATIENCE).await, "the bot's installation was not delivered");
        Ok(())
    }

    async fn logs_in(&self, person: &str) -> anyhow::Result<()> {
        let mut browser = self.running.stage.connect(person).await?;
        let page = browser.get("").await?.text().await?;
        ensure!(page.contains("You are connected"), "the page does not say that both accounts are connected");
        Ok(())
    }

    async fn link_by_bot(&self, person: &str) -> anyhow::Result<()> {
        let command = format!("link {}", self.issue());
        self.world().send_message(person, self.chat(), MessageDraft::to_bot(&command))?;
        let chat = self.chat();
        let answered = |world: &Simulator| {
            world.messages(chat).iter().any(|m| m.sender.is_bot() && m.text().contains("Linked to"))
        };
        self.until("the bot's answer", answered).await
    }

    async fn comment_to_message(&self, person: &str) -> anyhow::Result<()> {
        const TEXT: &str = "It fails on Mondays, check-marker-1";
        self.world().comment(person, self.issue(), CommentDraft::text(TEXT))?;
        let chat = self.chat();
        self.until("the message", |world| {
            world.messages(chat).iter().any(|m| m.text().contains("check-marker-1"))
        })
        .await?;
        let messages = self.world().messages(chat);
        let message = messages.iter().find(|message| message.text().contains("check-marker-1"));
        match message.map(|message| &message.sender) {
            Some(Sender::Person(author)) if author.name == person => Ok(()),
            _ => bail!("the message is not by {person}"),
        }
    }

    async fn comment_by_bot(&self, person: &str) -> anyhow::Result<()> {
        self.world().comment(person, self.issue(), CommentDraft::text("Me too, check-marker-2"))?;
        let chat = self.chat();
        let carried = |world: &Simulator| {
            world.messages(chat).iter().any(|m| {
                m.sender.is_bot() && m.text().contains("check-marker-2") && m.text().contains(person)
            })
        };
        self.until("the bot's message under the author's name", carried).await
    }

    async fn reply_to_comment(&self, person: &str) -> anyhow::Result<()> {
        let draft = MessageDraft::html("<p>Only with <strong>umlauts</strong>, check-marker-3</p>");
        self.world().send_message(person, self.chat(), draft)?;
        let issue = self.issue();
        let there = |world: &Simulator| {
            world
                .comments(issue)
                .iter()
                .any(|c| c.text().contains("check-marker-3") && c.author.name == person)
        };
        self.until("the comment", there).await?;
        let comments = self.world().comments(issue);
        let marked =
            comments.iter().any(|comment| comment.properties.contains_key(crate::jira::ORIGIN_PROPERTY));
        ensure!(marked, "the comment carries no mark of its origin");
        Ok(())
    }

    /// The comment whose text has these words, if it is on the issue.
    fn comment_with(&self, words: &str) -> anyhow::Result<Comment> {
        let found = self.world().comments(self.issue()).into_iter().find(|c| c.text().contains(words));
        found.with_context(|| format!("no comment says {words}"))
    }

    /// Whether a message that stands has these words.
    fn says(world: &Simulator, chat: &str, words: &str) -> bool {
        world.messages(chat).iter().any(|m| m.deleted.is_none() && m.text().contains(words))
    }

    async fn edit_to_message(&self, person: &str) -> anyhow::Result<()> {
        let comment = self.comment_with("check-marker-1")?;
        let draft = CommentDraft::text("It fails on Tuesdays too, check-marker-1");
        self.world().edit_comment(person, self.issue(), &comment.id, draft)?;
        self.until("the edit", |world| Self::says(world, self.chat(), "Tuesdays too")).await
    }

    async fn restrict(&self, person: &str) -> anyhow::Result<()> {
        let comment = self.comment_with("check-marker-1")?;
        self.world().add_to_role(CLOUD, ROLE, person)?;
        let draft = CommentDraft::text("Only for some, check-marker-1").for_role(ROLE);
        self.world().edit_comment(person, self.issue(), &comment.id, draft)?;
        self.until("the removal", |world| !Self::says(world, self.chat(), "check-marker-1")).await?;
        let draft = CommentDraft::text("For everyone again, check-marker-1");
        self.world().edit_comment(person, self.issue(), &comment.id, draft)?;
        self.until("the message", |world| Self::says(world, self.chat(), "For everyone again")).await
    }

    async fn undelete(&self, person: &str) -> anyhow::Result<()> {
        let messages = self.world().messages(self.chat());
        let message = messages.iter().find(|message| message.text().contains("check-marker-3"));
        let id = &message.context("no message says check-marker-3")?.id;
        let written = |world: &Simulator| {
            world.comments(self.issue()).iter().any(|comment| comment.text().contains("check-marker-3"))
        };
        self.world().delete_message(person, self.chat(), id)?;
        self.until("the removal", |world| !written(world)).await?;
        self.world().undelete_message(person, self.chat(), id)?;
        self.until("the comment", written).await
    }

    async fn command_to_issue(&self, person: &str) -> anyhow::Result<()> {
        let command = format!("create {PROJECT} Write down check-marker-4");
        self.world().send_message(person, self.chat(), MessageDraft::to_bot(&command))?;
        self.until("the issue", |world| world.issues().iter().any(|i| i.summary.contains("check-marker-4")))
            .await
    }

    async fn message_to_issue(&self, person: &str) -> anyhow::Result<()> {
        let draft = MessageDraft::text("The printer is on fire, check-marker-5");
        let message = self.world().send_message(person, self.chat(), draft)?;
        let (_, form) = self.world().fetch_task(person, self.chat(), &message, "createIssue").await?;
        let data = filled_in(&form);
        ensure!(data.get("project").is_some(), "the form is not filled in: {form}");
        let value = self.world().action_value(self.chat(), &message, "createIssue", Some(data))?;
        let send =
            || self.world().invoke(person, self.chat(), "composeExtension/submitAction", value.clone());
        let (first, second, third) = tokio::join!(send(), send(), send());
        for answer in [first?, second?, third?] {
            ensure!(answer.0 == 200 && answer.1 != json!(null), "an invoke was answered with {}", answer.0);
        }
        let made = self.world().issues().iter().filter(|i| i.summary.contains("check-marker-5")).count();
        ensure!(made == 1, "{made} issues were made");
        Ok(())
    }

    /// Waits until nothing moves, and counts what there must be exactly once.
    async fn quiet(&self) -> anyhow::Result<()> {
        ensure!(self.world().settled(PATIENCE).await, "deliveries did not end");
        let deadline = Instant::now() + PATIENCE;
        while self.running.storage.queue.count_in(EventState::Ready).await? > 0 {
            ensure!(Instant::now() < deadline, "events did not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for number in 1..=3 {
            let marker = format!("check-marker-{number}");
            let messages =
                self.world().messages(self.chat()).iter().filter(|m| m.text().contains(&marker)).count();
            let comments =
                self.world().comments(self.issue()).iter().filter(|c| c.text().contains(&marker)).count();
            ensure!(messages == 1 && comments == 1, "{marker}: {messages} messages and {comments} comments");
        }
        let dead = self.running.storage.queue.count_in(EventState::Dead).await?;
        ensure!(dead == 0, "{dead} events are dead letters");
        Ok(())
    }

    async fn report(&self) -> anyhow::Result<()> {
        let running = self.running;
        let theatre = Theatre::new(running.stage.clone(), running.storage.clone(), running.site);
        let events = theatre.events().await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{} events:", events.len())?;
        for event in events {
            let took = event.took_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
            writeln!(out, "  {:<24} {:<8} {:<22} {:>8}", event.source, event.state, event.reason, took)?;
        }
        writeln!(out, "\nDone in {:.1} s.", self.began.elapsed().as_secs_f64())?;
        Ok(())
    }
}
