//! An issue with several chats, and a chat with several issues.

use threadline::stage::{Browser, PEOPLE, PROJECT};
use threadline_simulator::{ChatKind, IssueDraft, MessageDraft};

use crate::service::{PATIENCE, Service};

/// A service with two connected people, whose browsers stay open.
async fn two_people() -> (Service, Browser, Browser) {
    let service = Service::start().await;
    let ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let ben = service.stage.connect(PEOPLE[1]).await.unwrap();
    (service, ann, ben)
}

/// Another chat of the same people, with the bot in it.
async fn another_chat(service: &Service) -> String {
    let chat = service.world().add_chat("Another team", &PEOPLE, ChatKind::Group).unwrap();
    service.world().install_bot(&chat).unwrap();
    assert!(service.world().settled(PATIENCE).await);
    chat
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_the_issue_and_its_other_chat_once() {
    let (service, mut ann, _ben) = two_people().await;
    let (first, second) = (service.stage.chat.clone(), another_chat(&service).await);
    for chat in [&first, &second] {
        service.link(&mut ann, &service.stage.issue, chat).await;
    }
    service.world().send_message(PEOPLE[1], &first, "Seen in chat one").unwrap();
    service.until("the message in chat two", |world| world.messages(&second).len() == 1).await;
    service.quiet().await;
    assert_eq!(service.texts_of(&first).len(), 1, "not back to where it came from");
    assert_eq!(service.texts_of(&second).len(), 1);
    assert_eq!(service.comment_texts(&service.stage.issue), ["Seen in chat one"]);
    assert_eq!(service.standing(&second)[0].sender.name(), PEOPLE[1]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_reaches_every_chat_of_its_issue() {
    let (service, mut ann, _ben) = two_people().await;
    let (first, second) = (service.stage.chat.clone(), another_chat(&service).await);
    for chat in [&first, &second] {
        service.link(&mut ann, &service.stage.issue, chat).await;
    }
    service.world().comment(PEOPLE[0], &service.stage.issue, "For all").unwrap();
    service.quiet().await;
    assert_eq!(service.texts_of(&first).len(), 1);
    assert_eq!(service.texts_of(&second).len(), 1);
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_finds_its_issue_by_quote_then_by_key_then_by_what_is_current() {
    let (service, mut ann, _ben) = two_people().await;
    let chat = service.stage.chat.clone();
    let first = service.stage.issue.clone();
    let second = service.world().create_issue(PEOPLE[0], IssueDraft::new(PROJECT, "Second")).unwrap().key;
    for issue in [&first, &second] {
        service.link(&mut ann, issue, &chat).await;
    }
    service.world().comment(PEOPLE[0], &first, "About the first").unwrap();
    service.quiet().await;
    let quoted = service.standing(&chat)[0].id.clone();
    let say = |draft: MessageDraft| service.world().send_message(PEOPLE[1], &chat, draft).unwrap();
    say(MessageDraft::text("goes to what was linked last"));
    say(MessageDraft::text(&format!("{first} is named")));
    say(MessageDraft::text(&format!("{second} is named, but another is quoted")).quoting(&quoted));
    service.quiet().await;
    let firsts = service.comment_texts(&first);
    assert_eq!(firsts.len(), 3, "{firsts:?}");
    assert!(firsts[1].contains("is named"), "{firsts:?}");
    assert!(firsts[2].contains("another is quoted"), "{firsts:?}");
    assert_eq!(service.comment_texts(&second), ["goes to what was linked last"]);

    service.world().send_message(PEOPLE[1], &chat, MessageDraft::to_bot(&format!("link {first}"))).unwrap();
    service.quiet().await;
    say(MessageDraft::text("and now to the first again"));
    service.quiet().await;
    assert_eq!(service.comment_texts(&first).len(), 4);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_says_which_issues_a_chat_has_and_forgets_one_when_asked() {
    let (service, mut ann, _ben) = two_people().await;
    let chat = service.stage.chat.clone();
    service.link(&mut ann, &service.stage.issue, &chat).await;
    let ask = |text: &str| {
        service.world().send_message(PEOPLE[1], &chat, MessageDraft::to_bot(text)).unwrap();
    };
    ask("status");
    service.quiet().await;
    let said = service.chat_texts().pop().unwrap();
    assert!(said.contains(&service.stage.issue) && said.contains("current"), "{said}");
    ask(&format!("unlink {}", service.stage.issue));
    service.quiet().await;
    assert!(service.chat_texts().pop().unwrap().contains("Unlinked from"), "{:?}", service.chat_texts());
    ask("status");
    service.quiet().await;
    assert!(service.chat_texts().pop().unwrap().contains("not linked"), "{:?}", service.chat_texts());
    service.world().comment(PEOPLE[0], &service.stage.issue, "Nobody hears this").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 6, "{:?}", service.chat_texts());
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 1, "commands are no comments");
    service.stop().await;
}
