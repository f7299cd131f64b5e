//! An issue moves, a project gets another key: what is allowed goes by the project that the issue
//! is in, whose administrators said so, and nothing goes by keys.

use serde_json::json;
use threadline::ids::AccountId;
use threadline::queue::EventState;
use threadline::stage::{CLOUD, PEOPLE, PROJECT};
use threadline::store::SettingScope;
use threadline_simulator::{CommentDraft, MessageDraft, ProjectKind};

use super::{HELP, Scene, get, put, told};
use crate::service::Service;

/// A project that the second person administers, and nobody else.
const OTHER: &str = "OTHER";

/// A scene in which there is another project. The first person administers their own only.
async fn with_another_project() -> Scene {
    let service = Service::start().await;
    let world = service.world();
    world.add_project(CLOUD, OTHER, "Other", ProjectKind::Software, &["Task"]).unwrap();
    world.add_administrator(CLOUD, PROJECT, PEOPLE[0]).unwrap();
    world.add_administrator(CLOUD, OTHER, PEOPLE[1]).unwrap();
    world.add_to_role(CLOUD, "Developers", PEOPLE[0]).unwrap();
    Scene::linked(service).await
}

fn for_few() -> CommentDraft {
    CommentDraft::text("For few").for_role("Developers")
}

fn go(scene: &Scene, project: &str) -> String {
    scene.service.world().move_issue(PEOPLE[1], &scene.service.stage.issue, project).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_administrators_of_another_project_allowed_does_not_come_along() {
    let mut scene = with_another_project().await;
    let path = format!("api/v1/links/{}/settings", scene.link);
    let allow = json!({ "show-restricted": "yes", "show-secured": "yes" });
    assert_eq!(put(&mut scene.ben, &path, &allow).await.0, 403);
    go(&scene, OTHER);
    assert_eq!(put(&mut scene.ann, &path, &allow).await.0, 403, "she administers the other one");
    assert_eq!(put(&mut scene.ben, &path, &allow).await.0, 200);
    scene.comment(PEOPLE[0], for_few()).await;
    go(&scene, PROJECT);
    scene.comment(PEOPLE[0], for_few()).await;
    let reasons = scene.service.reasons_of("comment created").await;
    assert_eq!(reasons, ["relayed", "restricted comment"]);
    let (_, answer) = get(&mut scene.ann, &path).await;
    for name in ["show-restricted", "show-secured"] {
        assert_eq!(told(&answer, name), ("no".to_owned(), "default".to_owned()));
    }
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_administrators_forbade_is_not_undone_from_another_project() {
    let mut scene = with_another_project().await;
    let path = format!("api/v1/links/{}/settings", scene.link);
    scene.operator(SettingScope::Instance, "show-restricted", Some("yes")).await;
    assert_eq!(put(&mut scene.ann, &path, &json!({ "show-restricted": "no" })).await.0, 200);
    go(&scene, OTHER);
    assert_eq!(put(&mut scene.ben, &path, &json!({ "show-restricted": "yes" })).await.0, 200);
    assert_eq!(put(&mut scene.ben, &path, &json!({})).await.0, 200);
    go(&scene, PROJECT);
    scene.comment(PEOPLE[0], for_few()).await;
    assert_eq!(scene.service.reasons_of("comment created").await, ["restricted comment"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_keeps_its_settings_under_another_key_and_leaves_none_to_its_old_one() {
    let mut scene = with_another_project().await;
    let path = |key: &str| format!("api/v1/projects/{}/{key}/settings", scene.service.site);
    let (old, new) = (path(PROJECT), path("NEW"));
    scene.operator(SettingScope::Instance, "show-restricted", Some("yes")).await;
    let wanted = json!({ "show-restricted": "no", "show-secured": "yes" });
    assert_eq!(put(&mut scene.ann, &old, &wanted).await.0, 200);

    let world = scene.service.world();
    world.rekey_project(CLOUD, PROJECT, "NEW").unwrap();
    world.add_project(CLOUD, PROJECT, "Young", ProjectKind::Software, &["Task"]).unwrap();
    world.add_administrator(CLOUD, PROJECT, PEOPLE[1]).unwrap();
    scene.comment(PEOPLE[0], for_few()).await;
    assert_eq!(scene.service.reasons_of("comment created").await, ["restricted comment"]);
    let (_, answer) = get(&mut scene.ann, &new).await;
    assert_eq!(told(&answer, "show-restricted"), ("no".to_owned(), "project".to_owned()));
    assert_eq!(get(&mut scene.ann, &old).await.0, 403, "that is another project now");
    let (_, answer) = get(&mut scene.ben, &old).await;
    assert_eq!(told(&answer, "show-secured"), ("no".to_owned(), "default".to_owned()));
    go(&scene, PROJECT);
    scene.comment(PEOPLE[0], for_few()).await;
    let reasons = scene.service.reasons_of("comment created").await;
    assert_eq!(reasons, ["restricted comment", "relayed"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_names_a_project_by_the_key_that_it_has_now() {
    let scene = with_another_project().await;
    let (service, world) = (&scene.service, scene.service.world());
    let site = service.storage.store.site(service.site).await.unwrap().unwrap();
    let before = service.bridge.project_for_operator(&site, PROJECT).await.unwrap();
    world.rekey_project(CLOUD, PROJECT, "NEW").unwrap();
    let after = service.bridge.project_for_operator(&site, "NEW").await.unwrap();
    assert_eq!((&after.id, after.key.as_str()), (&before.id, "NEW"));
    let unknown = service.bridge.project_for_operator(&site, PROJECT).await.unwrap_err().to_string();
    assert!(unknown.contains("check the key") && unknown.contains("number"), "{unknown}");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_move_the_new_project_decides_who_writes() {
    let scene = with_another_project().await;
    let (service, world) = (&scene.service, scene.service.world());
    let ann = AccountId::new(world.person(PEOPLE[0]).unwrap().account_id.as_str());
    service.set_integration_account(&ann).await;
    for name in ["unconnected-comments", "unconnected-messages"] {
        scene.operator(scene.project(OTHER), name, Some("hold")).await;
    }
    scene.comment(PEOPLE[2], "Here it is written").await;
    assert_eq!(service.standing(&service.stage.chat).len(), 1);
    go(&scene, OTHER);
    world.send_message(PEOPLE[2], &service.stage.chat, "It waits").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Here it is written"]);
    scene.comment(PEOPLE[2], "It waits, too").await;
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 2);

    scene.operator(scene.project(OTHER), "unconnected-comments", None).await;
    scene.operator(scene.project(OTHER), "unconnected-messages", None).await;
    service.storage.queue.ring();
    service.quiet().await;
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 0);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_the_issue_and_the_rules_of_where_it_is() {
    let scene = with_another_project().await;
    let (service, world) = (&scene.service, scene.service.world());
    scene.operator(scene.project(PROJECT), "unconnected-comments", Some("hold")).await;
    let status = async || {
        world.send_message(PEOPLE[0], &service.stage.chat, MessageDraft::to_bot("status")).unwrap();
        service.quiet().await;
        service.standing(&service.stage.chat).pop().unwrap().text()
    };
    let waits = "Comments of people who have not connected wait for them.";
    assert!(status().await.contains(waits));
    let key = go(&scene, OTHER);
    let told = status().await;
    assert!(told.contains(&key) && !told.contains(waits), "{told}");
    let link = service.storage.store.links(1).await.unwrap().remove(0);
    assert_eq!(link.issue_key.as_str(), key, "and it is remembered");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_tells_where_its_issue_is() {
    let scene = with_another_project().await;
    let key = go(&scene, OTHER);
    scene.comment(PEOPLE[0], "Hello").await;
    let link = scene.service.storage.store.links(1).await.unwrap().remove(0);
    assert_eq!(link.issue_key.as_str(), key);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_role_is_no_markup() {
    let scene = Scene::of_help_desk().await;
    let (service, world) = (&scene.service, scene.service.world());
    let role = "[log in](https://evil.example/) <b>now</b> *x*";
    scene.operator(scene.project(HELP), "show-restricted", Some(role)).await;
    world.send_message(PEOPLE[0], &service.stage.chat, MessageDraft::to_bot("status")).unwrap();
    service.quiet().await;
    let status = service.standing(&service.stage.chat).pop().unwrap();
    assert!(
        !status.content.contains("href=\"https://evil") && !status.content.contains("<b>now"),
        "{status:?}"
    );
    assert!(status.text().contains(role), "{}", status.text());
    scene.service.stop().await;
}
