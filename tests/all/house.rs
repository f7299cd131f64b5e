//! The house has one direction: web, cli → bridge → content, jira, teams, vault, queue, store.

use std::collections::BTreeSet;
use std::path::Path;

/// Rooms that anyone may use, and that use nobody but each other.
const BASE: [&str; 9] = ["ambient", "audit", "call", "config", "database", "hash", "ids", "points", "secret"];

/// Which rooms a room may use, beside the base and itself.
fn allowed(room: &str) -> &'static [&'static str] {
    if BASE.contains(&room) {
        return &[];
    }
    match room {
        "lib" | "content" | "jira" | "teams" | "vault" | "queue" | "telemetry" => &[],
        "store" => &["queue"],
        "bridge" => &["content", "jira", "teams", "vault", "queue", "store"],
        "web" => &["bridge", "jira", "queue", "store", "vault", "telemetry"],
        "app" => &["bridge", "jira", "teams", "vault", "queue", "store", "web", "telemetry"],
        "stage" => &["app", "bridge", "store", "vault"],
        "cli" => &[
            "app",
            "bridge",
            "content",
            "jira",
            "teams",
            "vault",
            "queue",
            "store",
            "web",
            "telemetry",
            "stage",
        ],
        "main" => &["cli"],
        other => panic!("the room '{other}' is not in the plan of the house; add it to tests/all/house.rs"),
    }
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The rooms named by `crate::room` anywhere in a file, in code.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let code =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut used = BTreeSet::new();
    for piece in code.split("crate::").skip(1) {
        if let Some(group) = piece.strip_prefix('{') {
            let group = group.split("};").next().unwrap_or_default();
            let mut depth = 0;
            let mut word = String::new();
            for letter in group.chars().chain(",".chars()) {
                match letter {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        let room = word.trim().split("::").next().unwrap_or_default().to_owned();
                        used.insert(room);
                        word.clear();
                    }
                    other => word.push(other),
                }
            }
        } else {
            used.insert(piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    used.retain(|room| room.chars().next().is_some_and(char::is_lowercase));
    used
}

#[test]
fn no_room_uses_one_that_it_must_not_see() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs").to_owned();
        for used in rooms_used(&std::fs::read_to_string(&file).unwrap()) {
            let fine =
                used == room || BASE.contains(&used.as_str()) || allowed(&room).contains(&used.as_str());
            if !fine {
                wrong.push(format!("{} uses {used}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "edges against the one direction:\n{}", wrong.join("\n"));
}

#[test]
fn a_forbidden_edge_is_seen() {
    let used =
        rooms_used("use crate::{bridge::Bridge, ids::{A, B}};\n// crate::web\nfn x() { crate::teams::y() }");
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["bridge", "ids", "teams"]);
}
