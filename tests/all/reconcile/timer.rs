//! The slow timer: it asks now and then, and looks no further than it has to.

use std::time::Duration;

use threadline::stage::PEOPLE;

use crate::service::{PATIENCE, Service};

const COMMENTS: &str = "/ex/jira/{cloudid}/rest/api/3/issue/{issue}/comment";
const ISSUE: &str = "/ex/jira/{cloudid}/rest/api/3/issue/{issue}";
const MESSAGES: &str = "/v1.0/chats/{chat}/messages";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_without_a_trace_is_found_by_the_timer() {
    let (service, clock) = Service::linked_in_still_time().await;
    service.deaf();
    service.world().comment(PEOPLE[0], &service.stage.issue, "Lost").unwrap();
    assert!(service.world().settled(PATIENCE).await);
    service.hearing();
    assert_eq!(service.bridge.ask_for_comparisons().await.unwrap(), 0, "not due yet");
    let hours = Duration::from_hours(2);
    service.pass(&clock, hours);
    // The timer itself may be first.
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_has_happened_nothing_is_listed() {
    let (service, clock) = Service::linked_in_still_time().await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "Heard").unwrap();
    service.quiet().await;
    let asked = service.calls_of("GET", ISSUE);
    let (comments, messages) = (service.calls_of("GET", COMMENTS), service.calls_of("GET", MESSAGES));
    for _ in 0..2 {
        // More than six hours and the time by which links are spread.
        let hours = Duration::from_hours(8);
        service.pass(&clock, hours);
        service.bridge.ask_for_comparisons().await.unwrap();
        service.quiet().await;
    }
    assert!(service.reasons_of("comparison").await.is_empty(), "nothing to tell");
    assert!(service.calls_of("GET", ISSUE) >= asked + 2, "each time somebody looked");
    assert!(service.calls_of("GET", COMMENTS) <= comments + 1, "an issue that has not changed is not listed");
    assert_eq!(service.calls_of("GET", MESSAGES), messages, "a chat is listed about once a day");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_does_not_answer_is_asked_later_and_keeps_nobody_waiting() {
    let (service, clock) = Service::linked_in_still_time().await;
    service.world().fail(threadline_simulator::Fault::status(503).on("GET", "*/messages").times(1));
    service.deaf();
    service.world().send_message(PEOPLE[1], &service.stage.chat, "Lost").unwrap();
    assert!(service.world().settled(PATIENCE).await);
    service.world().clear_faults();
    service.world().fail(threadline_simulator::Fault::status(503).on("GET", "*/messages"));
    service.compare().await;
    assert_eq!(service.reasons_of("comparison").await, ["not compared"]);
    service.world().clear_faults();
    service.world().comment(PEOPLE[0], &service.stage.issue, "Meanwhile").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 2, "the lane goes on");
    service.pass_here(&clock, Duration::from_mins(25));
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 2);
    service.stop().await;
}
