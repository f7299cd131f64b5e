//! Atlassian's own schema of ADF, for tests.

use std::sync::LazyLock;

use serde_json::Value;

static FULL: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema: Value =
        serde_json::from_str(include_str!("../../tests/schemas/adf-full.schema.json")).unwrap();
    jsonschema::draft4::new(&schema).unwrap()
});

/// Fails with the first thing that the schema refuses.
pub fn assert_valid(adf: &Value) {
    assert!(FULL.is_valid(adf), "not valid ADF: {adf:#}");
}
