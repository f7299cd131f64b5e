//! A thread when something is missing: a permission, the team's id, the bot, an answer.

use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Host, Moment};

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_speaks_where_the_team_is_not_known() {
    let scene = Scene::set().await;
    scene.service.change("UPDATE conversation SET team_id = NULL").await;
    let world = scene.service.world();
    world.comment(PEOPLE[1], &scene.service.stage.issue, "Whose team is it").unwrap();
    scene.service.quiet().await;
    let message = scene.service.standing(&scene.thread).pop().unwrap();
    assert!(message.sender.is_bot() && message.text().contains("Whose team is it"), "{}", message.text());
    // The next activity tells it again.
    world.send_message(PEOPLE[0], &scene.thread, "Ours").unwrap();
    scene.service.quiet().await;
    world.comment(PEOPLE[1], &scene.service.stage.issue, "Now it is known").unwrap();
    scene.service.quiet().await;
    assert_eq!(scene.service.standing(&scene.thread).pop().unwrap().sender.name(), PEOPLE[1]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_speaks_for_who_has_left_the_team() {
    let scene = Scene::set().await;
    let world = scene.service.world();
    world.leave_team(&scene.team.group_id, PEOPLE[1]).unwrap();
    world.comment(PEOPLE[1], &scene.service.stage.issue, "From outside").unwrap();
    scene.service.quiet().await;
    assert!(scene.service.standing(&scene.thread).pop().unwrap().sender.is_bot());
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_pauses_when_the_bot_leaves_the_team_and_relays_again_when_it_returns() {
    let scene = Scene::set().await;
    let world = scene.service.world();
    world.uninstall_bot_from_team(&scene.team.group_id).unwrap();
    scene.service.quiet().await;
    world.comment(PEOPLE[1], &scene.service.stage.issue, "Nobody hears this").unwrap();
    scene.service.quiet().await;
    assert_eq!(scene.service.reasons_of("comment created").await, ["link paused"]);
    world.install_bot_in_team(&scene.team.group_id).unwrap();
    scene.service.quiet().await;
    world.comment(PEOPLE[1], &scene.service.stage.issue, "And now it does").unwrap();
    scene.service.quiet().await;
    assert_eq!(scene.talk(), ["And now it does"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_answer_was_lost_is_found_again_in_the_thread() {
    let scene = Scene::set().await;
    let (world, issue) = (scene.service.world(), &scene.service.stage.issue);
    let lost = || Fault::cut(Moment::After).times(1);
    world.fail(lost().at_host(Host::Graph).on("POST", "/v1.0/teams/*/channels/*/messages/*/replies"));
    world.comment(PEOPLE[1], issue, "Said by a person").unwrap();
    scene.service.quiet().await;
    world.fail(lost().at_host(Host::Service).on("POST", "/teams/v3/conversations/*/activities"));
    world.comment(PEOPLE[2], issue, "Said by the bot").unwrap();
    scene.service.quiet().await;
    let (left, _) = world.faults();
    assert!(left.iter().all(|fault| fault.times == Some(0)), "both have struck");
    let talk = scene.talk();
    assert_eq!(talk.len(), 2, "{talk:?}");
    assert!(talk[0].contains("Said by a person") && talk[1].contains("Said by the bot"), "{talk:?}");
    assert_eq!(scene.comments().len(), 2, "and none comes back");
    scene.service.stop().await;
}
