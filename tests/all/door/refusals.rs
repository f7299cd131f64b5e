//! Every refusal is one sentence that says what to do, and never what was sent.

use reqwest::Response;
use serde_json::Value;
use threadline::stage::PEOPLE;

use crate::service::{Service, http};

const MIB: usize = 1 << 20;
const CANARY: &str = "xyzzy-in-the-request";

async fn explained(answer: Response) -> String {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let status = answer.status().as_u16();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status);
    let detail = problem["detail"].as_str().unwrap().to_owned();
    assert!(detail.ends_with('.') && detail.len() < 250, "{detail}");
    assert!(!detail.contains(CANARY), "{detail}");
    detail
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_at_each_door() {
    let service = Service::start().await;
    let answer = service.webhook(vec![b' '; 25 * MIB + 1], None).await;
    assert_eq!(answer.status(), 413);
    assert!(explained(answer).await.contains("25 MiB"));
    let answer = service.webhook(vec![b' '; 2 * MIB], None).await;
    assert_eq!(answer.status(), 400, "two MiB of nothing are read, and are not JSON");
    let answer = service.activity(None, vec![b' '; MIB + 1]).await;
    assert_eq!(answer.status(), 413);
    explained(answer).await;
    let answer = http().post(service.address("api/v1/links")).body(vec![b' '; MIB + 1]);
    assert!([413, 415].contains(&answer.send().await.unwrap().status().as_u16()));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knocks_at_the_wrong_door_is_told_where_to_go() {
    let service = Service::start().await;
    let http = http();
    let nothing = http.get(service.address(&format!("{CANARY}/x"))).send().await.unwrap();
    assert_eq!(nothing.status(), 404);
    explained(nothing).await;
    let wrong_method = http.get(service.address("api/messages")).send().await.unwrap();
    assert_eq!(wrong_method.status(), 405);
    assert!(wrong_method.headers().contains_key("allow"));
    explained(wrong_method).await;
    let unknown_login = http.get(service.address("login/elsewhere")).send().await.unwrap();
    assert_eq!(unknown_login.status(), 404);
    explained(unknown_login).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_the_api_that_makes_no_sense_is_explained() {
    let service = Service::start().await;
    let ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let post = |body: String| ann.request(reqwest::Method::POST, "api/v1/links").unwrap().body(body);
    let cases = [
        (post(CANARY.to_owned()), 415),
        (post(CANARY.to_owned()).header("content-type", "application/json"), 400),
        (post(format!("{{\"{CANARY}\":1}}")).header("content-type", "application/json"), 422),
    ];
    for (request, status) in cases {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        explained(answer).await;
    }
    service.stop().await;
}
