//! Comments and replies of one thread; the channel's other threads stay apart.

use threadline::stage::{PEOPLE, PROJECT};
use threadline_simulator::{IssueDraft, MessageDraft};

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn comments_come_into_the_thread_and_its_replies_become_comments() {
    let scene = Scene::set().await;
    let world = scene.service.world();
    world.comment(PEOPLE[1], &scene.service.stage.issue, "By its author").unwrap();
    world.comment(PEOPLE[2], &scene.service.stage.issue, "By the bot").unwrap();
    world.send_message(PEOPLE[0], &scene.thread, "A reply").unwrap();
    scene.service.quiet().await;
    let standing = scene.service.standing(&scene.thread).split_off(2);
    let by = |text: &str| {
        let found = standing.iter().find(|message| message.text().contains(text));
        found.unwrap_or_else(|| panic!("{text} is in the thread")).sender.name().to_owned()
    };
    assert_eq!(by("By its author"), PEOPLE[1]);
    assert_eq!(by("By the bot"), "Threadline");
    assert_eq!(scene.talk().len(), 3, "{:?}", scene.talk());
    let comments = scene.comments();
    assert_eq!(comments.len(), 3, "{comments:?}");
    assert!(comments.contains(&"A reply".to_owned()), "{comments:?}");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_threads_of_the_channel_stay_apart() {
    let scene = Scene::set().await;
    let (world, channel) = (scene.service.world(), &scene.team.channels[1].id);
    let other = world.create_issue(PEOPLE[0], IssueDraft::new(PROJECT, "Another")).unwrap().key;
    let wish = MessageDraft::to_bot(&format!("link {other}"));
    let second = world.start_thread(PEOPLE[0], channel, wish).unwrap();
    let third = world.start_thread(PEOPLE[1], channel, "Nobody's").unwrap();
    scene.service.quiet().await;
    world.send_message(PEOPLE[1], &second, "In the second").unwrap();
    world.send_message(PEOPLE[1], &third, "In the third").unwrap();
    world.send_message(PEOPLE[1], &scene.thread, "In the first").unwrap();
    world.comment(PEOPLE[1], &other, "For the second").unwrap();
    scene.service.quiet().await;
    assert_eq!(scene.comments(), ["In the first"]);
    assert_eq!(scene.service.comment_texts(&other).len(), 2);
    assert_eq!(scene.talk(), ["In the first"]);
    let mut of_second = scene.said_in(&second).split_off(2);
    of_second.sort();
    assert_eq!(of_second, ["For the second", "In the second"]);
    assert_eq!(scene.said_in(&third), ["Nobody's", "In the third"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_can_link_a_thread_that_others_began() {
    let scene = Scene::set().await;
    let (world, issue) = (scene.service.world(), &scene.service.stage.issue);
    let old = world.start_thread(PEOPLE[2], &scene.team.channels[0].id, "It began long ago").unwrap();
    scene.service.quiet().await;
    world.send_message(PEOPLE[1], &old, MessageDraft::to_bot(&format!("link {issue}"))).unwrap();
    scene.service.quiet().await;
    world.comment(PEOPLE[0], issue, "For both threads").unwrap();
    scene.service.quiet().await;
    assert_eq!(scene.talk(), ["For both threads"]);
    assert_eq!(scene.said_in(&old).last().unwrap(), "For both threads");
    assert_eq!(scene.comments(), ["For both threads"], "nothing comes back");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_members_of_the_team_link_its_threads_and_see_them_in_the_panel() {
    let scene = Scene::set().await;
    let (service, issue) = (&scene.service, &scene.service.stage.issue);
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let mut ben = service.stage.connect(PEOPLE[1]).await.unwrap();
    service.world().leave_team(&scene.team.group_id, PEOPLE[1]).unwrap();
    let list = format!("api/v1/issues/{}/{issue}/chats", service.site);
    let seen: serde_json::Value = ann.get(&list).await.unwrap().json().await.unwrap();
    assert_eq!(seen["chats"][0]["conversation_id"], scene.thread);
    let url = seen["chats"][0]["url"].as_str().unwrap();
    assert!(url.contains("/l/message/") && url.contains("parentMessageId="), "{url}");
    let seen: serde_json::Value = ben.get(&list).await.unwrap().json().await.unwrap();
    assert_eq!(seen["chats"], serde_json::json!([]), "who has left the team sees nothing");

    let wish = service.wish(issue, &scene.thread);
    assert_eq!(ben.post("api/v1/links", &wish).await.unwrap().status(), 404);
    assert_eq!(ann.post("api/v1/links", &wish).await.unwrap().status(), 201);
    scene.service.stop().await;
}
