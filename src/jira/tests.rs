//! What Threadline asks of Jira, word by word, and how it reads the answers.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::ambient::Millis;
use crate::call::CallError;
use crate::call::recorder::{FailureCase, Recorder, Reply, Seen, http};
use crate::ids::{CloudId, CommentId, IssueId, ProjectId};
use crate::secret::Secret;

fn client(platform: &Recorder) -> Client {
    let settings = Settings {
        auth_url: platform.url(),
        api_url: platform.url(),
        client_id: "app".into(),
        client_secret: Secret::new("hush"),
    };
    Client::new(http(), settings)
}

/// Does `act` on a site that answers once, and tells what it asked and got.
async fn on_site<T>(
    reply: impl Into<Reply>,
    act: impl AsyncFnOnce(Site<'_>) -> Result<T, CallError>,
) -> (Seen, Result<T, CallError>) {
    let platform = Recorder::start([reply]).await;
    let (cloud, access) = (CloudId::new("11-22"), Secret::new("token"));
    let result = act(client(&platform).site(&cloud, &access)).await;
    let seen = platform.only();
    assert_eq!(seen.authorization.as_deref(), Some("Bearer token"));
    (Seen { line: seen.line.replace("/ex/jira/11-22/rest/api/3", "…"), ..seen }, result)
}

fn issue() -> IssueId {
    IssueId::new("10042")
}

fn adf() -> Value {
    json!({ "type": "doc", "version": 1, "content": [] })
}

fn wire_comment() -> Value {
    json!({
        "id": "10100", "body": adf(), "jsdPublic": false,
        "author": { "accountId": "5b10", "displayName": "Ada", "emailAddress": "x" },
        "created": "2026-11-21T10:00:00.000+0000", "updated": "2026-11-21T11:00:00.500+0100",
        "visibility": { "type": "role", "value": "Developers", "identifier": "Developers" },
        "properties": [{ "key": "other", "value": 1 }, { "key": "threadline.origin", "value": { "m": "17" } }],
    })
}

#[tokio::test]
async fn a_login_asks_for_consent_with_the_scopes_it_needs() {
    let platform = Recorder::start::<Reply>([]).await;
    let callback = Url::parse("https://threadline.example/login/jira/callback").unwrap();
    let url = client(&platform).authorize_url(&callback, "st&te");
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("audience", "api.atlassian.com"),
        ("client_id", "app"),
        ("scope", "read:jira-work write:jira-work read:jira-user offline_access"),
        ("redirect_uri", callback.as_str()),
        ("state", "st&te"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(url.path(), "/authorize");

    let with_webhooks = client(&platform).authorize_url_with(&callback, "s", &[WEBHOOK_SCOPE]);
    assert!(with_webhooks.as_str().contains("offline_access+manage%3Ajira-webhook"));
}

#[tokio::test]
async fn a_code_is_exchanged_in_json_and_no_token_type_is_missed() {
    let tokens = json!({
        "access_token": "a1", "refresh_token": "r1", "expires_in": 3600,
        "scope": "read:jira-work offline_access",
    });
    let platform = Recorder::start([(200, tokens)]).await;
    let callback = Url::parse("https://threadline.example/cb").unwrap();
    let tokens = client(&platform).exchange_code("c1", &callback).await.unwrap();
    assert_eq!(tokens.access.expose(), "a1");
    assert_eq!(tokens.refresh.unwrap().expose(), "r1");
    assert_eq!(tokens.expires_in, Duration::from_hours(1));
    assert_eq!(tokens.scopes, ["read:jira-work", "offline_access"]);
    let seen = platform.only();
    assert_eq!(seen.line, "POST /oauth/token");
    let expected = json!({
        "grant_type": "authorization_code", "client_id": "app", "client_secret": "hush",
        "code": "c1", "redirect_uri": "https://threadline.example/cb",
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn a_refresh_sends_the_old_token_and_a_dead_one_needs_a_login() {
    let refusal =
        json!({ "error": "invalid_grant", "error_description": "Unknown or invalid refresh token." });
    let platform = Recorder::start([(403, refusal)]).await;
    let error = client(&platform).refresh(&Secret::new("r0")).await.err().unwrap();
    assert!(matches!(error, CallError::LoginNeeded), "{error:?}");
    let expected = json!({
        "grant_type": "refresh_token", "client_id": "app", "client_secret": "hush", "refresh_token": "r0",
    });
    assert_eq!(platform.only().json(), expected);
}

#[tokio::test]
async fn a_login_knows_the_sites_it_may_use() {
    let sites = json!([{
        "id": "11-22", "name": "example", "url": "https://example.atlassian.net",
        "scopes": ["read:jira-work"], "avatarUrl": "https://x/y.png",
    }]);
    let platform = Recorder::start([(200, sites)]).await;
    let sites = client(&platform).accessible_resources(&Secret::new("token")).await.unwrap();
    assert_eq!(sites.len(), 1);
    assert_eq!(sites[0].cloud_id.as_str(), "11-22");
    assert_eq!(sites[0].url.as_str(), "https://example.atlassian.net/");
    assert_eq!(platform.only().line, "GET /oauth/token/accessible-resources");
}

#[tokio::test]
async fn a_comment_is_read_with_what_decides_who_may_see_it() {
    let (seen, comment) =
        on_site((200, wire_comment()), async |site| site.comment(&issue(), &CommentId::new("10100")).await)
            .await;
    assert_eq!(seen.line, "GET …/issue/10042/comment/10100");
    assert!(seen.has("expand", "properties"));
    let comment = comment.unwrap();
    assert_eq!(comment.author.unwrap().account_id.as_str(), "5b10");
    assert_eq!(comment.created, Millis(1_795_255_200_000));
    assert_eq!(comment.updated, Millis(1_795_255_200_500));
    assert_eq!(comment.jsd_public, Some(false));
    assert_eq!(comment.visibility.unwrap().kind, VisibilityKind::Role);
    assert_eq!(comment.origin, Some(json!({ "m": "17" })));
}

#[tokio::test]
async fn a_comment_by_nobody_in_particular_is_still_a_comment() {
    let wire = json!({
        "id": "1", "body": adf(), "visibility": { "type": "sect", "value": "x" },
        "created": "2026-11-21T10:00:00.000+0000", "updated": "2026-11-21T10:00:00.000+0000",
    });
    let (_, comment) =
        on_site((200, wire), async |site| site.comment(&issue(), &CommentId::new("1")).await).await;
    let comment = comment.unwrap();
    assert!(comment.author.is_none());
    assert_eq!(comment.visibility.unwrap().kind, VisibilityKind::Other, "restricted all the same");
    assert_eq!(comment.origin, None);
}

#[tokio::test]
async fn the_comment_that_a_comment_answers_is_a_number_or_a_text_or_nothing() {
    for (told, read) in [
        (json!(10_099), Some("10099")),
        (json!("10099"), Some("10099")),
        (Value::Null, None),
        (json!({}), None),
        (json!(""), None),
    ] {
        let mut wire = wire_comment();
        wire["parentId"] = told;
        let (_, comment) =
            on_site((200, wire), async |site| site.comment(&issue(), &CommentId::new("10100")).await).await;
        assert_eq!(comment.unwrap().parent, read.map(CommentId::new));
    }
}

/// Lists the comments since 10:00 of a Jira with these pages: moments and the total that each one
/// tells. Answers how many came, whether those are all, and where each page began.
async fn listed(pages: &[(&[&str], Option<usize>)]) -> (usize, bool, Vec<String>) {
    let replies = pages.iter().map(|(moments, total)| {
        let comments = moments.iter().map(|moment| {
            let mut comment = wire_comment();
            comment["created"] = json!(format!("2026-11-21T{moment}:00.000+0000"));
            comment
        });
        (200, json!({ "comments": comments.collect::<Vec<_>>(), "total": total }))
    });
    let platform = Recorder::start(replies).await;
    let (cloud, access) = (CloudId::new("11-22"), Secret::new("token"));
    let client = client(&platform);
    let ten = Millis(1_795_255_200_000);
    let (found, all) = client.site(&cloud, &access).comments_since(&issue(), ten).await.unwrap();
    assert!(found.iter().all(|comment| comment.body.is_null()), "their texts are nobody's business");
    let seen = platform.seen();
    for page in &seen {
        assert!(page.line.ends_with("/issue/10042/comment") && page.has("orderBy", "-created"));
        assert!(page.has("maxResults", "100") && page.has("expand", "properties"));
    }
    let start = |page: &Seen| page.query.iter().find(|(name, _)| name == "startAt").unwrap().1.clone();
    (found.len(), all, seen.iter().map(start).collect())
}

#[tokio::test]
async fn comments_are_listed_newest_first_until_they_are_older() {
    let starts = |starts: &[&str]| starts.iter().map(|&start| start.to_owned()).collect::<Vec<_>>();
    let older: &[&str] = &["10:01", "09:59"];
    let newer: &[&str] = &["10:03", "10:02"];
    assert_eq!(listed(&[(older, Some(200))]).await, (2, true, starts(&["0"])));
    assert_eq!(listed(&[(newer, Some(200)), (older, Some(200))]).await, (4, true, starts(&["0", "2"])));
    assert_eq!(listed(&[(newer, Some(2))]).await, (2, true, starts(&["0"])), "there are no more");
    assert_eq!(listed(&[(newer, None), (&[], None)]).await, (2, true, starts(&["0", "2"])));
    let deleted = listed(&[(newer, Some(200)), (older, Some(199))]).await;
    assert_eq!(deleted, (4, false, starts(&["0", "2"])), "one has slipped past");
}

/// What Jira answers when it has written a comment.
fn written() -> Value {
    json!({ "id": "10100", "created": "2026-11-21T09:00:00.000+0000", "updated": "2026-11-21T10:00:00.123+0000" })
}

#[tokio::test]
async fn a_comment_is_written_with_its_origin_and_hidden_from_customers_if_asked() {
    for internal in [false, true] {
        let comment = NewComment { body: adf(), origin: json!({ "m": "17" }), internal };
        let (seen, id) =
            on_site((201, written()), async |site| site.add_comment(&issue(), &comment).await).await;
        assert_eq!(id.unwrap().id.as_str(), "10100");
        assert_eq!(seen.line, "POST …/issue/10042/comment");
        let mut properties = vec![json!({ "key": "threadline.origin", "value": { "m": "17" } })];
        if internal {
            properties.push(json!({ "key": "sd.public.comment", "value": { "internal": true } }));
        }
        assert_eq!(seen.json(), json!({ "body": adf(), "properties": properties }));
    }
}

#[tokio::test]
async fn an_edit_sends_the_text_alone_and_a_deletion_nothing() {
    let comment = CommentId::new("10100");
    let (seen, edited) =
        on_site((200, written()), async |site| site.update_comment(&issue(), &comment, &adf(), None).await)
            .await;
    assert_eq!(edited.unwrap().updated, Millis(1_795_255_200_123), "the stamp of our own change");
    assert_eq!(seen.line, "PUT …/issue/10042/comment/10100");
    assert_eq!(seen.json(), json!({ "body": adf() }));

    let (seen, deleted) =
        on_site((204, Value::Null), async |site| site.delete_comment(&issue(), &comment).await).await;
    deleted.unwrap();
    assert_eq!(seen.line, "DELETE …/issue/10042/comment/10100");
}

#[tokio::test]
async fn an_issue_is_read_with_its_project_and_its_security_level() {
    let wire = json!({
        "id": "10042", "key": "ABC-1", "self": "https://api.example/rest/api/3/issue/10042",
        "fields": {
            "project": { "id": "10001", "key": "ABC", "projectTypeKey": "service_desk" },
            "security": { "id": "1" }, "summary": "S",
        },
    });
    let (seen, issue) = on_site((200, wire), async |site| site.issue("ABC-1", &["summary"]).await).await;
    assert_eq!(seen.line, "GET …/issue/ABC-1");
    assert!(seen.has("fields", "project,security,summary"));
    let issue = issue.unwrap();
    assert!(issue.project_is_service_desk && issue.has_security_level);
    assert_eq!(issue.project_id.as_str(), "10001");
    assert_eq!((issue.project_key.as_str(), issue.summary.as_deref()), ("ABC", Some("S")));
}

#[tokio::test]
async fn an_issue_without_a_security_level_says_so_in_two_ways() {
    for security in [json!({}), json!({ "security": null })] {
        let mut fields = json!({ "project": { "id": "10001", "key": "ABC", "projectTypeKey": "software" } });
        fields.as_object_mut().unwrap().extend(security.as_object().unwrap().clone());
        let wire = json!({ "id": "10042", "key": "ABC-1", "fields": fields });
        let (_, issue) = on_site((200, wire), async |site| site.issue("10042", &[]).await).await;
        let issue = issue.unwrap();
        assert!(!issue.has_security_level && !issue.project_is_service_desk);
    }
}

#[tokio::test]
async fn an_issue_is_created_with_its_origin() {
    let new = NewIssue {
        project_key: "ABC".into(),
        issue_type: IssueTypeRef::Name("Bug".into()),
        summary: "It fails".into(),
        description: Some(adf()),
        origin: json!({ "m": "17" }),
    };
    let (seen, created) =
        on_site((201, json!({ "id": "10042", "key": "ABC-1", "self": "x" })), async |site| {
            site.create_issue(&new).await
        })
        .await;
    assert_eq!(created.unwrap().key.as_str(), "ABC-1");
    assert_eq!(seen.line, "POST …/issue");
    let expected = json!({
        "fields": {
            "project": { "key": "ABC" }, "issuetype": { "name": "Bug" },
            "summary": "It fails", "description": adf(),
        },
        "properties": [{ "key": "threadline.origin", "value": { "m": "17" } }],
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn before_creating_again_the_callers_recent_issues_are_looked_at() {
    let found = json!({ "isLast": true, "issues": [
        { "id": "10042", "key": "ABC-1", "fields": {}, "properties": { "threadline.origin": { "m": "17" } } },
        { "id": "10041", "key": "ABC-0", "fields": {} },
    ] });
    let (seen, issues) =
        on_site((200, found), async |site| site.recent_issues("ABC", Duration::from_mins(15)).await).await;
    let issues = issues.unwrap();
    assert_eq!(issues[0].origin, Some(json!({ "m": "17" })));
    assert_eq!(issues[1].origin, None);
    assert_eq!(seen.line, "POST …/search/jql");
    let expected = json!({
        "jql": "project = \"ABC\" AND creator = currentUser() AND created >= -15m ORDER BY created DESC",
        "maxResults": 50, "fields": ["key", "created"], "properties": ["threadline.origin"],
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn a_property_that_is_not_set_is_no_failure() {
    let (seen, value) = on_site((404, json!({ "errorMessages": ["…"], "errors": {} })), async |site| {
        site.issue_property(&issue(), "threadline.chats").await
    })
    .await;
    assert_eq!(value.unwrap(), None);
    assert_eq!(seen.line, "GET …/issue/10042/properties/threadline.chats");

    let (seen, set) = on_site((201, Value::Null), async |site| {
        site.set_issue_property(&issue(), "threadline.chats", &json!({ "n": 1 })).await
    })
    .await;
    set.unwrap();
    assert_eq!(
        (seen.line.as_str(), seen.json()),
        ("PUT …/issue/10042/properties/threadline.chats", json!({ "n": 1 }))
    );
}

#[tokio::test]
async fn an_issue_shows_its_chat_as_a_link() {
    let link = RemoteLink {
        global_id: "threadline=link_1".into(),
        url: Url::parse("https://teams.microsoft.com/l/chat/19").unwrap(),
        title: "Chat".into(),
        summary: None,
    };
    let (seen, put) =
        on_site((201, json!({ "id": 1 })), async |site| site.put_remote_link(&issue(), &link).await).await;
    put.unwrap();
    assert_eq!(seen.line, "POST …/issue/10042/remotelink");
    assert_eq!(seen.json()["globalId"], "threadline=link_1");
    assert_eq!(seen.json()["object"]["url"], "https://teams.microsoft.com/l/chat/19");
}

#[tokio::test]
async fn a_form_for_a_new_issue_learns_projects_types_and_fields() {
    let page = json!({ "values": [{ "id": "1", "key": "ABC", "name": "Abacus" }], "isLast": true });
    let (seen, projects) = on_site((200, page), async |site| site.projects("ab").await).await;
    assert_eq!(projects.unwrap()[0].key, "ABC");
    assert!(seen.has("query", "ab") && seen.has("action", "create"));

    for name in ["issueTypes", "createMetaIssueType"] {
        let page = json!({ name: [{ "id": "7", "name": "Bug", "subtask": false }], "total": 1 });
        let (seen, types) = on_site((200, page), async |site| site.issue_types("ABC").await).await;
        assert_eq!(types.unwrap()[0].id, "7");
        assert_eq!(seen.line, "GET …/issue/createmeta/ABC/issuetypes");
    }
    for name in ["fields", "results"] {
        let page = json!({ name: [
            { "fieldId": "summary", "key": "summary", "name": "Summary", "required": true },
            { "fieldId": "priority", "required": true, "hasDefaultValue": true },
        ] });
        let (seen, fields) = on_site((200, page), async |site| site.create_fields("ABC", "7").await).await;
        let needed: Vec<_> = fields.unwrap().into_iter().map(|f| (f.must_be_given(), f.field_id)).collect();
        assert_eq!(needed, [(true, "summary".to_owned()), (false, "priority".to_owned())]);
        assert_eq!(seen.line, "GET …/issue/createmeta/ABC/issuetypes/7");
    }
}

#[tokio::test]
async fn who_administers_a_project_is_told_by_jira_and_silence_means_no() {
    let told = |have: bool| json!({ "permissions": { "ADMINISTER_PROJECTS": { "havePermission": have } } });
    for (status, answer, expected) in [
        (200, told(true), true),
        (200, told(false), false),
        (200, json!({ "permissions": {} }), false),
        (404, json!({ "errorMessages": ["No project could be found."] }), false),
    ] {
        let (seen, may) =
            on_site((status, answer), async |site| site.administers(&ProjectId::new("10001")).await).await;
        assert_eq!(may.unwrap(), expected);
        assert_eq!(seen.line, "GET …/mypermissions");
        assert!(seen.has("projectId", "10001") && seen.has("permissions", "ADMINISTER_PROJECTS"));
    }
}

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

#[tokio::test]
async fn a_file_is_added_as_a_part_and_past_the_guard_against_forgery() {
    let file = NewAttachment {
        filename: "plan.pdf".into(),
        media_type: "application/pdf".into(),
        body: "bytes".into(),
        length: Some(5),
        time: Duration::from_secs(5),
    };
    let (seen, id) =
        on_site((200, json!([{ "id": "10007" }])), async |site| site.add_attachment(&issue(), file).await)
            .await;
    assert_eq!(id.unwrap().as_str(), "10007");
    assert_eq!(seen.line, "POST …/issue/10042/attachments");
    let body = String::from_utf8_lossy(&seen.body).into_owned();
    assert!(body.contains("name=\"file\"; filename=\"plan.pdf\"") && body.contains("bytes"), "{body}");
}

#[tokio::test]
async fn the_files_of_an_issue_and_of_a_comment_are_read() {
    let file = json!({
        "id": "10007", "filename": "plan.pdf", "mimeType": "application/pdf", "size": 5,
        "created": "2026-11-21T10:00:00.000+0000", "author": { "accountId": "5b10" },
    });
    let answer = json!({ "id": "10042", "key": "ABC-1", "fields": { "attachment": [file] } });
    let (seen, files) = on_site((200, answer), async |site| site.attachments(&issue()).await).await;
    assert!(seen.has("fields", "attachment"));
    assert_eq!(files.unwrap()[0].size, 5);
    let answer = json!({ "id": "7", "renderedBody": "<img src=\"/rest/api/3/attachment/content/10007\">" });
    let (seen, shown) =
        on_site((200, answer), async |site| site.files_in_comment(&issue(), &CommentId::new("7")).await)
            .await;
    assert!(seen.has("expand", "renderedBody"));
    assert_eq!(shown.unwrap().len(), 1);
}
