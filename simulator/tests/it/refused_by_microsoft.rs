//! What Entra, Graph and the Connector refuse, in their own words.

use serde_json::{Value, json};

use crate::stage::{BOT, CALLBACK, GRAPH_SCOPES, Stage, TENANT, read};

async fn token_call(stage: &Stage, form: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}{TENANT}/oauth2/v2.0/token", stage.simulator.urls().login_url);
    read(stage.http.post(url).form(form).send().await).await
}

async fn send(stage: &Stage, token: &str, body: &Value) -> (u16, Value) {
    let url = stage.graph(&format!("chats/{}/messages", stage.chat));
    read(stage.http.post(url).bearer_auth(token).json(body).send().await).await
}

fn html(content: &str) -> Value {
    json!({"body": {"contentType": "html", "content": content}})
}

#[tokio::test]
async fn a_wrong_secret_is_invalid_client_and_a_dead_token_invalid_grant() {
    let stage = Stage::open().await;
    let (_, refresh) = stage.simulator.issue_graph_tokens("Ann", GRAPH_SCOPES).expect("tokens");
    let form = |secret: &'static str| {
        [
            ("grant_type", "refresh_token"),
            ("client_id", BOT),
            ("client_secret", secret),
            ("refresh_token", refresh.as_str()),
        ]
    };
    let (status, body) = token_call(&stage, &form("wrong")).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    let (status, body) = token_call(&stage, &form("microsoft-secret")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(token_call(&stage, &form("microsoft-secret")).await.0, 200, "the old one stays valid");
    stage.simulator.revoke_refresh_tokens("Ann").expect("revoked");
    let (status, body) = token_call(&stage, &form("microsoft-secret")).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_callback_that_is_not_registered_is_refused() {
    let stage = Stage::open().await;
    let mut url =
        stage.simulator.urls().login_url.join(&format!("{TENANT}/oauth2/v2.0/authorize")).expect("URL");
    url.query_pairs_mut().extend_pairs([
        ("client_id", BOT),
        ("response_type", "code"),
        ("redirect_uri", &format!("{CALLBACK}/")),
        ("scope", "openid"),
    ]);
    let answer = stage.http.get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.expect("a page").contains("AADSTS50011"));
}

#[tokio::test]
async fn graph_wants_a_token_a_scope_and_membership() {
    let stage = Stage::open().await;
    let (status, body) = send(&stage, "unknown", &html("x")).await;
    assert_eq!((status, &body["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
    assert!(body["error"]["innerError"]["request-id"].is_string());
    let (token, _) = stage.simulator.issue_graph_tokens("Ann", "User.Read").expect("tokens");
    let (status, body) = send(&stage, &token, &html("x")).await;
    assert_eq!(status, 403);
    assert!(body["error"]["message"].as_str().expect("text").contains("ChatMessage.Send"));
    let cleo = stage.graph_token("Cleo");
    let (status, body) = send(&stage, &cleo, &html("x")).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("Forbidden")));
    let bot = stage.bot_token().await;
    assert_eq!(send(&stage, &bot, &html("x")).await.0, 401, "a token for another audience");
    assert!(stage.simulator.messages(&stage.chat).is_empty());
}

#[tokio::test]
async fn graph_refuses_what_a_message_may_not_be() {
    let stage = Stage::open().await;
    let token = stage.graph_token("Ann");
    for body in [
        html("<p><at id=\"0\">Ben</at></p>"),
        html("<p>see <attachment id=\"x\"></attachment></p>"),
        html("<img src=\"../hostedContents/1/$value\">"),
        json!({"text": "x"}),
        json!({"body": {"contentType": "markdown", "content": "x"}}),
        json!({"body": {"content": ""}}),
        json!({}),
    ] {
        let (status, answer) = send(&stage, &token, &body).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("BadRequest")), "{body}");
    }
    let (status, _) = send(&stage, &token, &html(&"x".repeat(29 * 1024))).await;
    assert_eq!(status, 413);
    let (status, _) = send(&stage, &token, &html(&"x".repeat(13 * 1024))).await;
    assert_eq!(status, 201);
    let unknown = stage.http.get(stage.graph("nowhere")).bearer_auth(&token).send().await;
    let (status, body) = read(unknown).await;
    assert_eq!(status, 400);
    assert_eq!(body["error"]["message"], "Resource not found for the segment 'nowhere'.");
}

