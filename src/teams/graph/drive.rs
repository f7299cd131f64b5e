//! Files on a person's `OneDrive`, and files that others have shared with them.
//! Source: learn.microsoft.com/graph/api/driveitem-put-content, driveitem-createlink,
//! driveitem-delete, shares-get.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Client, Service, send};
use crate::call::CallError;
use crate::call::download::{Downloads, Opened, Source};
use crate::ids::FileId;
use crate::secret::Secret;
use crate::teams::failure::meaning;

/// What `OneDrive` allows in no name.
const FORBIDDEN: [char; 10] = ['"', '*', ':', '<', '>', '?', '/', '\\', '|', '#'];
/// The longest name in characters; a path may have 400.
const LONGEST: usize = 200;

/// A file on a drive.
#[derive(Clone, PartialEq, Eq)]
pub struct DriveItem {
    /// Its id.
    pub id: FileId,
    /// The GUID of its `eTag`, which is its id as an attachment.
    pub guid: String,
    /// Its name. Content: never log it.
    pub name: String,
    /// Its address for attachments.
    pub address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireItem {
    id: FileId,
    e_tag: String,
    name: String,
    web_url: String,
    web_dav_url: Option<String>,
}

impl DriveItem {
    /// The entry of a message's `attachments`.
    pub(super) fn reference(&self) -> Value {
        json!({
            "id": self.guid, "contentType": "reference", "contentUrl": self.address, "name": self.name,
        })
    }
}

impl Client {
    /// Puts a file on the caller's drive, in `folder`; a file of that name there is replaced, so
    /// that doing it twice is doing it once. At most 250 MB.
    ///
    /// # Errors
    /// [`CallError::ScopeMissing`] or [`CallError::Forbidden`] without `Files.ReadWrite`, or
    /// without a drive.
    pub async fn put_file(
        &self,
        downloads: &Downloads,
        token: &Secret,
        folder: &[&str],
        name: &str,
        (body, length): (Body, Option<u64>),
    ) -> Result<FileId, CallError> {
        #[derive(Deserialize)]
        struct Put {
            id: FileId,
        }
        let mut place = format!("{}/me/drive/root:", self.base.as_str().trim_end_matches('/'));
        for part in folder.iter().copied().chain([safe_name(name).as_str()]) {
            place.push('/');
            place.extend(utf8_percent_encode(part, NON_ALPHANUMERIC));
        }
        let place = Url::parse(&format!("{place}:/content")).map_err(|_| CallError::Gone)?;
        let request = self.http.put(place).bearer_auth(token.expose());
        let request = self.meter.call(request).timeout(downloads.time());
        let mut request = request.header(CONTENT_TYPE, "application/octet-stream").body(body);
        if let Some(length) = length {
            request = request.header(CONTENT_LENGTH, length);
        }
        Ok(send(request).await?.json::<Put>("the uploaded file")?.id)
    }

    /// Lets everybody of the organisation read a file of the caller's, and says what it is.
    ///
    /// # Errors
    /// As [`Client::put_file`].
    pub async fn share_file(&self, token: &Secret, id: &FileId) -> Result<DriveItem, CallError> {
        let item = ["me", "drive", "items", id.as_str()];
        let link = json!({ "type": "view", "scope": "organization" });
        let path = [&item[..], &["createLink"]].concat();
        send(self.request(token, Method::POST, &path)?.json(&link)).await?;
        let query = [("$select", "id,name,eTag,webUrl,webDavUrl")];
        let item: WireItem = self.get(token, &item, &query, "the uploaded file").await?;
        let guid = guid_of(&item.e_tag).ok_or(CallError::Malformed { what: "the eTag of a file" })?;
        let address = item.web_dav_url.unwrap_or(item.web_url);
        Ok(DriveItem { id: item.id, guid, name: item.name, address })
    }

    /// Deletes a file of the caller's; it goes to their recycle bin, and nobody can read it there.
    ///
    /// # Errors
    /// [`CallError::Gone`] if it is deleted already; else as [`Client::put_file`].
    pub async fn delete_file(&self, token: &Secret, id: &FileId) -> Result<(), CallError> {
        send(self.request(token, Method::DELETE, &["me", "drive", "items", id.as_str()])?).await.map(drop)
    }

    /// Opens a file by its address, as somebody with whom it is shared. Graph redirects to the store.
    ///
    /// # Errors
    /// [`CallError::Forbidden`] if it is not shared with them.
    pub async fn open_shared(
        &self,
        downloads: &Downloads,
        token: &Secret,
        address: &str,
    ) -> Result<Source, CallError> {
        let share = format!("u!{}", URL_SAFE_NO_PAD.encode(address));
        let request = self.request(token, Method::GET, &["shares", &share, "driveItem", "content"])?;
        match downloads.open(request).await? {
            Opened::File(source) => Ok(source),
            Opened::Failed(answer) => Err(meaning(&answer, Service::Graph)),
        }
    }
}

/// A name that `OneDrive` takes.
fn safe_name(name: &str) -> String {
    let changed: String = name
        .chars()
        .map(|letter| if FORBIDDEN.contains(&letter) || letter.is_control() { '_' } else { letter })
        .collect();
    let skipped = changed.chars().count().saturating_sub(LONGEST);
    // The end of a name says what kind of file it is.
    let kept: String = changed.chars().skip(skipped).collect();
    let kept = kept.trim_matches([' ', '.']);
    if kept.is_empty() { "file".to_owned() } else { kept.to_owned() }
}

/// `"{1B5D…},2"` or `1b5d…` between quotes.
fn guid_of(e_tag: &str) -> Option<String> {
    let inside = e_tag.split(',').next()?.trim_matches(['"', '{', '}', ' ']);
    uuid::Uuid::try_parse(inside).ok().map(|guid| guid.hyphenated().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_such_as_a_drive_takes() {
        assert_eq!(safe_name("a:b/..\\c?.pdf"), "a_b_.._c_.pdf");
        assert_eq!(safe_name(".."), "file");
        let long = safe_name(&format!("{}.pdf", "x".repeat(300)));
        assert_eq!(long, format!("{}.pdf", "x".repeat(196)));
    }

    #[test]
    fn the_id_of_an_attachment_is_in_the_tag() {
        let guid = "153fa47d-18c9-4179-be08-9879815a9f90";
        assert_eq!(guid_of("\"{153FA47D-18C9-4179-BE08-9879815A9F90},2\"").as_deref(), Some(guid));
        assert_eq!(guid_of("something else"), None);
    }
}
