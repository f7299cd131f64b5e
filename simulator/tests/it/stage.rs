//! A small world, a client without redirects, and a receiver that stands where Threadline
//! would be.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use threadline_simulator::{ChatKind, IssueDraft, Options, Person, ProjectKind, Simulator};
use url::Url;

pub const CLOUD: &str = "11111111-2222-3333-4444-555555555555";
pub const TENANT: &str = "99999999-8888-7777-6666-555555555555";
pub const BOT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
pub const CALLBACK: &str = "http://127.0.0.1:9/login/callback";
pub const JIRA_SCOPES: &str = "read:jira-work write:jira-work read:jira-user offline_access read:me";
pub const GRAPH_SCOPES: &str =
    "openid profile offline_access User.Read Chat.Create Chat.ReadWrite ChatMessage.Send";
/// Long enough for a busy machine, short enough for a broken one.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// One delivery as it arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub path: String,
    pub headers: HeaderMap,
    pub raw: Bytes,
    pub body: Value,
}

/// Takes deliveries; answers with the statuses it was told to, then with 202.
#[derive(Debug, Clone, Default)]
pub struct Receiver {
    pub arrivals: Arc<Mutex<Vec<Arrival>>>,
    pub answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    pub fn arrived(&self) -> Vec<Arrival> {
        self.arrivals.lock().expect("unpoisoned").clone()
    }

    pub fn answer_next(&self, status: u16) {
        self.answers.lock().expect("unpoisoned").insert(0, status);
    }
}

async fn take(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    raw: Bytes,
) -> (StatusCode, String) {
    // A handshake has no body.
    let body: Value = if raw.is_empty() { Value::Null } else { serde_json::from_slice(&raw).expect("JSON") };
    let invoke = body["type"] == "invoke";
    let path = uri.path().to_owned();
    receiver.arrivals.lock().expect("unpoisoned").push(Arrival { path, headers, raw, body });
    let status = receiver.answers.lock().expect("unpoisoned").pop();
    let status = status.unwrap_or(if invoke { 200 } else { 202 });
    let answer = if invoke {
        json!({"task": {"type": "message", "value": "done"}}).to_string()
    } else {
        String::new()
    };
    (StatusCode::from_u16(status).expect("a status"), answer)
}

pub struct Stage {
    pub simulator: Simulator,
    pub receiver: Receiver,
    pub http: reqwest::Client,
    pub chat: String,
    pub issue: String,
    pub base: Url,
}

impl Stage {
    pub async fn open() -> Self {
        Self::open_with(Options { time_scale: 0.000_01, ..Options::default() }).await
    }

    pub async fn open_with(options: Options) -> Self {
        let receiver = Receiver::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = Url::parse(&format!("http://{}/", listener.local_addr().expect("address"))).expect("URL");
        let routes = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(axum::serve(listener, routes).into_future());

        let simulator = Simulator::start(options).await.expect("started");
        simulator.jira_app("jira-client", "jira-secret", &[CALLBACK]);
        simulator.microsoft_app(BOT, "microsoft-secret", &[CALLBACK], TENANT);
        for name in ["Ann", "Ben", "Cleo"] {
            simulator.add_person(Person::named(name));
        }
        simulator.add_site(CLOUD, "example").expect("a site");
        simulator
            .add_project(CLOUD, "ABC", "Alphabet", ProjectKind::Software, &["Task", "Bug"])
            .expect("a project");
        simulator
            .add_project(CLOUD, "HELP", "Help desk", ProjectKind::ServiceDesk, &["Request"])
            .expect("a project");
        let chat = simulator.add_chat("Alphabet", &["Ann", "Ben"], ChatKind::Group).expect("a chat");
        simulator.install_bot(&chat).expect("installed");
        let issue = simulator.create_issue("Ann", IssueDraft::new("ABC", "Login fails")).expect("an issue");
        simulator
            .set_webhook(CLOUD, &base.join("webhooks/jira/site").expect("URL"), "hook-secret")
            .expect("a webhook");
        simulator.set_bot_endpoint(&base.join("api/messages").expect("URL"));
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { simulator, receiver, http, chat, issue: issue.key, base }
    }

    /// A Jira REST address.
    pub fn jira(&self, path: &str) -> Url {
        let base = &self.simulator.urls().api_url;
        base.join(&format!("ex/jira/{CLOUD}/rest/api/3/{path}")).expect("URL")
    }

    /// A Graph address.
    pub fn graph(&self, path: &str) -> String {
        format!("{}/{path}", self.simulator.urls().graph_url)
    }

    /// A Connector address.
    pub fn service(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.urls().service_url)
    }

    pub fn jira_token(&self, person: &str) -> String {
        self.simulator.issue_jira_tokens(person, JIRA_SCOPES).expect("tokens").0
    }

    pub fn graph_token(&self, person: &str) -> String {
        self.simulator.issue_graph_tokens(person, GRAPH_SCOPES).expect("tokens").0
    }

    pub async fn bot_token(&self) -> String {
        self.app_token("https://api.botframework.com/.default").await
    }

    /// A token of the app itself for Graph.
    pub async fn graph_app_token(&self) -> String {
        self.app_token("https://graph.microsoft.com/.default").await
    }

    async fn app_token(&self, scope: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", BOT),
            ("client_secret", "microsoft-secret"),
            ("scope", scope),
        ];
        let url = format!("{}{TENANT}/oauth2/v2.0/token", self.simulator.urls().login_url);
        let answer = self.http.post(url).form(&form).send().await.expect("an answer");
        let body: Value = answer.json().await.expect("JSON");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    pub async fn settle(&self) {
        assert!(self.simulator.settled(PATIENCE).await, "deliveries ended");
    }
}

/// Status and JSON body of an answer (`null` if it is none).
pub async fn read(answer: Result<reqwest::Response, reqwest::Error>) -> (u16, Value) {
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.expect("a body")).unwrap_or_default())
}

/// A document of one paragraph.
pub fn adf(text: &str) -> Value {
    json!({"type": "doc", "version": 1, "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": text}]}]})
}
