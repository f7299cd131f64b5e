use serde_json::{Value, json};

use super::*;
use crate::ambient::Millis;
use crate::call::download::Downloads;
use crate::call::recorder::{FailureCase, Recorder, Reply, Seen, http};
use crate::ids::{FileId, MessageId, TeamId};
use crate::teams::issuer::settings;

const CHAT: &str = "19:abc@thread.v2";

/// Does `act` on a Graph that answers so, and tells what it was asked.
async fn on_graph<T>(
    replies: Vec<Reply>,
    act: impl AsyncFnOnce(&Client, &Secret, &Place) -> Result<T, CallError>,
) -> (Vec<Seen>, Result<T, CallError>) {
    let platform = Recorder::start(replies).await;
    let client = Client::new(http(), &settings(&platform.url()));
    let place = Place::of(&ConversationId::new(CHAT), None).unwrap();
    let result = act(&client, &Secret::new("token"), &place).await;
    let seen = platform.seen();
    assert!(seen.iter().all(|seen| seen.authorization.as_deref() == Some("Bearer token")));
    (seen, result)
}

fn hello() -> OutgoingMessage {
    let ada = Mention { id: 0, object_id: ObjectId::new("cc-3"), name: "Ada".into() };
    OutgoingMessage {
        html: "<p>Hi <at id=\"0\">Ada</at></p>".into(),
        mentions: vec![ada],
        ..Default::default()
    }
}

#[tokio::test]
async fn a_person_writes_to_a_chat() {
    let (seen, id) =
        on_graph(vec![(201, json!({ "id": "1795", "etag": "1" })).into()], async |graph, token, chat| {
            graph.send_message(token, chat, &hello()).await
        })
        .await;
    assert_eq!(id.unwrap(), MessageId::new("1795"));
    assert_eq!(seen[0].line, "POST /v1.0/chats/19%3Aabc%40thread.v2/messages");
    let expected = json!({
        "body": { "contentType": "html", "content": "<p>Hi <at id=\"0\">Ada</at></p>" },
        "mentions": [{
            "id": 0, "mentionText": "Ada",
            "mentioned": { "user": { "id": "cc-3", "displayName": "Ada", "userIdentityType": "aadUser" } },
        }],
    });
    assert_eq!(seen[0].json(), expected);
}

#[tokio::test]
async fn a_person_changes_and_deletes_their_message() {
    let replies = vec![(204, Value::Null).into(), (204, Value::Null).into()];
    let (seen, done) = on_graph(replies, async |graph, token, chat| {
        let (ada, id) = (ObjectId::new("cc-3"), MessageId::new("1795"));
        graph.update_message(token, chat, &id, &hello()).await?;
        graph.soft_delete_message(token, &ada, chat, &id).await
    })
    .await;
    done.unwrap();
    assert_eq!(seen[0].line, "PATCH /v1.0/chats/19%3Aabc%40thread.v2/messages/1795");
    assert_eq!(seen[1].line, "POST /v1.0/users/cc-3/chats/19%3Aabc%40thread.v2/messages/1795/softDelete");
}

