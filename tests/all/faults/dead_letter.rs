//! What can't succeed is put aside after eight tries, and an operator may try it again.

use threadline::queue::EventState;
use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Host};

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn eight_tries_make_a_dead_letter_that_can_be_revived() {
    let service = Service::start_with(|settings| settings.relay.backoff_percent = 0).await;
    service.connect_and_link().await;
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    world.fail(Fault::status_after(500).at_host(Host::Api).on("POST", "*/comment").times(1));
    world.fail(Fault::status(500).at_host(Host::Api).on("GET", "*/comment"));
    world.send_message(PEOPLE[1], chat, "Hard to say").unwrap();
    let dead = service.until_reason(EventState::Dead, "outcome unknown").await;
    assert_eq!(dead.attempts, 8);
    assert_eq!(
        service.calls_of("POST", "/ex/jira/{cloudid}/rest/api/3/issue/{issue}/comment"),
        1,
        "{:?}",
        world.calls()
    );
    world.send_message(PEOPLE[1], chat, "Easy to say").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(issue), ["Hard to say", "Easy to say"], "the lane goes on");

    world.clear_faults();
    assert!(service.storage.queue.retry(&dead).await.unwrap());
    service.quiet().await;
    assert_eq!(service.comment_texts(issue).len(), 2, "its effect was there, and was found");
    let revived = service.storage.queue.event(dead.id).await.unwrap().unwrap();
    assert_eq!(revived.reason.as_deref(), Some("relayed"));
    assert_eq!(revived.payload, None, "what was carried is gone");
    assert!(!service.storage.queue.retry(&dead).await.unwrap(), "what is done is not done again");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_jira_refuses_is_not_tried_again() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.fail(Fault::status(400).at_host(Host::Api).on("POST", "*/comment").times(1));
    world.fail(Fault::status(403).at_host(Host::Api).on("POST", "*/comment").times(1));
    world.fail(Fault::status(413).at_host(Host::Api).on("POST", "*/comment").times(1));
    for text in ["refused", "forbidden", "too large", "fine"] {
        world.send_message(PEOPLE[1], chat, text).unwrap();
    }
    service.quiet().await;
    assert_eq!(service.reasons_of("message").await, ["refused", "forbidden", "too large", "relayed"]);
    assert!(service.events().await.iter().all(|event| event.attempts <= 1));
    assert_eq!(service.comment_texts(&service.stage.issue), ["fine"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_platform_shows_in_the_list_of_events() {
    let service = Service::start_with(|settings| {
        // Nobody listens there.
        settings.microsoft.graph_url = url::Url::parse("http://127.0.0.1:9/v1.0").unwrap();
    })
    .await;
    service.stage.connect(PEOPLE[0]).await.unwrap();
    service.link_as_operator().await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "Anyone?").unwrap();
    let event = service.until_reason(EventState::Ready, "platform unreachable").await;
    assert!(event.attempts > 0);
    service.stop().await;
}
