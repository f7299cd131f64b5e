//! The life of a webhook.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use threadline::ids::{AccountId, ProjectId};
use threadline::stage::{CLOUD, PEOPLE};
use threadline_simulator::{DeliveryFault, DeliveryTrouble, IssueDraft, ProjectKind, Receiver};

use crate::service::{PATIENCE, Service};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_project_is_covered_and_its_comments_arrive_without_an_admin_webhook() {
    let (service, _clock) = Service::with_own_webhooks().await;
    let hooks = service.hooks();
    assert_eq!(hooks.len(), 1);
    assert!(hooks[0].url.as_str().ends_with("/webhooks/jira"), "{}", hooks[0].url);
    assert_eq!(hooks[0].events, ["comment_created", "comment_updated", "comment_deleted"]);
    assert_eq!(
        hooks[0].account_id,
        service.world().person(PEOPLE[0]).unwrap().account_id,
        "who made the link"
    );

    service.world().remove_webhook(CLOUD).unwrap();
    let comment =
        service.world().comment(PEOPLE[0], &service.stage.issue, "By the app's own webhook").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1);
    service.world().edit_comment(PEOPLE[0], &service.stage.issue, &comment, "Edited").unwrap();
    service.quiet().await;
    assert!(service.chat_texts()[0].contains("Edited"));
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &comment).unwrap();
    service.quiet().await;
    assert!(service.chat_texts().is_empty(), "somebody looked, and it is gone");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_webhook_beside_it_doubles_nothing() {
    let (service, _clock) = Service::with_own_webhooks().await;
    let comment = service.world().comment(PEOPLE[0], &service.stage.issue, "Told twice").unwrap();
    service.quiet().await;
    service.world().edit_comment(PEOPLE[0], &service.stage.issue, &comment, "Told twice, edited").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1);
    assert_eq!(service.reasons_of("comment created").await, ["relayed"], "one event");
    assert_eq!(service.reasons_of("comment edited").await, ["updated"], "one event");
    let told = service.world().deliveries();
    assert_eq!(told.iter().filter(|told| told.to == Receiver::AppWebhook).count(), 2);
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &comment).unwrap();
    service.quiet().await;
    assert!(service.chat_texts().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_project_is_covered_as_soon_as_it_is_linked() {
    let (service, _clock) = Service::with_own_webhooks().await;
    let before = service.hooks();
    service.world().add_project(CLOUD, "IN", "Inbox", ProjectKind::Software, &["Task"]).unwrap();
    let issue =
        service.world().create_issue(PEOPLE[0], IssueDraft::new("IN", "A reserved word")).unwrap().key;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.link(&mut ann, &issue, &service.stage.chat).await;
    service
        .until("another webhook", |world| {
            world.dynamic_webhooks(CLOUD).iter().all(|hook| hook.id != before[0].id)
        })
        .await;
    service.until("only one", |world| world.dynamic_webhooks(CLOUD).len() == 1).await;
    assert!(service.hooks()[0].jql.contains("\"IN\""), "{}", service.hooks()[0].jql);
    service.world().remove_webhook(CLOUD).unwrap();
    service.world().comment(PEOPLE[0], &issue, "In the other project").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_refreshed_before_it_dies() {
    let (service, clock) = Service::with_own_webhooks().await;
    let first = service.hooks().remove(0);
    service.pass(&clock, 20 * DAY);
    service.look_after_webhooks().await;
    assert_eq!(service.hooks()[0].expires, first.expires, "ten days are left");
    service.pass(&clock, 4 * DAY);
    service.look_after_webhooks().await;
    let refreshed = service.hooks().remove(0);
    assert_eq!(refreshed.id, first.id);
    assert!(refreshed.expires > first.expires);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_jira_lost_is_made_anew_and_what_was_missed_is_made_good() {
    let (service, clock) = Service::with_own_webhooks().await;
    service.world().remove_webhook(CLOUD).unwrap();
    assert_eq!(service.world().forget_dynamic_webhooks(CLOUD).unwrap(), 1);
    service.world().comment(PEOPLE[0], &service.stage.issue, "Nobody tells").unwrap();
    service.quiet().await;
    assert!(service.chat_texts().is_empty());
    service.pass(&clock, Duration::from_hours(7));
    service.look_after_webhooks().await;
    service.until("the comment is there", |world| world.messages(&service.stage.chat).len() == 1).await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "Told again").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_has_died_is_made_anew() {
    let (service, clock) = Service::with_own_webhooks().await;
    let first = service.hooks().remove(0);
    service.pass(&clock, 31 * DAY);
    service.look_after_webhooks().await;
    service
        .until("another", |world| {
            let hooks = world.dynamic_webhooks(CLOUD);
            hooks.len() == 1 && hooks[0].id != first.id
        })
        .await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_linked_any_more_the_webhook_goes() {
    let (service, clock) = Service::with_own_webhooks().await;
    let link = service.storage.store.links(1).await.unwrap().remove(0);
    service.storage.store.remove_link(&link, "operator".to_owned()).await.unwrap();
    service.pass(&clock, Duration::from_hours(7));
    service.look_after_webhooks().await;
    assert!(service.hooks().is_empty());
    assert_eq!(service.storage.store.site_webhook(service.site).await.unwrap().webhook, None);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_whose_project_becomes_known_is_never_without_a_project() {
    const FORGET: &str = "UPDATE chat_link SET project_id = NULL";
    let service = Service::start().await;
    service.connect_and_link().await;
    let store = service.storage.store.clone();
    let connection = service.database.connect().await;
    connection.execute_unprepared(FORGET).await.unwrap();
    let mut link = store.links(1).await.unwrap().remove(0);
    link.project = None;
    let (key, project) = (link.issue_key.clone(), ProjectId::new("10000"));
    let flips = tokio::spawn(async move {
        for _ in 0..300 {
            store.note_issue(&link, &key, &project).await.unwrap();
            connection.execute_unprepared(FORGET).await.unwrap();
        }
        connection.close().await.unwrap();
    });
    while !flips.is_finished() {
        let projects = service.storage.store.linked_projects(service.site).await.unwrap();
        assert_eq!(projects.len(), 1, "{projects:?}");
    }
    flips.await.unwrap();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_says_under_whose_login_and_sees_when_that_does_not_work() {
    let (service, _clock) = Service::with_own_webhooks().await;
    let account = |person: &str| AccountId::new(service.world().person(person).unwrap().account_id.clone());
    let store = &service.storage.store;
    store.choose_webhook_account(service.site, Some(account(PEOPLE[1]))).await.unwrap();
    service.look_after_webhooks().await;
    let chosen = account(PEOPLE[1]);
    service
        .until("the other one is taken down", |world| {
            let hooks = world.dynamic_webhooks(CLOUD);
            hooks.len() == 1 && hooks[0].account_id == chosen.as_str()
        })
        .await;

    store.choose_webhook_account(service.site, Some(account(PEOPLE[2]))).await.unwrap();
    service.look_after_webhooks().await;
    let problem = store.site_webhook(service.site).await.unwrap().problem.expect("it does not work");
    assert!(problem.contains("chosen account"), "{problem}");
    assert_eq!(service.hooks().len(), 1, "the old one stays meanwhile");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_delivery_of_one_webhook_is_made_up_by_the_other() {
    let (service, _clock) = Service::with_own_webhooks().await;
    for lost in [Receiver::Webhook, Receiver::AppWebhook] {
        service.world().fail_delivery(DeliveryFault::new(DeliveryTrouble::Drop).to(lost));
        service.world().comment(PEOPLE[0], &service.stage.issue, "Only one tells").unwrap();
        assert!(service.world().settled(PATIENCE).await);
        service.quiet().await;
        service.world().clear_faults();
    }
    assert_eq!(service.chat_texts().len(), 2);
    service.stop().await;
}
