use super::*;

fn request() -> Value {
    json!({
        "commandId": "createIssue", "commandContext": "message", "requestId": "r1",
        "context": { "theme": "dark" },
        "data": { "project": " ABC ", "summary": "", "urgent": true },
        "messagePayload": {
            "id": "1795255200000", "replyToId": null, "createdDateTime": "2026-11-21T10:00:00Z",
            "linkToMessage": "https://teams.microsoft.com/l/message/19:abc@thread.v2/1795255200000",
            "body": { "contentType": "html", "content": "<p>It <b>fails</b></p>" },
            "from": { "user": { "userIdentityType": "aadUser", "id": "CC-3", "displayName": "Ada" }, "application": null },
            "mentions": [], "reactions": [],
        },
    })
}

#[test]
fn an_action_brings_the_message_it_was_started_on() {
    let request = ActionRequest::read(&request()).unwrap();
    assert_eq!(request.command_id.as_deref(), Some("createIssue"));
    let message = request.message.as_ref().unwrap();
    assert_eq!(message.id(), Some(MessageId::new("1795255200000")));
    assert_eq!(message.author(), Some(ObjectId::new("cc-3")));
    assert_eq!(message.html().as_deref(), Some("<p>It <b>fails</b></p>"));
    assert!(message.link().unwrap().as_str().starts_with("https://teams.microsoft.com/l/message/"));
}

#[test]
fn what_was_filled_in_is_trimmed_and_empty_counts_as_nothing() {
    let request = ActionRequest::read(&request()).unwrap();
    assert_eq!(request.field("project"), Some("ABC"));
    assert_eq!(request.field("summary"), None);
    assert_eq!(request.field("urgent"), None);
    assert_eq!(request.field("description"), None);
}

#[test]
fn plain_text_becomes_html_and_a_script_is_no_link() {
    let mut value = request();
    value["messagePayload"]["body"] = json!({ "contentType": "text", "content": "a < b" });
    value["messagePayload"]["linkToMessage"] = json!("javascript:alert(1)");
    let message = ActionRequest::read(&value).unwrap().message.unwrap();
    assert_eq!(message.html().as_deref(), Some("a &lt; b"));
    assert_eq!(message.link(), None);
}

#[test]
fn odd_values_are_read_as_far_as_they_go() {
    assert!(ActionRequest::read(&Value::Null).is_none());
    let odd = json!({ "commandId": 7, "messagePayload": { "from": "x", "body": [] }, "data": [] });
    let odd = ActionRequest::read(&odd).unwrap();
    assert_eq!(odd.command_id.as_deref(), Some("7"));
    assert_eq!(odd.field("project"), None);
    let message = odd.message.unwrap();
    assert!(message.html().is_none() && message.author().is_none() && message.id().is_none());
}

#[test]
fn the_answers_have_the_documented_shapes() {
    let card = json!({ "type": "AdaptiveCard" });
    assert_eq!(show_card("Create", &card)["task"]["value"]["card"]["content"], card);
    assert_eq!(show_card("Create", &card)["task"]["type"], "continue");
    assert_eq!(show_message("Done"), json!({ "task": { "type": "message", "value": "Done" } }));
    let url = Url::parse("https://threadline.example/teams/signin").unwrap();
    let expected = json!({ "composeExtension": { "type": "auth", "suggestedActions": { "actions": [
        { "type": "openUrl", "value": "https://threadline.example/teams/signin", "title": "Sign in" },
    ] } } });
    assert_eq!(sign_in("Sign in", &url), expected);
}
