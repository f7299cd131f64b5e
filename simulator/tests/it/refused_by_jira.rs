//! What Jira and Atlassian's login refuse, in their own words.

use serde_json::{Value, json};
use threadline_simulator::{CommentDraft, IssueDraft};

use crate::stage::{CALLBACK, CLOUD, Stage, adf, read};

async fn token_call(stage: &Stage, body: &Value) -> (u16, Value) {
    let url = stage.simulator.urls().auth_url.join("oauth/token").expect("URL");
    read(stage.http.post(url).json(body).send().await).await
}

async fn comment(stage: &Stage, token: &str, body: &Value) -> (u16, Value) {
    let url = stage.jira(&format!("issue/{}/comment", stage.issue));
    read(stage.http.post(url).bearer_auth(token).json(body).send().await).await
}

#[tokio::test]
async fn a_wrong_secret_code_or_refresh_token_gets_no_tokens() {
    let stage = Stage::open().await;
    let mut asked = json!({"grant_type": "authorization_code", "client_id": "jira-client",
        "client_secret": "wrong", "code": "none", "redirect_uri": CALLBACK});
    let (status, body) = token_call(&stage, &asked).await;
    assert_eq!((status, &body["error"]), (401, &json!("access_denied")));
    asked["client_secret"] = "jira-secret".into();
    let (status, body) = token_call(&stage, &asked).await;
    assert_eq!((status, &body["error_description"]), (400, &json!("authorization_code is invalid")));
    let refresh = json!({"grant_type": "refresh_token", "client_id": "jira-client",
        "client_secret": "jira-secret", "refresh_token": "none"});
    let (status, body) = token_call(&stage, &refresh).await;
    assert_eq!((status, &body["error"]), (403, &json!("invalid_grant")));
    let url = stage.simulator.urls().auth_url.join("oauth/token").expect("URL");
    let (status, _) = read(stage.http.post(url).form(&[("grant_type", "refresh_token")]).send().await).await;
    assert_eq!(status, 415, "the exchange takes JSON only");
}

#[tokio::test]
async fn a_refresh_token_rotates_and_its_late_reuse_kills_the_family() {
    let stage = Stage::open().await;
    let (_, first) = stage.simulator.issue_jira_tokens("Ann", "read:jira-work").expect("tokens");
    let refresh = |token: &str| {
        json!({"grant_type": "refresh_token", "client_id": "jira-client",
            "client_secret": "jira-secret", "refresh_token": token})
    };
    let (status, second) = token_call(&stage, &refresh(&first)).await;
    assert_eq!(status, 200);
    assert_ne!(second["refresh_token"], json!(first));
    let (status, _) = token_call(&stage, &refresh(&first)).await;
    assert_eq!(status, 200, "within ten minutes the old one still works");
    stage.simulator.advance(std::time::Duration::from_mins(11));
    let (status, _) = token_call(&stage, &refresh(&first)).await;
    assert_eq!(status, 403, "after that its reuse is a breach");
    let newest = second["refresh_token"].as_str().expect("a token");
    let (status, _) = token_call(&stage, &refresh(newest)).await;
    assert_eq!(status, 403, "and the whole family is dead");
}

#[tokio::test]
async fn a_login_with_a_foreign_callback_gets_a_page_and_no_redirect() {
    let stage = Stage::open().await;
    let mut url = stage.simulator.urls().auth_url.join("authorize").expect("URL");
    url.query_pairs_mut().extend_pairs([
        ("audience", "api.atlassian.com"),
        ("client_id", "jira-client"),
        ("scope", "read:me"),
        ("redirect_uri", "http://127.0.0.1:9/elsewhere"),
        ("response_type", "code"),
    ]);
    let answer = stage.http.get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.expect("a page").contains("redirect_uri is not registered"));
}