#[tokio::test]
async fn messages_are_read_with_who_wrote_them() {
    let page = json!({ "@odata.count": 4, "value": [
        {
            "id": "4", "messageType": "message", "createdDateTime": "2026-11-21T10:00:00.004Z",
            "lastModifiedDateTime": "2026-11-21T10:09:00Z", "lastEditedDateTime": "2026-11-21T10:05:00Z",
            "from": { "application": null, "user": { "id": "CC-3", "displayName": "Ada" } },
            "body": { "contentType": "html", "content": "<p><at id=\"0\">Bea</at> look</p>" },
            "mentions": [{ "id": 0, "mentionText": "Bea", "mentioned": { "user": { "id": "DD-4" } } }],
            "attachments": [{ "id": "3", "contentType": "messageReference", "content": "{}" }],
        },
        {
            "id": "3", "messageType": "message", "from": { "application": { "id": "bot" }, "user": null },
            "body": { "contentType": "text", "content": "a < b\nc" },
        },
        { "id": "2", "messageType": "message", "deletedDateTime": "2026-11-21T10:06:00Z", "from": null,
          "body": { "contentType": "text", "content": "" } },
        { "id": "1", "messageType": "systemEventMessage", "from": null, "body": null, "mentions": null },
    ] });
    let (seen, messages) = on_graph(vec![(200, page).into()], async |graph, token, chat| {
        graph.recent_messages(token, chat, Millis(0)).next_page().await
    })
    .await;
    assert_eq!(seen[0].line, "GET /v1.0/chats/19%3Aabc%40thread.v2/messages");
    let messages = messages.unwrap().unwrap();
    let [of_ada, of_bot, deleted, system] = messages.as_slice() else { panic!("four messages") };
    assert_eq!(of_ada.from_user, Some(ObjectId::new("cc-3")));
    assert_eq!(of_ada.created, Some(Millis(1_795_255_200_004)));
    assert_eq!(of_ada.edited, Some(Millis(1_795_255_500_000)), "reactions are no edits");
    assert_eq!(of_ada.quoted, Some(MessageId::new("3")));
    assert_eq!(of_ada.mentions[0].object_id, Some(ObjectId::new("dd-4")));
    assert_eq!(of_bot.from_application.as_deref(), Some("bot"));
    assert_eq!(of_bot.body_html, "a &lt; b<br>c", "plain text is escaped");
    assert!(deleted.deleted.is_some() && deleted.is_message);
    assert!(!system.is_message);
}

#[tokio::test]
async fn one_message_the_chat_and_its_owner_are_read() {
    let replies = vec![
        (200, json!({ "id": "4", "messageType": "message" })).into(),
        (200, json!({ "topic": "T", "chatType": "group", "webUrl": "https://teams.microsoft.com/l/chat/1" }))
            .into(),
        (200, json!({ "id": "CC-3", "displayName": null })).into(),
    ];
    let (seen, me) = on_graph(replies, async |graph, token, chat| {
        assert_eq!(graph.message(token, chat, &MessageId::new("4")).await?.id, MessageId::new("4"));
        assert_eq!(graph.chat(token, &ConversationId::new(CHAT)).await?.topic.as_deref(), Some("T"));
        graph.me(token).await
    })
    .await;
    assert_eq!(me.unwrap().object_id, ObjectId::new("cc-3"));
    assert_eq!(seen[0].line, "GET /v1.0/chats/19%3Aabc%40thread.v2/messages/4");
    assert_eq!(seen[2].line, "GET /v1.0/me");
}

#[tokio::test]
async fn members_are_read_page_by_page_but_the_token_goes_nowhere_else() {
    let member = |id: &str| json!({ "id": "m", "userId": id, "displayName": "N" });
    let elsewhere = json!({ "value": [], "@odata.nextLink": "https://evil.example/more" });
    let (seen, members) = on_graph(vec![(200, elsewhere).into()], async |graph, token, _| {
        graph.members(token, &ConversationId::new(CHAT)).await
    })
    .await;
    assert!(matches!(members, Err(CallError::Malformed { .. })));
    assert_eq!(seen.len(), 1);

    let page = json!({ "value": [member("A"), { "id": "m2", "displayName": "a bot" }] });
    let (_, members) = on_graph(vec![(200, page).into()], async |graph, token, _| {
        graph.members(token, &ConversationId::new(CHAT)).await
    })
    .await;
    let ids: Vec<_> = members.unwrap().into_iter().map(|member| member.object_id).collect();
    assert_eq!(ids, [ObjectId::new("a")]);
}

#[tokio::test]
async fn what_is_no_chat_is_refused_before_anything_is_sent() {
    for id in ["19:x@thread.tacv2;messageid=17", "19:x@thread.tacv2", "a:1xyz", ""] {
        let conversation = ConversationId::new(id);
        let (seen, result) =
            on_graph(Vec::new(), async |graph, token, _| graph.members(token, &conversation).await).await;
        assert!(matches!(result, Err(CallError::Refused { status: 501, .. })), "{id}");
        assert!(seen.is_empty());
    }
}

