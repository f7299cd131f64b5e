//! What each failure means, and what may stand in a path.

use super::*;

#[tokio::test]
async fn each_failure_is_named_by_what_can_be_done_about_it() {
    let errors = |field: &str, text: &str| json!({ "errorMessages": [], "errors": { field: text } });
    let too_long = "Der Text ist zu lang. Er überschreitet das Limit von 32.767 Zeichen.";
    let cases: Vec<FailureCase> = vec![
        ((401, json!({ "code": 401, "message": "Unauthorized; scope does not match" })).into(), |e| {
            matches!(e, CallError::ScopeMissing)
        }),
        ((401, json!({ "code": 401, "message": "Unauthorized" })).into(), |e| {
            matches!(e, CallError::LoginNeeded)
        }),
        ((401, Value::Null).into(), |e| matches!(e, CallError::LoginNeeded)),
        ((403, errors("x", "y")).into(), |e| matches!(e, CallError::Forbidden { .. })),
        ((404, json!({ "errorMessages": ["Es gibt den Vorgang nicht."], "errors": {} })).into(), |e| {
            matches!(e, CallError::Gone)
        }),
        ((410, Value::Null).into(), |e| matches!(e, CallError::Gone)),
        ((413, Value::Null).into(), |e| matches!(e, CallError::TooLarge)),
        ((400, errors("comment", too_long)).into(), |e| matches!(e, CallError::TooLarge)),
        ((400, errors("description", too_long)).into(), |e| matches!(e, CallError::TooLarge)),
        (
            (400, errors("comment", "Comment body can not be empty!")).into(),
            |e| matches!(e, CallError::Refused { status: 400, code: Some(code) } if code == "comment"),
        ),
        (
            (400, errors("customfield_1", "mindestens 10")).into(),
            |e| matches!(e, CallError::Refused { status: 400, code: Some(code) } if code == "customfield_1"),
        ),
        ((400, json!({ "errorMessages": ["INVALID_INPUT"] })).into(), |e| {
            matches!(e, CallError::Refused { status: 400, code: None })
        }),
        ((500, json!("<html>")).into(), |e| matches!(e, CallError::OutcomeUnknown { status: Some(500) })),
        ((302, Value::Null).into(), |e| matches!(e, CallError::Refused { status: 302, .. })),
        (
            Reply::from((429, Value::Null)).header("retry-after", "7"),
            |e| matches!(e, CallError::Throttled { retry_after: Some(wait) } if wait.as_secs() == 7),
        ),
        (
            Reply::from((429, Value::Null))
                .header("date", "Sat, 21 Nov 2026 10:00:00 GMT")
                .header("x-ratelimit-reset", "2026-11-21T10:05Z"),
            |e| matches!(e, CallError::Throttled { retry_after: Some(wait) } if wait.as_secs() == 300),
        ),
        (Reply::from((503, Value::Null)).header("retry-after", "7"), |e| {
            matches!(e, CallError::Throttled { .. })
        }),
        ((503, Value::Null).into(), |e| matches!(e, CallError::OutcomeUnknown { status: Some(503) })),
        ((200, json!({ "displayName": "Ada" })).into(), |e| matches!(e, CallError::Malformed { .. })),
    ];
    for (case, (reply, expected)) in cases.into_iter().enumerate() {
        let (_, result) = on_site(reply, async |site| site.myself().await).await;
        let error = result.err().expect("a failure");
        assert!(expected(&error), "case {case}: {error:?}");
        assert!(!error.to_string().contains("Limit"), "no foreign text in errors: {error}");
    }
}

#[tokio::test]
async fn an_id_from_outside_stays_one_piece_of_the_path() {
    let (seen, _) = on_site((404, Value::Null), async |site| site.issue("../../ABC-1?x=1", &[]).await).await;
    assert_eq!(seen.line, "GET …/issue/..%2F..%2FABC-1%3Fx%3D1");
}
