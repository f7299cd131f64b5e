//! More has changed than one comparison reads: it goes on in slices, the oldest first.

use std::time::Duration;

use threadline::stage::PEOPLE;
use threadline_simulator::MessageDraft;

use crate::service::{PATIENCE, Service};

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_with_much_to_compare_is_compared_in_slices_and_in_order() {
    let service = Service::start_with(|settings| settings.reconcile.most_messages = 50).await;
    service.connect_and_link().await;
    service.deaf();
    for number in 0..120 {
        // Slices end between two moments.
        service.world().advance(Duration::from_millis(1));
        service
            .world()
            .send_message(PEOPLE[1], &service.stage.chat, format!("Message {number}").as_str())
            .unwrap();
    }
    assert!(service.world().settled(PATIENCE).await);
    service.hearing();
    service.compare().await;
    // The service comes back to it by itself; here, at once.
    while service.bridge.ask_for_comparisons().await.unwrap() > 0 {
        service.quiet().await;
    }
    let expected: Vec<String> = (0..120).map(|number| format!("Message {number}")).collect();
    assert_eq!(service.comment_texts(&service.stage.issue), expected, "in order, and once");
    let ended = service.reasons_of("comparison").await;
    let parts = ended.iter().filter(|reason| *reason == "compared in part").count();
    assert!(parts >= 2 && ended.last().unwrap() != "compared in part", "{ended:?}");

    // Nothing is left of it.
    service.compare().await;
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 120);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_does_not_come_in_slices_says_what_to_do() {
    let service = Service::start_with(|settings| settings.reconcile.most_messages = 50).await;
    let world = service.world();
    service.stage.connect(PEOPLE[0]).await.unwrap();
    let team = world.add_team("Alphabet", &PEOPLE, &["General"]).unwrap();
    world.install_bot_in_team(&team.group_id).unwrap();
    let wish = MessageDraft::to_bot(&format!("link {}", service.stage.issue));
    let thread = world.start_thread(PEOPLE[0], &team.channels[0].id, wish).unwrap();
    service.quiet().await;
    service.deaf();
    for number in 0..60 {
        world.send_message(PEOPLE[0], &thread, format!("Reply {number}").as_str()).unwrap();
    }
    assert!(world.settled(PATIENCE).await);
    service.hearing();
    service.storage.store.want_comparisons(None).await.unwrap();
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    let ended = service.events().await.into_iter().rfind(|event| event.kind == "comparison").unwrap();
    assert_eq!(ended.reason.as_deref(), Some("too much to compare"));
    let told = threadline::bridge::explain(&ended);
    assert!(told.advice.unwrap().contains("in a new thread and link that"), "{told:?}");
    service.stop().await;
}
