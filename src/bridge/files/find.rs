//! Which attachments the files of a comment are. The comment names ids of the media store; the
//! rendered comment has the attachments' ids in the same order, and names help where it hasn't.

use crate::content::{Media, MediaSource};
use crate::ids::{AccountId, AttachmentId};
use crate::jira::Attachment;

/// The attachment of each file, in the order of `files`. Only attachments of the issue itself
/// count: whoever writes a comment may link to a file of an issue that they can't see.
pub(super) fn attachments_of(
    files: &[&Media],
    rendered: &[AttachmentId],
    of_issue: &[Attachment],
    author: Option<&AccountId>,
) -> Vec<Option<Attachment>> {
    let by_id = |id: &AttachmentId| of_issue.iter().find(|attachment| attachment.id == *id);
    if rendered.len() == files.len() {
        return rendered.iter().map(|id| by_id(id).cloned()).collect();
    }
    let found = files.iter().map(|file| match &file.source {
        // An address of ours ends with the id.
        MediaSource::Web { url } => by_id(&AttachmentId::new(url.rsplit('/').next().unwrap_or_default())),
        _ => by_name(&file.alt, of_issue, author),
    });
    found.map(Option::<&Attachment>::cloned).collect()
}

/// The newest attachment of that name, one of the comment's author before those of others.
fn by_name<'a>(name: &str, of_issue: &'a [Attachment], author: Option<&AccountId>) -> Option<&'a Attachment> {
    let is_own = |file: &Attachment| {
        author.is_some() && file.author.as_ref().map(|author| &author.account_id) == author
    };
    let named = of_issue.iter().filter(|file| !name.is_empty() && file.filename == name);
    named.max_by_key(|file| (is_own(file), file.created))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn attachment(id: &str, name: &str, author: &str, second: u8) -> Attachment {
        let created = format!("2026-11-21T10:00:{second:02}.000+0000");
        let author = json!({ "accountId": author, "displayName": "N" });
        serde_json::from_value(json!({
            "id": id, "filename": name, "mimeType": "image/png", "size": 1, "created": created, "author": author,
        }))
        .unwrap()
    }

    fn media(name: &str) -> Media {
        Media {
            source: MediaSource::Jira { id: "m".to_owned(), collection: String::new() },
            alt: name.to_owned(),
        }
    }

    fn found(names: &[&str], rendered: &[&str]) -> Vec<String> {
        let of_issue = [
            attachment("1", "a.png", "ann", 1),
            attachment("2", "a.png", "ann", 2),
            attachment("3", "a.png", "ben", 3),
            attachment("4", "b.png", "ben", 4),
        ];
        let media: Vec<Media> = names.iter().map(|name| media(name)).collect();
        let rendered: Vec<AttachmentId> = rendered.iter().map(|id| AttachmentId::new(*id)).collect();
        let files: Vec<&Media> = media.iter().collect();
        attachments_of(&files, &rendered, &of_issue, Some(&AccountId::new("ann")))
            .into_iter()
            .map(|file| file.map_or_else(|| "none".to_owned(), |file| file.id.to_string()))
            .collect()
    }

    #[test]
    fn the_rendered_comment_says_which_attachment_each_file_is() {
        assert_eq!(found(&["a.png", ""], &["1", "4"]), ["1", "4"]);
    }

    #[test]
    fn a_file_of_another_issue_is_none() {
        assert_eq!(found(&["a.png"], &["99"]), ["none"]);
    }

    #[test]
    fn else_the_name_says_it_the_authors_newest_first() {
        assert_eq!(found(&["a.png", "b.png", "c.png", ""], &["1"]), ["2", "4", "none", "none"]);
    }
}
