use serde_json::json;

use super::*;
use crate::call::odd_json::object_with;

fn read(activity: &Value) -> Activity {
    Activity::parse(activity.to_string().as_bytes()).unwrap()
}

fn message(changes: &Value) -> Activity {
    let mut activity = json!({
        "type": "message", "id": "1795255200000", "timestamp": "2026-11-21T10:00:00.004Z",
        "serviceUrl": "https://smba.trafficmanager.net/emea/", "channelId": "msteams",
        "from": { "id": "29:ada", "name": "Ada", "aadObjectId": "CCCCCCCC-0000-4000-8000-000000000003" },
        "recipient": { "id": "28:app", "name": "Threadline" },
        "conversation": {
            "id": "19:abc@thread.v2", "conversationType": "groupChat", "isGroup": true,
            "tenantId": "AAAAAAAA-0000-4000-8000-000000000001",
        },
        "textFormat": "plain", "text": "Hello", "locale": "en-GB",
        "attachments": [{ "contentType": "text/html", "content": "<p>Hello</p>" }],
        "entities": [{ "type": "clientInfo", "locale": "en-GB" }],
        "channelData": { "tenant": { "id": "aaaaaaaa-0000-4000-8000-000000000001" } },
    });
    activity.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    read(&activity)
}

fn mention(id: &str, name: &str) -> Value {
    json!({ "type": "mention", "mentioned": { "id": id, "name": name }, "text": format!("<at>{name}</at>") })
}

#[test]
fn a_message_says_who_where_and_what() {
    let activity = message(&json!({}));
    assert_eq!(activity.kind, Kind::Message);
    assert_eq!(activity.id, Some(MessageId::new("1795255200000")));
    assert_eq!(activity.timestamp, Some(Millis(1_795_255_200_004)));
    let place = activity.conversation.as_ref().unwrap();
    assert_eq!((place.id.as_str(), place.kind), ("19:abc@thread.v2", ConversationKind::GroupChat));
    let from = activity.from.as_ref().unwrap();
    assert_eq!(from.object_id, Some(ObjectId::new("cccccccc-0000-4000-8000-000000000003")));
    assert_eq!(activity.tenant(), Some(&TenantId::new("aaaaaaaa-0000-4000-8000-000000000001")));
    assert_eq!(activity.html.as_deref(), Some("<p>Hello</p>"));
    assert!(!activity.mentions_the_bot() && !activity.is_from_a_bot());
}

#[test]
fn a_command_is_what_remains_without_the_bots_mention() {
    let activity = message(&json!({
        "text": "<at>Threadline</at>&nbsp;create ABC Ask <at>Bea</at> about a &lt;at&gt; &amp;amp; b\n",
        "entities": [mention("28:app", "Threadline"), mention("29:bea", "Bea")],
    }));
    assert!(activity.mentions_the_bot());
    assert_eq!(activity.plain_text(), "create ABC Ask Bea about a <at> &amp; b");
}

#[test]
fn a_person_named_like_the_bot_is_not_the_bot() {
    let activity =
        message(&json!({ "text": "<at>Threadline</at> hi", "entities": [mention("29:x", "Threadline")] }));
    assert!(!activity.mentions_the_bot());
    assert_eq!(activity.plain_text(), "Threadline hi");

    let typed = message(&json!({ "text": "<at>Threadline</at> hi" }));
    assert!(!typed.mentions_the_bot(), "typed, not mentioned");
}

#[test]
fn names_are_put_in_once_and_stay_as_they_are() {
    let activity = message(&json!({
        "text": "<at>Bea</at> and <at>Cem</at>, <at>typed</at> &lt;at&gt;",
        "entities": [mention("29:bea", "Bea"), { "type": "mention", "text": "<at>Cem</at>",
            "mentioned": { "id": "29:cem", "name": "<at>Bea</at> &amp; Cem" } }],
    }));
    assert_eq!(activity.plain_text(), "Bea and <at>Bea</at> &amp; Cem, <at>typed</at> <at>");

    let endless = message(&json!({ "from": { "id": "29:ada", "name": "a".repeat(5_000) } }));
    assert_eq!(endless.from.unwrap().name, None);
}

