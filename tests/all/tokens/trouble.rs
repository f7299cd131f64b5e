//! Logins that have ended, tokens that are refused early, and an app whose secret is wrong.

use std::time::Duration;

use threadline::ambient::Clock;
use threadline::queue::EventState;
use threadline::stage::{Browser, PEOPLE};
use threadline_simulator::{Fault, Host};

use super::{JIRA_TOKEN, two_hours_pass};
use crate::service::{PATIENCE, Service, number_of_rows};

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_has_ended_makes_its_messages_wait_until_the_next_one() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.revoke_refresh_tokens(PEOPLE[1]).unwrap();
    two_hours_pass(&service, &clock);
    world.send_message(PEOPLE[1], chat, "One").unwrap();
    world.send_message(PEOPLE[1], chat, "Two").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("message").await, ["login needed", "login needed"]);
    let told = service.chat_texts();
    let told = told.iter().filter(|text| text.contains("connect your accounts once")).count();
    assert_eq!(told, 1);
    // A login with Jira alone is enough: the person is mapped already.
    let mut ben = Browser::new(service.stage.public_url.clone()).unwrap();
    ben.log_in(world, "jira", PEOPLE[1]).await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["One", "Two"]);
    assert_eq!(service.reasons_of("message").await, ["relayed", "relayed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_speaks_for_who_must_log_in_with_microsoft_again() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    let revoked = Fault::new(threadline_simulator::Trouble::Status {
        status: 400,
        retry_after: None,
        body: Some(serde_json::json!({ "error": "invalid_grant", "error_description": "AADSTS50173" })),
        at: threadline_simulator::Moment::Before,
    });
    two_hours_pass(&service, &clock);
    world.fail(revoked.at_host(Host::Login).on("POST", "*/oauth2/v2.0/token").times(1));
    world.comment(PEOPLE[0], issue, "By the bot").unwrap();
    service.quiet().await;
    assert!(service.standing(&service.stage.chat)[0].sender.is_bot());
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    ann.log_in(world, "microsoft", PEOPLE[0]).await.unwrap();
    world.comment(PEOPLE[0], issue, "By myself").unwrap();
    service.quiet().await;
    assert_eq!(service.standing(&service.stage.chat)[1].sender.name(), PEOPLE[0]);
    service.stop().await;
}

/// Lets second after second pass, with a few looks at the queue in each, until this is so.
async fn time_goes_on(service: &Service, clock: &Clock, until: impl Fn() -> bool) {
    let passing = async {
        while !until() {
            service.pass_here(clock, Duration::from_secs(1));
            tokio::time::sleep(service.settings.relay.poll() * 2).await;
        }
    };
    tokio::time::timeout(PATIENCE, passing).await.expect("it happens as time goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_secret_is_nobodys_fault_but_the_operators() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let client = service.settings.jira.client_id.clone().unwrap();
    let secret = service.settings.jira.client_secret.clone().unwrap();
    let connection = service.database.connect().await;
    let credentials = number_of_rows(&connection, "credential WHERE state = 'active'").await;
    world.set_client_secret(&client, "another secret");
    two_hours_pass(&service, &clock);
    world.send_message(PEOPLE[1], chat, "Later").unwrap();
    let before = service.calls_of("POST", JIRA_TOKEN);
    time_goes_on(&service, &clock, || service.calls_of("POST", JIRA_TOKEN) >= before + 10).await;
    let event = service.until_reason(EventState::Ready, "client credentials refused").await;
    assert_eq!(event.attempts, 0, "it does not count towards the dead letter");
    assert_eq!(number_of_rows(&connection, "credential WHERE state = 'active'").await, credentials);
    connection.close().await.unwrap();
    world.set_client_secret(&client, secret.expose());
    time_goes_on(&service, &clock, || world.comments(&service.stage.issue).len() == 1).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_before_its_time_is_refreshed_and_the_call_repeated() {
    let service = Service::linked().await;
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    let exchanges = || service.calls_of("POST", JIRA_TOKEN);
    let before = exchanges();
    world.expire_access_tokens(PEOPLE[1]).unwrap();
    world.send_message(PEOPLE[1], chat, "Message").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(issue), ["Message"]);
    assert_eq!(exchanges() - before, 1);

    world.expire_access_tokens(PEOPLE[0]).unwrap();
    world.comment(PEOPLE[0], issue, "Comment").unwrap();
    service.quiet().await;
    assert_eq!(service.standing(chat)[1].sender.name(), PEOPLE[0]);

    // Also if something else went wrong first.
    world.expire_access_tokens(PEOPLE[1]).unwrap();
    world.fail(Fault::status(503).at_host(Host::Api).on("GET", "*/issue/*").times(1));
    world.send_message(PEOPLE[1], chat, "Again").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(issue).last().unwrap(), "Again");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_tokens_that_are_refused_again_and_again_mean_that_their_owner_must_log_in() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    // The fifth time in the look before it waits.
    world.fail(Fault::status(401).at_host(Host::Api).on("GET", "*/issue/*").times(5));
    world.send_message(PEOPLE[1], chat, "Refused again and again").unwrap();
    service.until_reason(EventState::Waiting, "login needed").await;
    service.stage.connect(PEOPLE[1]).await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Refused again and again"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_refuses_good_tokens_for_a_moment_costs_nobody_a_login() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.fail(Fault::status(401).at_host(Host::Api).on("GET", "*/issue/*").times(3));
    world.send_message(PEOPLE[1], chat, "Refused three times").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Refused three times"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_login_that_is_there_goes_on_by_itself() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.fail(Fault::status(401).at_host(Host::Api).on("GET", "*/issue/*").times(5));
    world.send_message(PEOPLE[1], chat, "Refused for a while").unwrap();
    service.until_reason(EventState::Waiting, "login needed").await;
    // Whoever tidies up may be first.
    service.storage.look_again_at_waits().await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Refused for a while"]);

    world.revoke_refresh_tokens(PEOPLE[1]).unwrap();
    world.expire_access_tokens(PEOPLE[1]).unwrap();
    world.send_message(PEOPLE[1], chat, "The login is really gone").unwrap();
    service.until_reason(EventState::Waiting, "login needed").await;
    assert_eq!(service.storage.look_again_at_waits().await.unwrap(), 0);
    service.stop().await;
}
