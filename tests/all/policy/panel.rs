//! The panel: what a chat allows, what waits in it, and the form that changes it.

use reqwest::Method;
use threadline::stage::{Browser, PEOPLE};

use super::Scene;

async fn page(person: &mut Browser, path: &str) -> String {
    let answer = person.get(path).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

async fn send(person: &mut Browser, form: String) -> u16 {
    let request = person
        .request(Method::POST, "panel/settings")
        .unwrap()
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(form);
    person.send(request).await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_says_what_holds_and_the_form_changes_it() {
    let mut scene = Scene::set().await;
    let panel = format!("panel?site={}&issue={}", scene.service.site, scene.service.stage.issue);
    let form = format!("panel/settings?link={}", scene.link);
    let shown = page(&mut scene.ben, &panel).await;
    assert!(shown.contains("Comments for some people only stay in Jira."), "{shown}");
    assert!(shown.contains("The bot writes comments of people who have not connected"), "{shown}");
    assert!(shown.contains(&form), "{shown}");

    let of_ben = page(&mut scene.ben, &form).await;
    assert!(of_ben.contains("<select id=\"unconnected-comments\""), "{of_ben}");
    assert!(!of_ben.contains("name=\"show-internal\""), "not his to change: {of_ben}");
    let of_ann = page(&mut scene.ann, &form).await;
    assert!(
        of_ann.contains("name=\"show-internal\"") && of_ann.contains("name=\"show-restricted\""),
        "{of_ann}"
    );

    let link = &scene.link;
    assert_eq!(
        send(&mut scene.ann, format!("link={link}&show-restricted=Developers&show-internal=")).await,
        303
    );
    assert_eq!(send(&mut scene.ben, format!("link={link}&unconnected-comments=hold")).await, 303);
    assert_eq!(send(&mut scene.ben, format!("link={link}&show-internal=yes")).await, 403);
    assert_eq!(send(&mut scene.ann, format!("link={link}&show-internal=perhaps")).await, 422);
    let shown = page(&mut scene.ben, &panel).await;
    assert!(shown.contains("those for Developers are shown in the chat"), "what was not sent stays: {shown}");
    assert!(shown.contains("Comments of people who have not connected wait for them."), "{shown}");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_counts_what_waits_and_names_nobody() {
    let mut scene = Scene::set().await;
    scene.for_link("unconnected-comments", "hold").await;
    scene.comment(PEOPLE[2], "One").await;
    scene.comment(PEOPLE[2], "Two").await;
    scene.service.world().send_message(PEOPLE[2], &scene.service.stage.chat, "Three").unwrap();
    scene.service.quiet().await;
    let panel = format!("panel?site={}&issue={}", scene.service.site, scene.service.stage.issue);
    let of_ann = page(&mut scene.ann, &panel).await;
    assert!(of_ann.contains("2 comments and 1 message wait for their authors to connect."), "{of_ann}");
    assert!(!of_ann.contains("Yours") && !of_ann.contains(PEOPLE[2]), "{of_ann}");

    // Their author, as far as they have come: with Microsoft, the chat and one's own message.
    let mut cleo = Browser::new(scene.service.stage.public_url.clone()).unwrap();
    cleo.log_in(scene.service.world(), "jira", PEOPLE[2]).await.unwrap();
    scene.service.quiet().await;
    let chats = format!("api/v1/issues/{}/{}/chats", scene.service.site, scene.service.stage.issue);
    scene.service.change("UPDATE chat_link SET access = 'shared'").await;
    let list: serde_json::Value = cleo.get(&chats).await.unwrap().json().await.unwrap();
    let expected = serde_json::json!({ "comments": 2, "messages": 1, "yours": 2 });
    assert_eq!(list["chats"][0]["waiting"], expected);
    assert!(page(&mut cleo, &panel).await.contains("Yours among them: 2."));
    scene.service.stop().await;
}
