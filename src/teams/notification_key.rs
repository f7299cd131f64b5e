//! The key pair whose certificate Graph encrypts notifications for, and opening what it sends:
//! the signature first, then the content.
//! Source: learn.microsoft.com/graph/change-notifications-with-resource-data.

use std::time::Duration;

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use chrono::Datelike;
use hmac::{Hmac, KeyInit, Mac};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, date_time_ymd};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::notification::Encrypted;
use crate::ambient::Millis;

/// A key pair that was just made.
pub struct NewKey {
    /// The certificate with the public key: X.509 in DER, signed with the key itself.
    pub certificate: Vec<u8>,
    /// The private key: PKCS#8 in DER.
    pub private_key: Zeroizing<Vec<u8>>,
}

/// This machine could not make a key pair.
#[derive(Debug, thiserror::Error)]
#[error("no key pair could be made for change notifications; the cryptographic library refuses")]
pub struct CannotMake;

/// Why a content can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// The key was encrypted for another certificate, or altered.
    #[error("the key of the content does not open")]
    Key,
    /// The content was altered.
    #[error("the signature of the content is wrong")]
    Signature,
    /// The content is no whole ciphertext.
    #[error("the content does not open")]
    Content,
}

/// Makes a key pair (RSA, 2048 bits, as Graph wants at least) whose certificate holds for `life`
/// from the day before `now`. It takes the processor some tenths of a second.
pub fn make(now: Millis, life: Duration) -> Result<NewKey, CannotMake> {
    let pair = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(|_| CannotMake)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| CannotMake)?;
    let private_key = Zeroizing::new(der.as_ref().to_vec());
    let certificate = self_signed(&private_key, now, life).ok_or(CannotMake)?;
    Ok(NewKey { certificate, private_key })
}

fn self_signed(private_key: &[u8], now: Millis, life: Duration) -> Option<Vec<u8>> {
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&private_key.to_vec().into(), &PKCS_RSA_SHA256).ok()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Threadline change notifications");
    let day = |moment: Millis| {
        let date = moment.date().date_naive();
        Some(date_time_ymd(date.year(), u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?))
    };
    params.not_before = day(now.minus(Duration::from_hours(24)))?;
    params.not_after = day(now.plus(life))?;
    Some(params.self_signed(&pair).ok()?.der().to_vec())
}

/// A private key that opens notifications.
pub struct PrivateKey(OaepPrivateDecryptingKey);

impl PrivateKey {
    /// Reads a private key (PKCS#8 in DER).
    pub fn read(pkcs8: &[u8]) -> Option<Self> {
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?;
        OaepPrivateDecryptingKey::new(key).ok().map(Self)
    }

    /// Opens the content of a notification: a `chatMessage` as JSON. That it opens proves nothing
    /// about who sent it, since the public key is no secret.
    pub fn open(&self, sealed: &Encrypted) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let mut room = Zeroizing::new(vec![0; self.0.min_output_size()]);
        let key = self.0.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed.key, &mut room, None);
        let key: &[u8; 32] = key.ok().and_then(|key| (&*key).try_into().ok()).ok_or(NotOpened::Key)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| NotOpened::Key)?;
        mac.update(&sealed.data);
        mac.verify_slice(&sealed.signature).map_err(|_| NotOpened::Signature)?;
        content(key, &sealed.data).ok_or(NotOpened::Content)
    }
}

/// AES-256-CBC with PKCS#7; the first half of the key is the initialisation vector.
fn content(key: &[u8; 32], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, key).ok()?).ok()?;
    let vector: &[u8; 16] = key.first_chunk()?;
    let mut room = Zeroizing::new(data.to_vec());
    let length = cipher.decrypt(&mut room, DecryptionContext::Iv128(FixedLength::from(vector))).ok()?.len();
    room.truncate(length);
    Some(room)
}

#[cfg(test)]
mod tests;
