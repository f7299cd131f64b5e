//! `[files]`: which pictures and files are copied to the other side.

use std::time::Duration;

use serde::Deserialize;

/// Which pictures and files are copied to the other side. What is not is named there, with a
/// link to where it stays.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Most bytes of a file. Graph takes 250 MB in one upload; Jira's own limit is set per site.
    pub max_bytes: u64,
    /// Most bytes of a picture that is shown in a message. Graph takes 4 MB a request, with all
    /// pictures in base64: a picture over this goes as a file.
    pub max_picture_bytes: u64,
    /// Most pictures and files of one comment or message; 0 copies none.
    pub max_count: usize,
    /// Endings of names that are never copied.
    #[serde(deserialize_with = "super::list")]
    pub blocked_extensions: Vec<String>,
    /// Media types that are never copied; `video/*` blocks all of a kind.
    #[serde(deserialize_with = "super::list")]
    pub blocked_types: Vec<String>,
    /// Seconds that the transfer of one file may take.
    pub seconds: u64,
    /// Days that a picture shown by the bot can be seen at our own address.
    pub picture_days: u32,
}

/// What runs when it is opened, on Windows and elsewhere.
const EXECUTABLE: [&str; 34] = [
    "app", "appx", "bat", "cab", "chm", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "iso", "jar", "js",
    "jse", "lnk", "msc", "msi", "msix", "msp", "pif", "pkg", "ps1", "psm1", "reg", "scf", "scr", "sh", "sys",
    "vb", "vbe", "vbs", "wsf",
];

/// The same by media type.
const EXECUTABLE_TYPES: [&str; 6] = [
    "application/x-msdownload",
    "application/x-msdos-program",
    "application/x-executable",
    "application/x-sh",
    "application/java-archive",
    "application/vnd.microsoft.portable-executable",
];

impl Default for Files {
    fn default() -> Self {
        Self {
            max_bytes: 25_000_000,
            max_picture_bytes: 2_900_000,
            max_count: 10,
            blocked_extensions: EXECUTABLE.map(str::to_owned).to_vec(),
            blocked_types: EXECUTABLE_TYPES.map(str::to_owned).to_vec(),
            seconds: 120,
            picture_days: 180,
        }
    }
}

impl Files {
    /// How long the transfer of one file may take.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Whether a file of this name and media type is never copied.
    pub fn blocks(&self, name: &str, media_type: &str) -> bool {
        // Windows drops dots and spaces at the end of a name.
        let name = name.trim_end_matches(['.', ' ']);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let kind = media_type.split('/').next().unwrap_or_default();
        self.blocked_extensions
            .iter()
            .any(|blocked| blocked.trim_start_matches('.').eq_ignore_ascii_case(ending))
            || self.blocked_types.iter().any(|blocked| {
                blocked.eq_ignore_ascii_case(media_type)
                    || blocked.strip_suffix("/*").is_some_and(|blocked| blocked.eq_ignore_ascii_case(kind))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::Files;

    #[test]
    fn what_runs_is_not_copied_however_it_is_spelled() {
        let files = Files::default();
        for name in ["setup.exe", "SETUP.EXE", "plan.pdf.exe", "run.ps1", "setup.exe. .", ".bat"] {
            assert!(files.blocks(name, "application/octet-stream"), "{name}");
        }
        for name in ["plan.pdf", "exe", "picture.png", "sh.txt", ""] {
            assert!(!files.blocks(name, "application/pdf"), "{name}");
        }
        assert!(files.blocks("plan.pdf", "Application/X-MsDownload"));
    }

    #[test]
    fn a_whole_kind_may_be_blocked() {
        let files = Files { blocked_types: vec!["video/*".to_owned()], ..Files::default() };
        assert!(files.blocks("a.mp4", "video/mp4"));
        assert!(!files.blocks("a.png", "image/png"));
    }
}
