//! `serve --only web` and `serve --only relay`: each does its part and nothing else.

use reqwest::StatusCode;
use threadline::app::Part;
use threadline::queue::EventState;
use threadline::stage::PEOPLE;
use url::Url;

use crate::service::{Service, http};

async fn status(base: &Url, path: &str) -> StatusCode {
    http().get(base.join(path).unwrap()).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_part_takes_what_the_relay_part_works_on() {
    let service = Service::start_only(Part::Web).await;
    let relay = service.twin_only(Some(Part::Relay)).await;
    service.connect_and_link().await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "From one part to the other.").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["relayed"]);
    relay.stop().await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "Nobody works on this.").unwrap();
    assert!(service.world().settled(crate::service::PATIENCE).await, "it is acknowledged");
    assert_eq!(service.storage.queue.count_in(EventState::Ready).await.unwrap(), 1, "and waits");
    let relay = service.twin_only(Some(Part::Relay)).await;
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["relayed", "relayed"]);
    relay.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_part_answers_the_operator_alone() {
    let service = Service::start_only(Part::Web).await;
    let relay = service.twin_only(Some(Part::Relay)).await;
    for path in ["healthz", "readyz", "metrics"] {
        assert_eq!(status(&relay.url, path).await, StatusCode::OK, "{path}");
        assert_eq!(status(&service.stage.public_url, path).await, StatusCode::OK, "{path}");
    }
    for path in ["", "panel", "login/jira", "api/openapi.json", "assets/threadline.css"] {
        assert_eq!(status(&relay.url, path).await, StatusCode::NOT_FOUND, "/{path}");
        assert_ne!(status(&service.stage.public_url, path).await, StatusCode::NOT_FOUND, "/{path}");
    }
    let posted = http().post(relay.url.join("api/messages").unwrap()).body("{}").send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::NOT_FOUND, "nothing is taken that it would not prove");
    relay.stop().await;
    service.stop().await;
}
