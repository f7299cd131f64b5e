//! `login.botframework.com`: the metadata and the keys by which a bot checks that an
//! activity came from the Connector.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::platforms::Shared;

pub(crate) fn routes(platforms: Shared) -> Router {
    Router::new()
        .route("/v1/.well-known/openidconfiguration", get(metadata))
        .route("/v1/.well-known/keys", get(keys))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(platforms)
}

async fn metadata(State(platforms): State<Shared>) -> Json<Value> {
    let keys = platforms.urls.bot_openid_url.join("keys").map(String::from).unwrap_or_default();
    Json(json!({"issuer": "https://api.botframework.com",
        "authorization_endpoint": "https://invalid.botframework.com", "jwks_uri": keys,
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"]}))
}

async fn keys(State(platforms): State<Shared>) -> Json<Value> {
    let key = platforms.connector_key.public_jwk().map(|mut key| {
        if let Some(map) = key.as_object_mut() {
            map.insert("endorsements".to_owned(), json!(["msteams", "webchat", "skype"]));
        }
        key
    });
    Json(json!({"keys": Vec::from_iter(key)}))
}
