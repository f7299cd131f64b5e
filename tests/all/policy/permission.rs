//! Who may change what: who sees the issue decides who writes; who administers the project
//! decides who reads.

use serde_json::json;
use threadline::stage::{Browser, PEOPLE, PROJECT};
use threadline_simulator::{Fault, MessageDraft};

use super::{Scene, get, put, told};

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_the_issue_decides_who_writes_and_an_administrator_who_reads() {
    let mut scene = Scene::set().await;
    let path = format!("api/v1/links/{}/settings", scene.link);
    let (status, answer) = put(&mut scene.ben, &path, &json!({ "unconnected-comments": "hold" })).await;
    assert_eq!((status, told(&answer, "unconnected-comments").0), (200, "hold".to_owned()));
    assert_eq!(answer["administers"], json!(false));
    for (name, value) in [
        ("show-restricted", "Developers"),
        ("show-internal", "yes"),
        ("show-secured", "yes"),
        ("service-replies", "public"),
    ] {
        let (status, problem) = put(&mut scene.ben, &path, &json!({ name: value })).await;
        assert_eq!(status, 403, "{name}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("administrator of the project") && detail.contains(name), "{detail}");
        let wanted = json!({ "unconnected-comments": "hold", name: value });
        let (status, answer) = put(&mut scene.ann, &path, &wanted).await;
        assert_eq!((status, told(&answer, name)), (200, (value.to_owned(), "link".to_owned())));
        // Who sends back what is there asks for nothing that is not theirs to change.
        assert_eq!(put(&mut scene.ben, &path, &wanted).await.0, 200, "{name}");
        assert_eq!(
            put(&mut scene.ben, &path, &json!({})).await.0,
            403,
            "to narrow it again is a change, too"
        );
        assert_eq!(put(&mut scene.ann, &path, &json!({})).await.0, 200);
        put(&mut scene.ann, &path, &json!({ "unconnected-comments": "hold" })).await;
    }
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_changes_nothing() {
    let mut scene = Scene::set().await;
    let path = format!("api/v1/links/{}/settings", scene.link);
    let wanted = json!({ "unconnected-comments": "hold", "show-secured": "yes" });
    assert_eq!(put(&mut scene.ben, &path, &wanted).await.0, 403);
    for (wrong, words) in [
        (json!({ "show-everything": "yes" }), "there are unconnected-comments"),
        (json!({ "show-internal": "maybe" }), "it takes no, yes"),
    ] {
        let (status, problem) = put(&mut scene.ann, &path, &wrong).await;
        assert_eq!(status, 422);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    scene.service.world().fail(Fault::status(503).on("GET", "/ex/jira/*/mypermissions").times(1));
    let (status, _) = put(&mut scene.ann, &path, &wanted).await;
    assert_eq!(status, 503, "without Jira's word nobody is an administrator");
    assert_eq!(scene.service.storage.store.all_settings().await.unwrap(), []);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_know_of_a_link_learns_nothing_of_its_settings() {
    let mut scene = Scene::set().await;
    let path = format!("api/v1/links/{}/settings", scene.link);
    let world = scene.service.world().clone();
    let mut stranger = Browser::new(scene.service.stage.public_url.clone()).unwrap();
    assert_eq!(get(&mut stranger, &path).await.0, 401);
    assert_eq!(put(&mut stranger, &path, &json!({})).await.0, 401);
    for path in ["api/v1/links/link_00000000000000000000000000000007/settings", "api/v1/links/x/settings"] {
        assert_eq!(get(&mut scene.ann, path).await.0, 404, "{path}");
    }
    world.remove_member(&scene.service.stage.chat, PEOPLE[1]).unwrap();
    assert_eq!(get(&mut scene.ben, &path).await.0, 404, "the chat is private, and he is not in it");
    world.add_member(&scene.service.stage.chat, PEOPLE[1]).unwrap();
    assert_eq!(get(&mut scene.ben, &path).await.0, 200);
    world.restrict_issue(&scene.service.stage.issue, "Management", &[PEOPLE[0]]).unwrap();
    assert_eq!(get(&mut scene.ben, &path).await.0, 404, "he can't see the issue");
    assert_eq!(put(&mut scene.ben, &path, &json!({ "unconnected-comments": "hold" })).await.0, 404);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_what_holds_for_a_project() {
    let mut scene = Scene::set().await;
    let path = format!("api/v1/projects/{}/{PROJECT}/settings", scene.service.site);
    let wanted = json!({ "unconnected-comments": "hold", "show-secured": "yes" });
    assert_eq!(put(&mut scene.ben, &path, &wanted).await.0, 403);
    assert_eq!(get(&mut scene.ben, &path).await.0, 403);
    let (status, answer) = put(&mut scene.ann, &path, &wanted).await;
    assert_eq!((status, told(&answer, "show-secured").1), (200, "project".to_owned()));
    let of_link = format!("api/v1/links/{}/settings", scene.link);
    let (_, answer) = get(&mut scene.ben, &of_link).await;
    assert_eq!(told(&answer, "unconnected-comments"), ("hold".to_owned(), "project".to_owned()));

    let unknown = format!("api/v1/projects/{}/NOPE/settings", scene.service.site);
    assert_eq!(get(&mut scene.ann, &unknown).await.0, 403, "nobody administers what is not there");
    let elsewhere = format!("api/v1/projects/site_00000000000000000000000000000007/{PROJECT}/settings");
    assert_eq!(get(&mut scene.ann, &elsewhere).await.0, 404);
    let mut stranger = Browser::new(scene.service.stage.public_url.clone()).unwrap();
    assert_eq!(get(&mut stranger, &path).await.0, 401);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_another_site_changes_a_setting() {
    let mut scene = Scene::set().await;
    let form = format!("link={}&unconnected-comments=hold", scene.link);
    let request = scene
        .ann
        .request(reqwest::Method::POST, "panel/settings")
        .unwrap()
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example")
        .body(form);
    assert_eq!(scene.ann.send(request).await.unwrap().status(), 403);
    assert_eq!(scene.service.storage.store.all_settings().await.unwrap(), []);
    // Nor does anybody by talking to the bot.
    let bot = MessageDraft::to_bot("setting set show-internal yes");
    scene.service.world().send_message(PEOPLE[0], &scene.service.stage.chat, bot).unwrap();
    scene.service.quiet().await;
    assert_eq!(scene.service.storage.store.all_settings().await.unwrap(), []);
    scene.service.stop().await;
}
