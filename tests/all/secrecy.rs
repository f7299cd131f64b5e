//! Canaries in everything that people write, are called and hold: afterwards they are nowhere,
//! neither in the database nor in the logs, the metrics or the answers.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};
use threadline::ids::{AccountId, ObjectId, TenantId};
use threadline::stage::{Browser, PEOPLE, PROJECT, TENANT};
use threadline::vault::{Place, Subject};
use threadline_simulator::{CommentDraft, Fault, FileDraft, Host, IssueDraft, MessageDraft, Moment, Trouble};

use crate::service::{Logs, Service};

const SUMMARY: &str = "canary-summary-quokka";
const COMMENT: &str = "canary-comment-wombat";
const MESSAGE: &str = "canary-message-numbat";
const WAITING: &str = "canary-waiting-bilby";
const ECHOED: &str = "canary echoed by a dingo";
const FILE: &str = "canary-file-bandicoot.pdf";
const PICTURE: &str = "canary-picture-kowari.png";
const SENT: &str = "canary-sent-possum";

/// Every secret and every piece of content that this run has seen.
struct Canaries(Vec<(String, String)>);

impl Canaries {
    fn add(&mut self, what: impl Into<String>, text: &str) {
        let what = what.into();
        assert!(text.len() > 7, "{what} is too short to be searched for");
        for (form, text) in [
            ("as it is", text.to_owned()),
            ("in base64", STANDARD.encode(text)),
            ("in base64 without padding", STANDARD_NO_PAD.encode(text)),
            ("in base64 for URLs", URL_SAFE_NO_PAD.encode(text)),
            ("in a URL", url::form_urlencoded::byte_serialize(text.as_bytes()).collect()),
        ] {
            self.0.push((format!("{what}, {form}"), text));
        }
    }

    fn assert_absent(&self, place: &str, haystack: &[u8]) {
        // What is not text is replaced, and what is text stays as it is.
        let haystack = String::from_utf8_lossy(haystack);
        let found = self.0.iter().filter(|(_, text)| haystack.contains(text)).map(|(what, _)| what);
        let found: Vec<&String> = found.collect();
        assert!(found.is_empty(), "in {place}: {found:?}");
    }
}

/// The bare tokens of a person, as the vault keeps them.
async fn tokens(service: &Service, person: &str) -> Vec<String> {
    let person = service.world().person(person).unwrap();
    let (tenant, object) = (TenantId::new(TENANT), ObjectId::new(person.object_id.as_str()));
    let subjects =
        [Subject::jira(&AccountId::new(person.account_id.as_str())), Subject::microsoft(&tenant, &object)];
    let mut found = Vec::new();
    let connection = service.database.connect().await;
    for subject in subjects {
        let row = subject.to_string();
        let (provider, name) = row.split_once('/').unwrap();
        let sql =
            format!("SELECT sealed FROM credential WHERE provider = '{provider}' AND subject = '{name}'");
        let sealed = service.database.bytes(&connection, &sql).await;
        let place = Place { table: "credential", row: &row, column: "sealed" };
        let plain = service.storage.vault.open(place, &sealed).await.unwrap();
        let pair: Value = serde_json::from_slice(&plain).unwrap();
        found.extend(["access", "refresh"].map(|name| pair[name].as_str().unwrap().to_owned()));
    }
    connection.close().await.unwrap();
    found
}

fn files() -> Vec<FileDraft> {
    vec![FileDraft::picture(PICTURE, 1), FileDraft::new(FILE, "application/pdf", vec![1; 1_000])]
}

