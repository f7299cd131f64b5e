use aws_lc_rs::cipher::{EncryptionContext, PaddedBlockEncryptingKey};
use aws_lc_rs::rsa::OaepPublicEncryptingKey;

use super::*;

const NOW: Millis = Millis(1_790_000_000_000);
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Seals as Graph does.
fn seal(private_key: &[u8], content: &[u8]) -> Encrypted {
    let key = [0x42; 32];
    let public = PrivateDecryptingKey::from_pkcs8(private_key).unwrap().public_key();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let mut data_key = vec![0; public.ciphertext_size()];
    public.encrypt(&OAEP_SHA1_MGF1SHA1, &key, &mut data_key, None).unwrap();
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &key).unwrap()).unwrap();
    let mut data = content.to_vec();
    cipher.less_safe_encrypt(&mut data, EncryptionContext::Iv128(FixedLength::from([0x42; 16]))).unwrap();
    let signature = sign(&key, &data);
    Encrypted { data, signature, key: data_key, certificate: "key-1".to_owned() }
}

fn sign(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn what_is_sealed_for_the_certificate_opens_with_its_key_alone() {
    let (ours, other) = (make(NOW, YEAR).unwrap(), make(NOW, YEAR).unwrap());
    let key = PrivateKey::read(&ours.private_key).unwrap();
    for content in ["", "{}", "sixteen bytes ok", "{\"id\":\"1700000000000\"}"] {
        let sealed = seal(&ours.private_key, content.as_bytes());
        assert_eq!(key.open(&sealed).unwrap().as_slice(), content.as_bytes());
    }
    assert_eq!(key.open(&seal(&other.private_key, b"{}")).err(), Some(NotOpened::Key));
    assert!(PrivateKey::read(&ours.certificate).is_none());
}

#[test]
fn the_signature_is_checked_before_anything_is_decrypted() {
    let ours = make(NOW, YEAR).unwrap();
    let key = PrivateKey::read(&ours.private_key).unwrap();
    let sealed = || seal(&ours.private_key, b"{\"id\":\"1700000000000\"}");
    let mut altered = sealed();
    altered.data[0] ^= 1;
    assert_eq!(key.open(&altered).err(), Some(NotOpened::Signature));
    // Cut to no whole blocks, which a cipher would notice first.
    let mut cut = sealed();
    cut.data.pop();
    assert_eq!(key.open(&cut).err(), Some(NotOpened::Signature));
    cut.signature = sign(&[0x42; 32], &cut.data);
    assert_eq!(key.open(&cut).err(), Some(NotOpened::Content));
    let mut unsigned = sealed();
    unsigned.signature.clear();
    assert_eq!(key.open(&unsigned).err(), Some(NotOpened::Signature));
    for odd in [vec![], vec![0; 7], vec![0; 256], vec![255; 512]] {
        assert_eq!(key.open(&Encrypted { key: odd, ..sealed() }).err(), Some(NotOpened::Key));
    }
}
