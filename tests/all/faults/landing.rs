//! A platform goes on with what it was asked for when nobody waits for its answer any more.

use std::time::Duration;

use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Host, Moment};

use crate::service::Service;

/// A linked service that gives a call up after a second, which lands half a second later.
async fn with_a_slow(host: Host, path: &str) -> Service {
    let service = Service::start_with(|settings| {
        settings.relay.call_seconds = 1;
        settings.relay.landing_seconds = 3;
    })
    .await;
    service.connect_and_link().await;
    service.world().fail(Fault::delay(1500, Moment::Before).at_host(host).on("POST", path).times(1));
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_lands_after_its_time_is_found() {
    let service = with_a_slow(Host::Api, "*/comment").await;
    service.world().send_message(PEOPLE[1], &service.stage.chat, "Slow").unwrap();
    service.quiet().await;
    // Long enough for what is still on its way.
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Slow"]);
    assert_eq!(service.chat_texts().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_lands_after_its_time_is_found() {
    let service = with_a_slow(Host::Graph, "*/messages").await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "Slow").unwrap();
    service.quiet().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1);
    assert_eq!(service.comment_texts(&service.stage.issue), ["Slow"]);
    service.stop().await;
}