/// Everything that the product does, and everything that can go wrong with it.
async fn run_everything(service: &Service) -> Vec<String> {
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    world.comment(PEOPLE[0], issue, CommentDraft::text(COMMENT)).unwrap();
    world.comment(PEOPLE[2], issue, CommentDraft::text(COMMENT)).unwrap();
    world.send_message(PEOPLE[1], chat, MESSAGE).unwrap();
    world.send_message(PEOPLE[2], chat, WAITING).unwrap();
    for person in [PEOPLE[0], PEOPLE[2]] {
        world.comment_with_files(person, issue, COMMENT, files()).unwrap();
    }
    world.send_with_files(PEOPLE[1], chat, MESSAGE, files()).unwrap();
    for command in ["status", "help", "connect", "link NOPE-1", &format!("create {PROJECT} {SUMMARY}"), SENT]
    {
        world.send_message(PEOPLE[1], chat, MessageDraft::to_bot(command)).unwrap();
    }
    service.quiet().await;
    let mut answers = Vec::new();
    let message = service.standing(chat)[0].id.clone();
    world.fetch_task(PEOPLE[1], chat, &message, "createIssue").await.unwrap();
    let data = json!({ "project": PROJECT, "issueType": "Task", "summary": SUMMARY, "description": MESSAGE });
    world.submit_action(PEOPLE[1], chat, &message, "createIssue", data).await.unwrap();

    // Files that can't be copied, or only at a second try.
    let program = FileDraft::new(&format!("{FILE}.exe"), "application/octet-stream", vec![0; 10]);
    world.comment_with_files(PEOPLE[0], issue, COMMENT, [program.clone()]).unwrap();
    world.send_with_files(PEOPLE[1], chat, MESSAGE, [program]).unwrap();
    for (host, method, path) in [
        (Host::Graph, "PUT", "/v1.0/me/drive/*"),
        (Host::Api, "POST", "*/attachments"),
        (Host::Media, "GET", "*"),
    ] {
        world.fail(Fault::status(500).at_host(host).on(method, path).times(2));
    }
    world.comment_with_files(PEOPLE[0], issue, COMMENT, files()).unwrap();
    world.send_with_files(PEOPLE[1], chat, MESSAGE, files()).unwrap();
    service.quiet().await;

    // Platforms that repeat in their errors what was sent, at each write.
    let body = json!({
        "errorMessages": [ECHOED], "errors": { "comment": ECHOED, ECHOED: ECHOED },
        "error": { "code": ECHOED, "message": ECHOED }, "message": ECHOED,
    });
    for (host, path) in
        [(Host::Graph, "*/messages"), (Host::Service, "*/activities"), (Host::Api, "*/comment")]
    {
        for status in [400, 403, 500] {
            let trouble =
                Trouble::Status { status, retry_after: None, body: Some(body.clone()), at: Moment::Before };
            world.fail(Fault::new(trouble).at_host(host).on("POST", path).times(1));
        }
        world.fail(Fault::cut(Moment::After).at_host(host).on("POST", path).times(1));
    }
    for number in 0..3 {
        world.comment(PEOPLE[0], issue, CommentDraft::text(&format!("{COMMENT} {number}"))).unwrap();
        world.comment(PEOPLE[2], issue, CommentDraft::text(&format!("{COMMENT} {number}"))).unwrap();
        world.send_message(PEOPLE[1], chat, format!("{MESSAGE} {number}").as_str()).unwrap();
        service.quiet().await;
    }
    world.revoke_refresh_tokens(PEOPLE[1]).unwrap();
    world.expire_access_tokens(PEOPLE[1]).unwrap();
    world.send_message(PEOPLE[1], chat, MESSAGE).unwrap();
    service.quiet().await;

    // Bad input at every door.
    let titled = json!({ "webhookEvent": "jira:issue_updated", "issue": { "id": "7", "fields": { "summary": SENT } } });
    let odd = json!({ "webhookEvent": format!("{SENT} is what somebody wrote") });
    for body in [format!("{{\"{SENT}\""), titled.to_string(), odd.to_string()] {
        answers.push(service.webhook(body.clone(), None).await.text().await.unwrap());
        answers.push(service.unsigned_webhook(body.clone()).send().await.unwrap().text().await.unwrap());
        answers.push(service.activity(Some(&format!("Bearer {SENT}")), body).await.text().await.unwrap());
    }
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    for path in [
        format!("{SENT}?{SENT}"),
        format!("login/{SENT}"),
        format!("login/jira/callback?code={SENT}&state={SENT}"),
        format!("api/v1/issues/{SENT}/{SENT}/chats"),
        format!("webhooks/jira/{SENT}"),
    ] {
        answers.push(ann.get(&path).await.unwrap().text().await.unwrap());
    }
    let wish = json!({ "site": SENT, "issue": SENT, "conversation_id": SENT });
    answers.push(ann.post("api/v1/links", &wish).await.unwrap().text().await.unwrap());
    answers.push(ann.post("api/v1/links", &json!({ SENT: SENT })).await.unwrap().text().await.unwrap());
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_people_write_or_hold_is_found_anywhere() {
    let logs = Logs::keep();
    let service = Service::start().await;
    let mut canaries = Canaries(Vec::new());
    for (what, text) in [
        ("a summary", SUMMARY),
        ("a comment", COMMENT),
        ("a message", MESSAGE),
        ("a waiting message", WAITING),
        ("a platform's error", ECHOED),
        ("a file's name", FILE),
        ("a picture's name", PICTURE),
        ("what was sent to a door", SENT),
        ("the issue's summary", "The login page rejects"),
        ("the issue's description", "contains an umlaut"),
        ("the chat's topic", "Alphabet team"),
    ] {
        canaries.add(what, text);
    }
    for person in service.world().people() {
        canaries.add("a name", &person.name);
        canaries.add("an address", &person.email);
    }
    let secret = |secret: &Option<threadline::secret::Secret>| secret.as_ref().unwrap().expose().to_owned();
    canaries.add("Jira's client secret", &secret(&service.settings.jira.client_secret));
    canaries.add("Microsoft's client secret", &secret(&service.settings.microsoft.client_secret));
    canaries.add("the key", secret(&service.settings.vault.keys).split_once(':').unwrap().1);
    canaries.add("the webhook's secret", service.webhook_secret.expose());

    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.stage.connect(PEOPLE[1]).await.unwrap();
    service.link(&mut ann, &service.stage.issue, &service.stage.chat).await;
    for person in [PEOPLE[0], PEOPLE[1]] {
        for (number, token) in tokens(&service, person).await.into_iter().enumerate() {
            canaries.add(format!("token {number}"), &token);
        }
    }
    for value in cookies(&ann) {
        canaries.add("a cookie", &value);
    }
    service.world().create_issue(PEOPLE[0], IssueDraft::new(PROJECT, SUMMARY)).unwrap();
    let answers = run_everything(&service).await;

    canaries.assert_absent("the answers", answers.join("\n").as_bytes());
    canaries.assert_absent("the metrics", service.metrics().await.as_bytes());
    canaries.assert_absent("the database", &service.database.everything().await);
    let reasons = service.reasons().await;
    service.stop().await;
    assert!(logs.bytes().len() > 10_000, "something was logged");
    assert!(!logs.lines("WARN").is_empty(), "also of what went wrong: {reasons:?}");
    canaries.assert_absent("the logs", &logs.bytes());
}

/// The values of a browser's cookies.
fn cookies(browser: &Browser) -> Vec<String> {
    let request = browser.request(Method::GET, "").unwrap().build().unwrap();
    let header = request.headers()[COOKIE].to_str().unwrap();
    header.split("; ").map(|cookie| cookie.split_once('=').unwrap().1.to_owned()).collect()
}
