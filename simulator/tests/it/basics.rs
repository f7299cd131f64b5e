//! The main ways: logins, a comment and its webhook, a message and its activity.

use serde_json::json;
use url::Url;

use crate::stage::{BOT, CALLBACK, GRAPH_SCOPES, JIRA_SCOPES, Stage, TENANT, adf, read};

fn authorize(base: &Url, path: &str, parameters: &[(&str, &str)]) -> Url {
    let mut url = base.join(path).expect("URL");
    url.query_pairs_mut().extend_pairs(parameters);
    url
}

fn code_of(callback: &Url) -> String {
    let pairs = callback.query_pairs();
    pairs.into_owned().find(|(name, _)| name == "code").expect("a code").1
}

#[tokio::test]
async fn ann_logs_in_with_jira() {
    let stage = Stage::open().await;
    let url = authorize(
        &stage.simulator.urls().auth_url,
        "authorize",
        &[
            ("audience", "api.atlassian.com"),
            ("client_id", "jira-client"),
            ("scope", JIRA_SCOPES),
            ("redirect_uri", CALLBACK),
            ("state", "s1"),
            ("response_type", "code"),
            ("prompt", "consent"),
        ],
    );
    let callback = stage.simulator.consent(&url, "Ann").await.expect("allowed");
    assert!(callback.as_str().starts_with(CALLBACK) && callback.as_str().contains("state=s1"));
    let token_url = stage.simulator.urls().auth_url.join("oauth/token").expect("URL");
    let exchange = json!({"grant_type": "authorization_code", "client_id": "jira-client",
        "client_secret": "jira-secret", "code": code_of(&callback), "redirect_uri": CALLBACK});
    let (status, tokens) = read(stage.http.post(token_url.clone()).json(&exchange).send().await).await;
    assert_eq!(status, 200, "{tokens}");
    let access = tokens["access_token"].as_str().expect("a token");
    let api = &stage.simulator.urls().api_url;
    let resources = api.join("oauth/token/accessible-resources").expect("URL");
    let (_, sites) = read(stage.http.get(resources).bearer_auth(access).send().await).await;
    assert_eq!(sites[0]["name"], "example");
    let (_, me) = read(stage.http.get(api.join("me").expect("URL")).bearer_auth(access).send().await).await;
    assert_eq!(me["name"], "Ann");
    let (status, again) = read(stage.http.post(token_url).json(&exchange).send().await).await;
    assert_eq!((status, &again["error"]), (400, &json!("invalid_request")), "a code works once");
}

#[tokio::test]
async fn ann_logs_in_with_microsoft() {
    let stage = Stage::open().await;
    let url = authorize(
        &stage.simulator.urls().login_url,
        &format!("{TENANT}/oauth2/v2.0/authorize"),
        &[
            ("client_id", BOT),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", GRAPH_SCOPES),
            ("state", "s2"),
            ("nonce", "n2"),
            // The published vector of RFC 7636, appendix B.
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ],
    );
    let callback = stage.simulator.consent(&url, "Ann").await.expect("allowed");
    let token_url =
        stage.simulator.urls().login_url.join(&format!("{TENANT}/oauth2/v2.0/token")).expect("URL");
    let code = code_of(&callback);
    let form = |verifier| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", BOT),
            ("client_secret", "microsoft-secret"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let (status, body) = read(stage.http.post(token_url.clone()).form(&form("wrong")).send().await).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")), "a wrong verifier");
    let right = form("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let (status, tokens) = read(stage.http.post(token_url.clone()).form(&right).send().await).await;
    assert_eq!(status, 200, "{tokens}");
    assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string());
    let access = tokens["access_token"].as_str().expect("a token");
    let (_, me) = read(stage.http.get(stage.graph("me")).bearer_auth(access).send().await).await;
    assert_eq!(me["displayName"], "Ann");
    let (status, body) = read(stage.http.post(token_url).form(&right).send().await).await;
    assert_eq!((status, &body["error_codes"][0]), (400, &json!(54005)), "a code works once");
}

#[tokio::test]
async fn a_comment_is_stored_listed_and_told_signed() {
    let stage = Stage::open().await;
    let token = stage.jira_token("Ann");
    let path = format!("issue/{}/comment", stage.issue);
    let body = json!({"body": adf("Look"), "properties": [{"key": "threadline.origin", "value": {"m": 1}}]});
    let (status, made) =
        read(stage.http.post(stage.jira(&path)).bearer_auth(&token).json(&body).send().await).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["author"]["displayName"], "Ann");
    let (_, list) = read(
        stage.http.get(stage.jira(&format!("{path}?expand=properties"))).bearer_auth(&token).send().await,
    )
    .await;
    assert_eq!(list["comments"][0]["properties"][0]["key"], "threadline.origin");
    stage.settle().await;
    let arrived = stage.receiver.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].path, "/webhooks/jira/site");
    assert_eq!(arrived[0].body["webhookEvent"], "comment_created");
    assert_eq!(arrived[0].body["comment"]["body"], "Look");
    assert!(arrived[0].headers.contains_key("x-atlassian-webhook-identifier"));
    let signature = arrived[0].headers["x-hub-signature"].to_str().expect("text");
    assert!(signature.starts_with("sha256=") && signature.len() == 71);
}

