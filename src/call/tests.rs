use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::answer::fetch;
use super::recorder::{FailureCase, Recorder, Reply, http};
use super::{CallError, token};

/// A platform that reads a request, says `answer`, and hangs up.
async fn hangs_up_after(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await;
        socket.write_all(answer).await.unwrap();
    });
    address
}

async fn failure_of(url: &str) -> CallError {
    fetch(http().post(url)).await.err().expect("a failure")
}

#[tokio::test]
async fn a_request_that_found_nobody_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/secret-path", listener.local_addr().unwrap());
    drop(listener);
    let error = failure_of(&address).await;
    assert!(matches!(error, CallError::NotSent(_)), "{error:?}");
    assert!(!format!("{error:?}").contains("secret-path"), "an address may hold ids: {error:?}");
}

#[tokio::test]
async fn a_request_whose_answer_was_cut_off_may_have_worked() {
    for answer in [b"".as_slice(), b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":"] {
        let address = hangs_up_after(answer).await;
        let error = failure_of(&address).await;
        assert!(matches!(error, CallError::OutcomeUnknown { status: None }), "{error:?}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let reply = Reply::from((200, json!("x".repeat(9 * 1024 * 1024))));
    let platform = Recorder::start([reply]).await;
    let error = failure_of(platform.url().as_str()).await;
    assert!(matches!(error, CallError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_token_endpoint_tells_a_lost_login_from_a_wrong_configuration() {
    let refusal = |status: u16, error: &str| Reply::from((status, json!({ "error": error })));
    let cases: [FailureCase; 13] = [
        (refusal(400, "invalid_grant"), |e| matches!(e, CallError::LoginNeeded)),
        (refusal(403, "invalid_grant"), |e| matches!(e, CallError::LoginNeeded)),
        (refusal(400, "interaction_required"), |e| matches!(e, CallError::LoginNeeded)),
        (refusal(400, "invalid_client"), |e| matches!(e, CallError::Misconfigured { .. })),
        (refusal(401, "invalid_client"), |e| matches!(e, CallError::Misconfigured { .. })),
        (refusal(400, "unauthorized_client"), |e| matches!(e, CallError::Misconfigured { .. })),
        (refusal(401, "access_denied"), |e| matches!(e, CallError::Misconfigured { .. })),
        (refusal(400, "temporarily_unavailable"), |e| matches!(e, CallError::Throttled { .. })),
        (
            refusal(400, "invalid_request"),
            |e| matches!(e, CallError::Refused { status: 400, code: Some(code) } if code == "invalid_request"),
        ),
        (refusal(400, "someone's secret, echoed"), |e| matches!(e, CallError::Refused { code: None, .. })),
        ((429, Value::Null).into(), |e| matches!(e, CallError::Throttled { .. })),
        ((500, Value::Null).into(), |e| matches!(e, CallError::OutcomeUnknown { status: Some(500) })),
        ((200, json!({ "access_token": "a" })).into(), |e| matches!(e, CallError::Malformed { .. })),
    ];
    for (case, (reply, expected)) in cases.into_iter().enumerate() {
        let platform = Recorder::start([reply]).await;
        let answer = fetch(http().post(platform.url())).await.unwrap();
        let error = token::read(&answer).err().expect("a refusal");
        assert!(expected(&error), "case {case}: {error:?}");
    }
}