/// A thread of a channel.
fn thread() -> Place {
    let id = ConversationId::new("19:x@thread.tacv2;messageid=17");
    Place::of(&id, Some(&TeamId::new("g-1"))).unwrap()
}

#[tokio::test]
async fn a_person_answers_in_a_thread_and_takes_it_back() {
    let replies =
        vec![(201, json!({ "id": "18" })).into(), (204, Value::Null).into(), (204, Value::Null).into()];
    let (seen, done) = on_graph(replies, async |graph, token, _| {
        let (ada, id) = (ObjectId::new("cc-3"), graph.send_message(token, &thread(), &hello()).await?);
        graph.update_message(token, &thread(), &id, &hello()).await?;
        graph.soft_delete_message(token, &ada, &thread(), &id).await
    })
    .await;
    done.unwrap();
    let replies = "/v1.0/teams/g-1/channels/19%3Ax%40thread.tacv2/messages/17/replies";
    let lines =
        [format!("POST {replies}"), format!("PATCH {replies}/18"), format!("POST {replies}/18/softDelete")];
    assert_eq!(seen.iter().map(|seen| seen.line.clone()).collect::<Vec<_>>(), lines);
}

#[tokio::test]
async fn more_messages_are_read_at_graph_alone() {
    let elsewhere = json!({ "value": [], "@odata.nextLink": "https://evil.example/" });
    for place in [None, Some(thread())] {
        let (seen, found) = on_graph(vec![(200, elsewhere.clone()).into()], async |graph, token, chat| {
            let mut recent = graph.recent_messages(token, place.as_ref().unwrap_or(chat), Millis(0));
            assert!(recent.next_page().await?.is_some());
            recent.next_page().await
        })
        .await;
        assert!(matches!(found, Err(CallError::Malformed { .. })), "the token goes nowhere else");
        assert_eq!(seen.len(), 1);
    }
}

#[tokio::test]
async fn each_failure_of_graph_is_named_by_what_can_be_done_about_it() {
    let error = |code: &str| json!({ "error": { "code": code, "message": "Ada's words", "innerError": {} } });
    let cases: Vec<FailureCase> = vec![
        ((401, error("InvalidAuthenticationToken")).into(), |e| matches!(e, CallError::LoginNeeded)),
        (
            (403, error("Forbidden")).into(),
            |e| matches!(e, CallError::Forbidden { code } if code == "Forbidden"),
        ),
        (
            (403, json!({ "error": "odd" })).into(),
            |e| matches!(e, CallError::Forbidden { code } if code == "403"),
        ),
        ((404, error("NotFound")).into(), |e| matches!(e, CallError::Gone)),
        ((413, error("RequestEntityTooLarge")).into(), |e| matches!(e, CallError::TooLarge)),
        ((400, error("MessageSizeTooBig")).into(), |e| matches!(e, CallError::TooLarge)),
        ((400, error("BadRequest")).into(), |e| matches!(e, CallError::Refused { status: 400, .. })),
        ((409, error("Conflict")).into(), |e| matches!(e, CallError::Refused { status: 409, .. })),
        ((412, error("PreconditionFailed")).into(), |e| matches!(e, CallError::Refused { status: 412, .. })),
        (
            Reply::from((429, error("TooManyRequests"))).header("retry-after", "9"),
            |e| matches!(e, CallError::Throttled { retry_after: Some(wait) } if wait.as_secs() == 9),
        ),
        ((429, Value::Null).into(), |e| matches!(e, CallError::Throttled { retry_after: None })),
        ((504, Value::Null).into(), |e| matches!(e, CallError::OutcomeUnknown { status: Some(504) })),
        ((201, json!({ "no": "id" })).into(), |e| matches!(e, CallError::Malformed { .. })),
    ];
    for (case, (reply, expected)) in cases.into_iter().enumerate() {
        let (_, result) =
            on_graph(vec![reply], async |graph, token, chat| graph.send_message(token, chat, &hello()).await)
                .await;
        let error = result.expect_err("a failure");
        assert!(expected(&error), "case {case}: {error:?}");
        assert!(!format!("{error:?}").contains("Ada"), "no foreign text in errors: {error:?}");
    }
}

