//! Our own address of a picture shows what the bot has shown, and nothing else.

use threadline::ambient::Clock;
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, Fault, FileDraft, Host, Moment, Options};

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

/// Longer than it is remembered that a picture may be seen.
const A_MINUTE: std::time::Duration = std::time::Duration::from_secs(61);

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_gone_with_its_comment_and_with_its_link() {
    let (service, clock) = Service::linked_in_still_time().await;
    let comment = service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let first = token(&service);
    assert_eq!(status(&service, &first).await, 200);
    service.world().delete_comment(PEOPLE[2], &service.stage.issue, &comment).unwrap();
    clock.advance(A_MINUTE);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_gone_from_a_comment_that_shows_it_no_more() {
    let (service, clock) = Service::linked_in_still_time().await;
    let comment = service.comment_with(PEOPLE[2], "See", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let token = token(&service);
    service.world().edit_comment(PEOPLE[2], &service.stage.issue, &comment, "Never mind").unwrap();
    clock.advance(A_MINUTE);
    assert_eq!(status(&service, &token).await, 404);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_a_comment_that_becomes_restricted_is_gone_whatever_the_link_allows() {
    let (service, clock) = Service::linked_in_still_time().await;
    service.show_restricted("Developers").await;
    let comment = service.comment_with(PEOPLE[2], "See", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let token = token(&service);
    assert_eq!(status(&service, &token).await, 200);
    let draft = CommentDraft::adf(service.comment_body()).for_role("Developers");
    service.world().edit_comment(PEOPLE[2], &service.stage.issue, &comment, draft).unwrap();
    clock.advance(A_MINUTE);
    assert_eq!(status(&service, &token).await, 404);
    service.quiet().await;
    assert!(!service.message().content.contains("/files/"), "{}", service.message().content);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_asked_for_often_costs_jira_one_call_each_time() {
    let service = Service::linked().await;
    service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let token = token(&service);
    assert_eq!(status(&service, &token).await, 200);
    let calls = || -> u64 {
        let calls = service.world().calls();
        calls.iter().filter(|call| call.host == Host::Api).map(|call| call.count).sum()
    };
    let before = calls();
    for _ in 0..5 {
        assert_eq!(status(&service, &token).await, 200);
    }
    assert_eq!(calls() - before, 5);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_links_creator_reads_for_strangers() {
    let service = Service::linked().await;
    service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let token = token(&service);
    service.change("UPDATE chat_link SET created_by = NULL").await;
    assert_eq!(status(&service, &token).await, 404, "others are connected, but were not asked");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_while_too_many_are_read_is_told_to_come_back() {
    let service = Service::linked().await;
    service.comment_with(PEOPLE[2], "", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    let token = token(&service);
    assert_eq!(status(&service, &token).await, 200);
    service.world().fail(Fault::hang(Moment::Before).at_host(Host::Api).on("GET", "*/attachment/content/*"));
    let address = service.stage.public_url.join(&format!("files/{token}")).unwrap();
    let mut asking = tokio::task::JoinSet::new();
    (0..17).for_each(|_| drop(asking.spawn(http().get(address.clone()).send())));
    // The others wait for Jira.
    let first = asking.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(first.status(), 503);
    assert_eq!(first.headers()["retry-after"], "5");
    asking.shutdown().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_on_the_web_stays_a_link_where_the_bot_speaks() {
    let service = Service::linked().await;
    let picture = "https://pictures.example/pixel.png";
    let body = serde_json::json!({ "type": "doc", "version": 1, "content": [{
        "type": "mediaSingle", "attrs": { "layout": "center" },
        "content": [{ "type": "media", "attrs": { "type": "external", "url": picture } }],
    }]});
    service.world().comment(PEOPLE[2], &service.stage.issue, CommentDraft::adf(body)).unwrap();
    service.quiet().await;
    let message = service.message();
    assert!(message.sender.is_bot());
    assert!(!message.content.contains("<img"), "{}", message.content);
    assert!(message.content.contains(&format!("href=\"{picture}\"")), "{}", message.content);
    service.stop().await;
}
