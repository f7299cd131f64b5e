//! The local key ring: named keys that wrap data keys. The first one is in use, the others
//! still open what they wrapped.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::ambient::{Clock, Random};
use crate::config;
use crate::secret::Secret;

/// Why the key ring can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The file.
    #[error("the key ring {path} can't be read: {source}")]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line.
    #[error(
        "line {line} of the key ring is not of the form id:base64 with 32 bytes; `threadline keys new` writes one"
    )]
    Malformed {
        /// Counted from one.
        line: usize,
    },
    /// Anyone on the machine may read it.
    #[error("the key ring {path} can be read by others on this machine; run `chmod 600 {path}`")]
    Exposed {
        /// Its path.
        path: PathBuf,
    },
}

/// Where the key ring comes from.
#[derive(Clone)]
pub enum KeySource {
    /// Not configured.
    Nowhere,
    /// Given as text.
    Inline(Secret),
    /// A file, read again when an unknown key turns up.
    File(PathBuf),
}

impl KeySource {
    /// What the settings say; a file wins over a text.
    pub fn from_settings(settings: &config::Vault) -> Self {
        match (&settings.keys_file, &settings.keys) {
            (Some(path), _) => Self::File(path.clone()),
            (None, Some(text)) if !text.is_empty() => Self::Inline(text.clone()),
            _ => Self::Nowhere,
        }
    }

    /// Reads the key ring; nothing if none is configured or it has no key.
    pub fn read(&self) -> Result<Option<KeyRing>, KeyRingError> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Inline(text) => KeyRing::parse(text.expose()),
            Self::File(path) => {
                let unreadable = |source| KeyRingError::Unreadable { path: path.clone(), source };
                let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
                if open_to_others(path).map_err(unreadable)? {
                    return Err(KeyRingError::Exposed { path: path.clone() });
                }
                KeyRing::parse(&text)
            }
        }
    }
}

#[cfg(unix)]
fn open_to_others(path: &std::path::Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &std::path::Path) -> std::io::Result<bool> {
    Ok(false)
}

/// One key that wraps data keys.
pub(super) struct WrappingKey {
    /// Its name, as stored beside what it wraps.
    pub(super) id: String,
    /// The key.
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

/// Named keys; the first one wraps, all of them open.
pub struct KeyRing {
    keys: Vec<WrappingKey>,
}

impl KeyRing {
    /// Reads `id:base64` lines (or comma-separated); `#` begins a comment.
    pub fn parse(text: &str) -> Result<Option<Self>, KeyRingError> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for key in line.split(',').map(str::trim).filter(|key| !key.is_empty()) {
                keys.push(parse_line(key).ok_or(KeyRingError::Malformed { line: index + 1 })?);
            }
        }
        Ok(if keys.is_empty() { None } else { Some(Self { keys }) })
    }

    /// The ids of the keys, the one in use first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// The key in use.
    pub(super) fn active(&self) -> Option<&WrappingKey> {
        self.keys.first()
    }

    /// The key of that name.
    pub(super) fn get(&self, id: &str) -> Option<&WrappingKey> {
        self.keys.iter().find(|key| key.id == id)
    }
}

fn parse_line(line: &str) -> Option<WrappingKey> {
    let (id, encoded) = line.split_once(':')?;
    let bytes = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let id = id.trim();
    if id.is_empty() {
        return None;
    }
    Some(WrappingKey { id: id.to_owned(), bytes: Zeroizing::new(bytes.as_slice().try_into().ok()?) })
}

/// A fresh key as a line of the key ring, named after the day and four random digits.
pub fn new_key_line(clock: &Clock, random: &Random) -> (String, Secret) {
    let tail = u16::from_le_bytes(random.bytes());
    let id = format!("{}-{tail:04x}", clock.now().date().format("%Y%m%d"));
    let key = Zeroizing::new(random.bytes::<32>());
    let line = Secret::new(format!("{id}:{}", STANDARD.encode(&key[..])));
    (id, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_on_lines_or_between_commas_and_comments_say_what_they_like() {
        let key = "A".repeat(43);
        let text = format!("# one, two: three\n\n new:{key}= , old:{key}=\nolder:{key}= # dropped, soon\n");
        let ring = KeyRing::parse(&text).unwrap().unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), ["new", "old", "older"]);
        assert!(KeyRing::parse("# nothing\n").unwrap().is_none());
    }

    #[test]
    fn a_line_that_is_no_key_is_named_by_its_number() {
        for text in ["\nnew", "\nnew:AAAA", "\n:AAAA"] {
            assert!(matches!(KeyRing::parse(text), Err(KeyRingError::Malformed { line: 2 })), "{text}");
        }
    }
}