fn downloads() -> Downloads {
    Downloads::new(http(), std::time::Duration::from_secs(5))
}

#[tokio::test]
async fn a_message_brings_its_pictures_and_the_files_that_stand_in_it() {
    let file = |guid: &str| DriveItem {
        id: FileId::new("01A"),
        guid: guid.into(),
        name: "a.pdf".into(),
        address: "https://x.example/a.pdf".into(),
    };
    let picture = HostedPicture { temporary_id: "1".into(), media_type: "image/png", bytes: b"png".to_vec() };
    let message = OutgoingMessage {
        html: "<img src=\"../hostedContents/1/$value\"><attachment id=\"g-1\"></attachment>".into(),
        pictures: vec![picture],
        files: vec![file("g-1"), file("cut-off")],
        ..Default::default()
    };
    let (seen, sent) = on_graph(vec![(201, json!({ "id": "1795" })).into()], async |graph, token, chat| {
        graph.send_message(token, chat, &message).await
    })
    .await;
    sent.unwrap();
    let body = seen[0].json();
    assert_eq!(
        body["hostedContents"],
        json!([{ "@microsoft.graph.temporaryId": "1", "contentBytes": "cG5n", "contentType": "image/png" }])
    );
    let reference = json!({
        "id": "g-1", "contentType": "reference", "contentUrl": "https://x.example/a.pdf", "name": "a.pdf",
    });
    assert_eq!(body["attachments"], json!([reference]), "an entry without its mark would be refused");
}

#[tokio::test]
async fn a_file_is_put_on_a_drive_and_shared_with_the_organisation() {
    let guid = "153fa47d-18c9-4179-be08-9879815a9f90";
    let item = json!({
        "id": "01A", "name": "a b.pdf", "eTag": format!("\"{{{guid}}},1\""),
        "webUrl": "https://x.example/Doc.aspx", "webDavUrl": "https://x.example/a%20b.pdf",
    });
    let replies =
        vec![(201, json!({ "id": "01A" })).into(), (201, json!({ "link": {} })).into(), (200, item).into()];
    let (seen, shared) = on_graph(replies, async |graph, token, _| {
        let body = (reqwest::Body::from("bytes"), Some(5));
        let id = graph.put_file(&downloads(), token, &["Threadline", "7"], "a b:.pdf", body).await?;
        graph.share_file(token, &id).await
    })
    .await;
    let shared = shared.unwrap();
    assert_eq!((shared.guid.as_str(), shared.address.as_str()), (guid, "https://x.example/a%20b.pdf"));
    assert_eq!(seen[0].line, "PUT /v1.0/me/drive/root:/Threadline/7/a%20b%5F%2Epdf:/content");
    assert_eq!(seen[0].body.as_ref(), b"bytes");
    assert_eq!(seen[1].line, "POST /v1.0/me/drive/items/01A/createLink");
    assert_eq!(seen[1].json(), json!({ "type": "view", "scope": "organization" }));
    assert!(seen[2].has("$select", "id,name,eTag,webUrl,webDavUrl"));
}

#[tokio::test]
async fn a_shared_file_and_a_picture_are_opened_by_their_addresses() {
    let (seen, _) = on_graph(vec![(200, json!("x")).into()], async |graph, token, _| {
        graph.open_shared(&downloads(), token, "https://x.example/ä?b").await
    })
    .await;
    assert_eq!(
        seen[0].line,
        "GET /v1.0/shares/u!aHR0cHM6Ly94LmV4YW1wbGUvw6Q_Yg/driveItem/content".replace('!', "%21")
    );
    let (seen, _) = on_graph(vec![(200, json!("x")).into()], async |graph, token, chat| {
        let picture = (&MessageId::new("17"), &FileId::new("aWQ9"));
        graph.open_picture(&downloads(), token, chat, picture).await
    })
    .await;
    let place = "/v1.0/chats/19%3Aabc%40thread.v2/messages/17/hostedContents/aWQ9/$value";
    assert_eq!(seen[0].line, format!("GET {place}"));
}
