//! Quotes: a quoted reply in the chat, an answered comment on the issue.

use serde_json::Value;
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, Fault, Host, MessageDraft, Moment};

use crate::service::Service;

/// The first block of the newest comment, and its text.
fn newest_comment(service: &Service) -> (Value, String) {
    let comment = service.world().comments(&service.stage.issue).pop().unwrap();
    (comment.body["content"][0].clone(), comment.text())
}

/// The newest message as HTML.
fn newest_message(service: &Service) -> String {
    service.standing(&service.stage.chat).pop().unwrap().content
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quoted_reply_becomes_a_quote_that_leads_to_the_quoted_comment() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let first = world.send_message(PEOPLE[0], chat, "It fails with umlauts").unwrap();
    service.quiet().await;
    let quoted = world.comments(&service.stage.issue)[0].id.clone();
    world.send_message(PEOPLE[1], chat, MessageDraft::text("And with accents").quoting(&first)).unwrap();
    service.quiet().await;
    let (quote, text) = newest_comment(&service);
    assert_eq!(quote["type"], "blockquote");
    assert_eq!(text, "Ann Archer: It fails with umlauts\nAnd with accents");
    let link = &quote["content"][0]["content"][0]["marks"];
    assert!(link.to_string().contains(&format!("?focusedCommentId={quoted}")), "{link}");
    assert_eq!(world.messages(chat).len(), 2, "nothing comes back");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quoted_message_without_a_comment_is_linked_where_it_stands() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let command = world.send_message(PEOPLE[0], chat, MessageDraft::to_bot("status")).unwrap();
    service.quiet().await;
    let answer = service.standing(chat).pop().unwrap().id;
    world.send_message(PEOPLE[1], chat, MessageDraft::text("I see").quoting(&command)).unwrap();
    service.quiet().await;
    let (quote, text) = newest_comment(&service);
    assert!(text.starts_with("Ann Archer: ") && text.ends_with("status\nI see"), "{text}");
    assert!(quote.to_string().contains("/l/message/") && quote.to_string().contains(&command), "{quote}");
    world.send_message(PEOPLE[1], chat, MessageDraft::text("Fine").quoting(&answer)).unwrap();
    service.quiet().await;
    assert_eq!(newest_comment(&service).1, "An earlier message\nFine", "nobody has said that");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_comment_quotes_it_in_the_chat() {
    let service = Service::linked().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    let first = world.comment(PEOPLE[0], issue, "Which browser is it?").unwrap();
    world.comment(PEOPLE[1], issue, CommentDraft::text("All of them").answering(&first)).unwrap();
    world.comment(PEOPLE[2], issue, CommentDraft::text("Mine too").answering(&first)).unwrap();
    service.quiet().await;
    let messages = service.standing(&service.stage.chat);
    let [_, by_ben, by_bot] = messages.as_slice() else { panic!("three messages") };
    assert_eq!(by_ben.text().trim(), "Ann Archer: Which browser is it?\nAll of them");
    assert!(
        by_ben.content.starts_with("<blockquote>") && by_ben.content.contains(&first),
        "{}",
        by_ben.content
    );
    assert_eq!(by_bot.text().trim(), "Cleo Carter (Jira)\nAnn Archer: Which browser is it?\nMine too");
    assert!(by_bot.content.contains("<blockquote>"), "{}", by_bot.content);
    assert_eq!(service.comment_texts(issue).len(), 3, "nothing comes back");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_quoted_that_the_chat_may_not_see() {
    let service = Service::linked().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    world.add_to_role(threadline::stage::CLOUD, "Administrators", PEOPLE[0]).unwrap();
    let secret = CommentDraft::text("The password is 1234").for_role("Administrators");
    let secret = world.comment(PEOPLE[0], issue, secret).unwrap();
    world.comment(PEOPLE[0], issue, CommentDraft::text("Change it").answering(&secret)).unwrap();
    service.quiet().await;
    assert_eq!(service.standing(&service.stage.chat).len(), 1);
    let message = newest_message(&service);
    assert!(message.contains("An earlier comment") && message.contains("Change it"), "{message}");
    assert!(!message.contains("1234") && !message.contains("Ann"), "{message}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_outcome_was_lost_is_found_again_behind_its_quote() {
    let service = Service::linked().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    let first = world.comment(PEOPLE[0], issue, "One").unwrap();
    service.quiet().await;
    let lost = || Fault::cut(Moment::After).times(1);
    world.fail(lost().at_host(Host::Graph).on("POST", "/v1.0/chats/*/messages"));
    world.comment(PEOPLE[1], issue, CommentDraft::text("Two").answering(&first)).unwrap();
    service.quiet().await;
    world.fail(lost().at_host(Host::Service).on("POST", "/teams/v3/conversations/*/activities"));
    world.comment(PEOPLE[2], issue, CommentDraft::text("Three").answering(&first)).unwrap();
    service.quiet().await;
    let (left, _) = world.faults();
    assert!(left.iter().all(|fault| fault.times == Some(0)), "both have struck");
    assert_eq!(service.standing(&service.stage.chat).len(), 3, "{:?}", service.chat_texts());
    assert_eq!(service.comment_texts(issue).len(), 3);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_is_there_once_however_often_the_words_are_edited() {
    let service = Service::linked().await;
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    let first = world.send_message(PEOPLE[0], chat, "It fails").unwrap();
    service.quiet().await;
    let reply = world.send_message(PEOPLE[1], chat, MessageDraft::text("Here too").quoting(&first)).unwrap();
    service.quiet().await;
    world.edit_message(PEOPLE[1], chat, &reply, MessageDraft::text("Here as well").quoting(&first)).unwrap();
    service.quiet().await;
    let (_, text) = newest_comment(&service);
    assert_eq!(text, "Ann Archer: It fails\nHere as well");

    // The copy in Jira, quote and all, is edited there: the chat shows the quote already.
    let comment = world.comments(issue).pop().unwrap();
    let body = comment.body.to_string().replace("Here as well", "Here, since Monday");
    let body: Value = serde_json::from_str(&body).unwrap();
    world.edit_comment(PEOPLE[1], issue, &comment.id, CommentDraft::adf(body)).unwrap();
    service.quiet().await;
    let message = service.standing(chat).into_iter().find(|message| message.id == reply).unwrap();
    assert_eq!(message.text().trim(), "Here, since Monday");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_edited_on_either_side_keeps_one_quote() {
    let service = Service::linked().await;
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    let first = world.comment(PEOPLE[0], issue, "Which browser?").unwrap();
    let answer = world.comment(PEOPLE[1], issue, CommentDraft::text("All").answering(&first)).unwrap();
    service.quiet().await;
    world.edit_comment(PEOPLE[1], issue, &answer, "All of them").unwrap();
    service.quiet().await;
    let message = service.standing(chat).pop().unwrap();
    assert_eq!(message.text().trim(), "Ann Archer: Which browser?\nAll of them");
    let html = message.content.replace("All of them", "Every one");
    world.edit_message(PEOPLE[1], chat, &message.id, MessageDraft::html(&html)).unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(issue), ["Which browser?", "Every one"], "Jira shows what it answers");
    service.stop().await;
}