#[tokio::test]
async fn a_denied_consent_goes_back_with_access_denied() {
    let stage = Stage::open().await;
    let url = stage.simulator.urls().auth_url.join("authorize").expect("URL");
    let form = [
        ("audience", "api.atlassian.com"),
        ("client_id", "jira-client"),
        ("scope", "read:me"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("state", "s"),
        ("person", "Ann"),
        ("decision", "deny"),
    ];
    let answer = stage.http.post(url).form(&form).send().await.expect("an answer");
    let location = answer.headers()["location"].to_str().expect("text");
    assert!(location.starts_with(CALLBACK) && location.contains("error=access_denied&"), "{location}");
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_so_with_401() {
    let stage = Stage::open().await;
    let (token, _) = stage.simulator.issue_jira_tokens("Ann", "read:jira-work").expect("tokens");
    let (status, body) = comment(&stage, &token, &json!({"body": adf("x")})).await;
    assert_eq!(status, 401);
    assert_eq!(body, json!({"code": 401, "message": "Unauthorized; scope does not match"}));
    let (status, body) = comment(&stage, "unknown", &json!({"body": adf("x")})).await;
    assert_eq!((status, body), (401, json!({"code": 401, "message": "Unauthorized"})));
    stage.simulator.expire_access_tokens("Ann").expect("expired");
    let (status, _) = comment(&stage, &token, &json!({"body": adf("x")})).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_comment_that_is_no_valid_document_is_refused() {
    let stage = Stage::open().await;
    let token = stage.jira_token("Ann");
    for (body, error) in [
        (json!({"body": "plain"}), "Comment body is not valid!"),
        (json!({"body": {"type": "doc", "version": 1, "content": []}}), "Comment body can not be empty!"),
        (json!({"body": adf("")}), "INVALID_INPUT"),
        (
            json!({"body": adf(&"x".repeat(32_768))}),
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters.",
        ),
    ] {
        let (status, answer) = comment(&stage, &token, &body).await;
        assert_eq!((status, &answer["errors"]["comment"]), (400, &json!(error)));
    }
    let url = stage.jira(&format!("issue/{}/comment", stage.issue));
    let sent = stage.http.post(url.clone()).bearer_auth(&token).body("x").send().await;
    assert_eq!(
        sent.as_ref().expect("an answer").headers()["content-type"],
        "application/problem+json;charset=UTF-8"
    );
    assert_eq!(read(sent).await.0, 415);
    let broken = stage.http.post(url).bearer_auth(&token).header("content-type", "application/json");
    let (status, answer) = read(broken.body("{").send().await).await;
    assert_eq!(status, 400);
    assert!(answer.get("errors").is_none());
    assert!(stage.simulator.comments(&stage.issue).is_empty(), "nothing was stored");
}

#[tokio::test]
async fn only_the_author_edits_a_comment() {
    let stage = Stage::open().await;
    let id = stage.simulator.comment("Ann", &stage.issue, "mine").expect("commented");
    let url = stage.jira(&format!("issue/{}/comment/{id}", stage.issue));
    let body = json!({"body": adf("yours")});
    let ben = stage.jira_token("Ben");
    let (status, _) = read(stage.http.put(url.clone()).bearer_auth(&ben).json(&body).send().await).await;
    assert_eq!(status, 400, "not 403: so says the OpenAPI document");
    let ann = stage.jira_token("Ann");
    let (status, _) = read(stage.http.put(url.clone()).bearer_auth(&ann).json(&body).send().await).await;
    assert_eq!(status, 200);
    let (status, _) = read(stage.http.delete(url.clone()).bearer_auth(&ann).send().await).await;
    assert_eq!(status, 204);
    let (status, _) = read(stage.http.get(url).bearer_auth(&ann).send().await).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn hidden_issues_and_restricted_comments_are_absent_for_others() {
    let stage = Stage::open().await;
    stage.simulator.add_to_role(CLOUD, "Administrators", "Ann").expect("a role");
    let secret = CommentDraft::text("secret").for_role("Administrators");
    stage.simulator.comment("Ann", &stage.issue, secret.clone()).expect("commented");
    assert!(stage.simulator.comment("Ben", &stage.issue, secret).is_err(), "Ben is not in the role");
    let ben = stage.jira_token("Ben");
    let url = stage.jira(&format!("issue/{}/comment", stage.issue));
    let (_, list) = read(stage.http.get(url.clone()).bearer_auth(&ben).send().await).await;
    assert_eq!(list["total"], 0);
    stage.simulator.restrict_issue(&stage.issue, "Staff", &["Ann"]).expect("restricted");
    let (status, body) = read(stage.http.get(url).bearer_auth(&ben).send().await).await;
    assert_eq!(status, 404);
    assert_eq!(body["errorMessages"][0], "Issue does not exist or you do not have permission to see it.");
}

#[tokio::test]
async fn an_issue_needs_its_fields_and_knows_no_others() {
    let stage = Stage::open().await;
    let token = stage.jira_token("Ann");
    let url = stage.jira("issue");
    let fields = json!({"project": {"key": "ABC"}, "issuetype": {"name": "Task"}, "summary": "s"});
    let (status, made) =
        read(stage.http.post(url.clone()).bearer_auth(&token).json(&json!({"fields": fields})).send().await)
            .await;
    assert_eq!((status, &made["key"]), (201, &json!("ABC-2")));
    for (change, field) in [
        (json!({"project": {"key": "NONE"}}), "project"),
        (json!({"issuetype": {"name": "Request"}}), "issuetype"),
        (json!({"summary": ""}), "summary"),
        (json!({"summary": "a\nb"}), "summary"),
        (json!({"summary": "x".repeat(256)}), "summary"),
        (json!({"description": "plain"}), "description"),
        (json!({"colour": "red"}), "colour"),
    ] {
        let mut changed = fields.clone();
        for (name, value) in change.as_object().expect("an object") {
            changed[name] = value.clone();
        }
        let body = json!({"fields": changed});
        let (status, answer) =
            read(stage.http.post(url.clone()).bearer_auth(&token).json(&body).send().await).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["errors"][field].is_string(), "{field}: {answer}");
    }
}

#[tokio::test]
async fn unknown_paths_methods_and_sites_are_refused() {
    let stage = Stage::open().await;
    let token = stage.jira_token("Ann");
    let (status, body) = read(stage.http.get(stage.jira("nowhere")).bearer_auth(&token).send().await).await;
    assert_eq!((status, &body["code"]), (404, &json!(404)));
    let (status, _) =
        read(stage.http.patch(stage.jira("issue/ABC-1")).bearer_auth(&token).send().await).await;
    assert_eq!(status, 405);
    let (status, _) = read(stage.http.get(stage.jira("search?jql=x")).bearer_auth(&token).send().await).await;
    assert_eq!(status, 410, "the old search is gone");
    let other = stage.simulator.urls().api_url.join("ex/jira/other/rest/api/3/myself").expect("URL");
    let (status, _) = read(stage.http.get(other).bearer_auth(&token).send().await).await;
    assert_eq!(status, 404, "the grant does not cover this site");
    let direct = stage.simulator.urls().site_url.join("rest/api/3/myself").expect("URL");
    let (status, body) = read(stage.http.get(direct).bearer_auth(&token).send().await).await;
    assert_eq!((status, &body["error"]), (403, &json!("Failed to parse Connect Session Auth Token")));
}

#[tokio::test]
async fn a_search_is_bounded_and_takes_known_properties_only() {
    let stage = Stage::open().await;
    stage.simulator.create_issue("Ann", IssueDraft::new("ABC", "second")).expect("an issue");
    let token = stage.jira_token("Ann");
    let search = async |body: Value| {
        read(stage.http.post(stage.jira("search/jql")).bearer_auth(&token).json(&body).send().await).await
    };
    let (status, found) = search(json!({"jql": "project = ABC order by created desc, key desc",
        "fields": ["summary"], "maxResults": 1}))
    .await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(found["issues"][0]["fields"], json!({"summary": "second"}));
    assert_eq!(found["isLast"], false);
    let (_, bare) = search(json!({"jql": "key = ABC-1"})).await;
    assert_eq!(bare["issues"][0].as_object().expect("an issue").len(), 1, "only the id");
    assert_eq!(search(json!({"jql": "order by key"})).await.0, 400);
    assert_eq!(search(json!({"jql": "project = ABC", "startAt": 0})).await.0, 400);
}

#[tokio::test]
async fn a_remote_link_is_replaced_by_its_global_id() {
    let stage = Stage::open().await;
    let token = stage.jira_token("Ann");
    let url = stage.jira(&format!("issue/{}/remotelink", stage.issue));
    let link =
        |title: &str| json!({"globalId": "chat=1", "object": {"url": "https://example.com", "title": title}});
    let post = async |body: Value| {
        read(stage.http.post(url.clone()).bearer_auth(&token).json(&body).send().await).await.0
    };
    assert_eq!(post(link("one")).await, 201);
    assert_eq!(post(link("two")).await, 200);
    assert_eq!(post(json!({"object": {"url": "https://example.com"}})).await, 400);
    let (_, list) = read(stage.http.get(url.clone()).bearer_auth(&token).send().await).await;
    assert_eq!(list.as_array().expect("a list").len(), 1);
    assert_eq!(list[0]["object"]["title"], "two");
}

#[tokio::test]
async fn a_file_needs_the_header_against_forgery() {
    let stage = Stage::open().await;
    let token = stage.jira_token("Ann");
    let url = stage.jira(&format!("issue/{}/attachments", stage.issue));
    let form = || {
        let part = reqwest::multipart::Part::bytes(b"hello".to_vec()).file_name("a.txt");
        reqwest::multipart::Form::new().part("file", part)
    };
    let plain = stage.http.post(url.clone()).bearer_auth(&token).multipart(form());
    assert_eq!(read(plain.send().await).await.0, 403);
    let marked = stage.http.post(url).bearer_auth(&token).header("X-Atlassian-Token", "no-check");
    let (status, made) = read(marked.multipart(form()).send().await).await;
    assert_eq!((status, &made[0]["filename"]), (200, &json!("a.txt")));
    let content = stage.jira(&format!("attachment/content/{}", made[0]["id"].as_str().expect("an id")));
    let away = stage.http.get(content).bearer_auth(&token).send().await.expect("an answer");
    assert_eq!(away.status(), 303);
    let place = away.headers()["location"].to_str().expect("an address").to_owned();
    let with_token = stage.http.get(&place).bearer_auth(&token).send().await.expect("an answer");
    assert_eq!(with_token.status(), 400, "a signed address wants no token");
    let file = stage.http.get(place).send().await.expect("an answer");
    assert_eq!(file.bytes().await.expect("bytes").as_ref(), b"hello");
}

#[tokio::test]
async fn permissions_are_asked_for_by_name_and_told_of_a_known_project_only() {
    let stage = Stage::open().await;
    let (token, _) = stage.simulator.issue_jira_tokens("Ann", "read:jira-work").expect("tokens");
    let ask = async |query: &str| {
        let url = stage.jira(&format!("mypermissions{query}"));
        read(stage.http.get(url).bearer_auth(&token).send().await).await
    };
    assert_eq!(ask("").await.0, 400, "permissions are required");
    assert_eq!(ask("?permissions=BE_KING").await.0, 400, "a key that Jira does not know");
    assert_eq!(ask("?projectKey=NOPE&permissions=ADMINISTER_PROJECTS").await.0, 404);
    let project = stage.issue.split('-').next().expect("a key");
    let query = format!("?projectKey={project}&permissions=ADMINISTER_PROJECTS,BROWSE_PROJECTS");
    let has = |body: &Value, key: &str| body["permissions"][key]["havePermission"].clone();
    let (status, body) = ask(&query).await;
    assert_eq!(status, 200);
    assert_eq!(
        (has(&body, "ADMINISTER_PROJECTS"), has(&body, "BROWSE_PROJECTS")),
        (json!(false), json!(true))
    );
    stage.simulator.add_to_role(CLOUD, "Administrators", "Ann").expect("a role");
    assert_eq!(has(&ask(&query).await.1, "ADMINISTER_PROJECTS"), json!(true));
    let (narrow, _) = stage.simulator.issue_jira_tokens("Ann", "read:jira-user").expect("tokens");
    let url = stage.jira(&format!("mypermissions{query}"));
    assert_eq!(read(stage.http.get(url).bearer_auth(narrow).send().await).await.0, 401);
}
