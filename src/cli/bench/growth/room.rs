//! Where the two databases are: files of a temporary folder, or two databases on a server of
//! one's own. Whether there is room for them is looked at first; they are gone afterwards.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use url::Url;

use crate::stage::unique_name;

/// Bytes on disk that a link takes with its chat, five pairs, a tenth of a person, all indexes
/// and the write-ahead log.
const A_LINK: u64 = 6500;
/// Bytes that are wanted whatever the number is.
const AT_LEAST: u64 = 200_000_000;

/// The two databases.
pub(super) struct Room {
    /// The few links.
    pub(super) small: String,
    /// The many links.
    pub(super) large: String,
    server: Option<(DatabaseConnection, [String; 2])>,
}

impl Room {
    /// Files in this folder, or two new databases on the server of `url`.
    pub(super) async fn make(url: Option<&str>, folder: &Path, links: usize) -> anyhow::Result<Self> {
        let Some(url) = url else {
            let wanted = A_LINK * u64::try_from(links)? + AT_LEAST;
            if let Some(free) = free(folder).filter(|free| *free < wanted) {
                bail!(
                    "{links} links take {} MB on disk, and the temporary folder has {} MB left; set TMPDIR to a \
                     larger place, or say --links",
                    wanted / 1_000_000,
                    free / 1_000_000
                );
            }
            let file = |name: &str| format!("sqlite://{}/{name}.db", folder.display());
            return Ok(Self { small: file("small"), large: file("large"), server: None });
        };
        let server = sea_orm::Database::connect(url).await.context("the database server can't be reached")?;
        let names = ["small", "large"].map(|size| unique_name(&format!("growth-{size}")).replace('-', "_"));
        let mut urls = Vec::with_capacity(names.len());
        for name in &names {
            server
                .execute_unprepared(&format!("CREATE DATABASE {name}"))
                .await
                .context("--database must name a server on which this account may create databases")?;
            let mut url = Url::parse(url).context("--database is no URL")?;
            url.set_path(name);
            urls.push(url.to_string());
        }
        let [small, large] = urls.try_into().map_err(|_| anyhow::anyhow!("two databases"))?;
        Ok(Self { small, large, server: Some((server, names)) })
    }

    /// Removes what was made on a server.
    pub(super) async fn clear(self) -> anyhow::Result<()> {
        let Some((server, names)) = self.server else { return Ok(()) };
        for name in names {
            server.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(server.close().await?)
    }
}

/// Free bytes where this folder is, as `df` (POSIX) tells; none where that is not known.
fn free(folder: &Path) -> Option<u64> {
    let told = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    available(std::str::from_utf8(&told.stdout).ok()?)
}

/// The fourth field of the second line, in kibibytes.
fn available(told: &str) -> Option<u64> {
    let kibibytes: u64 = told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::available;

    #[test]
    fn free_room_is_read_from_what_df_tells() {
        let told = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 100 40 60 40% /\n";
        assert_eq!(available(told), Some(60 * 1024));
        assert_eq!(available("df: nothing\n"), None);
    }
}
