//! Edits travel both ways, once, and do not come back.

use threadline::ids::AccountId;
use threadline::stage::PEOPLE;
use threadline_simulator::MessageDraft;

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_comment_changes_its_message() {
    let service = Service::linked().await;
    let (comment, message) = service.relayed_comment(PEOPLE[0], "It fails on Mondays").await;
    service.edit_comment(&comment, "It fails on Tuesdays");
    service.quiet().await;
    assert_eq!(service.chat_texts(), ["<p>It fails on Tuesdays</p>"]);
    assert_eq!(service.standing(&service.stage.chat)[0].id, message, "the same message");
    assert_eq!(service.reasons_of("comment edited").await, ["updated"]);
    assert_eq!(service.reasons_of("message edited").await, ["unchanged"], "our own edit comes back");
    assert_eq!(service.comment_texts(&service.stage.issue), ["It fails on Tuesdays"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_message_changes_its_comment() {
    let service = Service::linked().await;
    let (message, comment) = service.relayed_message(PEOPLE[1], "Only with umlauts").await;
    let draft = MessageDraft::html("<p>Only with <b>accents</b></p>");
    service.world().edit_message(PEOPLE[1], &service.stage.chat, &message, draft).unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Only with accents"]);
    let comments = service.world().comments(&service.stage.issue);
    assert_eq!(comments[0].id, comment, "the same comment");
    assert!(comments[0].body.to_string().contains("strong"), "{}", comments[0].body);
    assert!(comments[0].properties.contains_key("threadline.origin"), "the mark stays");
    assert_eq!(service.reasons_of("message edited").await, ["updated"]);
    assert_eq!(service.reasons_of("comment edited").await, ["echo"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_go_to_and_fro_on_the_same_words() {
    let service = Service::linked().await;
    let (comment, message) = service.relayed_comment(PEOPLE[0], "One").await;
    for round in 0..3 {
        let text = format!("In Jira {round}");
        service.edit_comment(&comment, text.as_str());
        service.quiet().await;
        assert_eq!(service.chat_texts(), [format!("<p>{text}</p>")]);
        let text = format!("In Teams {round}");
        service.world().edit_message(PEOPLE[0], &service.stage.chat, &message, text.as_str()).unwrap();
        service.quiet().await;
        assert_eq!(service.comment_texts(&service.stage.issue), [text]);
    }
    assert_eq!(service.standing(&service.stage.chat).len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_changes_what_it_wrote_for_somebody() {
    let service = Service::linked().await;
    let (comment, message) = service.relayed_comment(PEOPLE[2], "I see it too").await;
    service.world().edit_comment(PEOPLE[2], &service.stage.issue, &comment, "I see it no more").unwrap();
    service.quiet().await;
    let standing = service.standing(&service.stage.chat);
    assert_eq!((standing.len(), &standing[0].id), (1, &message));
    assert!(standing[0].content.contains("<strong>Cleo Carter</strong> (Jira)"), "{}", standing[0].content);
    assert!(standing[0].content.contains("I see it no more"), "{}", standing[0].content);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_integration_account_changes_what_it_wrote_for_somebody() {
    let service = Service::linked().await;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    service.set_integration_account(&AccountId::new(ann.account_id.as_str())).await;
    let (message, _) = service.relayed_message(PEOPLE[2], "From me").await;
    service.world().edit_message(PEOPLE[2], &service.stage.chat, &message, "Still from me").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Cleo Carter (Teams)\nStill from me"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_is_no_edit() {
    let service = Service::linked().await;
    let (_, message) = service.relayed_comment(PEOPLE[0], "Fixed").await;
    service.world().react(PEOPLE[1], &service.stage.chat, &message, "👍").unwrap();
    service.world().edit_message(PEOPLE[0], &service.stage.chat, &message, "Fixed!").unwrap();
    service.world().react(PEOPLE[1], &service.stage.chat, &message, "❤️").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Fixed!"]);
    assert_eq!(service.reasons_of("message edited").await, ["updated"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_were_relayed_to_a_second_chat_change_there_too() {
    let service = Service::linked().await;
    let other = service.world().add_chat("Second", &PEOPLE, threadline_simulator::ChatKind::Group).unwrap();
    service.world().install_bot(&other).unwrap();
    service.quiet().await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.link(&mut ann, &service.stage.issue, &other).await;
    let (message, _) = service.relayed_message(PEOPLE[1], "From one chat").await;
    service.until("the copy", |world| world.messages(&other).len() == 1).await;
    service.world().edit_message(PEOPLE[1], &service.stage.chat, &message, "To the other").unwrap();
    service.quiet().await;
    assert_eq!(service.texts_of(&other), ["<p>To the other</p>"]);
    assert_eq!(service.comment_texts(&service.stage.issue), ["To the other"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_message_that_was_never_relayed_stays_where_it_is() {
    let service = Service::start().await;
    let early = service.world().send_message(PEOPLE[0], &service.stage.chat, "Before the link").unwrap();
    let comment = service.world().comment(PEOPLE[0], &service.stage.issue, "Before it too").unwrap();
    service.quiet().await;
    service.connect_and_link().await;
    service.change(&format!("UPDATE chat_link SET created_at = created_at + {}", 10 * 60_000)).await;
    service.world().edit_message(PEOPLE[0], &service.stage.chat, &early, "Changed").unwrap();
    service.edit_comment(&comment, "Changed too");
    service.quiet().await;
    assert_eq!(service.reasons_of("message edited").await, ["not relayed before"]);
    assert_eq!(service.reasons_of("comment edited").await, ["not relayed before"]);
    assert_eq!(service.comment_texts(&service.stage.issue), ["Changed too"]);
    service.stop().await;
}
