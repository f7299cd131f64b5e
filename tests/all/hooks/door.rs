//! What is believed at the door of the dynamic webhooks.

use serde_json::{Value, json};
use threadline::secret::Secret;
use threadline::stage::{PEOPLE, Stage};

use crate::service::{Service, http};

/// A delivery about a comment, as Jira writes it.
fn body(service: &Service, event: &str, comment: &str) -> Value {
    let (issue, site) = (&service.stage.issue, service.world().urls().site_url().clone());
    let id = service.world().issue(issue).unwrap().id;
    let base = site.as_str().trim_end_matches('/');
    json!({
        "timestamp": 1_795_255_200_000_i64,
        "webhookEvent": event,
        "issue": { "id": id, "key": issue, "self": format!("{base}/rest/api/2/{id}") },
        "comment": {
            "id": comment,
            "self": format!("{base}/rest/api/2/issue/{id}/comment/{comment}"),
            "updated": "2026-11-21T10:00:00.000+0000",
        },
        "matchedWebhookIds": [1],
    })
}

fn secret(service: &Service) -> String {
    service.settings.jira.client_secret.as_ref().map(|secret: &Secret| secret.expose().to_owned()).unwrap()
}

fn token(service: &Service, secret: &str, seconds: i64) -> String {
    let now = service.storage.clock.now().seconds();
    let claims = json!({ "iat": now, "exp": now + seconds });
    format!("Bearer {}", service.world().sign_app_webhook(secret, &claims))
}

async fn knock(service: &Service, path: &str, authorization: Option<&str>, body: &Value) -> u16 {
    let mut request = http().post(service.address(path)).body(body.to_string());
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused_and_nothing_is_stored() {
    let service = Service::linked().await;
    let body = body(&service, "comment_created", "1");
    let (good, secret) = (token(&service, &secret(&service), 60), secret(&service));
    let signature = good.rsplit('.').next().unwrap().to_owned();
    let forged = [
        None,
        Some("Bearer x".to_owned()),
        Some(good.replace("Bearer", "Basic")),
        Some(token(&service, "another secret", 60)),
        Some(token(&service, &secret, -120)),
        // {"alg":"none"}, {"exp":99999999999}
        Some("Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTk5fQ.".to_owned()),
        Some(format!("Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTk5fQ.{signature}")),
    ];
    let before = service.events().await.len();
    for path in ["webhooks/jira".to_owned(), format!("webhooks/jira/{}", service.site)] {
        for forged in &forged {
            let status = knock(&service, &path, forged.as_deref(), &body).await;
            assert_eq!(status, 401, "{path} {forged:?}");
        }
    }
    assert_eq!(service.events().await.len(), before);
    let elsewhere =
        json!({ "webhookEvent": "comment_created", "issue": { "self": "https://x.example/rest/api/2/1" } });
    for path in ["webhooks/jira".to_owned(), format!("webhooks/jira/{}", service.site)] {
        let status = knock(&service, &path, Some(&good), &elsewhere).await;
        assert_eq!(status, 404, "{path}: a token speaks for the site that the body names");
    }
    assert_eq!(knock(&service, "webhooks/jira", Some(&good), &body).await, 200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proof_in_its_headers_no_body_is_read() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let service = Service::linked().await;
    for path in ["webhooks/jira".to_owned(), format!("webhooks/jira/{}", service.site)] {
        let url = service.address(&path);
        let mut wire = tokio::net::TcpStream::connect(&*url.socket_addrs(|| None).unwrap()).await.unwrap();
        let head = format!("POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n");
        wire.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        wire.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 401", "{path}: before one byte of the body was sent");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_looked_at_by_more_than_whom_a_token_names() {
    let service = Service::linked().await;
    let comment = service.world().comment(PEOPLE[0], &service.stage.issue, "Still here").unwrap();
    service.quiet().await;
    service.change("UPDATE message_pair SET comment_author = NULL").await;
    let token = token(&service, &secret(&service), 60);
    let mut lie = body(&service, "comment_updated", &comment);
    lie["user"] = json!({ "accountId": service.world().person(PEOPLE[1]).unwrap().account_id });
    service.world().fail(
        threadline_simulator::Fault::status(404)
            .at_host(threadline_simulator::Host::Api)
            .on("GET", "*/comment/*")
            .times(1),
    );
    assert_eq!(knock(&service, "webhooks/jira", Some(&token), &lie).await, 200);
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1, "whoever can't see it does not decide");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_only_a_token_tells_of_is_looked_after() {
    let service = Service::linked().await;
    let comment = service.world().comment(PEOPLE[0], &service.stage.issue, "Still here").unwrap();
    service.quiet().await;
    let token = token(&service, &secret(&service), 60);
    let lie = body(&service, "comment_deleted", &comment);
    assert_eq!(knock(&service, "webhooks/jira", Some(&token), &lie).await, 200);
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1, "the comment is there, whatever the delivery says");
    // And the true one is not taken for its repetition.
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &comment).unwrap();
    service.quiet().await;
    assert!(service.chat_texts().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_is_one_in_either_order() {
    for token_first in [true, false] {
        let service = Service::linked().await;
        let world = service.world();
        world.remove_webhook(threadline::stage::CLOUD).unwrap();
        let comment = world.comment(PEOPLE[0], &service.stage.issue, "Told by both").unwrap();
        let body = body(&service, "comment_created", &comment);
        let token = token(&service, &secret(&service), 60);
        let signed = Stage::sign(&service.webhook_secret, body.to_string().as_bytes());
        for by_token in [token_first, !token_first] {
            if by_token {
                assert_eq!(knock(&service, "webhooks/jira", Some(&token), &body).await, 200);
            } else {
                let request = service.unsigned_webhook(body.to_string()).header("X-Hub-Signature", &signed);
                assert_eq!(request.send().await.unwrap().status(), 200);
            }
        }
        service.quiet().await;
        assert_eq!(service.chat_texts().len(), 1);
        assert_eq!(service.reasons_of("comment created").await, ["relayed"], "token first: {token_first}");
        service.stop().await;
    }
}
