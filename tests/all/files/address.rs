//! Our own address of a picture shows what the bot has shown, and nothing else.

use threadline::ambient::Clock;
use threadline::stage::PEOPLE;
use threadline_simulator::{FileDraft, Options};

use crate::service::{Service, http};

/// The token of the picture that the bot has shown last.
fn token(service: &Service) -> String {
    let message = service.standing(&service.stage.chat).pop().unwrap();
    let (_, rest) = message.content.split_once("/files/").expect("an address of ours");
    rest.split(['"', '<']).next().unwrap().to_owned()
}

async fn status(service: &Service, token: &str) -> u16 {
    let address = service.stage.public_url.join(&format!("files/{token}")).unwrap();
    http().get(address).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_shown_as_a_picture_and_nothing_more() {
    let service = Service::linked().await;
    service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let address = service.stage.public_url.join(&format!("files/{}", token(&service))).unwrap();
    let answer = http().get(address).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "private, max-age=3600");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert!(!answer.headers().contains_key("set-cookie"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_we_did_not_sign_leads_nowhere() {
    let service = Service::linked().await;
    service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let token = token(&service);
    assert_eq!(status(&service, &token).await, 200);
    for position in [0, 20, 30, 40, 53, 54, 80, token.len() - 1] {
        let mut changed: Vec<char> = token.chars().collect();
        changed[position] = if changed[position] == 'A' { 'B' } else { 'A' };
        let changed: String = changed.into_iter().collect();
        assert_eq!(status(&service, &changed).await, 404, "changed at {position}");
    }
    for foreign in ["", "x", &token[..54], &format!("{token}A"), "..%2Fmetrics", &"%F0%9F%98%80".repeat(30)] {
        assert_eq!(status(&service, foreign).await, 404, "{foreign}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_picture_is_not_shown_whatever_it_is_called() {
    let service = Service::linked().await;
    let page = FileDraft::new("a.png", "image/png", "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>");
    service.comment_with(PEOPLE[2], "", vec![page]);
    service.quiet().await;
    assert_eq!(status(&service, &token(&service)).await, 404);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_ends() {
    let clock = Clock::manual(Clock::system().now());
    let service = Service::start_at(clock.clone(), Options::default(), |_| {}).await;
    service.connect_and_link().await;
    service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let token = token(&service);
    assert_eq!(status(&service, &token).await, 200);
    clock.advance(std::time::Duration::from_hours(24 * 181));
    assert_eq!(status(&service, &token).await, 404);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_gone_with_its_comment_and_with_its_link() {
    let service = Service::linked().await;
    let comment = service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let first = token(&service);
    assert_eq!(status(&service, &first).await, 200);
    service.world().delete_comment(PEOPLE[2], &service.stage.issue, &comment).unwrap();
    assert_eq!(status(&service, &first).await, 404, "the comment is deleted");

    service.quiet().await;
    service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("b.png", 2)]);
    service.quiet().await;
    let second = token(&service);
    assert_eq!(status(&service, &second).await, 200);
    service.change("UPDATE chat_link SET state = 'paused'").await;
    assert_eq!(status(&service, &second).await, 404, "the link is paused");
    service.stop().await;
}
