//! Each write of the bridge, and a service that dies before its call, after it, and after the
//! record: the effect is there once.

use serde_json::json;
use threadline::points::Point;
use threadline::stage::{PEOPLE, PROJECT};
use threadline_simulator::{CommentDraft, FileDraft, MessageDraft};

use super::Plan;
use super::world::World;

/// Before the call, after it, and after the record: for writes that may be repeated.
const REPEATABLE: [Point; 3] = [Point::EventTaken, Point::Decided, Point::Settled];
/// The same, for writes with an intent.
const ONCE: [Point; 5] =
    [Point::EventTaken, Point::IntentStored, Point::Called, Point::Decided, Point::Settled];

async fn world() -> World {
    World::begin(Plan { kills: 0, events: 0, conversations: 1, replicas: 1, trouble: 0, disorder: 0 }).await
}

/// Lets `write` happen once for each point, with a service that dies there and one that goes on.
async fn dying(world: &mut World, points: &[Point], write: impl Fn(&World, &str)) {
    for point in points {
        world.crew.doom(&world.stage, *point).await;
        write(world, point.word());
        world.crew.until_dead().await;
        world.come_to_rest().await;
    }
}

fn names(points: &[Point]) -> Vec<&'static str> {
    points.iter().map(|point| point.word()).collect()
}

impl World {
    fn issue(&self) -> &str {
        &self.conversations[0].issue
    }

    fn chat(&self) -> &str {
        &self.conversations[0].chat
    }

    /// What stands in the chat, without the heads that the bot writes.
    fn messages(&self) -> Vec<String> {
        let mut messages = self.stage.simulator.messages(self.chat());
        messages.retain(|message| message.deleted.is_none());
        messages
            .iter()
            .map(|message| message.text().replace("Cleo Carter (Jira)", "").trim().to_owned())
            .collect()
    }

