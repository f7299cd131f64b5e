//! What a chat is shown: nothing that is not for everybody, except what its link allows.

use threadline::stage::{CLOUD, PEOPLE, PROJECT};
use threadline_simulator::{CommentDraft, IssueDraft};

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_for_a_role_is_shown_where_the_link_names_the_role() {
    let scene = Scene::set().await;
    let service = &scene.service;
    for role in ["Developers", "Administrators"] {
        service.world().add_to_role(CLOUD, role, PEOPLE[0]).unwrap();
    }
    service.world().add_to_role(CLOUD, "5a1f", PEOPLE[0]).unwrap();
    let for_developers = || CommentDraft::text("For developers").for_role("Developers");
    let for_group = || CommentDraft::text("For the group").for_group("jira-devs", "5a1f");
    let for_administrators = || CommentDraft::text("For administrators").for_role("Administrators");

    scene.comment(PEOPLE[0], for_developers()).await;
    assert_eq!(service.chat_texts().len(), 0, "the default");
    scene.for_link("show-restricted", "Developers,group:5a1f").await;
    for draft in [for_developers(), for_group(), for_administrators()] {
        scene.comment(PEOPLE[0], draft).await;
    }
    let shown = service.chat_texts().join("\n");
    assert!(shown.contains("For developers") && shown.contains("For the group"), "{shown}");
    assert!(!shown.contains("For administrators"), "{shown}");
    scene.for_link("show-restricted", "yes").await;
    scene.comment(PEOPLE[0], for_administrators()).await;
    assert_eq!(service.chat_texts().len(), 3);
    scene.for_link("show-restricted", "no").await;
    scene.comment(PEOPLE[0], for_developers()).await;
    assert_eq!(service.chat_texts().len(), 3, "a change takes effect at once");
    assert_eq!(
        service.reasons_of("comment created").await,
        ["restricted comment", "relayed", "relayed", "restricted comment", "relayed", "restricted comment"]
    );
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_becomes_one_for_an_allowed_role_stays_until_it_is_for_another() {
    let scene = Scene::set().await;
    let (service, issue) = (&scene.service, &scene.service.stage.issue);
    for role in ["Developers", "Administrators"] {
        service.world().add_to_role(CLOUD, role, PEOPLE[0]).unwrap();
    }
    scene.for_link("show-restricted", "Developers").await;
    let comment = service.world().comment(PEOPLE[0], issue, "For all").unwrap();
    service.quiet().await;
    for (role, shown) in [("Developers", 1), ("Administrators", 0), ("Developers", 1)] {
        let draft = CommentDraft::text(role).for_role(role);
        service.world().edit_comment(PEOPLE[0], issue, &comment, draft).unwrap();
        service.quiet().await;
        assert_eq!(service.chat_texts().len(), shown, "{role}");
    }
    scene.for_link("show-restricted", "no").await;
    let draft = CommentDraft::text("Still for developers").for_role("Developers");
    service.world().edit_comment(PEOPLE[0], issue, &comment, draft).unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 0, "what is not allowed any more goes with its next edit");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_under_a_security_level_is_shown_where_its_project_allows_it() {
    let scene = Scene::set().await;
    let service = &scene.service;
    service.world().restrict_issue(&service.stage.issue, "Management", &[PEOPLE[0]]).unwrap();
    let project = scene.project(PROJECT);
    scene.operator(project.clone(), "show-secured", Some("yes")).await;
    scene.comment(PEOPLE[0], "Shown").await;
    scene.for_link("show-secured", "no").await;
    scene.comment(PEOPLE[0], "Not shown").await;
    assert_eq!(service.reasons_of("comment created").await, ["relayed", "issue security level"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_comments_are_shown_where_the_link_allows_it_and_replies_stay_internal() {
    let scene = Scene::of_help_desk().await;
    let (service, world) = (&scene.service, scene.service.world());
    scene.comment(PEOPLE[0], CommentDraft::text("Hidden").internal()).await;
    scene.for_link("show-internal", "yes").await;
    scene.comment(PEOPLE[0], CommentDraft::text("Shown").internal()).await;
    assert_eq!(service.reasons_of("comment created").await, ["internal comment", "relayed"]);

    let reply = async |text: &str| {
        world.send_message(PEOPLE[0], &service.stage.chat, text).unwrap();
        service.quiet().await;
        world.comments(&service.stage.issue).pop().unwrap()
    };
    assert!(reply("Among us").await.internal, "what the chat sees says nothing about what customers see");
    scene.for_link("service-replies", "public").await;
    assert!(!reply("For the customer").await.internal);
    scene.for_link("service-replies", "internal").await;
    assert!(reply("Among us again").await.internal);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_reply_in_another_project_is_what_it_always_was() {
    let scene = Scene::set().await;
    let (service, world) = (&scene.service, scene.service.world());
    scene.for_link("service-replies", "public").await;
    world.send_message(PEOPLE[0], &service.stage.chat, "Hello").unwrap();
    service.quiet().await;
    assert!(!world.comments(&service.stage.issue).pop().unwrap().internal);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowance_is_for_its_own_link_alone() {
    let mut scene = Scene::set().await;
    let (service, world) = (&scene.service, scene.service.world());
    let other = world.create_issue(PEOPLE[0], IssueDraft::new(PROJECT, "Another")).unwrap().key;
    service.link(&mut scene.ann, &other, &service.stage.chat).await;
    world.add_to_role(CLOUD, "Developers", PEOPLE[0]).unwrap();
    scene.operator(scene.link_scope(), "show-restricted", Some("yes")).await;
    for issue in [&service.stage.issue, &other] {
        world.comment(PEOPLE[0], issue, CommentDraft::text("Few").for_role("Developers")).unwrap();
        service.quiet().await;
    }
    assert_eq!(service.reasons_of("comment created").await, ["relayed", "restricted comment"]);
    scene.service.stop().await;
}
