//! The pictures and files that the demo page shows beneath the words.

use serde::Serialize;
use serde_json::Value;
use threadline_simulator::{Message, Simulator};

use crate::content::{MediaSource, adf, teams_html};
use crate::teams::graph::picture_in;

/// A picture or a file, where a browser finds it.
#[derive(Serialize)]
pub(super) struct FileView {
    name: String,
    url: String,
    picture: bool,
}

/// What a comment shows.
pub(super) fn of_comment(simulator: &Simulator, body: &Value) -> Vec<FileView> {
    let document = adf::read(body);
    let media = document.media().into_iter().filter_map(|media| match &media.source {
        MediaSource::Jira { id, .. } => {
            let (name, url) = simulator.media_address(id)?;
            Some(FileView { picture: is_picture(&name), name, url })
        }
        MediaSource::Web { url } => {
            Some(FileView { name: media.alt.clone(), url: url.clone(), picture: true })
        }
        MediaSource::Hosted { .. } | MediaSource::Attachment { .. } => None,
    });
    media.collect()
}

/// What a message shows.
pub(super) fn of_message(simulator: &Simulator, message: &Message) -> Vec<FileView> {
    if message.deleted.is_some() {
        return Vec::new();
    }
    let document = teams_html::read(&message.content, |_| None);
    let pictures = document.media().into_iter().filter_map(|media| {
        let url = match &media.source {
            MediaSource::Hosted { url } => simulator.hosted_address(picture_in(url)?.1.as_str()),
            MediaSource::Web { url } => url.clone(),
            MediaSource::Jira { .. } | MediaSource::Attachment { .. } => return None,
        };
        Some(FileView { name: media.alt.clone(), url, picture: true })
    });
    let files = message.files().into_iter();
    pictures.chain(files.map(|(name, url)| FileView { name, url, picture: false })).collect()
}

fn is_picture(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp")
}
