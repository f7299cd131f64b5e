//! The operator's scripts: what was given up is seen, and tried again, by a link, a reason, a time.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use threadline::queue::EventState;
use threadline::secret::Secret;
use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Host};

use crate::service::{Service, http};

const TOKEN: &str = "operators-token-of-at-least-32-characters";

struct Operator<'a>(&'a Service);

impl Operator<'_> {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = http().request(method, self.0.address(path)).bearer_auth(TOKEN);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn retry(&self, which: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, "api/v1/events/retry", Some(which)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

/// Two linked chats, in each of which a refused and a forbidden message were given up.
async fn with_dead_letters() -> (Service, [String; 2]) {
    let service = Service::start_with(|settings| {
        settings.relay.backoff_percent = 0;
        settings.server.operator_token = Some(Secret::new(TOKEN));
    })
    .await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let link = service.link(&mut ann, &service.stage.issue, &service.stage.chat).await;
    let other = service.stage.add_conversation(&service.storage, service.site, "Another").await.unwrap();
    service.quiet().await;
    let world = service.world();
    for chat in [&service.stage.chat, &other.chat] {
        for (status, text) in [(400, "Refused"), (403, "Forbidden")] {
            world.fail(Fault::status(status).at_host(Host::Api).on("POST", "*/comment").times(1));
            world.send_message(PEOPLE[0], chat, text).unwrap();
            service.quiet().await;
        }
    }
    world.clear_faults();
    (service, [link, other.issue])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_tried_again_by_link_reason_and_time() {
    let (service, [link, other]) = with_dead_letters().await;
    let (operator, issue) = (Operator(&service), &service.stage.issue);
    let (_, dead) = operator.ask(Method::GET, "api/v1/events?state=dead", None).await;
    let reasons: Vec<&str> =
        dead.as_array().unwrap().iter().map(|event| event["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["forbidden", "refused", "forbidden", "refused"]);
    let (_, first) = operator.ask(Method::GET, &format!("api/v1/events/{}", dead[0]["id"]), None).await;
    assert!(first["became"].as_str().unwrap().starts_with("it was given up"), "{first}");
    assert!(first["advice"].is_string() && !first.to_string().contains("Forbidden"), "{first}");

    let of_reason = json!({ "reason": "forbidden", "link": link });
    let dry = operator.retry(json!({ "reason": "forbidden", "link": link, "dry_run": true })).await;
    assert_eq!(dry, json!({ "retried": 1, "without_content": 0, "more": false }));
    assert_eq!(service.storage.queue.count_in(EventState::Dead).await.unwrap(), 4, "nothing was changed");
    assert_eq!(operator.retry(of_reason).await["retried"], 1);
    service.quiet().await;
    assert_eq!(service.comment_texts(issue), ["Forbidden"]);

    assert_eq!(operator.retry(json!({ "link": link })).await["retried"], 1);
    service.quiet().await;
    assert_eq!(service.comment_texts(issue), ["Forbidden", "Refused"]);
    assert!(service.comment_texts(&other).is_empty(), "the other link was not meant");

    let later = json!({ "since": "2100-01-01T00:00:00Z" });
    assert_eq!(operator.retry(later).await["retried"], 0);
    assert_eq!(operator.retry(json!({ "until": "2100-01-01T00:00:00Z" })).await["retried"], 2);
    service.quiet().await;
    assert_eq!(service.comment_texts(&other), ["Refused", "Forbidden"], "in their order");
    assert_eq!(operator.retry(json!({ "all": true })).await["retried"], 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_say_which_is_refused() {
    let (service, _) = with_dead_letters().await;
    let unknown = "link_00000000000000000000000000000007";
    let cases = [
        (json!({}), 422),
        (json!({ "dry_run": true }), 422),
        (json!({ "all": true, "reason": "forbidden" }), 422),
        (json!({ "reasons": "forbidden" }), 422),
        (json!({ "link": "nonsense" }), 422),
        (json!({ "since": "2026-11-21T00:00:00Z", "until": "2026-11-20T00:00:00Z" }), 422),
        (json!({ "events": (0..1001).collect::<Vec<i64>>() }), 422),
        (json!({ "link": unknown }), 404),
    ];
    for (which, status) in cases {
        let refused = Operator(&service).ask(Method::POST, "api/v1/events/retry", Some(which.clone())).await;
        assert_eq!(refused.0, status, "{which}: {}", refused.1);
    }
    assert_eq!(service.storage.queue.count_in(EventState::Dead).await.unwrap(), 4);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operators_token_opens_the_events() {
    let (service, _) = with_dead_letters().await;
    let mut person = service.stage.connect(PEOPLE[1]).await.unwrap();
    let paths = ["api/v1/events", "api/v1/events/1"];
    for path in paths {
        for token in ["", "x", &TOKEN[1..], &format!("{TOKEN}x")] {
            let answer = http().get(service.address(path)).bearer_auth(token).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path} with '{token}'");
        }
        assert_eq!(person.get(path).await.unwrap().status(), 401, "a person's login is no proof");
    }
    assert_eq!(person.post("api/v1/events/retry", &json!({ "all": true })).await.unwrap().status(), 401);
    service.stop().await;
    for token in [None, Some("too short"), Some("")] {
        let closed =
            Service::start_with(|settings| settings.server.operator_token = token.map(Secret::new)).await;
        let answer = http().get(closed.address(paths[0])).bearer_auth(token.unwrap_or_default()).send().await;
        assert_eq!(answer.unwrap().status(), 401, "{token:?} opens nothing");
        closed.stop().await;
    }
}
