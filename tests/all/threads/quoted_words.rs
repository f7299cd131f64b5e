//! What a quote on the issue says: the real words, for those alone who may read them.

use threadline::ids::{AccountId, ProjectId};
use threadline::stage::{CLOUD, PEOPLE, PROJECT};
use threadline::store::{Setting, SettingName, SettingScope};
use threadline_simulator::{CommentDraft, IssueDraft, MessageDraft, ProjectKind};

use crate::service::Service;

/// The stage, linked, and the link's scope of settings.
async fn linked(service: Service) -> (Service, SettingScope) {
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.stage.connect(PEOPLE[1]).await.unwrap();
    for role in ["Administrators", "Developers"] {
        service.world().add_to_role(CLOUD, role, PEOPLE[0]).unwrap();
    }
    let link = service.link(&mut ann, &service.stage.issue, &service.stage.chat).await;
    let key = service.world().issue(&service.stage.issue).unwrap().project;
    let project = ProjectId::new(service.world().project(CLOUD, &key).unwrap().id);
    (service, SettingScope::Link { id: link.parse().unwrap(), project: Some(project) })
}

/// The operator sets something for the link.
async fn set(service: &Service, scope: &SettingScope, name: &str, value: &str) {
    let name = SettingName::from_word(name).unwrap();
    let changes = vec![(name, Some(Setting::parse(name, value).unwrap()))];
    service.storage.store.change_settings(scope.clone(), changes, "operator".to_owned()).await.unwrap();
}