#[tokio::test]
async fn a_person_edits_and_deletes_only_their_own_messages() {
    let stage = Stage::open().await;
    let id = stage.simulator.send_message("Ann", &stage.chat, "mine").expect("sent");
    let url = stage.graph(&format!("chats/{}/messages/{id}", stage.chat));
    let ben = stage.graph_token("Ben");
    let (status, _) = read(stage.http.patch(&url).bearer_auth(&ben).json(&html("yours")).send().await).await;
    assert_eq!(status, 403);
    let ann = stage.graph_token("Ann");
    let (status, _) = read(stage.http.patch(&url).bearer_auth(&ann).json(&html("edited")).send().await).await;
    assert_eq!(status, 204);
    let (_, shown) = read(stage.http.get(&url).bearer_auth(&ann).send().await).await;
    assert!(shown["lastEditedDateTime"].is_string());
    let me = stage.simulator.person("Ann").expect("Ann").object_id.clone();
    let path = format!("users/{me}/chats/{}/messages/{id}/softDelete", stage.chat);
    let (status, _) = read(stage.http.post(stage.graph(&path)).bearer_auth(&ann).send().await).await;
    assert_eq!(status, 204);
    let (_, shown) = read(stage.http.get(&url).bearer_auth(&ann).send().await).await;
    assert_eq!(shown["body"]["content"], "");
    assert!(shown["deletedDateTime"].is_string());
}

#[tokio::test]
async fn a_list_keeps_to_its_query_options() {
    let stage = Stage::open().await;
    for text in ["one", "two", "three"] {
        stage.simulator.send_message("Ann", &stage.chat, text).expect("sent");
    }
    let ann = stage.graph_token("Ann");
    let list = async |query: &str| {
        let url = stage.graph(&format!("chats/{}/messages?{query}", stage.chat));
        read(stage.http.get(url).bearer_auth(&ann).send().await).await
    };
    let (status, page) = list("$top=2").await;
    assert_eq!(status, 200);
    assert!(page["value"][0]["body"]["content"].as_str().expect("text").contains("three"));
    let next = page["@odata.nextLink"].as_str().expect("a next page");
    let (_, rest) = read(stage.http.get(next).bearer_auth(&ann).send().await).await;
    assert_eq!(rest["value"].as_array().expect("a list").len(), 1);
    let (_, none) =
        list("$orderby=lastModifiedDateTime desc&$filter=lastModifiedDateTime gt 2999-01-01T00:00:00Z").await;
    assert_eq!(none["value"], json!([]));
    let (_, ignored) = list("$filter=lastModifiedDateTime gt 2999-01-01T00:00:00Z").await;
    assert_eq!(ignored["value"].as_array().expect("a list").len(), 3, "ignored without the order");
    for query in [
        "$top=51",
        "$orderby=id",
        "$orderby=createdDateTime",
        "$select=id",
        "$filter=createdDateTime gt 2999-01-01T00:00:00Z",
    ] {
        assert_eq!(list(query).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_chat_has_no_colon_in_its_topic_and_its_maker_in_it() {
    let stage = Stage::open().await;
    let ann = stage.graph_token("Ann");
    let person = |name: &str| {
        let id = stage.simulator.person(name).expect("known").object_id.clone();
        json!({"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"],
            "user@odata.bind": format!("https://graph.microsoft.com/v1.0/users('{id}')")})
    };
    let post = async |body: Value| {
        read(stage.http.post(stage.graph("chats")).bearer_auth(&ann).json(&body).send().await).await
    };
    let (status, chat) = post(json!({"chatType": "group", "topic": "ABC-1 - x",
        "members": [person("Ann"), person("Ben")]}))
    .await;
    assert_eq!(status, 201, "{chat}");
    assert!(chat["id"].as_str().expect("an id").ends_with("@thread.v2"));
    let (status, _) =
        post(json!({"chatType": "group", "topic": "ABC-1: x", "members": [person("Ann")]})).await;
    assert_eq!(status, 400);
    let (status, _) = post(json!({"chatType": "group", "topic": "x", "members": [person("Ben")]})).await;
    assert_eq!(status, 400);
    let pair = json!({"chatType": "oneOnOne", "members": [person("Ann"), person("Ben")]});
    assert_eq!(post(pair.clone()).await.1["id"], post(pair).await.1["id"], "one chat for two people");
}

#[tokio::test]
async fn the_connector_wants_the_bot_in_the_roster_and_its_own_token() {
    let stage = Stage::open().await;
    let url = stage.service(&format!("v3/conversations/{}/activities", stage.chat));
    let post = async |url: &str, token: &str, body: Value| {
        read(stage.http.post(url).bearer_auth(token).json(&body).send().await).await
    };
    let hello = json!({"type": "message", "text": "x", "textFormat": "plain"});
    assert_eq!(post(&url, "none", hello.clone()).await.0, 401);
    assert_eq!(post(&url, &stage.graph_token("Ann"), hello.clone()).await.0, 401);
    let bot = stage.bot_token().await;
    let (status, body) =
        post(&stage.service("v3/conversations/19:none/activities"), &bot, hello.clone()).await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!("ConversationNotFound")));
    let long = json!({"type": "message", "text": "x".repeat(60 * 1024)});
    let (status, body) = post(&url, &bot, long).await;
    assert_eq!((status, &body["error"]["code"]), (413, &json!("MessageSizeTooBig")));
    let both = json!({"type": "message", "text": "x", "attachments": [
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"type": "AdaptiveCard"}}]});
    let (status, body) = post(&url, &bot, both).await;
    assert_eq!((status, body.get("id")), (201, None), "text and card are split");
    assert_eq!(stage.simulator.messages(&stage.chat).len(), 2);
    stage.simulator.uninstall_bot(&stage.chat).expect("removed");
    let (status, body) = post(&url, &bot, hello).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("BotNotInConversationRoster")));
}

