//! A picture of a comment, for members of the chat without a login to Jira: `GET /files/{token}`.
//! The token proves that the bot has shown it there; who may see it is asked anew each time.

use axum::body::Bytes;
use tokio_stream::Stream;

use super::kind::Picture;
use crate::bridge::tokens::JiraToken;
use crate::bridge::{Bridge, project_of, visibility};
use crate::ids::IssueId;
use crate::store::{Link, LinkState, Site};
use crate::vault::VaultError;

/// Why a picture is not shown. Strangers learn nothing from the difference.
#[derive(Debug, thiserror::Error)]
pub enum PictureRefused {
    /// The token is none of ours, has ended, or what it names is not to be seen there any more.
    #[error("this picture is not here, or not any more; ask in the chat for a new one")]
    NotHere,
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
        let link = self.store.link(named.link).await?.filter(|link| link.state == LinkState::Active);
        let link = link.ok_or(PictureRefused::NotHere)?;
        let site = self.store.site(link.site).await?.ok_or(PictureRefused::NotHere)?;
        let reader = self.any_reader(&site, &link).await.ok_or(PictureRefused::NotHere)?;
        let jira = reader.site(&self.jira);
        let issue: &IssueId = &link.issue;
        let seen = tokio::try_join!(
            jira.issue(issue.as_str(), &[]),
            jira.comment(issue, &named.comment),
            jira.attachments(issue)
        );
        let (shown_on, comment, files) = seen.map_err(refusal)?;
        let policy = self.store.policy(&link, Some(&project_of(&site, &shown_on))).await?;
        if visibility::withheld(&comment, &shown_on, &policy).is_some() {
            return Err(PictureRefused::NotHere);
        }
        if !files.iter().any(|file| file.id == named.attachment) {
            return Err(PictureRefused::NotHere);
        }
        let mut source = jira.open_attachment(&self.downloads, &named.attachment).await.map_err(refusal)?;
        let kind = Picture::of(source.head().await.map_err(refusal)?).ok_or(PictureRefused::NotHere)?;
        let (stream, _) = source.stream(self.most_bytes());
        Ok(ShownPicture { media_type: kind.media_type(), stream })
    }

    /// Whoever can read the issue for the chat: the integration account, or the link's creator.
    async fn any_reader(&self, site: &Site, link: &Link) -> Option<JiraToken> {
        let others = self.store.accounts_of_site(site.id, 5).await.unwrap_or_default();
        let candidates = site.integration_account.iter().chain(&link.created_by).chain(&others);
        for account in candidates {
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
