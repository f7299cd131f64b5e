//! What a platform says of its limits is obeyed.

use std::time::Duration;

use sea_orm::DbBackend;
use threadline::bridge::explain;
use threadline::queue::{Event, EventState};
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, Fault, Host, Simulator};

use super::{limited, refused};
use crate::service::{PATIENCE, Service};

/// Waits for the event that is to come again, and says how many seconds after its arrival.
async fn throttled(service: &Service) -> (Event, i64) {
    let event = service.until_reason(EventState::Ready, "throttled").await;
    let wait = event.due_at - event.received_at;
    (event, wait / 1000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_wait_closes_the_thread_and_every_later_call_knows() {
    let service = limited().await;
    let world = service.world();
    world.fail(Fault::too_many(3).at_host(Host::Service).times(1));
    world.comment(PEOPLE[2], &service.stage.issue, CommentDraft::text("One")).unwrap();
    let (_, wait) = throttled(&service).await;
    assert!(wait >= 3, "{wait}");
    world.comment(PEOPLE[2], &service.stage.issue, CommentDraft::text("Two")).unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 2);
    assert_eq!(refused(world), 1, "nobody asked again before its time");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_quota_parks_the_whole_site_until_it_begins_anew() {
    let service = limited().await;
    let world = service.world();
    // So little is left that calls under way would use it up: the first answer says so.
    world.set_jira_points(60);
    world.send_message(PEOPLE[0], &service.stage.chat, "One").unwrap();
    let (event, wait) = throttled(&service).await;
    assert!(wait > 3_000, "until the next hour: {wait} s");
    assert_eq!(explain(&event).became, "it is held back");
    let metrics = reqwest::get(service.stage.public_url.join("metrics").unwrap()).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("threadline_events{state=\"throttled\"} 1\n"), "{metrics}");
    let asked = calls_of_jira(world);
    world.send_message(PEOPLE[1], &service.stage.chat, "Two").unwrap();
    assert!(world.settled(PATIENCE).await);
    assert_eq!(calls_of_jira(world), asked, "Jira is not asked again");
    assert_eq!(refused(world), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_stop_before_a_quota_is_used_up_and_go_on_in_the_next_hour() {
    let service = limited().await;
    let other = service.stage.add_conversation(&service.storage, service.site, "Other").await.unwrap();
    let twin = match service.database.backend() {
        DbBackend::Postgres => Some(service.twin().await),
        _ => None,
    };
    let world = service.world();
    // A hundred points an hour above what is left for calls under way.
    world.set_jira_points_every(750, Duration::from_secs(3));
    let asked = calls_of_jira(world);
    for number in 0..25 {
        for chat in [&service.stage.chat, &other.chat] {
            world.send_message(PEOPLE[0], chat, format!("Note {number}").as_str()).unwrap();
        }
    }
    let notes: Vec<String> = (0..25).map(|number| format!("Note {number}")).collect();
    for issue in [&service.stage.issue, &other.issue] {
        let arrived = |_: &Simulator| service.comment_texts(issue).len() == notes.len();
        assert!(world.wait_until(arrived, PATIENCE).await, "{:?}", service.comment_texts(issue));
        assert_eq!(service.comment_texts(issue), notes);
    }
    let asked = calls_of_jira(world) - asked;
    assert!(asked > 100, "one hour has not enough points for {asked} calls");
    assert_eq!(refused(world), 0);
    if let Some(twin) = twin {
        twin.stop().await;
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_a_quota_empty_is_refused_once_and_goes_on_in_the_next_hour() {
    let service = limited().await;
    let world = service.world();
    world.set_jira_points_every(65_000, Duration::from_secs(5));
    world.spend_jira_points(65_000);
    for number in 0..5 {
        world.send_message(PEOPLE[0], &service.stage.chat, format!("Note {number}").as_str()).unwrap();
    }
    throttled(&service).await;
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 5);
    assert_eq!(refused(world), 1);
    service.stop().await;
}

/// How often Jira was called.
fn calls_of_jira(world: &Simulator) -> u64 {
    world.calls().iter().filter(|call| call.host == Host::Api).map(|call| call.count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_write_of_one_issue_delays_that_issue_alone() {
    let service = limited().await;
    let other = service.stage.add_conversation(&service.storage, service.site, "Other").await.unwrap();
    let world = service.world();
    let fault = Fault::too_many(6).at_host(Host::Api).on("POST", "*/comment").times(1);
    world.fail(fault.because("jira-per-issue-on-write"));
    world.send_message(PEOPLE[0], &service.stage.chat, "One").unwrap();
    throttled(&service).await;
    world.send_message(PEOPLE[0], &other.chat, "Two").unwrap();
    service.until("the other issue has its comment", |world| world.comments(&other.issue).len() == 1).await;
    assert!(service.comment_texts(&service.stage.issue).is_empty(), "it has waited for the first issue");
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["One"]);
    assert_eq!(refused(world), 1);
    service.stop().await;
}