#[tokio::test]
async fn the_bot_opens_one_personal_chat_with_a_person() {
    let stage = Stage::open().await;
    let bot = stage.bot_token().await;
    let ann = stage.simulator.person("Ann").expect("Ann");
    let body = json!({"bot": {"id": format!("28:{BOT}")}, "members": [{"id": ann.object_id}],
        "tenantId": TENANT, "isGroup": false});
    let open = async || {
        read(stage.http.post(stage.service("v3/conversations")).bearer_auth(&bot).json(&body).send().await)
            .await
    };
    let (status, first) = open().await;
    assert_eq!(status, 201);
    assert_eq!(open().await.1["id"], first["id"]);
    let id = first["id"].as_str().expect("an id");
    assert!(id.starts_with("a:1"));
    let (status, _) = read(
        stage
            .http
            .get(stage.graph(&format!("chats/{id}")))
            .bearer_auth(stage.graph_token("Ann"))
            .send()
            .await,
    )
    .await;
    assert_eq!(status, 404, "its id is none of Graph's");
}

#[tokio::test]
async fn the_bot_may_write_more_than_people_and_in_markdown() {
    let stage = Stage::open().await;
    let bot = stage.bot_token().await;
    let url = stage.service(&format!("v3/conversations/{}/activities", stage.chat));
    let long = json!({"type": "message", "text": "x".repeat(40 * 1024), "textFormat": "plain"});
    assert_eq!(read(stage.http.post(&url).bearer_auth(&bot).json(&long).send().await).await.0, 201);
    let ann = stage.simulator.person("Ann").expect("Ann");
    let marked = json!({"type": "message", "textFormat": "markdown", "text": "**Ben** asks <at>Ann</at>",
        "entities": [{"type": "mention", "text": "<at>Ann</at>", "mentioned": {"id": ann.object_id, "name": "Ann"}}]});
    assert_eq!(read(stage.http.post(&url).bearer_auth(&bot).json(&marked).send().await).await.0, 201);
    let message = stage.simulator.messages(&stage.chat).pop().expect("a message");
    assert_eq!(message.content, "<p><strong>Ben</strong> asks <at id=\"0\">Ann</at></p>");
    let card = json!({"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive",
        "content": {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Linked"}]}}]});
    assert_eq!(read(stage.http.post(&url).bearer_auth(&bot).json(&card).send().await).await.0, 201);
    assert_eq!(stage.simulator.messages(&stage.chat).pop().expect("a message").cards(), ["Linked"]);
}
