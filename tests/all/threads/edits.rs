//! Edits and deletions in a thread: Teams lets people change their messages in channels only if
//! an administrator has consented.

use threadline::stage::PEOPLE;

use super::Scene;
use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn without_an_admins_consent_the_bots_messages_follow_and_peoples_are_told_of() {
    let scene = Scene::set().await;
    let (world, issue) = (scene.service.world(), &scene.service.stage.issue);
    let by_bot = world.comment(PEOPLE[2], issue, "From Cleo").unwrap();
    let by_ben = world.comment(PEOPLE[1], issue, "From Ben").unwrap();
    scene.service.quiet().await;
    world.edit_comment(PEOPLE[2], issue, &by_bot, "From Cleo, again").unwrap();
    world.edit_comment(PEOPLE[1], issue, &by_ben, "From Ben, again").unwrap();
    scene.service.quiet().await;
    let talk = scene.talk();
    assert_eq!(talk.len(), 3, "{talk:?}");
    assert!(talk[0].ends_with("From Cleo, again"), "{talk:?}");
    assert_eq!(talk[1], "From Ben");
    assert!(talk[2].contains("could not be changed"), "{talk:?}");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_admins_consent_edits_and_deletions_travel_both_ways() {
    let service = Service::start_with(|settings| settings.microsoft.edit_in_channels = true).await;
    service.world().consent_as_admin("ChannelMessage.ReadWrite");
    let scene = Scene::set_on(service).await;
    let (world, issue) = (scene.service.world(), &scene.service.stage.issue);
    let comment = world.comment(PEOPLE[1], issue, "From Jira").unwrap();
    let message = world.send_message(PEOPLE[0], &scene.thread, "From Teams").unwrap();
    scene.service.quiet().await;
    world.edit_comment(PEOPLE[1], issue, &comment, "From Jira, again").unwrap();
    world.edit_message(PEOPLE[0], &scene.thread, &message, "From Teams, again").unwrap();
    scene.service.quiet().await;
    let (mut talk, mut comments) = (scene.talk(), scene.comments());
    talk.sort();
    comments.sort();
    assert_eq!(talk, ["From Jira, again", "From Teams, again"]);
    assert_eq!(comments, talk);
    world.delete_comment(PEOPLE[1], issue, &comment).unwrap();
    world.delete_message(PEOPLE[0], &scene.thread, &message).unwrap();
    scene.service.quiet().await;
    assert_eq!(scene.talk(), Vec::<String>::new());
    assert_eq!(scene.comments(), Vec::<String>::new());
    scene.service.stop().await;
}
