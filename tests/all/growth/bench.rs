//! `threadline bench growth`, in small.

use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn growth_is_measured_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_threadline"))
        .args(["bench", "growth", "--links", "500", "--events", "40", "--json"])
        .current_dir(folder.path())
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{error}");
    let figures: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(
        (&figures["links"], &figures["pairs"], &figures["people"]),
        (&500.into(), &2500.into(), &50.into())
    );
    assert!(figures["ratio"].as_f64().unwrap() > 0.0, "{figures}");
    assert!(figures["rss_mb"].as_f64().is_none_or(|mebibytes| mebibytes > 1.0), "{figures}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
