use serde_json::{Value, json};

use super::*;
use crate::ambient::{Clock, Millis};
use crate::call::recorder::{FailureCase, Recorder, Reply, Seen, http};
use crate::teams::issuer::settings;

const THREAD: &str = "19:abc@thread.tacv2;messageid=17";

fn bot_token(access: &str) -> Reply {
    (200, json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": access })).into()
}

/// Does `act` with a Connector that answers so, at its own service URL, and tells what it was
/// asked; Entra answers on the same socket.
async fn on_connector<T>(
    replies: Vec<Reply>,
    act: impl AsyncFnOnce(&Client, &str, &ConversationId) -> Result<T, CallError>,
) -> (Vec<Seen>, Result<T, CallError>) {
    let platform = Recorder::start(replies).await;
    let settings = settings(&platform.url());
    let entra = entra::Client::new(http(), &settings, Clock::manual(Millis(0)));
    let client = Client::new(http(), &settings, entra);
    let service_url = format!("{}emea/", platform.url());
    let result = act(&client, &service_url, &ConversationId::new(THREAD)).await;
    (platform.seen(), result)
}

fn hello() -> NewActivity {
    NewActivity::text("Hi <at>Ada</at>", TextFormat::Xml).mentioning(
        "<at>Ada</at>",
        &ObjectId::new("cc-3"),
        "Ada",
    )
}

#[tokio::test]
async fn the_bot_writes_to_a_thread() {
    let replies = vec![bot_token("b1"), (201, json!({ "id": "1795" })).into()];
    let (seen, id) =
        on_connector(replies, async |bot, url, thread| bot.send(url, thread, &hello()).await).await;
    assert_eq!(id.unwrap().as_str(), "1795");
    assert_eq!(
        seen[1].line,
        "POST /emea/v3/conversations/19%3Aabc%40thread.tacv2%3Bmessageid%3D17/activities"
    );
    assert_eq!(seen[1].authorization.as_deref(), Some("Bearer b1"));
    let expected = json!({
        "type": "message", "text": "Hi <at>Ada</at>", "textFormat": "xml",
        "entities": [{
            "type": "mention", "text": "<at>Ada</at>", "mentioned": { "id": "cc-3", "name": "Ada" },
        }],
    });
    assert_eq!(seen[1].json(), expected);
}

#[tokio::test]
async fn the_bot_changes_its_message_deletes_it_and_looks_someone_up() {
    let member = json!({ "id": "29:x", "name": "Ada", "objectId": "CC-3", "email": "x" });
    let replies = vec![
        bot_token("b1"),
        (200, json!({ "id": "1795" })).into(),
        (200, Value::Null).into(),
        (200, member).into(),
    ];
    let (seen, member) = on_connector(replies, async |bot, url, thread| {
        let id = MessageId::new("1795");
        bot.update(url, thread, &id, &NewActivity::card(json!({ "type": "AdaptiveCard" }), "News")).await?;
        bot.delete(url, thread, &id).await?;
        bot.member(url, thread, "29:x").await
    })
    .await;
    assert_eq!(member.unwrap().object_id, Some(ObjectId::new("cc-3")));
    let place = "/emea/v3/conversations/19%3Aabc%40thread.tacv2%3Bmessageid%3D17";
    let lines: Vec<_> = seen.iter().skip(1).map(|seen| seen.line.as_str()).collect();
    let expected = [
        format!("PUT {place}/activities/1795"),
        format!("DELETE {place}/activities/1795"),
        format!("GET {place}/members/29%3Ax"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(seen[1].json()["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(seen[1].json()["text"], Value::Null, "a text beside a card would be a second message");
}

#[tokio::test]
async fn a_token_that_ended_early_is_renewed_once() {
    let replies = vec![
        bot_token("b1"),
        (401, Value::Null).into(),
        bot_token("b2"),
        (201, json!({ "id": "1795" })).into(),
    ];
    let (seen, id) =
        on_connector(replies, async |bot, url, thread| bot.send(url, thread, &hello()).await).await;
    assert!(id.is_ok());
    assert_eq!(seen[3].authorization.as_deref(), Some("Bearer b2"));

    let replies =
        vec![bot_token("b1"), (401, Value::Null).into(), bot_token("b2"), (401, Value::Null).into()];
    let (seen, refused) =
        on_connector(replies, async |bot, url, thread| bot.send(url, thread, &hello()).await).await;
    assert!(matches!(refused, Err(CallError::Misconfigured { .. })), "no person's login is at stake");
    assert_eq!(seen.len(), 4);
}

#[tokio::test]
async fn the_bots_token_goes_to_no_host_that_is_not_listed() {
    let urls = [
        "https://evil.example/",
        "https://127.0.0.1.evil.example/",
        "https://127.0.0.1@evil.example/",
        "http://localhost/",
        "ftp://127.0.0.1/",
        "127.0.0.1",
        "",
    ];
    for url in urls {
        let (seen, result) =
            on_connector(vec![bot_token("b1")], async |bot, _, thread| bot.send(url, thread, &hello()).await)
                .await;
        assert!(matches!(result, Err(CallError::Forbidden { .. })), "{url}: {result:?}");
        assert!(seen.is_empty(), "{url}: not even a token is asked for");
    }
}

#[tokio::test]
async fn a_listed_host_is_spoken_to_over_tls_only_unless_it_is_this_machine() {
    let mut settings = settings(&Url::parse("http://127.0.0.1:1").unwrap());
    settings.service_url_hosts = vec!["SMBA.trafficmanager.net".into(), "localhost".into()];
    let entra = entra::Client::new(http(), &settings, Clock::manual(Millis(0)));
    let client = Client::new(http(), &settings, entra);
    assert!(client.allowed("https://smba.trafficmanager.net/emea/").is_ok());
    assert!(client.allowed("http://localhost:8080/").is_ok());
    assert!(client.allowed("http://smba.trafficmanager.net/emea/").is_err());
}

#[tokio::test]
async fn each_failure_of_the_connector_is_named_by_what_can_be_done_about_it() {
    let error = |code: &str| json!({ "error": { "code": code, "message": "Ada's words" } });
    let blocked =
        json!({ "errorCode": 209, "message": "{\"subCode\":\"MessageWritesBlocked\",\"details\":\"Ada\"}" });
    let cases: Vec<FailureCase> = vec![
        (
            (403, error("BotNotInConversationRoster")).into(),
            |e| matches!(e, CallError::Forbidden { code } if code == "BotNotInConversationRoster"),
        ),
        (
            (403, blocked).into(),
            |e| matches!(e, CallError::Forbidden { code } if code == "MessageWritesBlocked"),
        ),
        (
            (403, json!({ "errorCode": 209, "message": "Ada" })).into(),
            |e| matches!(e, CallError::Forbidden { code } if code == "209"),
        ),
        ((404, error("ConversationNotFound")).into(), |e| matches!(e, CallError::Gone)),
        ((412, error("PreconditionFailed")).into(), |e| {
            matches!(e, CallError::Throttled { retry_after: None })
        }),
        ((413, error("MessageSizeTooBig")).into(), |e| matches!(e, CallError::TooLarge)),
        ((400, error("Bad Argument")).into(), |e| {
            matches!(e, CallError::Refused { status: 400, code: None })
        }),
        (Reply::from((429, error("Throttled"))).header("retry-after", "2"), |e| {
            matches!(e, CallError::Throttled { retry_after: Some(_) })
        }),
        ((502, error("ServiceError")).into(), |e| {
            matches!(e, CallError::OutcomeUnknown { status: Some(502) })
        }),
    ];
    for (case, (reply, expected)) in cases.into_iter().enumerate() {
        let (_, result) = on_connector(vec![bot_token("b1"), reply], async |bot, url, thread| {
            bot.send(url, thread, &hello()).await
        })
        .await;
        let error = result.expect_err("a failure");
        assert!(expected(&error), "case {case}: {error:?}");
        assert!(!format!("{error:?}").contains("Ada"), "no foreign text in errors: {error:?}");
    }
}
