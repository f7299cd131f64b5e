//! A folder for one run's files, gone with it.

use std::path::{Path, PathBuf};

use crate::stage::unique_name;

/// A fresh folder among the system's temporary ones; removed on drop.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(unique_name("threadline-bench"));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whoever cleans the temporary folder finds what is left.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
