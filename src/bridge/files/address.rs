//! Our own address of a picture that the bot shows: it names link, comment and attachment and
//! the day it ends, and is signed with a key that only the vault has.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::ambient::Millis;
use crate::bridge::Bridge;
use crate::ids::{AttachmentId, CommentId, LinkId};
use crate::secret::Secret;
use crate::vault::VaultError;

/// Bytes of what an address names.
const NAMED: usize = 16 + 3 * 8;
/// Characters of that in base64.
const NAMED_TEXT: usize = NAMED.div_ceil(3) * 4 - 2;
const DAY: i64 = 86_400_000;

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PictureAddress {
    pub link: LinkId,
    pub comment: CommentId,
    pub attachment: AttachmentId,
    /// The day since 1970 on which it ends.
    pub last_day: i64,
}

impl PictureAddress {
    /// The bytes that are signed; nothing for ids that Jira does not give.
    fn bytes(&self) -> Option<[u8; NAMED]> {
        let mut bytes = [0; NAMED];
        let numbers = [self.comment.as_str().parse().ok()?, self.attachment.as_str().parse().ok()?];
        let [comment, attachment] = numbers.map(u64::to_be_bytes);
        let link = self.link.uuid();
        let parts: [&[u8]; 4] = [link.as_bytes(), &comment, &attachment, &self.last_day.to_be_bytes()];
        bytes.copy_from_slice(&parts.concat());
        Some(bytes)
    }

    fn read(bytes: [u8; NAMED]) -> Option<Self> {
        let number = |at: usize| {
            let part: [u8; 8] = bytes.get(at..at + 8)?.try_into().ok()?;
            Some(u64::from_be_bytes(part))
        };
        Some(Self {
            link: LinkId::from_uuid(Uuid::from_slice(bytes.get(..16)?).ok()?),
            comment: CommentId::new(number(16)?.to_string()),
            attachment: AttachmentId::new(number(24)?.to_string()),
            last_day: i64::try_from(number(32)?).ok()?,
        })
    }
}

impl Bridge {
    /// The address of a picture, the same for all of a day.
    pub(super) async fn picture_address(
        &self,
        link: LinkId,
        comment: &CommentId,
        attachment: &AttachmentId,
    ) -> Result<Option<String>, VaultError> {
        let last_day = self.clock.now().0.div_euclid(DAY) + i64::from(self.settings.files.picture_days);
        let named =
            PictureAddress { link, comment: comment.clone(), attachment: attachment.clone(), last_day };
        let Some(bytes) = named.bytes() else { return Ok(None) };
        let text = URL_SAFE_NO_PAD.encode(bytes);
        let signature = self.signature(&text).await?;
        Ok(Some(self.address(&format!("files/{text}{}", signature.expose())).into()))
    }

    /// What a token names, if we signed it and it has not ended.
    pub(super) async fn picture_named(&self, token: &str) -> Result<Option<PictureAddress>, VaultError> {
        let Some((text, given)) = token.split_at_checked(NAMED_TEXT) else { return Ok(None) };
        if !self.signature(text).await?.matches(given.as_bytes()) {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        let today = |now: Millis| now.0.div_euclid(DAY);
        let named = bytes.and_then(PictureAddress::read);
        Ok(named.filter(|named| today(self.clock.now()) <= named.last_day))
    }

    async fn signature(&self, text: &str) -> Result<Secret, VaultError> {
        Ok(Secret::new(self.vault.fingerprint(&format!("picture address {text}")).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_what_it_wrote() {
        let named = PictureAddress {
            link: LinkId::from_uuid(Uuid::from_u128(7)),
            comment: CommentId::new("10001"),
            attachment: AttachmentId::new("10002"),
            last_day: 20_000,
        };
        let bytes = named.bytes().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(bytes).len(), NAMED_TEXT);
        assert_eq!(PictureAddress::read(bytes), Some(named.clone()));
        assert_eq!(PictureAddress { comment: CommentId::new("x/.."), ..named }.bytes(), None);
    }
}
