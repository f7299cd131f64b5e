//! People post pictures and files, on either side, and see what is there.

use std::fmt::Write;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::escape::escape;
use crate::jira::model::Attachment;
use crate::refusal::Refusal;
use crate::simulator::{CommentDraft, MessageDraft, Simulator};
use crate::teams::model::{DriveItem, Hosted, Message};
use crate::teams::shown::drive_address;

/// A file that a person posts.
#[derive(Debug, Clone)]
pub struct FileDraft {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its bytes.
    pub content: Bytes,
}

/// A file as a platform keeps it.
#[derive(Debug, Clone)]
pub struct KeptFile {
    /// The platform's id: of the attachment, or of the drive's item.
    pub id: String,
    /// Its name; with its folders on a drive.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its bytes.
    pub content: Bytes,
    /// Name of its owner.
    pub owner: String,
    /// Whether others may read it.
    pub shared: bool,
}

impl FileDraft {
    /// A file of these bytes.
    pub fn new(name: &str, mime: &str, content: impl Into<Bytes>) -> Self {
        Self { name: name.to_owned(), mime: mime.to_owned(), content: content.into() }
    }

    /// A small picture; `seed` makes it another one.
    pub fn picture(name: &str, seed: u8) -> Self {
        // A PNG's signature and header; nobody looks further.
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0".to_vec();
        bytes.extend([seed; 64]);
        Self::new(name, "image/png", bytes)
    }
}

impl MessageDraft {
    /// An edit of this message keeps the files that hang on it.
    #[must_use]
    pub fn keeping(mut self, message: &Message) -> Self {
        self.references.clone_from(&message.attachments);
        self
    }
}

impl Simulator {
    /// A person puts a file on an issue; gives its media id, which comments name, and its
    /// attachment id.
    pub fn attach(&self, person: &str, issue: &str, file: FileDraft) -> Result<(String, String), Refusal> {
        let author = self.person(person)?;
        let (now, media_id) = (self.platforms.now(), self.platforms.ids.guid().to_string());
        let mut world = self.platforms.world();
        let claimed_size = world.claimed_size;
        let site = world.jira.site_of(issue).ok_or_else(|| Refusal::NoIssue(issue.to_owned()))?;
        let site = world.jira.sites.get_mut(site).ok_or_else(|| Refusal::NoSite(String::new()))?;
        let id = site.next_id();
        let record = site.issue_mut(issue).ok_or_else(|| Refusal::NoIssue(issue.to_owned()))?;
        record.attachments.push(Attachment {
            id,
            media_id: media_id.clone(),
            filename: file.name,
            mime: file.mime,
            content: file.content,
            claimed_size,
            author,
            created: now,
        });
        Ok((media_id, id.to_string()))
    }

    /// A person comments with pictures and files: the text first, then each file as the editor
    /// of Jira puts it there.
    pub fn comment_with_files(
        &self,
        person: &str,
        issue: &str,
        text: &str,
        files: impl IntoIterator<Item = FileDraft>,
    ) -> Result<String, Refusal> {
        let mut content = Vec::new();
        if !text.is_empty() {
            content.push(json!({"type": "paragraph", "content": [{"type": "text", "text": text}]}));
        }
        for file in files {
            let (name, is_picture) = (file.name.clone(), file.mime.starts_with("image/"));
            let (media, _) = self.attach(person, issue, file)?;
            let attrs = json!({"type": "file", "id": media, "collection": "", "alt": name});
            let node = json!({"type": "media", "attrs": attrs});
            content.push(if is_picture {
                json!({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [node]})
            } else {
                json!({"type": "mediaGroup", "content": [node]})
            });
        }
        let body: Value = json!({"type": "doc", "version": 1, "content": content});
        self.comment(person, issue, CommentDraft::adf(body))
    }

