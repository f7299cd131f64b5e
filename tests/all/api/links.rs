//! Who may link an issue and a chat, and who may undo it.

use reqwest::Method;
use serde_json::json;
use threadline::stage::{Browser, PEOPLE, PROJECT};
use threadline_simulator::{ChatKind, IssueDraft};

use crate::service::Service;

async fn delete(person: &mut Browser, link: &str) -> u16 {
    let request = person.request(Method::DELETE, &format!("api/v1/links/{link}")).unwrap();
    person.send(request).await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_sees_both_sides_may_link_them() {
    let service = Service::start().await;
    let world = service.world();
    let (issue, chat) = (&service.stage.issue, &service.stage.chat);
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let mut ben = service.stage.connect(PEOPLE[1]).await.unwrap();
    let without_ben = world.add_chat("Without Ben", &[PEOPLE[0], PEOPLE[2]], ChatKind::Group).unwrap();
    let without_bot = world.add_chat("Without the bot", &PEOPLE, ChatKind::Group).unwrap();
    world.install_bot(&without_ben).unwrap();
    let hidden = world.create_issue(PEOPLE[0], IssueDraft::new(PROJECT, "Hidden")).unwrap().key;
    world.restrict_issue(&hidden, "Management", &[PEOPLE[0]]).unwrap();
    service.quiet().await;
    let mut elsewhere = service.wish(issue, chat);
    elsewhere["site"] = json!("site_00000000000000000000000000000007");
    let mut odd_access = service.wish(issue, chat);
    odd_access["access"] = json!("everybody");
    let cases = [
        ("a chat without the person", service.wish(issue, &without_ben), 404),
        ("no chat at all", service.wish(issue, "19:nope@thread.v2"), 404),
        ("a channel", service.wish(issue, "19:nope@thread.tacv2;messageid=1"), 404),
        ("a hidden issue", service.wish(&hidden, chat), 404),
        ("no issue at all", service.wish("NOPE-1", chat), 404),
        ("a path instead of an issue", service.wish("../../myself", chat), 404),
        ("no site of ours", elsewhere, 404),
        ("a chat without the bot", service.wish(issue, &without_bot), 409),
        ("an unknown access", odd_access, 422),
        ("as it should be", service.wish(issue, chat), 201),
        ("once more", service.wish(issue, chat), 201),
    ];
    for (case, wish, status) in cases {
        let answer = ben.post("api/v1/links", &wish).await.unwrap();
        assert_eq!(answer.status(), status, "{case}: {}", answer.text().await.unwrap());
    }
    assert_eq!(service.storage.store.links(10).await.unwrap().len(), 1);
    let answer = ann.post("api/v1/links", &service.wish(&hidden, &without_ben)).await.unwrap();
    assert_eq!(answer.status(), 201);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_done_one_login_only_is_asked_for_the_other() {
    let service = Service::start().await;
    let wish = service.wish(&service.stage.issue, &service.stage.chat);
    for provider in ["jira", "microsoft"] {
        let mut cleo = Browser::new(service.stage.public_url.clone()).unwrap();
        assert_eq!(cleo.post("api/v1/links", &wish).await.unwrap().status(), 401);
        cleo.log_in(service.world(), provider, PEOPLE[2]).await.unwrap();
        assert_eq!(cleo.post("api/v1/links", &wish).await.unwrap().status(), 401, "{provider} alone");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_removed_by_who_sees_its_issue_and_by_nobody_else() {
    let service = Service::start().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let mut ben = service.stage.connect(PEOPLE[1]).await.unwrap();
    let link = service.link(&mut ann, issue, &service.stage.chat).await;
    let mut stranger = Browser::new(service.stage.public_url.clone()).unwrap();
    assert_eq!(delete(&mut stranger, &link).await, 401);
    assert_eq!(delete(&mut ben, "link_00000000000000000000000000000007").await, 404);
    assert_eq!(delete(&mut ben, "x").await, 404);

    world.restrict_issue(issue, "Management", &[PEOPLE[0]]).unwrap();
    assert_eq!(delete(&mut ben, &link).await, 404, "he can't see the issue");
    assert_eq!(delete(&mut ann, &link).await, 204);
    assert_eq!(delete(&mut ann, &link).await, 404, "it is gone");

    world.restrict_issue(issue, "Everybody", &PEOPLE).unwrap();
    let link = service.link(&mut ann, issue, &service.stage.chat).await;
    assert_eq!(delete(&mut ben, &link).await, 204, "somebody else's link, on an issue that he sees");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_another_tenant_is_not_there() {
    let service = Service::start().await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let link = service.link(&mut ann, &service.stage.issue, &service.stage.chat).await;
    service.change("UPDATE chat_link SET tenant_id = '11111111-0000-4000-8000-000000000000'").await;
    assert_eq!(delete(&mut ann, &link).await, 404);
    assert_eq!(service.storage.store.links(10).await.unwrap().len(), 1);
    service.stop().await;
}