#[test]
fn a_quote_is_known_in_both_spellings() {
    let entity = json!({ "type": "quotedReply", "quotedReply": { "messageId": "17", "preview": "…" } });
    let new = message(&json!({ "text": "<quoted messageId=\"17\"/> yes", "entities": [entity] }));
    assert_eq!(new.quoted, Some(MessageId::new("17")));
    assert_eq!(new.plain_text(), "yes");
    assert_eq!(new.quotes, [Quoted { message: MessageId::new("17") }]);

    let two = ["17", "18"]
        .map(|id| json!({ "type": "quotedReply", "quotedReply": { "messageId": id, "senderName": "Ada" } }));
    let text = "<quoted messageId=\"17\"/><quoted messageId=\"18\"/> yes";
    let both = message(&json!({ "text": text, "entities": two }));
    assert_eq!((both.quotes.len(), both.plain_text().as_str()), (2, "yes"));
    assert_eq!(both.quotes[1].message.as_str(), "18");

    let html = r#"<blockquote itemscope="" itemtype="http://schema.skype.com/Reply" itemid="17"><p>x</p></blockquote><p>yes</p>"#;
    let old = message(&json!({ "attachments": [{ "contentType": "text/html", "content": html }] }));
    assert_eq!(old.quoted, Some(MessageId::new("17")));

    for html in [
        "<blockquote>x</blockquote>",
        "<blockquote itemid=\"17\">x",
        "<blockquote itemtype=\"http://schema.skype.com/Reply\" itemid=\"x\">",
    ] {
        let plain = message(&json!({ "attachments": [{ "contentType": "text/html", "content": html }] }));
        assert_eq!(plain.quoted, None, "{html}");
    }
}

#[test]
fn edits_deletions_and_installations_are_told_apart() {
    let edit = message(&json!({ "type": "messageUpdate", "channelData": { "eventType": "editMessage" } }));
    assert_eq!(edit.kind, Kind::MessageUpdate);
    assert_eq!(edit.channel_data.event_type.as_deref(), Some("editMessage"));
    assert!(edit.tenant().is_some(), "the conversation tells the tenant too");

    let deletion =
        message(&json!({ "type": "messageDelete", "channelData": { "eventType": "softDeleteMessage" } }));
    assert_eq!(deletion.kind, Kind::MessageDelete);

    let added = message(&json!({
        "type": "conversationUpdate", "membersAdded": [{ "id": "29:bea" }, { "id": "28:app" }],
        "channelData": {
            "team": { "id": "19:team", "aadGroupId": "g" }, "channel": { "id": "19:c@thread.tacv2" },
            "settings": { "selectedChannel": { "id": "19:s@thread.tacv2" } },
        },
    }));
    assert!(added.bot_was_added() && !added.bot_was_removed());
    assert_eq!(added.channel_data.team_group_id, Some(TeamId::new("g")));
    assert_eq!(added.channel_data.selected_channel_id.as_deref(), Some("19:s@thread.tacv2"));

    let removed = message(&json!({ "type": "installationUpdate", "action": "remove" }));
    assert_eq!((removed.kind, removed.action.as_deref()), (Kind::InstallationUpdate, Some("remove")));

    let reaction = message(&json!({
        "type": "messageReaction", "replyToId": "17", "reactionsAdded": [{ "type": "1f440_eyes" }, "odd"],
    }));
    assert_eq!(reaction.reactions_added, ["1f440_eyes"]);
    assert_eq!(reaction.reply_to, Some(MessageId::new("17")));
}

#[test]
fn nothing_unknown_is_an_error() {
    assert_eq!(message(&json!({ "type": "hologram" })).kind, Kind::Other("hologram".into()));
    let odd = read(&json!({
        "type": 7, "id": 17, "from": "ada", "conversation": [], "entities": { "a": 1 }, "text": { "x": 1 },
        "attachments": [null, { "contentType": "text/html", "content": { "x": 1 } }], "membersAdded": null,
        "channelData": "x", "value": [1], "timestamp": "yesterday", "reactionsAdded": [[[]]],
    }));
    assert_eq!(odd.kind, Kind::Other("7".into()));
    assert!(odd.from.is_none() && odd.conversation.is_none() && odd.html.is_none());
    assert_eq!(odd.plain_text(), "");
    assert_eq!(read(&json!({})).kind, Kind::Other(String::new()));
}

#[test]
fn what_is_no_json_object_is_malformed() {
    for body in [b"".as_slice(), b"[]", b"null", b"{", b"\xff"] {
        assert!(Activity::parse(body).is_err(), "{body:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_object_is_an_activity(body in object_with(&[
        "type", "message", "id", "text", "from", "recipient", "aadObjectId", "name", "conversation", "tenantId",
        "conversationType", "entities", "mention", "mentioned", "quotedReply", "messageId", "attachments",
        "contentType", "text/html", "content", "channelData", "tenant", "team", "membersAdded", "reactionsAdded",
        "value", "timestamp", "serviceUrl",
    ])) {
        let activity = read(&body);
        let _ = (activity.plain_text(), activity.mentions_the_bot(), activity.tenant());
    }

    #[test]
    fn any_html_may_quote_something(html: String) {
        let _ = text::quoted_in_html(&format!("<blockquote {html}"));
    }
}
