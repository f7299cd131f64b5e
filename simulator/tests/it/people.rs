//! People's pages and the control API.

use serde_json::{Value, json};
use url::Url;

use crate::stage::{CLOUD, PATIENCE, Stage, read};

async fn page(stage: &Stage, url: Url) -> String {
    stage.http.get(url).send().await.expect("an answer").text().await.expect("a page")
}

#[tokio::test]
async fn ann_comments_on_the_issue_page_and_sees_the_panel() {
    let stage = Stage::open().await;
    stage.simulator.set_panel_base(&stage.base);
    let url = stage.simulator.issue_url(&stage.issue).expect("a page");
    let form = reqwest::multipart::Form::new().text("person", "Ann").text("text", "From the <page>");
    let post = stage.http.post(format!("{url}/comment")).multipart(form).send().await.expect("an answer");
    assert_eq!(post.status(), 303);
    let html = page(&stage, url).await;
    assert!(html.contains("From the &lt;page&gt;"), "escaped");
    assert!(html.contains(&format!("panel?site={CLOUD}&#38;issue={}", stage.issue)), "{html}");
    let info = stage.simulator.urls().site_url.join("_edge/tenant_info").expect("URL");
    let (_, body) = read(stage.http.get(info).send().await).await;
    assert_eq!(body["cloudId"], CLOUD);
}

#[tokio::test]
async fn ben_writes_on_the_chat_page_and_links_lead_to_messages() {
    let stage = Stage::open().await;
    let web = &stage.simulator.urls().teams_web_url;
    let chat = stage.chat.replace(':', "%3A").replace('@', "%40");
    let form = || {
        let form = reqwest::multipart::Form::new().text("person", "Ben").text("text", "Hello");
        form.text("mention_bot", "true")
    };
    let post = stage.http.post(format!("{web}chat/{chat}/message")).multipart(form()).send().await;
    assert_eq!(post.expect("an answer").status(), 303);
    let message = &stage.simulator.messages(&stage.chat)[0];
    assert_eq!(message.text(), "Threadline Hello");
    let link = format!("{web}l/message/{chat}/{}", message.id);
    let answer = stage.http.get(link).send().await.expect("an answer");
    let location = answer.headers()["location"].to_str().expect("text").to_owned();
    assert!(location.ends_with(&format!("#message-{}", message.id)));
    let html = page(&stage, web.join(&location).expect("URL")).await;
    assert!(html.contains("<span class=\"mention\">Threadline</span>"));
}

#[tokio::test]
async fn another_process_acts_reads_and_breaks_things() {
    let stage = Stage::open().await;
    let control = stage.simulator.urls().control_url.clone();
    let post = async |path: &str, body: Value| {
        read(stage.http.post(control.join(path).expect("URL")).json(&body).send().await).await
    };
    let (status, made) =
        post("act/comment", json!({"person": "Ann", "issue": stage.issue, "text": "hello"})).await;
    assert_eq!(status, 200, "{made}");
    let (status, body) = post("act/comment", json!({"person": "Nobody", "issue": "X-1"})).await;
    assert_eq!(status, 422);
    assert!(body["error"].is_string());
    let (_, sent) = post(
        "act/message",
        json!({"person": "Ben", "chat": stage.chat, "text": "create ABC x", "mention_bot": true}),
    )
    .await;
    let action = json!({"person": "Ann", "chat": stage.chat, "message": sent["id"], "command": "createIssue",
        "data": {"summary": "x"}});
    let (_, answer) = post("act/message-action", action).await;
    assert_eq!(answer["body"]["task"]["value"], "done");
    assert_eq!(post("settled", json!({"timeout_ms": 20_000})).await.1["settled"], true);
    let (_, world) = read(stage.http.get(control.join("world").expect("URL")).send().await).await;
    assert_eq!(world["issues"][0]["comments"][0]["text"], "hello");
    let fault = json!({"host": "graph", "kind": "status", "status": 503, "times": 1});
    assert_eq!(post("faults", fault).await.0, 204);
    let me = async || stage.http.get(stage.graph("me")).send().await.expect("an answer").status().as_u16();
    assert_eq!((me().await, me().await), (503, 401));
    let (_, calls) = read(stage.http.get(control.join("calls").expect("URL")).send().await).await;
    assert!(
        calls
            .as_array()
            .expect("a list")
            .iter()
            .any(|call| call["route"] == "/v1.0/me" && call["status"] == 503)
    );
}

#[tokio::test]
async fn the_feed_tells_changes_as_they_come_and_the_older_ones_on_demand() {
    let stage = Stage::open().await;
    let feed = stage.simulator.urls().control_url.join("feed?after=0").expect("URL");
    let mut stream =
        stage.http.get(feed).header("origin", "http://127.0.0.1:8080").send().await.expect("an answer");
    assert_eq!(stream.headers()["access-control-allow-origin"], "http://127.0.0.1:8080");
    stage.simulator.comment("Ann", &stage.issue, "x").expect("commented");
    let mut seen = String::new();
    let told = async {
        while !(seen.contains("\"comment_created\"") && seen.contains("\"delivered\"")) {
            let chunk = stream.chunk().await.expect("the feed").expect("more");
            seen.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("told in time");
    assert!(seen.contains("\"issue_created\""), "older changes come first");
    let foreign = stage.http.get(stage.simulator.urls().control_url.join("world").expect("URL"));
    let answer = foreign.header("origin", "https://example.com").send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn a_second_site_has_its_own_address() {
    let stage = Stage::open().await;
    let url = stage.simulator.add_site("cloud-2", "second").expect("a site");
    assert_ne!(url, stage.simulator.urls().site_url);
    let (_, body) = read(stage.http.get(url.join("_edge/tenant_info").expect("URL")).send().await).await;
    assert_eq!(body["cloudId"], "cloud-2");
}