    fn comments(&self) -> Vec<String> {
        self.stage.simulator.comments(self.issue()).iter().map(threadline_simulator::Comment::text).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_by_its_author() {
    let mut world = world().await;
    dying(&mut world, &ONCE, |world, text| {
        world.stage.simulator.comment(PEOPLE[0], world.issue(), text).unwrap();
    })
    .await;
    assert_eq!(world.messages(), names(&ONCE));
    assert_eq!(world.comments(), names(&ONCE), "and none comes back");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_by_the_bot() {
    let mut world = world().await;
    dying(&mut world, &ONCE, |world, text| {
        world.stage.simulator.comment(PEOPLE[2], world.issue(), text).unwrap();
    })
    .await;
    assert_eq!(world.messages(), names(&ONCE));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment() {
    let mut world = world().await;
    dying(&mut world, &ONCE, |world, text| {
        world.stage.simulator.send_message(PEOPLE[1], world.chat(), text).unwrap();
    })
    .await;
    assert_eq!(world.comments(), names(&ONCE));
    assert_eq!(world.messages(), names(&ONCE), "and none comes back");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_deletion_both_ways() {
    let mut world = world().await;
    let simulator = &world.stage.simulator;
    let comment = simulator.comment(PEOPLE[0], world.issue(), "Comment").unwrap();
    let message = simulator.send_message(PEOPLE[1], world.chat(), "Message").unwrap();
    world.come_to_rest().await;
    dying(&mut world, &REPEATABLE, |world, text| {
        world.stage.simulator.edit_comment(PEOPLE[0], world.issue(), &comment, text).unwrap();
    })
    .await;
    assert!(world.messages().contains(&"settled".to_owned()), "{:?}", world.messages());
    dying(&mut world, &REPEATABLE, |world, text| {
        let text = format!("message {text}");
        world.stage.simulator.edit_message(PEOPLE[1], world.chat(), &message, text.as_str()).unwrap();
    })
    .await;
    assert!(world.comments().contains(&"message settled".to_owned()), "{:?}", world.comments());
    for point in [Point::EventTaken, Point::GoingStored, Point::Decided, Point::Settled] {
        let text = format!("gone at {}", point.word());
        let gone =
            world.stage.simulator.comment(PEOPLE[0], world.issue(), CommentDraft::text(&text)).unwrap();
        world.come_to_rest().await;
        dying(&mut world, &[point], |world, _| {
            world.stage.simulator.delete_comment(PEOPLE[0], world.issue(), &gone).unwrap();
        })
        .await;
        assert!(!world.messages().contains(&text), "{text}");
    }
    assert_eq!((world.messages().len(), world.comments().len()), (2, 2));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_with_its_link_and_its_announcement() {
    let mut world = world().await;
    let before = world.stage.simulator.issues().len();
    dying(&mut world, &ONCE, |world, text| {
        let command = MessageDraft::to_bot(&format!("create {PROJECT} {text}"));
        world.stage.simulator.send_message(PEOPLE[1], world.chat(), command).unwrap();
    })
    .await;
    let issues = world.stage.simulator.issues().split_off(before);
    assert_eq!(issues.iter().map(|issue| issue.summary.as_str()).collect::<Vec<_>>(), names(&ONCE));
    assert!(issues.iter().all(|issue| issue.remote_links.len() == 1));
    let said = world.stage.simulator.messages(world.chat());
    assert_eq!(said.iter().filter(|message| message.sender.is_bot()).count(), ONCE.len(), "announced once");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_both_ways() {
    let mut world = world().await;
    let file = |name: &str| FileDraft::new(&format!("{name}.pdf"), "application/pdf", vec![b'%'; 100]);
    dying(&mut world, &ONCE, |world, text| {
        let files = vec![file(text)];
        world.stage.simulator.send_with_files(PEOPLE[1], world.chat(), text, files).unwrap();
    })
    .await;
    assert_eq!(world.stage.simulator.attachments(world.issue()).len(), ONCE.len());
    dying(&mut world, &ONCE, |world, text| {
        let files = vec![file(&format!("from-jira-{text}"))];
        world.stage.simulator.comment_with_files(PEOPLE[0], world.issue(), text, files).unwrap();
    })
    .await;
    // What people send lies on their drives, too.
    let mut drives = world.stage.simulator.drive_files();
    drives.retain(|file| file.name.contains("from-jira"));
    assert_eq!(drives.len(), ONCE.len());
    assert_eq!((world.messages().len(), world.comments().len()), (2 * ONCE.len(), 2 * ONCE.len()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction() {
    let mut world = world().await;
    world.let_write_for_others(PEOPLE[0]).await;
    world.stage.simulator.comment(PEOPLE[2], world.issue(), "It works again").unwrap();
    world.come_to_rest().await;
    let message = world.stage.simulator.messages(world.chat()).pop().unwrap().id;
    let kinds = ["like", "heart", "1f440_eyes"];
    for (point, kind) in REPEATABLE.into_iter().zip(kinds) {
        dying(&mut world, &[point], |world, _| {
            world.stage.simulator.react(PEOPLE[1], world.chat(), &message, kind).unwrap();
        })
        .await;
    }
    let issue = world.stage.simulator.issue(world.issue()).unwrap();
    let comment = &world.stage.simulator.comments(world.issue())[0].id;
    let kept = issue.properties.iter().find(|(key, _)| key.starts_with("threadline.reactions."));
    assert_eq!(*kept.unwrap().1, json!({ comment.as_str(): { "👍": 1, "❤️": 1, "👀": 1 } }));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link() {
    let mut world = world().await;
    let draft = |point: Point| threadline_simulator::IssueDraft::new(PROJECT, point.word());
    for point in ONCE {
        let key = world.stage.simulator.create_issue(PEOPLE[1], draft(point)).unwrap().key;
        dying(&mut world, &[point], |world, _| {
            let command = MessageDraft::to_bot(&format!("link {key}"));
            world.stage.simulator.send_message(PEOPLE[1], world.chat(), command).unwrap();
        })
        .await;
        let comment = world.stage.simulator.comment(PEOPLE[0], &key, point.word()).unwrap();
        world.come_to_rest().await;
        assert!(!comment.is_empty());
    }
    let relayed: Vec<String> =
        world.messages().into_iter().filter(|text| names(&ONCE).contains(&text.as_str())).collect();
    assert_eq!(relayed, names(&ONCE), "each link relays once");
    world.end().await;
}
