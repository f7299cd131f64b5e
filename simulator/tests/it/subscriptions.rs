//! What Graph refuses when somebody wants to be told of changes.

use axum::Router;
use axum::extract::Query;
use axum::http::header::CONTENT_TYPE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{SecondsFormat, TimeDelta, Utc};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use url::Url;

use crate::stage::{Stage, read};

/// An endpoint that says the validation token back.
async fn echo() -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = Url::parse(&format!("http://{}/", listener.local_addr().expect("address"))).expect("URL");
    let answer = async |Query(asked): Query<Vec<(String, String)>>| {
        let token = asked.into_iter().next().map(|(_, token)| token).unwrap_or_default();
        ([(CONTENT_TYPE, "text/plain")], token)
    };
    tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
    base
}

fn certificate(algorithm: &'static rcgen::SignatureAlgorithm) -> String {
    let pair = KeyPair::generate_for(algorithm).expect("a key");
    let signed = CertificateParams::default().self_signed(&pair).expect("a certificate");
    STANDARD.encode(signed.der())
}

fn in_minutes(minutes: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "the simulator's clock is the machine's")]
    let now = Utc::now();
    (now + TimeDelta::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn create(stage: &Stage, token: &str, body: &Value) -> (u16, Value) {
    let call = stage.http.post(stage.graph("subscriptions")).bearer_auth(token).json(body);
    read(call.send().await).await
}

/// A good subscription to the stage's chat.
async fn good(stage: &Stage) -> Value {
    let endpoint = echo().await;
    json!({
        "changeType": "created,updated,deleted", "resource": format!("/chats/{}/messages", stage.chat),
        "notificationUrl": endpoint, "lifecycleNotificationUrl": endpoint, "clientState": "ours",
        "expirationDateTime": in_minutes(4319), "includeResourceData": true,
        "encryptionCertificate": certificate(&PKCS_RSA_SHA256), "encryptionCertificateId": "key-1",
        "latestSupportedTlsVersion": "v1_2",
    })
}

#[tokio::test]
async fn a_subscription_is_refused_for_whatever_graph_would_refuse() {
    let stage = Stage::open().await;
    let token = stage.graph_app_token().await;
    let good = good(&stage).await;
    let silent = stage.base.join("webhooks/graph").expect("URL");
    for (changes, status, said) in [
        (json!({"resource": "/me/messages"}), 400, "resource"),
        (json!({"resource": "/chats/19:other@thread.v2/messages"}), 403, "ChatMessage.Read.Chat"),
        (json!({"changeType": "created,renamed"}), 400, "changeType"),
        (json!({"expirationDateTime": in_minutes(4330)}), 400, "4320 minutes"),
        (json!({"expirationDateTime": in_minutes(-1)}), 400, "future"),
        (json!({"lifecycleNotificationUrl": null}), 400, "lifecycleNotificationUrl"),
        (json!({"notificationUrl": "http://threadline.example/"}), 400, "HTTPS"),
        (json!({"notificationUrl": silent}), 400, "HTTP status code is '202'"),
        (json!({"clientState": "x".repeat(129)}), 400, "128"),
        (json!({"encryptionCertificateId": null}), 400, "encryptionCertificateId"),
        (json!({"encryptionCertificate": "AAAA"}), 400, "certificate"),
        (json!({"encryptionCertificate": certificate(&PKCS_ECDSA_P256_SHA256)}), 400, "RSA"),
        (json!({"includeResourceData": false}), 400, "resource data"),
        (json!({"color": "red"}), 400, "'color'"),
    ] {
        let mut body = good.clone();
        let fields = body.as_object_mut().expect("an object");
        fields.extend(changes.as_object().cloned().unwrap_or_default());
        let (got, answer) = create(&stage, &token, &body).await;
        let text = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(got == status && text.contains(said), "{changes}: {got} {text}");
    }
    let (status, _) = create(&stage, &stage.graph_token("Ann"), &good).await;
    assert_eq!(status, 403, "an app's business");
    assert!(stage.simulator.subscriptions().is_empty());
}

#[tokio::test]
async fn there_is_one_subscription_to_a_resource_until_it_ends() {
    let stage = Stage::open().await;
    let token = stage.graph_app_token().await;
    let good = good(&stage).await;
    let (status, made) = create(&stage, &token, &good).await;
    assert_eq!((status, &made["clientState"]), (201, &json!("ours")));
    assert_eq!(create(&stage, &token, &good).await.0, 409);
    let one = stage.graph(&format!("subscriptions/{}", made["id"].as_str().expect("an id")));
    let patch = |body: Value| stage.http.patch(&one).bearer_auth(&token).json(&body).send();
    let (status, refused) = read(patch(json!({"resource": "/chats"})).await).await;
    assert_eq!(status, 400, "{refused}");
    assert_eq!(read(patch(json!({"expirationDateTime": in_minutes(10)})).await).await.0, 200);
    let reauthorize = stage.http.post(format!("{one}/reauthorize")).bearer_auth(&token).send().await;
    assert_eq!(read(reauthorize).await.0, 204);
    stage.simulator.advance(std::time::Duration::from_mins(11));
    assert_eq!(read(patch(json!({"expirationDateTime": in_minutes(30)})).await).await.0, 404, "it has ended");
    let again = json!({"expirationDateTime": in_minutes(60)});
    let mut body = good;
    body.as_object_mut().expect("an object").extend(again.as_object().cloned().unwrap_or_default());
    assert_eq!(create(&stage, &token, &body).await.0, 201);
    assert_eq!(stage.simulator.subscriptions().len(), 1);
}
