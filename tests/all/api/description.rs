//! `/api/openapi.json`: the description that clients are generated from.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::service::Service;

/// Every value of a `$ref` anywhere in a document.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_openapi_3_1_and_lists_exactly_the_api() {
    let service = Service::start().await;
    let answer = reqwest::get(service.address("api/openapi.json")).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let document: Value = answer.json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
    assert_eq!(document["info"]["title"], "Threadline");
    assert_eq!(document, serde_json::to_value(threadline::web::openapi()).unwrap());

    let mut operations = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.insert(format!("{} {path}", method.to_uppercase()));
            assert!(operation["operationId"].is_string(), "{path}");
            assert!(operation["summary"].is_string(), "{path}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.values().all(|response| response["description"].is_string()), "{path}");
            assert!(responses.contains_key("401"), "{path}: everything needs a login");
            let named: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let in_path: BTreeSet<&str> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(named, in_path, "{path}");
        }
    }
    let api = [
        "DELETE /api/v1/links/{link}",
        "GET /api/v1/events",
        "GET /api/v1/events/{event}",
        "GET /api/v1/issues/{site}/{issue}/chats",
        "GET /api/v1/links/{link}/settings",
        "GET /api/v1/projects/{site}/{project}/settings",
        "POST /api/v1/events/retry",
        "POST /api/v1/links",
        "PUT /api/v1/links/{link}/settings",
        "PUT /api/v1/projects/{site}/{project}/settings",
    ];
    assert_eq!(operations, api.map(str::to_owned).into());

    let mut named = BTreeSet::new();
    references(&document, &mut named);
    assert!(!named.is_empty());
    for reference in named {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} is described");
    }
    service.stop().await;
}
