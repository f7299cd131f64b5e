//! What the door says back, and what it does not believe.

use reqwest::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Forgery, Host};

use super::{deaf_bot, watched, watched_in_still_time};
use crate::service::{Service, http};

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_token_is_said_back_as_plain_text() {
    let service = Service::start().await;
    for path in ["webhooks/graph", "webhooks/graph/lifecycle"] {
        let ask =
            |token: &str| http().post(service.address(&format!("{path}?validationToken={token}"))).send();
        for (sent, said) in [
            ("Validation%3a+Testing+a%2bb+100%2525", "Validation: Testing a+b 100%25"),
            ("%3Cscript%3Ealert(1)%3C/script%3E", "<script>alert(1)</script>"),
        ] {
            let answer = ask(sent).await.unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
            assert_eq!(answer.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(answer.text().await.unwrap(), said, "decoded once");
        }
        assert_eq!(ask(&"x".repeat(2049)).await.unwrap().status(), 400);
        assert_eq!(http().get(service.address(path)).send().await.unwrap().status(), 405);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_delivery_is_answered_like_one() {
    let service = Service::start().await;
    let rows = service.events().await.len();
    for body in
        ["", "{", "[]", "{}", r#"{"value":[{}]}"#, r#"{"value":[{"subscriptionId":"a","tenantId":"b"}]}"#]
    {
        for path in ["webhooks/graph", "webhooks/graph/lifecycle"] {
            let answer = http().post(service.address(path)).body(body).send().await.unwrap();
            assert_eq!(answer.status(), 202, "{body}");
        }
    }
    assert_eq!(service.events().await.len(), rows, "nothing is stored");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_notification_is_believed() {
    use Forgery::{
        Certificate, ClientState, Data, DataKey, DataSignature, NoToken, Subscription, Tenant, TokenAudience,
        TokenExpired, TokenIssuer, TokenPublisher, TokenSignature,
    };
    let service = watched().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    deaf_bot(world, "message*");
    for (forgery, reason) in [
        (NoToken, "no validation token"),
        (TokenSignature, "bad validation token"),
        (TokenIssuer, "bad validation token"),
        (TokenAudience, "bad validation token"),
        (TokenPublisher, "bad validation token"),
        (TokenExpired, "bad validation token"),
        (Tenant, "no validation token"),
        (Subscription, "unknown subscription"),
        (ClientState, "wrong client state"),
    ] {
        let before = service.told(reason).await;
        world.forge_notifications(Some(forgery));
        world.send_message(PEOPLE[0], chat, "Forged").unwrap();
        service.quiet().await;
        assert_eq!(service.told(reason).await, before + 1, "{forgery:?}");
        let delivery = service.notifications().pop().unwrap();
        assert_eq!(delivery.status, Some(202), "{forgery:?}: no hint to whoever sent it");
        assert!(!service.was_to_be_looked_through().await, "{forgery:?} makes no work");
    }
    assert!(service.comments().is_empty());
    world.forge_notifications(None);
    world.send_message(PEOPLE[0], chat, "True").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["True"]);
    // Proven, but not to be opened: the chat itself is to be asked.
    for forgery in [DataSignature, Data, DataKey, Certificate] {
        let before = service.told("unreadable").await;
        world.forge_notifications(Some(forgery));
        world.send_message(PEOPLE[0], chat, "Altered").unwrap();
        assert!(world.settled(crate::service::PATIENCE).await);
        assert_eq!(service.told("unreadable").await, before + 1, "{forgery:?}");
        assert!(service.was_to_be_looked_through().await, "{forgery:?}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_signing_keys_can_not_be_read_it_is_to_be_sent_again() {
    let service = watched().await;
    let world = service.world();
    deaf_bot(world, "message*");
    let twin = service.twin().await;
    // The twin has read no keys yet.
    world.fail(Fault::status(503).at_host(Host::Login).on("GET", "*").times(1));
    let token = r#"{"value":[],"validationTokens":["eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AA"]}"#;
    let ask = || http().post(twin.url.join("webhooks/graph").unwrap()).body(token).send();
    let answer = ask().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    twin.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_key_that_may_be_new_is_to_be_sent_again_until_the_keys_were_read_anew() {
    let (service, clock) = watched_in_still_time().await;
    let token = r#"{"value":[],"validationTokens":["eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AA"]}"#;
    let ask = || http().post(service.address("webhooks/graph")).body(token).send();
    clock.advance(std::time::Duration::from_hours(1));
    assert_eq!(ask().await.unwrap().status(), 202, "the keys are read anew, and it is not among them");
    assert_eq!(ask().await.unwrap().status(), 503, "they can't be read each time somebody asks");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shows_no_token_is_not_listened_to_for_long() {
    let service = watched().await;
    let ours = service.subscribed(1).await.remove(0);
    let tell = |news: Vec<serde_json::Value>| {
        let body = serde_json::json!({ "value": news }).to_string();
        http().post(service.address("webhooks/graph/lifecycle")).body(body).send()
    };
    let news = |id: &str, event: &str| {
        serde_json::json!({
            "subscriptionId": id, "tenantId": threadline::stage::TENANT,
            "clientState": ours.client_state, "lifecycleEvent": event,
        })
    };
    let strangers = (0..100).map(|number| news(&format!("stranger-{number}"), "missed"));
    let mut all: Vec<_> = strangers.collect();
    all.push(news(&ours.id, "missed"));
    assert_eq!(tell(all).await.unwrap().status(), 202);
    assert_eq!(service.told("unknown subscription").await, 5);
    assert_eq!(service.told("too many without a token").await, 96);
    assert!(!service.was_to_be_looked_through().await);

    let mut all = vec![news("stranger", "missed"); 30];
    all.extend(vec![news("stranger", "invented since"); 100]);
    all.push(news(&ours.id, "missed"));
    assert_eq!(tell(all).await.unwrap().status(), 202);
    assert_eq!(service.told("ignored").await, 100);
    assert!(service.was_to_be_looked_through().await, "one stranger, whatever it says, and news of ours");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_stored_is_told_again() {
    let service = watched().await;
    deaf_bot(service.world(), "message*");
    service.change("ALTER TABLE event RENAME TO event_away").await;
    service.world().send_message(PEOPLE[0], &service.stage.chat, "It works again").unwrap();
    let told = service.world().wait_until(
        |world| {
            world
                .deliveries()
                .iter()
                .any(|delivery| delivery.event == "chatMessage/created" && delivery.status == Some(503))
        },
        crate::service::PATIENCE,
    );
    assert!(told.await);
    service.change("ALTER TABLE event_away RENAME TO event").await;
    assert!(service.world().settled(crate::service::PATIENCE).await);
    service.quiet().await;
    assert_eq!(service.comments(), ["It works again"]);
    service.stop().await;
}