    /// Name and address, for a browser, of a file that a comment names by its media id.
    pub fn media_address(&self, media: &str) -> Option<(String, String)> {
        let world = self.platforms.world();
        world.jira.sites.iter().find_map(|site| {
            let mut files = site.issues.values().flat_map(|record| &record.attachments);
            let file = files.find(|file| file.media_id == media)?;
            let address = format!("{}rest/api/3/attachment/content/{}", site.url, file.id);
            Some((file.filename.clone(), address))
        })
    }

    /// Address, for a browser, of a picture that is kept with a message.
    pub fn hosted_address(&self, picture: &str) -> String {
        format!("{}hosted/{picture}", self.platforms.urls.teams_web_url)
    }

    /// From now on Jira says this of the size of every attachment that a person adds.
    pub fn understate_sizes(&self, size: u64) {
        self.platforms.world().claimed_size = Some(size);
    }

    /// From now on both platforms redirect to this address for the bytes of files.
    pub fn redirect_files_to(&self, address: Option<&str>) {
        self.platforms.world().signed.elsewhere = address.map(str::to_owned);
    }

    /// The files on an issue, oldest first.
    pub fn attachments(&self, issue: &str) -> Vec<KeptFile> {
        let world = self.platforms.world();
        let record = world.jira.sites.iter().find_map(|site| site.issue(issue));
        let files = record.map(|record| record.attachments.iter()).into_iter().flatten();
        files
            .map(|file| KeptFile {
                id: file.id.to_string(),
                name: file.filename.clone(),
                mime: file.mime.clone(),
                content: file.content.clone(),
                owner: file.author.name.clone(),
                shared: true,
            })
            .collect()
    }

    /// The files on everybody's drives, oldest first.
    pub fn drive_files(&self) -> Vec<KeptFile> {
        let world = self.platforms.world();
        let owner = |id: &str| world.people.find(id).map(|person| person.name.clone()).unwrap_or_default();
        let items = world.teams.drives.iter();
        items
            .map(|item| KeptFile {
                id: item.id.clone(),
                name: item.path.clone(),
                mime: item.mime.clone(),
                content: item.content.clone(),
                owner: owner(&item.owner),
                shared: item.shared,
            })
            .collect()
    }

    /// A person deletes all that is on their drive.
    pub fn delete_drive_files(&self, person: &str) -> Result<(), Refusal> {
        let owner = self.person(person)?;
        self.platforms.world().teams.drives.retain(|item| item.owner != owner.object_id);
        Ok(())
    }

    /// A person writes in a chat with pictures pasted behind the text, and files from their drive.
    pub fn send_with_files(
        &self,
        person: &str,
        chat: &str,
        text: &str,
        files: impl IntoIterator<Item = FileDraft>,
    ) -> Result<String, Refusal> {
        let owner = self.person(person)?;
        let mut draft = MessageDraft::default();
        let mut html = if text.is_empty() { String::new() } else { format!("<p>{}</p>", escape(text)) };
        for file in files {
            if file.mime.starts_with("image/") {
                let id = format!("aWQ9{}", self.platforms.ids.hex24());
                let _ = write!(html, "<p><img src=\"../hostedContents/{id}/$value\" alt=\"image\"></p>");
                draft.hosted.push((id.clone(), Hosted { id, mime: file.mime, content: file.content }));
                continue;
            }
            let item = DriveItem {
                id: format!("01{}", self.platforms.ids.hex24().to_uppercase()),
                guid: self.platforms.ids.guid().to_string(),
                owner: owner.object_id.clone(),
                path: format!("Documents/Microsoft Teams Chat Files/{}", file.name),
                mime: file.mime,
                content: file.content,
                shared: true,
            };
            let place = drive_address(&self.platforms.urls.media_url, &item);
            draft.references.push(json!({"id": item.guid, "contentType": "reference", "contentUrl": place,
                "content": null, "name": file.name, "thumbnailUrl": null}));
            let _ = write!(html, "<attachment id=\"{}\"></attachment>", item.guid);
            self.platforms.world().teams.drives.push(item);
        }
        draft.html = Some(html);
        self.send_message(person, chat, draft)
    }
}