/// Sends a reply that quotes a message; gives the reply's id and what the issue says then.
async fn reply(service: &Service, text: &str, quoted: &str) -> (String, String) {
    let draft = MessageDraft::text(text).quoting(quoted);
    let reply = service.world().send_message(PEOPLE[0], &service.stage.chat, draft).unwrap();
    service.quiet().await;
    (reply, service.comment_texts(&service.stage.issue).pop().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_comments_words_do_not_get_into_an_open_comment() {
    let (service, link) = linked(Service::start().await).await;
    set(&service, &link, "show-restricted", "yes").await;
    let secret = CommentDraft::text("The password is 1234").for_role("Developers");
    service.world().comment(PEOPLE[0], &service.stage.issue, secret).unwrap();
    service.quiet().await;
    let shown = service.standing(&service.stage.chat).pop().unwrap();
    assert!(shown.content.contains("1234"), "the chat may see it");
    let (_, text) = reply(&service, "Change it", &shown.id).await;
    assert_eq!(text, "An earlier comment\nChange it");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_internal_comments_words_are_quoted_in_internal_comments_alone() {
    let mut service = Service::start().await;
    let world = service.world();
    world.add_project(CLOUD, "HELP", "Help desk", ProjectKind::ServiceDesk, &["Request"]).unwrap();
    let issue = world.create_issue(PEOPLE[0], IssueDraft::new("HELP", "No printer")).unwrap().key;
    service.stage.issue = issue;
    let (service, link) = linked(service).await;
    set(&service, &link, "show-internal", "yes").await;
    let secret = CommentDraft::text("The customer is wrong").internal();
    service.world().comment(PEOPLE[0], &service.stage.issue, secret).unwrap();
    service.quiet().await;
    let shown = service.standing(&service.stage.chat).pop().unwrap();
    let (_, text) = reply(&service, "Among us", &shown.id).await;
    assert_eq!(text, "Ann Archer: The customer is wrong\nAmong us");
    set(&service, &link, "service-replies", "public").await;
    let (public, text) = reply(&service, "For you", &shown.id).await;
    assert_eq!(text, "An earlier comment\nFor you");

    // A public comment stays one, whatever replies become since.
    set(&service, &link, "service-replies", "internal").await;
    let draft = MessageDraft::text("For you all").quoting(&shown.id);
    service.world().edit_message(PEOPLE[0], &service.stage.chat, &public, draft).unwrap();
    service.quiet().await;
    let text = service.comment_texts(&service.stage.issue).pop().unwrap();
    assert_eq!(text, "An earlier comment\nFor you all");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_quoted_with_words_that_they_did_not_say() {
    let (service, _) = linked(Service::start().await).await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let real = world.send_message(PEOPLE[1], chat, "Do not deploy").unwrap();
    service.quiet().await;
    let forged = |id: &str| {
        MessageDraft::html(&format!(
            "<blockquote itemscope itemtype=\"http://schema.skype.com/Reply\" itemid=\"{id}\">\
             <strong itemprop=\"mri\">Cleo Carter</strong><p itemprop=\"preview\">Deploy it now</p></blockquote>\
             <p>As agreed</p>"
        ))
    };
    world.send_message(PEOPLE[0], chat, forged(&real)).unwrap();
    service.quiet().await;
    let texts = service.comment_texts(&service.stage.issue);
    assert_eq!(texts[1], "Ben Baker: Do not deploy\nAs agreed");
    world.send_message(PEOPLE[0], chat, forged("9999999999999")).unwrap();
    service.quiet().await;
    let texts = service.comment_texts(&service.stage.issue);
    assert_eq!(texts[2], "An earlier message\nAs agreed", "there is no such message");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_does_not_reach_back_behind_the_link() {
    let service = Service::start().await;
    let early = "Before there was a link";
    let early = service.world().send_message(PEOPLE[2], &service.stage.chat, early).unwrap();
    let (service, _) = linked(service).await;
    // It was written long before.
    service.change(&format!("UPDATE chat_link SET created_at = created_at + {}", 10 * 60_000)).await;
    let (_, text) = reply(&service, "I agree", &early).await;
    assert_eq!(text, "An earlier message\nI agree");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chats_other_issue_is_not_quoted() {
    let (service, _) = linked(Service::start().await).await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let other = world.create_issue(PEOPLE[0], IssueDraft::new(PROJECT, "Another")).unwrap().key;
    world.comment(PEOPLE[1], &service.stage.issue, "About this").unwrap();
    service.quiet().await;
    let here_in_chat = service.standing(chat).pop().unwrap().id;
    world.send_message(PEOPLE[0], chat, MessageDraft::to_bot(&format!("link {other}"))).unwrap();
    service.quiet().await;
    world.comment(PEOPLE[1], &other, "About the other").unwrap();
    service.quiet().await;
    let there_in_chat = service.standing(chat).pop().unwrap().id;
    // Older clients show each quoted message in a block quote of its own.
    let quote = |id: &str| {
        format!(
            "<blockquote itemscope itemtype=\"http://schema.skype.com/Reply\" itemid=\"{id}\"></blockquote>"
        )
    };
    let both = format!("{}{}<p>Both</p>", quote(&here_in_chat), quote(&there_in_chat));
    world.send_message(PEOPLE[0], chat, MessageDraft::html(&both)).unwrap();
    service.quiet().await;
    let all = [service.comment_texts(&service.stage.issue), service.comment_texts(&other)].concat();
    let said = all.iter().find(|text| text.ends_with("Both")).unwrap();
    assert!(said.contains("An earlier message\n"), "{said}");
    assert!(said.contains("About this") != said.contains("About the other"), "{said}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_integration_account_wrote_is_quoted_under_its_authors_name() {
    let (service, _) = linked(Service::start().await).await;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    service.set_integration_account(&AccountId::new(ann.account_id.as_str())).await;
    let first = service.world().send_message(PEOPLE[2], &service.stage.chat, "From me").unwrap();
    service.quiet().await;
    let (_, text) = reply(&service, "Thanks", &first).await;
    assert_eq!(text, "Cleo Carter: From me\nThanks");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_of_ones_own_that_looks_like_ours_arrives() {
    let (service, _) = linked(Service::start().await).await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let own = "<blockquote><p><a href=\"https://elsewhere.example.net/browse/XY-1?focusedCommentId=7\">\
               <strong>Dana</strong></a>: It is known</p></blockquote><p>So it is</p>";
    world.send_message(PEOPLE[0], chat, MessageDraft::html(own)).unwrap();
    service.quiet().await;
    let text = service.comment_texts(&service.stage.issue).pop().unwrap();
    assert_eq!(text, "Dana: It is known\nSo it is");
    service.stop().await;
}
