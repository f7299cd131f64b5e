//! The Teams app that an admin uploads is valid before it is uploaded.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::Value;

const TEMPLATE: &str = include_str!("../manifest/teams/manifest.json");
const SCHEMA: &str = include_str!("schemas/teams-manifest-v1.29.schema.json");
const COLOR: &[u8] = include_bytes!("../manifest/teams/color.png");
const OUTLINE: &[u8] = include_bytes!("../manifest/teams/outline.png");

/// The manifest as `docs/setup.md` fills it.
fn filled() -> Value {
    let text = TEMPLATE
        .replace("{{BOT_ID}}", "00000000-0000-4000-8000-000000000001")
        .replace("{{PUBLIC_HOST}}", "threadline.example.com")
        .replace("{{ORGANISATION}}", "Example Ltd");
    assert!(!text.contains("{{"), "a placeholder that setup.md does not fill");
    serde_json::from_str(&text).unwrap()
}

/// Width and height of a PNG, from its header.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn the_manifest_is_valid_by_the_schema_of_its_version() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let schema = jsonschema::draft4::new(&schema).unwrap();
    let manifest = filled();
    let findings: Vec<_> = schema.iter_errors(&manifest).map(|error| error.to_string()).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn the_icons_have_the_sizes_that_teams_wants() {
    assert_eq!(size(COLOR), (192, 192));
    assert_eq!(size(OUTLINE), (32, 32));
}

#[test]
fn the_bot_receives_every_message_and_offers_its_commands() {
    let manifest = filled();
    let granted: Vec<_> =
        manifest["authorization"]["permissions"]["resourceSpecific"].as_array().unwrap().iter().collect();
    let names: Vec<_> = granted.iter().map(|permission| permission["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ChatMessage.Read.Chat", "ChannelMessage.Read.Group"]);
    for list in manifest["bots"][0]["commandLists"].as_array().unwrap() {
        let titles: Vec<_> =
            list["commands"].as_array().unwrap().iter().map(|command| &command["title"]).collect();
        assert_eq!(titles, ["create", "link", "unlink", "status", "help"]);
    }
    assert_eq!(manifest["composeExtensions"][0]["commands"][0]["id"], "createIssue");
}
