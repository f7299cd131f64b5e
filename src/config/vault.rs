//! `[vault]`: the key ring that wraps the data keys.

use std::path::PathBuf;

use serde::Deserialize;

use crate::secret::Secret;

/// The key ring: `id:base64` a line, the first line is the key in use.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vault {
    /// The key ring itself, for environments that hand out secrets as variables.
    pub keys: Option<Secret>,
    /// The file that holds the key ring; `threadline keys new` writes it.
    pub keys_file: Option<PathBuf>,
}
