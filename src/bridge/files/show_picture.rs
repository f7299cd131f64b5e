//! A picture of a comment, for members of the chat without a login to Jira: `GET /files/{token}`.
//! The token proves that the bot has shown it there; who may see it is asked anew each minute, and
//! only a comment that is open to everybody shows it. Whoever has the address may ask: so few
//! pictures are fetched at once, and with few people's logins.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use moka::future::Cache;
use tokio::sync::Semaphore;
use tokio_stream::{Stream, StreamExt};

use super::address::PictureAddress;
use super::kind::Picture;
use super::to_teams::is_of_jira;
use super::{find, in_jira};
use crate::ambient::Millis;
use crate::bridge::quotation::without_quotations;
use crate::bridge::tokens::JiraToken;
use crate::bridge::{Bridge, visibility};
use crate::content::{Media, adf};
use crate::ids::AttachmentId;
use crate::store::{Link, LinkState, Policy, Site};
use crate::vault::VaultError;

/// How many pictures are fetched at once.
const AT_ONCE: usize = 16;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it is remembered whether a picture may be seen.
const MEMORY: Duration = Duration::from_mins(1);
/// How many verdicts are remembered.
const MOST: u64 = 10_000;

/// What keeps requests of strangers from spending people's logins.
pub(in crate::bridge) struct PictureDoor {
    turns: Arc<Semaphore>,
    /// Whether a picture may be seen, and since when that is known.
    verdicts: Cache<String, (bool, Millis)>,
}

impl Default for PictureDoor {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            verdicts: Cache::builder().max_capacity(MOST).time_to_live(MEMORY).build(),
        }
    }
}

/// Why a picture is not shown. Strangers learn nothing from the difference.
#[derive(Debug, thiserror::Error)]
pub enum PictureRefused {
    /// The token is none of ours, has ended, or what it names is not to be seen there any more.
    #[error("this picture is not here, or not any more; ask in the chat for a new one")]
    NotHere,
    /// Too many are being read.
    #[error("many pictures are being read just now; try again in a moment")]
    Busy,
    /// Jira did not give it.
    #[error("Jira does not answer just now; try again in a minute")]
    Unavailable,
    /// The database or the vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<sea_orm::DbErr> for PictureRefused {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Vault(error.into())
    }
}

/// A picture that is being read.
pub struct ShownPicture<S> {
    /// Its media type, by its bytes.
    pub media_type: &'static str,
    /// Its bytes; breaks off where it is larger than allowed.
    pub stream: S,
}

impl Bridge {
    /// Opens the picture that a token names.
    ///
    /// # Errors
    /// [`PictureRefused::NotHere`] for whatever may not be seen, and for what is no picture.
    pub async fn show_picture(
        &self,
        token: &str,
    ) -> Result<
        ShownPicture<impl Stream<Item = std::io::Result<Bytes>> + Send + 'static + use<>>,
        PictureRefused,
    > {
        let named = self.picture_named(token).await?.ok_or(PictureRefused::NotHere)?;
        let link = self.store.find_link(named.link).await?.filter(|link| link.state == LinkState::Active);
        let link = link.ok_or(PictureRefused::NotHere)?;
        let site = self.store.site(link.site).await?.ok_or(PictureRefused::NotHere)?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.pictures.turns).acquire_owned());
        let turn = turn.await.ok().and_then(Result::ok).ok_or(PictureRefused::Busy)?;
        let key = format!("{}/{}/{}", named.link, named.comment, named.attachment);
        let now = self.clock.now();
        let known = self.pictures.verdicts.get(&key).await;
        let known = known.filter(|(_, since)| *since >= now.minus(MEMORY)).map(|(verdict, _)| verdict);
        if known == Some(false) {
            return Err(PictureRefused::NotHere);
        }
        let reader = self.any_reader(&site, &link).await.ok_or(PictureRefused::NotHere)?;
        if known.is_none() {
            let verdict = match self.may_be_seen(&named, &site, &link, &reader).await {
                Err(PictureRefused::NotHere) => false,
                other => other?,
            };
            self.pictures.verdicts.insert(key, (verdict, now)).await;
            if !verdict {
                return Err(PictureRefused::NotHere);
            }
        }
        let jira = reader.site(&self.jira);
        let mut source = jira.open_attachment(&self.downloads, &named.attachment).await.map_err(refusal)?;
        let kind = Picture::of(source.head().await.map_err(refusal)?).ok_or(PictureRefused::NotHere)?;
        let (stream, _) = source.stream(self.most_bytes());
        let stream = stream.map(move |chunk| {
            let _held_until_the_end = &turn;
            chunk
        });
        Ok(ShownPicture { media_type: kind.media_type(), stream })
    }

    /// Whether the comment is open to everybody and shows the picture, as Jira has it now.
    async fn may_be_seen(
        &self,
        named: &PictureAddress,
        site: &Site,
        link: &Link,
        reader: &JiraToken,
    ) -> Result<bool, PictureRefused> {
        let jira = reader.site(&self.jira);
        let seen = tokio::try_join!(
            jira.issue(link.issue.as_str(), &[]),
            jira.comment(&link.issue, &named.comment),
            jira.attachments(&link.issue),
            jira.files_in_comment(&link.issue, &named.comment)
        );
        let (issue, comment, of_issue, rendered) = seen.map_err(refusal)?;
        // What a link allows is for its chat; the address is for whoever has it.
        if visibility::withheld(&comment, &issue, &Policy::default()).is_some() {
            return Ok(false);
        }
        let document = adf::read(&comment.body);
        let document = without_quotations(&document);
        let ours = in_jira(site, &AttachmentId::new(""));
        let files: Vec<&Media> =
            document.media().into_iter().filter(|media| is_of_jira(media, &ours)).collect();
        let author = comment.author.as_ref().map(|author| &author.account_id);
        let shown = find::attachments_of(&files, &rendered, &of_issue, author);
        Ok(shown.into_iter().flatten().any(|attachment| attachment.id == named.attachment))
    }

    /// Who reads for strangers: the integration account, or the link's creator. Nobody else has
    /// agreed to it.
    async fn any_reader(&self, site: &Site, link: &Link) -> Option<JiraToken> {
        for account in site.integration_account.iter().chain(&link.created_by) {
            if let Ok(token) = self.jira_token(site, account, format!("jira/{account}")).await {
                return Some(token);
            }
        }
        None
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn refusal(error: crate::call::CallError) -> PictureRefused {
    use crate::call::CallError as Failed;
    match error {
        Failed::Gone | Failed::Forbidden { .. } | Failed::Refused { .. } | Failed::ScopeMissing => {
            PictureRefused::NotHere
        }
        _ => PictureRefused::Unavailable,
    }
}
