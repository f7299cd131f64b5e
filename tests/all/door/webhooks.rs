//! Jira's webhooks: the signature, odd bodies, repetitions.

use serde_json::json;
use threadline::secret::Secret;
use threadline::stage::{PEOPLE, Stage};
use threadline_simulator::{DeliveryFault, DeliveryTrouble};

use crate::service::{Service, http, number_of_rows};

const BODY: &[u8] = br#"{"webhookEvent":"jira:worklog_updated","timestamp":1}"#;

async fn stored(service: &Service) -> i64 {
    let connection = service.database.connect().await;
    let rows = number_of_rows(&connection, "event").await;
    connection.close().await.unwrap();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_signature_is_refused_and_nothing_is_stored() {
    let service = Service::start().await;
    let before = stored(&service).await;
    let good = Stage::sign(&service.webhook_secret, BODY);
    let mut cut = good.clone();
    cut.truncate(70);
    let cases = [
        None,
        Some(String::new()),
        Some(Stage::sign(&Secret::new("another secret"), BODY)),
        Some(Stage::sign(&service.webhook_secret, b"another body")),
        Some(good.replace("sha256=", "sha1=")),
        Some(good.replace("sha256=", "")),
        Some(cut),
    ];
    for signature in cases {
        let mut request = service.unsigned_webhook(BODY);
        if let Some(signature) = &signature {
            request = request.header("X-Hub-Signature", signature);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{signature:?}");
        let problem: serde_json::Value = answer.json().await.unwrap();
        let sentence = problem["detail"].as_str().unwrap();
        assert!(sentence.contains("secret") || sentence.contains("signature"), "{sentence}");
    }
    assert_eq!(stored(&service).await, before);
    assert_eq!(service.webhook(BODY, None).await.status(), 200);
    assert_eq!(stored(&service).await, before + 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_not_there_looks_the_same_whatever_its_name() {
    let service = Service::start().await;
    let mut answers = Vec::new();
    for name in [
        "site_00000000000000000000000000000007",
        "site_xyz",
        "x",
        "%00",
        "link_00000000000000000000000000000007",
    ] {
        let url = service.address(&format!("webhooks/jira/{name}"));
        let signature = Stage::sign(&service.webhook_secret, BODY);
        let request = http().post(url).header("X-Hub-Signature", signature).body(BODY);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 404, "{name}");
        answers.push(answer.text().await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_with_a_valid_signature_is_counted_and_not_stored() {
    let service = Service::start().await;
    let before = stored(&service).await;
    for body in [&b"{"[..], b"", b"[]", b"null", b"\xff\xfe", b"\"webhookEvent\""] {
        let answer = service.webhook(body, None).await;
        assert_eq!(answer.status(), 400, "{body:?}");
    }
    assert_eq!(stored(&service).await, before);
    let metrics = service.metrics().await;
    assert!(metrics.contains("threadline_malformed_total{source=\"jira\"} 6"), "{metrics}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_fields_of_tomorrow_are_taken_and_ignored() {
    let service = Service::start().await;
    let bodies = [
        json!({}),
        json!({ "webhookEvent": "sprint_started", "sprint": { "id": 1 } }),
        json!({ "webhookEvent": 7, "issue": "odd", "comment": ["odd"] }),
        json!({ "webhookEvent": "comment_created" }),
        json!({ "webhookEvent": "comment_created", "issue": { "id": {} }, "comment": { "id": null } }),
    ];
    for body in bodies {
        let answer = service.webhook(body.to_string(), None).await;
        assert_eq!(answer.status(), 200, "{body}");
    }
    assert_eq!(service.reasons_of("jira webhook").await, ["ignored"; 5]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_delivery_is_taken_and_dropped() {
    let service = Service::start().await;
    for _ in 0..3 {
        assert_eq!(service.webhook(BODY, Some("one")).await.status(), 200);
    }
    assert_eq!(service.reasons_of("jira webhook").await.len(), 1, "the same identifier");
    assert_eq!(service.webhook(BODY, Some("two")).await.status(), 200);
    assert_eq!(service.reasons_of("jira webhook").await.len(), 2, "another identifier");
    for _ in 0..3 {
        assert_eq!(service.webhook(BODY, None).await.status(), 200);
    }
    assert_eq!(service.reasons_of("jira webhook").await.len(), 3, "the same body, and no identifier");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_is_told_twice_is_one_message() {
    let service = Service::linked().await;
    let world = service.world();
    world.fail_delivery(DeliveryFault::new(DeliveryTrouble::Duplicate));
    world.comment(PEOPLE[0], &service.stage.issue, "Once, please").unwrap();
    world.send_message(PEOPLE[1], &service.stage.chat, "Me too").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 2);
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 2);
    service.stop().await;
}
