//! Comments, word by word.

use super::*;

#[tokio::test]
async fn a_comment_is_read_with_what_decides_who_may_see_it() {
    let (seen, comment) =
        on_site((200, wire_comment()), async |site| site.comment(&issue(), &CommentId::new("10100")).await)
            .await;
    assert_eq!(seen.line, "GET …/issue/10042/comment/10100");
    assert!(seen.has("expand", "properties"));
    let comment = comment.unwrap();
    assert_eq!(comment.author.unwrap().account_id.as_str(), "5b10");
    assert_eq!(comment.created, Millis(1_795_255_200_000));
    assert_eq!(comment.updated, Millis(1_795_255_200_500));
    assert_eq!(comment.jsd_public, Some(false));
    assert_eq!(comment.visibility.unwrap().kind, VisibilityKind::Role);
    assert_eq!(comment.origin, Some(json!({ "m": "17" })));
}

#[tokio::test]
async fn a_comment_by_nobody_in_particular_is_still_a_comment() {
    let wire = json!({
        "id": "1", "body": adf(), "visibility": { "type": "sect", "value": "x" },
        "created": "2026-11-21T10:00:00.000+0000", "updated": "2026-11-21T10:00:00.000+0000",
    });
    let (_, comment) =
        on_site((200, wire), async |site| site.comment(&issue(), &CommentId::new("1")).await).await;
    let comment = comment.unwrap();
    assert!(comment.author.is_none());
    assert_eq!(comment.visibility.unwrap().kind, VisibilityKind::Other, "restricted all the same");
    assert_eq!(comment.origin, None);
}

#[tokio::test]
async fn the_comment_that_a_comment_answers_is_a_number_or_a_text_or_nothing() {
    for (told, read) in [
        (json!(10_099), Some("10099")),
        (json!("10099"), Some("10099")),
        (Value::Null, None),
        (json!({}), None),
        (json!(""), None),
    ] {
        let mut wire = wire_comment();
        wire["parentId"] = told;
        let (_, comment) =
            on_site((200, wire), async |site| site.comment(&issue(), &CommentId::new("10100")).await).await;
        assert_eq!(comment.unwrap().parent, read.map(CommentId::new));
    }
}

/// Lists the comments since 10:00 of a Jira with these pages: moments and the total that each one
/// tells. Answers how many came, whether those are all, and where each page began.
async fn listed(pages: &[(&[&str], Option<usize>)]) -> (usize, bool, Vec<String>) {
    let replies = pages.iter().map(|(moments, total)| {
        let comments = moments.iter().map(|moment| {
            let mut comment = wire_comment();
            comment["created"] = json!(format!("2026-11-21T{moment}:00.000+0000"));
            comment
        });
        (200, json!({ "comments": comments.collect::<Vec<_>>(), "total": total }))
    });
    let platform = Recorder::start(replies).await;
    let (cloud, access) = (CloudId::new("11-22"), Secret::new("token"));
    let client = client(&platform);
    let ten = Millis(1_795_255_200_000);
    let (found, all) = client.site(&cloud, &access).comments_since(&issue(), ten).await.unwrap();
    assert!(found.iter().all(|comment| comment.body.is_null()), "their texts are nobody's business");
    let seen = platform.seen();
    for page in &seen {
        assert!(page.line.ends_with("/issue/10042/comment") && page.has("orderBy", "-created"));
        assert!(page.has("maxResults", "100") && page.has("expand", "properties"));
    }
    let start = |page: &Seen| page.query.iter().find(|(name, _)| name == "startAt").unwrap().1.clone();
    (found.len(), all, seen.iter().map(start).collect())
}

#[tokio::test]
async fn comments_are_listed_newest_first_until_they_are_older() {
    let starts = |starts: &[&str]| starts.iter().map(|&start| start.to_owned()).collect::<Vec<_>>();
    let older: &[&str] = &["10:01", "09:59"];
    let newer: &[&str] = &["10:03", "10:02"];
    assert_eq!(listed(&[(older, Some(200))]).await, (2, true, starts(&["0"])));
    assert_eq!(listed(&[(newer, Some(200)), (older, Some(200))]).await, (4, true, starts(&["0", "2"])));
    assert_eq!(listed(&[(newer, Some(2))]).await, (2, true, starts(&["0"])), "there are no more");
    assert_eq!(listed(&[(newer, None), (&[], None)]).await, (2, true, starts(&["0", "2"])));
    let deleted = listed(&[(newer, Some(200)), (older, Some(199))]).await;
    assert_eq!(deleted, (4, false, starts(&["0", "2"])), "one has slipped past");
}

/// What Jira answers when it has written a comment.
fn written() -> Value {
    json!({ "id": "10100", "created": "2026-11-21T09:00:00.000+0000", "updated": "2026-11-21T10:00:00.123+0000" })
}

#[tokio::test]
async fn a_comment_is_written_with_its_origin_and_hidden_from_customers_if_asked() {
    for internal in [false, true] {
        let comment = NewComment { body: adf(), origin: json!({ "m": "17" }), internal };
        let (seen, id) =
            on_site((201, written()), async |site| site.add_comment(&issue(), &comment).await).await;
        assert_eq!(id.unwrap().id.as_str(), "10100");
        assert_eq!(seen.line, "POST …/issue/10042/comment");
        let mut properties = vec![json!({ "key": "threadline.origin", "value": { "m": "17" } })];
        if internal {
            properties.push(json!({ "key": "sd.public.comment", "value": { "internal": true } }));
        }
        assert_eq!(seen.json(), json!({ "body": adf(), "properties": properties }));
    }
}

#[tokio::test]
async fn an_edit_sends_the_text_alone_and_a_deletion_nothing() {
    let comment = CommentId::new("10100");
    let (seen, edited) =
        on_site((200, written()), async |site| site.update_comment(&issue(), &comment, &adf(), None).await)
            .await;
    assert_eq!(edited.unwrap().updated, Millis(1_795_255_200_123), "the stamp of our own change");
    assert_eq!(seen.line, "PUT …/issue/10042/comment/10100");
    assert_eq!(seen.json(), json!({ "body": adf() }));

    let (seen, deleted) =
        on_site((204, Value::Null), async |site| site.delete_comment(&issue(), &comment).await).await;
    deleted.unwrap();
    assert_eq!(seen.line, "DELETE …/issue/10042/comment/10100");
}
