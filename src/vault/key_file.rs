//! The key ring as a file: made once, never overwritten. A new key is put in front by
//! replacing the file in one step, so that a cut leaves the old ring or the new one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::secret::Secret;

/// What stands at the head of a new file.
const HEAD: &str = "\
# Threadline's key ring: one key a line, the first one is in use, the others still open what
# they sealed. Keep a copy away from this machine and away from the database's backups:
# without these keys the stored logins are lost, and with both of them they are readable.
";

/// Why the file is not written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is one.
    #[error(
        "{path} exists already, and a key ring is never overwritten: what its keys sealed would be lost. For a new key run `threadline keys rotate`; for another ring name another file with --file"
    )]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// Somebody else is at it.
    #[error("another rotation is at work on {path}; wait until it has ended")]
    Busy {
        /// Its path.
        path: PathBuf,
    },
    /// The file system.
    #[error("the key ring {path} can't be written: {source}")]
    Unwritable {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes a key ring of one key, readable by its owner alone.
///
/// # Errors
/// [`KeyFileError::Exists`] if there is anything at `path`.
pub fn create_key_file(path: &Path, line: &Secret) -> Result<(), KeyFileError> {
    let text = Zeroizing::new(format!("{HEAD}{}\n", line.expose()));
    write_new(path, &text).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.to_owned() },
        _ => KeyFileError::Unwritable { path: path.to_owned(), source },
    })
}

/// Puts a key in front of the ring. The file keeps its owner and its mode, so that a service
/// under another account can still read it.
///
/// # Errors
/// The file is as it was then.
pub fn put_key_in_front(path: &Path, line: &Secret) -> Result<(), KeyFileError> {
    let unwritable = |source| KeyFileError::Unwritable { path: path.to_owned(), source };
    // A link stays a link: what it leads to is replaced.
    let target = fs::canonicalize(path).map_err(unwritable)?;
    let current = File::open(&target).map_err(unwritable)?;
    // A file system without locks is no reason to refuse: two rotations at once add two keys.
    if let Err(TryLockError::WouldBlock) = current.try_lock() {
        return Err(KeyFileError::Busy { path: path.to_owned() });
    }
    let old = Zeroizing::new(fs::read_to_string(&target).map_err(unwritable)?);
    let text = with_key_in_front(&old, line.expose());
    let draft = draft_of(&target);
    let replaced = write_new(&draft, &text)
        .and_then(|()| keep_owner(&draft, &current))
        .and_then(|()| fs::rename(&draft, &target))
        .and_then(|()| flush_folder(&target));
    replaced.map_err(|source| {
        let _ = fs::remove_file(&draft);
        unwritable(source)
    })
}

/// The ring with `line` before its first key, behind the comments at its head.
fn with_key_in_front(ring: &str, line: &str) -> Zeroizing<String> {
    let is_key = |text: &&str| !text.trim().is_empty() && !text.trim_start().starts_with('#');
    let head: usize = ring.split_inclusive('\n').take_while(|text| !is_key(text)).map(str::len).sum();
    let (head, keys) = ring.split_at(head);
    Zeroizing::new(format!("{head}{line}\n{keys}"))
}

/// Where the new ring is written before it takes the place of the old one: beside it, so
/// that the exchange is one step. A draft left by a cut is of no use to anybody.
fn draft_of(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    target.with_file_name(name)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn keep_owner(draft: &Path, current: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let (old, new) = (current.metadata()?, fs::metadata(draft)?);
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        chown(draft, Some(old.uid()), Some(old.gid()))?;
    }
    fs::set_permissions(draft, old.permissions())
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Makes the exchange itself durable.
#[cfg(unix)]
fn flush_folder(target: &Path) -> io::Result<()> {
    File::open(target.parent().unwrap_or(Path::new("/")))?.sync_all()
}

#[cfg(not(unix))]
fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ring_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        create_key_file(&path, &Secret::new("first:AAAA")).unwrap();
        let refused = create_key_file(&path, &Secret::new("second:BBBB")).unwrap_err();
        assert!(matches!(refused, KeyFileError::Exists { .. }));
        assert!(fs::read_to_string(&path).unwrap().ends_with("first:AAAA\n"));
    }

    #[test]
    fn a_new_key_stands_before_the_others_and_behind_the_comments() {
        for (ring, expected) in [
            ("# head\n\nold:A\nolder:B\n", "# head\n\nnew:N\nold:A\nolder:B\n"),
            ("old:A,older:B", "new:N\nold:A,older:B"),
            ("old:A # in use\n# tail\n", "new:N\nold:A # in use\n# tail\n"),
        ] {
            assert_eq!(with_key_in_front(ring, "new:N").as_str(), expected);
        }
    }

    #[test]
    fn a_rotation_waits_its_turn_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        create_key_file(&path, &Secret::new("first:AAAA")).unwrap();
        let held = File::open(&path).unwrap();
        held.lock().unwrap();
        let busy = put_key_in_front(&path, &Secret::new("second:BBBB")).unwrap_err();
        assert!(matches!(busy, KeyFileError::Busy { .. }));
        drop(held);
        put_key_in_front(&path, &Secret::new("second:BBBB")).unwrap();
        assert!(fs::read_to_string(&path).unwrap().ends_with("second:BBBB\nfirst:AAAA\n"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_keeps_its_mode_and_a_link_stays_a_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("keys"), folder.path().join("link"));
        create_key_file(&path, &Secret::new("first:AAAA")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        put_key_in_front(&link, &Secret::new("second:BBBB")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
