//! What is easily lost: cut copies, paused links, messages that became issues, borrowed names.

use threadline::ids::AccountId;
use threadline::queue::EventState;
use threadline::stage::{CLOUD, PEOPLE, PROJECT};
use threadline_simulator::CommentDraft;

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn the_edit_of_a_cut_copy_does_not_cut_the_original() {
    let service = Service::linked().await;
    let long = format!("{} and the end", "A long story. ".repeat(2_000));
    let (_, message) = service.relayed_comment(PEOPLE[0], &long).await;
    assert!(service.chat_texts()[0].contains("Shortened. Read all of it in Jira"));
    let cut = service.chat_texts()[0].replacen("A long story", "A very long story", 1);
    let draft = threadline_simulator::MessageDraft::html(&cut);
    service.world().edit_message(PEOPLE[0], &service.stage.chat, &message, draft).unwrap();
    service.quiet().await;
    assert!(service.comment_texts(&service.stage.issue)[0].ends_with("and the end"), "the whole is there");
    assert_eq!(service.reasons_of("message edited").await, ["change refused"]);
    let told = service.chat_texts().iter().filter(|text| text.contains("is not in Jira")).count();
    assert_eq!(told, 1, "{:?}", service.chat_texts());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_while_the_link_is_paused_goes_when_it_wakes() {
    let service = Service::linked().await;
    service.world().add_to_role(CLOUD, "Administrators", PEOPLE[0]).unwrap();
    let (restricted, _) = service.relayed_comment(PEOPLE[0], "For all").await;
    let (deleted, _) = service.relayed_comment(PEOPLE[0], "A mistake").await;
    service.world().uninstall_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    let draft = CommentDraft::text("For some").for_role("Administrators");
    service.edit_comment(&restricted, draft);
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &deleted).unwrap();
    service.quiet().await;
    service.until_reason(EventState::Waiting, "link paused").await;
    service.world().install_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    service
        .until("the withdrawal", |world| {
            world.messages(&service.stage.chat).iter().all(|message| message.deleted.is_some())
        })
        .await;
    service.quiet().await;
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relayed_message_that_became_an_issue_too_is_still_followed() {
    let service = Service::linked().await;
    let (message, _) = service.relayed_message(PEOPLE[1], "The printer is on fire").await;
    let world = service.world();
    let (_, form) = world.fetch_task(PEOPLE[1], &service.stage.chat, &message, "createIssue").await.unwrap();
    let mut data = form.pointer("/task/value/card/content/actions/0/data").cloned().unwrap();
    data["project"] = PROJECT.into();
    data["summary"] = "Printer".into();
    world.submit_action(PEOPLE[1], &service.stage.chat, &message, "createIssue", data).await.unwrap();
    service.quiet().await;
    world.edit_message(PEOPLE[1], &service.stage.chat, &message, "The printer is out").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["The printer is out"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borrowed_name_does_not_come_back_to_its_owner() {
    let service = Service::linked().await;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    service.set_integration_account(&AccountId::new(ann.account_id.as_str())).await;
    let (message, comment) = service.relayed_message(PEOPLE[2], "From me").await;
    service.stage.connect(PEOPLE[2]).await.unwrap();
    let shown = service.world().comments(&service.stage.issue).remove(0);
    let mut body = shown.body.clone();
    let text = body.pointer_mut("/content/1/content/0/text").unwrap();
    *text = "From me, corrected".into();
    service.edit_comment(&comment, CommentDraft::adf(body));
    service.quiet().await;
    let standing = service.standing(&service.stage.chat);
    let own = standing.iter().find(|found| found.id == message).unwrap();
    assert_eq!(own.content, "<p>From me, corrected</p>");
    service.stop().await;
}
