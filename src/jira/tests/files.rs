//! Files of issues and comments.

use super::*;

#[tokio::test]
async fn a_file_is_added_as_a_part_and_past_the_guard_against_forgery() {
    let file = NewAttachment {
        filename: "plan.pdf".into(),
        media_type: "application/pdf".into(),
        body: "bytes".into(),
        length: Some(5),
        time: Duration::from_secs(5),
    };
    let (seen, id) =
        on_site((200, json!([{ "id": "10007" }])), async |site| site.add_attachment(&issue(), file).await)
            .await;
    assert_eq!(id.unwrap().as_str(), "10007");
    assert_eq!(seen.line, "POST …/issue/10042/attachments");
    let body = String::from_utf8_lossy(&seen.body).into_owned();
    assert!(body.contains("name=\"file\"; filename=\"plan.pdf\"") && body.contains("bytes"), "{body}");
}

#[tokio::test]
async fn the_files_of_an_issue_and_of_a_comment_are_read() {
    let file = json!({
        "id": "10007", "filename": "plan.pdf", "mimeType": "application/pdf", "size": 5,
        "created": "2026-11-21T10:00:00.000+0000", "author": { "accountId": "5b10" },
    });
    let answer = json!({ "id": "10042", "key": "ABC-1", "fields": { "attachment": [file] } });
    let (seen, files) = on_site((200, answer), async |site| site.attachments(&issue()).await).await;
    assert!(seen.has("fields", "attachment"));
    assert_eq!(files.unwrap()[0].size, 5);
    let answer = json!({ "id": "7", "renderedBody": "<img src=\"/rest/api/3/attachment/content/10007\">" });
    let (seen, shown) =
        on_site((200, answer), async |site| site.files_in_comment(&issue(), &CommentId::new("7")).await)
            .await;
    assert!(seen.has("expand", "renderedBody"));
    assert_eq!(shown.unwrap().len(), 1);
}
