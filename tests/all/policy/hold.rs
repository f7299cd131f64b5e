//! Words that wait for their author to connect, both ways, and what becomes of them.

use std::time::Duration;

use threadline::ids::AccountId;
use threadline::queue::EventState;
use threadline::stage::PEOPLE;
use threadline::store::{Setting, SettingName, SettingScope, UnconnectedComments};
use threadline_simulator::{AccountKind, MessageDraft, Person, Sender};

use super::Scene;
use crate::service::Service;

/// The texts of the chat's messages, in order.
fn texts(service: &Service) -> Vec<String> {
    let standing = service.standing(&service.stage.chat);
    standing.iter().map(|message| message.text().trim().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_wait_for_their_author_and_arrive_in_order() {
    let scene = Scene::set().await;
    let service = &scene.service;
    scene.for_link("unconnected-comments", "hold").await;
    scene.comment(PEOPLE[2], "First").await;
    scene.comment(PEOPLE[2], "Second").await;
    scene.comment(PEOPLE[0], "Meanwhile").await;
    assert_eq!(texts(service), ["Meanwhile"], "others are not held up, and the chat is told nothing");
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 2);
    service.until_reason(EventState::Waiting, "author not connected").await;

    service.stage.connect(PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert_eq!(texts(service), ["Meanwhile", "First", "Second"]);
    let cleo = service.world().person(PEOPLE[2]).unwrap();
    for message in service.standing(&service.stage.chat).iter().skip(1) {
        assert!(matches!(&message.sender, Sender::Person(person) if person.object_id == cleo.object_id));
    }
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_is_edited_while_it_waits_arrives_once_with_its_last_words() {
    let scene = Scene::set().await;
    let (service, issue) = (&scene.service, &scene.service.stage.issue);
    scene.for_link("unconnected-comments", "hold").await;
    let edited = service.world().comment(PEOPLE[2], issue, "Frist").unwrap();
    let deleted = service.world().comment(PEOPLE[2], issue, "Never mind").unwrap();
    service.quiet().await;
    service.world().edit_comment(PEOPLE[2], issue, &edited, "First").unwrap();
    service.world().delete_comment(PEOPLE[2], issue, &deleted).unwrap();
    service.quiet().await;
    assert_eq!(texts(service), Vec::<String>::new());
    service.stage.connect(PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert_eq!(texts(service), ["First"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_wait_in_a_channel_thread_too() {
    let service = Service::start().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    service.stage.connect(PEOPLE[0]).await.unwrap();
    let team = world.add_team("Alphabet", &PEOPLE, &["General"]).unwrap();
    world.install_bot_in_team(&team.group_id).unwrap();
    let wish = MessageDraft::to_bot(&format!("link {issue}"));
    let thread = world.start_thread(PEOPLE[0], &team.channels[0].id, wish).unwrap();
    service.quiet().await;
    let hold =
        (SettingName::UnconnectedComments, Some(Setting::UnconnectedComments(UnconnectedComments::Hold)));
    let store = &service.storage.store;
    store.change_settings(SettingScope::Instance, vec![hold], "operator".to_owned()).await.unwrap();
    world.comment(PEOPLE[2], issue, "Into the thread").unwrap();
    service.quiet().await;
    let waits =
        || service.standing(&thread).iter().all(|message| !message.text().contains("Into the thread"));
    assert!(waits());
    service.stage.connect(PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert!(!waits());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_waits_for_who_never_logs_in() {
    let scene = Scene::of_help_desk().await;
    let service = &scene.service;
    scene.for_link("unconnected-comments", "hold").await;
    for (name, kind) in [("Automation", AccountKind::App), ("Dee Dorn", AccountKind::Customer)] {
        service.world().add_person(Person { kind, ..Person::named(name) });
        scene.comment(name, "It is urgent").await;
        let shown = texts(service).pop().unwrap();
        assert!(shown.contains("It is urgent") && shown.contains(name), "{shown}");
    }
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_jira_alone_is_not_enough() {
    let scene = Scene::set().await;
    let service = &scene.service;
    scene.for_link("unconnected-comments", "hold").await;
    scene.comment(PEOPLE[2], "Early").await;
    let mut cleo = threadline::stage::Browser::new(service.stage.public_url.clone()).unwrap();
    cleo.log_in(service.world(), "jira", PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert_eq!(texts(service), Vec::<String>::new());
    cleo.log_in(service.world(), "microsoft", PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert_eq!(texts(service), ["Early"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lets_the_bot_write_after_all_lets_go_what_waits() {
    let scene = Scene::set().await;
    let service = &scene.service;
    scene.operator(SettingScope::Instance, "unconnected-comments", Some("hold")).await;
    scene.comment(PEOPLE[2], "One").await;
    scene.comment(PEOPLE[2], "Two").await;
    assert_eq!(texts(service), Vec::<String>::new());
    scene.for_link("unconnected-comments", "bot").await;
    service.storage.queue.ring();
    service.quiet().await;
    let shown = texts(service);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[0].contains("One") && shown[0].contains("Cleo Carter (Jira)"), "{shown:?}");
    assert!(shown[1].contains("Two"), "{shown:?}");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_with_a_reason_and_can_be_tried_again() {
    let (service, clock) = Service::linked_in_still_time().await;
    let links = service.storage.store.links(1).await.unwrap();
    let scene = Scene {
        link: links[0].id.to_string(),
        ann: service.stage.connect(PEOPLE[0]).await.unwrap(),
        ben: service.stage.connect(PEOPLE[1]).await.unwrap(),
        service,
    };
    let service = &scene.service;
    scene.for_link("unconnected-comments", "hold").await;
    scene.comment(PEOPLE[2], "Too long").await;
    clock.advance(Duration::from_hours(7 * 24 - 1));
    assert_eq!(service.storage.queue.end_some_waits().await.unwrap(), 0, "not yet");
    clock.advance(Duration::from_hours(2));
    while service.storage.queue.end_some_waits().await.unwrap() > 0 {}
    let event = service.until_reason(EventState::Dead, "author not connected").await;
    let told = threadline::bridge::explain(&event);
    assert_eq!(told.became, "it was given up, since nobody has logged in in time");
    assert!(told.advice.unwrap().contains("threadline events retry"), "{told:?}");

    scene.for_link("unconnected-comments", "bot").await;
    assert!(service.storage.queue.retry(&event).await.unwrap());
    service.quiet().await;
    assert!(texts(service)[0].contains("Too long"));
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_where_the_integration_account_is_not_to_write_them() {
    let scene = Scene::set().await;
    let service = &scene.service;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    service.set_integration_account(&AccountId::new(ann.account_id.as_str())).await;
    scene.for_link("unconnected-messages", "hold").await;
    for text in ["First", "Second"] {
        service.world().send_message(PEOPLE[2], &service.stage.chat, text).unwrap();
    }
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), Vec::<String>::new());
    let told: Vec<String> = service.chat_texts().into_iter().filter(|text| text.contains("waits")).collect();
    assert_eq!(told.len(), 1, "told once how to connect: {told:?}");

    service.stage.connect(PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["First", "Second"]);
    assert!(service.world().comments(&service.stage.issue).iter().all(|c| c.author.name == PEOPLE[2]));
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_says_in_its_status_what_holds() {
    let scene = Scene::set().await;
    let service = &scene.service;
    scene.for_link("unconnected-comments", "hold").await;
    service.world().send_message(PEOPLE[0], &service.stage.chat, MessageDraft::to_bot("status")).unwrap();
    service.quiet().await;
    let status = texts(service).pop().unwrap();
    assert!(status.contains("Comments for some people only stay in Jira."), "{status}");
    assert!(status.contains("Comments of people who have not connected wait for them."), "{status}");
    scene.service.stop().await;
}
