//! The form of a sealed value: version, key id, nonce, ciphertext with its tag.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::data_key::DataKey;
use super::{Place, VaultError};
use crate::ambient::Random;
use crate::ids::DataKeyId;

const VERSION: u8 = 1;
const KEY_ID: usize = 16;
const NONCE: usize = 12;

/// Seals `plain` for `place`.
pub(super) fn seal(
    key: &DataKey,
    random: &Random,
    place: Place<'_>,
    plain: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let body = encrypt(key.bytes(), random, &associated(place), plain).ok_or(place.broken())?;
    let mut sealed = Vec::with_capacity(1 + KEY_ID + body.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(key.id().uuid().as_bytes());
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

/// Which data key sealed this.
pub(super) fn key_id(place: Place<'_>, sealed: &[u8]) -> Result<DataKeyId, VaultError> {
    split(sealed).map(|(id, _)| id).ok_or(place.broken())
}

/// Opens what `key` sealed for `place`.
pub(super) fn open(key: &DataKey, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    split(sealed).and_then(|(_, body)| decrypt(key.bytes(), &associated(place), body)).ok_or(place.broken())
}

fn split(sealed: &[u8]) -> Option<(DataKeyId, &[u8])> {
    let (version, rest) = sealed.split_first()?;
    if *version != VERSION {
        return None;
    }
    let (id, body) = rest.split_at_checked(KEY_ID)?;
    Some((DataKeyId::from_uuid(Uuid::from_slice(id).ok()?), body))
}

/// What is authenticated beside the text. No part can contain the separator: tables and
/// columns are constants, and the row stands between them.
fn associated(place: Place<'_>) -> Vec<u8> {
    [place.table, place.column, place.row].join("\0").into_bytes()
}

/// Nonce and ciphertext under a bare key.
pub(super) fn encrypt(key: &[u8; 32], random: &Random, associated: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE] = random.bytes();
    let body = Aes256Gcm::new(key.into())
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: associated })
        .ok()?;
    Some([&nonce[..], &body].concat())
}

/// The text behind nonce and ciphertext; nothing if a bit of it, the key or the place differs.
pub(super) fn decrypt(key: &[u8; 32], associated: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, body) = sealed.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    Aes256Gcm::new(key.into())
        .decrypt(&Nonce::from(nonce), Payload { msg: body, aad: associated })
        .ok()
        .map(Zeroizing::new)
}
