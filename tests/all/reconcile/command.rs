//! `threadline link reconcile`, as the operator runs it beside a service, and without one.

use threadline::app::Part;
use threadline::stage::PEOPLE;

use crate::cli::Desk;
use crate::service::{PATIENCE, Service};

/// The only link, as `threadline link list` names it.
fn link_of(desk: &Desk) -> String {
    desk.run(&["link", "list", "--json"]).json()[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_asks_for_a_comparison_and_sees_how_it_ends() {
    let service = Service::linked().await;
    let desk = Desk::beside(&service);
    service.deaf();
    service.world().comment(PEOPLE[0], &service.stage.issue, "Lost").unwrap();
    service.world().send_message(PEOPLE[1], &service.stage.chat, "Lost, too").unwrap();
    assert!(service.world().settled(PATIENCE).await);
    service.hearing();
    let link = link_of(&desk);

    let told = desk.run(&["link", "reconcile", &link, "--wait", "120"]).good();
    assert!(told.ends_with("Compared: missed and put in.\n"), "{told}");
    let (said, written) = service.both_sides();
    assert_eq!((said.len(), written.len()), (2, 2), "it has waited for the end: {said:?} {written:?}");
    let again = desk.run(&["link", "reconcile", &link, "--wait", "120"]).good();
    assert_eq!(again, "Compared: nothing missed.\n");
    assert_eq!(desk.run(&["link", "list", "--json"]).json()[0]["state"], "relaying");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_service_that_works_it_is_asked_for_and_done_later() {
    let service = Service::start_only(Part::Web).await;
    service.connect_and_link().await;
    let desk = Desk::beside(&service);
    let link = link_of(&desk);
    let refusal = desk.run(&["link", "reconcile", &link, "--wait", "0"]).refusal();
    assert!(refusal.contains("nobody has begun") && refusal.contains("`threadline serve`"), "{refusal}");
    assert!(desk.run(&["link", "list"]).good().contains("comparing"));

    let relay = service.twin_only(Some(Part::Relay)).await;
    let told = desk.run(&["link", "reconcile", &link, "--wait", "120"]).good();
    assert!(told.starts_with("Compared: nothing missed."), "{told}");
    relay.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_links_are_asked_for_once() {
    let service = Service::start_only(Part::Web).await;
    let desk = Desk::beside(&service);
    assert!(desk.run(&["link", "reconcile", "--all"]).good().contains("nothing more to ask for"));
    service.connect_and_link().await;
    assert!(desk.run(&["link", "reconcile", "--all"]).good().starts_with("1 link to be compared"));
    assert!(desk.run(&["link", "reconcile", "--all"]).good().contains("nothing more to ask for"));
    assert_eq!(desk.run(&["link", "list", "--json"]).json()[0]["state"], "comparing");
    service.stop().await;
}

#[test]
fn what_is_no_link_is_refused_with_what_to_do() {
    let desk = Desk::ready();
    for link in ["link_019a0000000070008000000000000001", "x"] {
        let refusal = desk.run(&["link", "reconcile", link]).refusal();
        assert!(refusal.contains("`threadline link list`"), "{refusal}");
    }
    for wrong in [&["link", "reconcile"][..], &["link", "reconcile", "x", "--all"]] {
        let refused = desk.run(wrong);
        assert!(!refused.success && refused.error.contains("<LINK|--all>"), "{}", refused.error);
    }
}