#[tokio::test]
async fn a_message_through_graph_also_reaches_the_bot() {
    let stage = Stage::open().await;
    let token = stage.graph_token("Ann");
    let url = stage.graph(&format!("chats/{}/messages", stage.chat));
    let body = json!({"body": {"contentType": "html", "content": "<p>Hello</p>"}});
    let (status, made) = read(stage.http.post(&url).bearer_auth(&token).json(&body).send().await).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["from"]["user"]["displayName"], "Ann");
    stage.settle().await;
    let arrived = stage.receiver.arrived();
    let last = arrived.last().expect("an activity");
    assert_eq!(last.path, "/api/messages");
    assert_eq!(last.body["type"], "message");
    assert_eq!(last.body["id"], made["id"]);
    assert_eq!(last.body["text"], "Hello");
    assert_eq!(last.body["attachments"][0]["contentType"], "text/html");
    assert!(last.headers["authorization"].to_str().expect("text").starts_with("Bearer ey"));
}

#[tokio::test]
async fn the_bot_writes_and_does_not_hear_itself() {
    let stage = Stage::open().await;
    let token = stage.bot_token().await;
    let url = stage.service(&format!("v3/conversations/{}/activities", stage.chat));
    let body = json!({"type": "message", "textFormat": "plain", "text": "From the bot"});
    let (status, made) = read(stage.http.post(&url).bearer_auth(&token).json(&body).send().await).await;
    assert_eq!(status, 201, "{made}");
    stage.settle().await;
    assert!(stage.receiver.arrived().is_empty());
    let messages = stage.simulator.messages(&stage.chat);
    assert!(messages[0].sender.is_bot());
    assert_eq!(messages[0].text(), "From the bot");
    let (status, _) = read(
        stage
            .http
            .put(format!("{url}/{}", messages[0].id))
            .bearer_auth(&token)
            .json(&json!({"type": "message", "text": "Edited"}))
            .send()
            .await,
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(stage.simulator.messages(&stage.chat)[0].text(), "Edited");
}

#[tokio::test]
async fn a_click_gets_the_bots_answer() {
    let stage = Stage::open().await;
    let message = stage.simulator.send_message("Ben", &stage.chat, "It is broken").expect("sent");
    let (status, body) =
        stage.simulator.fetch_task("Ann", &stage.chat, &message, "createIssue").await.expect("an answer");
    assert_eq!((status, &body["task"]["type"]), (200, &json!("message")));
    stage.settle().await;
    let arrived = stage.receiver.arrived();
    let click = arrived.iter().find(|arrival| arrival.body["type"] == "invoke").expect("an invoke");
    assert_eq!(click.body["value"]["messagePayload"]["from"]["user"]["displayName"], "Ben");
    assert_eq!(click.body["value"]["commandId"], "createIssue");
}
