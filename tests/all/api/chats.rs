//! The chats of an issue, as JSON and as the panel.

use serde_json::{Value, json};
use threadline::stage::{Browser, PEOPLE, TENANT};

use crate::service::Service;

/// Two connected people and a link with this access, made by the first.
async fn scene(access: &str) -> (Service, Browser, Browser) {
    let service = Service::start().await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let ben = service.stage.connect(PEOPLE[1]).await.unwrap();
    let mut wish = service.wish(&service.stage.issue, &service.stage.chat);
    wish["access"] = json!(access);
    assert_eq!(ann.post("api/v1/links", &wish).await.unwrap().status(), 201);
    (service, ann, ben)
}

/// What this person is told, as JSON and as the panel.
async fn seen_by(service: &Service, person: &mut Browser) -> (u16, Value, String) {
    let (site, issue) = (service.site, &service.stage.issue);
    let answer = person.get(&format!("api/v1/issues/{site}/{issue}/chats")).await.unwrap();
    let status = answer.status().as_u16();
    let list: Value = answer.json().await.unwrap();
    let panel = person.get(&format!("panel?site={site}&issue={issue}")).await.unwrap();
    assert_eq!(panel.status(), 200);
    (status, list, panel.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_logged_in_is_shown_the_way_and_nothing_else() {
    let (service, _, _) = scene("open").await;
    let mut stranger = Browser::new(service.stage.public_url.clone()).unwrap();
    let (status, problem, panel) = seen_by(&service, &mut stranger).await;
    assert_eq!(status, 401);
    assert!(problem["detail"].as_str().unwrap().contains("Log in first"), "{problem}");
    assert!(panel.contains("/login/jira?return_to=%2Fpanel"), "{panel}");
    assert!(!panel.contains("Alphabet team") && !panel.contains(&service.stage.chat), "{panel}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_the_chat_and_the_way_to_it() {
    let (service, _, mut ben) = scene("private").await;
    let (status, list, panel) = seen_by(&service, &mut ben).await;
    assert_eq!(status, 200);
    assert_eq!(list["issue"], json!(service.stage.issue));
    let chat = &list["chats"][0];
    assert_eq!(chat["topic"], "Alphabet team");
    assert_eq!(chat["conversation_id"], json!(service.stage.chat));
    assert_eq!(
        (&chat["member"], &chat["active"], &chat["access"]),
        (&json!(true), &json!(true), &json!("private"))
    );
    assert!(chat["url"].as_str().unwrap().contains("/l/chat/"), "{chat}");
    assert!(panel.contains("Alphabet team"), "{panel}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_in_a_private_chat_does_not_learn_of_it() {
    let (service, _, mut ben) = scene("private").await;
    service.world().remove_member(&service.stage.chat, PEOPLE[1]).unwrap();
    let (status, list, panel) = seen_by(&service, &mut ben).await;
    assert_eq!((status, &list["chats"]), (200, &json!([])));
    assert!(!panel.contains("Alphabet team"), "{panel}");
    // Nor does somebody who has logged in with Jira alone.
    let mut cleo = Browser::new(service.stage.public_url.clone()).unwrap();
    cleo.log_in(service.world(), "jira", PEOPLE[2]).await.unwrap();
    assert_eq!(seen_by(&service, &mut cleo).await.1["chats"], json!([]));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_in_a_shared_chat_learns_that_it_is_there() {
    let (service, _, mut ben) = scene("shared").await;
    service.world().remove_member(&service.stage.chat, PEOPLE[1]).unwrap();
    let (status, list, panel) = seen_by(&service, &mut ben).await;
    assert_eq!(status, 200);
    let chat = &list["chats"][0];
    assert_eq!((&chat["member"], &chat["access"]), (&json!(false), &json!("shared")));
    for hidden in ["topic", "conversation_id", "url"] {
        assert_eq!(chat[hidden], Value::Null, "{hidden}");
    }
    assert!(!panel.contains("Alphabet team"), "{panel}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_the_issue_learns_nothing_of_its_chats() {
    let (service, _, mut ben) = scene("open").await;
    service.world().restrict_issue(&service.stage.issue, "Management", &[PEOPLE[0]]).unwrap();
    let (status, problem, panel) = seen_by(&service, &mut ben).await;
    assert_eq!(status, 404);
    assert!(problem["detail"].as_str().unwrap().contains("or you may not see it"), "{problem}");
    assert!(panel.contains("or you may not see it") && !panel.contains("Alphabet team"), "{panel}");
    for path in [
        format!("api/v1/issues/{}/NOPE-1/chats", service.site),
        format!("api/v1/issues/site_00000000000000000000000000000007/{}/chats", service.stage.issue),
        format!("api/v1/issues/x/{}/chats", service.stage.issue),
        "api/v1/issues/x/..%2F..%2Fmyself/chats".to_owned(),
    ] {
        assert_eq!(ben.get(&path).await.unwrap().status(), 404, "{path}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_is_shown_in_jira_and_teams_only_and_runs_no_foreign_script() {
    let (service, mut ann, _) = scene("private").await;
    let path = format!("panel?site={}&issue=%3Cscript%3Ealert(1)%3C/script%3E", service.site);
    let panel = ann.get(&path).await.unwrap();
    let policy = panel.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let ancestors = &service.settings.server.frame_ancestors[0];
    assert!(policy.contains(&format!("frame-ancestors 'self' {ancestors}")), "{policy}");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!panel.text().await.unwrap().contains("<script>alert"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_of_another_tenant_is_none_of_the_viewers() {
    let (service, mut ann, _) = scene("private").await;
    service.change("UPDATE chat_link SET tenant_id = '11111111-0000-4000-8000-000000000000'").await;
    let (status, list, _) = seen_by(&service, &mut ann).await;
    assert_eq!((status, &list["chats"]), (200, &json!([])), "the viewer's tenant is {TENANT}");
    service.stop().await;
}
