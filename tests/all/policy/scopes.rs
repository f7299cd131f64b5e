//! The narrowest scope that says something holds, and every change is in the audit log.

use std::time::Duration;

use sea_orm::{EntityTrait, QueryOrder};
use threadline::ambient::Random;
use threadline::app::Storage;
use threadline::stage::{CLOUD, PROJECT};
use threadline::store::{SettingScope, UnconnectedComments};
use threadline_simulator::ProjectKind;

use super::{Scene, get, told};
use crate::service::PATIENCE;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_wins_over_its_project_and_a_project_over_the_instance() {
    let mut scene = Scene::set().await;
    let path = format!("api/v1/links/{}/settings", scene.link);
    let project = scene.project(PROJECT);
    let kind = ProjectKind::Software;
    scene.service.world().add_project(CLOUD, "OTHER", "Other", kind, &["Task"]).unwrap();
    let elsewhere = scene.project("OTHER");
    let link = scene.link_scope();
    let steps = [
        (None, "bot", "default"),
        (Some((SettingScope::Instance, Some("hold"))), "hold", "instance"),
        (Some((elsewhere, Some("bot"))), "hold", "instance"),
        (Some((project.clone(), Some("bot"))), "bot", "project"),
        (Some((link.clone(), Some("hold"))), "hold", "link"),
        (Some((project, None)), "hold", "link"),
        (Some((SettingScope::Instance, None)), "hold", "link"),
        (Some((link, None)), "bot", "default"),
    ];
    for (change, value, from) in steps {
        let step = format!("{change:?}");
        if let Some((scope, value)) = change {
            scene.operator(scope, "unconnected-comments", value).await;
        }
        let (status, answer) = get(&mut scene.ann, &path).await;
        assert_eq!(status, 200);
        assert_eq!(told(&answer, "unconnected-comments"), (value.to_owned(), from.to_owned()), "{step}");
    }
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_audited_and_what_changes_nothing_is_not() {
    let scene = Scene::set().await;
    for value in [Some("yes"), Some("yes"), None, None] {
        scene.operator(SettingScope::Instance, "show-internal", value).await;
    }
    scene.for_link("show-restricted", "Developers").await;
    let connection = scene.service.database.connect().await;
    let all = threadline_entity::audit::Entity::find().order_by_asc(threadline_entity::audit::Column::Id);
    let entries: Vec<String> = all
        .all(&connection)
        .await
        .unwrap()
        .into_iter()
        .filter(|entry| entry.action.starts_with("setting"))
        .map(|entry| format!("{}: {} {}", entry.actor, entry.action, entry.subject))
        .collect();
    assert_eq!(
        entries,
        [
            "operator: setting changed instance show-internal=yes".to_owned(),
            "operator: setting removed instance show-internal".to_owned(),
            format!("operator: setting changed {} show-restricted=Developers", scene.link),
        ]
    );
    assert_eq!(threadline::audit::first_break(&connection).await.unwrap(), None);
    connection.close().await.unwrap();
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_this_version_can_not_read_opens_nothing() {
    let mut scene = Scene::set().await;
    scene.operator(SettingScope::Instance, "show-internal", Some("yes")).await;
    scene.for_link("show-internal", "yes").await;
    scene.service.change("UPDATE setting SET value = 'sometimes' WHERE scope = 'link'").await;
    let path = format!("api/v1/links/{}/settings", scene.link);
    let (_, answer) = get(&mut scene.ann, &path).await;
    assert_eq!(told(&answer, "show-internal"), ("no".to_owned(), "link".to_owned()));
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_for_a_link_goes_with_it() {
    let scene = Scene::set().await;
    scene.for_link("show-internal", "yes").await;
    let store = &scene.service.storage.store;
    assert_eq!(store.all_settings().await.unwrap().len(), 1);
    let link = store.find_link(scene.link.parse().unwrap()).await.unwrap().unwrap();
    store.remove_link(&link, "operator".to_owned()).await.unwrap();
    assert_eq!(store.all_settings().await.unwrap(), []);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_sees_a_change_within_a_second() {
    let scene = Scene::set().await;
    let link = scene.service.storage.store.links(1).await.unwrap().remove(0);
    let (clock, random) = (scene.service.storage.clock.clone(), Random::system());
    let other = Storage::open(&scene.service.settings, clock, random).await.unwrap();
    let SettingScope::Project(project) = scene.project(PROJECT) else { unreachable!() };
    let seen = async || other.store.policy(&link, Some(&project)).await.unwrap().unconnected_comments;
    scene.for_link("unconnected-comments", "hold").await;
    assert_eq!(seen().await, UnconnectedComments::Hold);
    scene.for_link("unconnected-comments", "bot").await;
    let began = tokio::time::Instant::now();
    while seen().await == UnconnectedComments::Hold {
        assert!(began.elapsed() < PATIENCE, "it is never seen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    other.database.close().await;
    scene.service.stop().await;
}
