//! `login.microsoftonline.com`: the consent page, the token endpoint, the metadata and the
//! keys of one Entra tenant.
//!
//! A test may POST the consent form as a browser does: the parameters of the authorize URL
//! as fields, plus `person` (name or id) and `decision` (`allow` or `deny`).

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde_json::{Value, json};
use url::Url;

use crate::ambient::iso_date;
use crate::hosts::auth_atlassian::{ConsentPage, back, refused};
use crate::hosts::faces::Face;
use crate::hosts::wire;
use crate::platforms::Shared;
use crate::teams::grants::{ACCESS_LIFE, BadGrant, Consent, TokenPair};

pub(crate) fn routes(platforms: Shared) -> Router {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/authorize", get(show_consent).post(take_consent))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata))
        .route("/{tenant}/discovery/v2.0/keys", get(keys))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(platforms)
}

type Parameters = HashMap<String, String>;

fn parameter<'a>(parameters: &'a Parameters, name: &str) -> &'a str {
    parameters.get(name).map(String::as_str).unwrap_or_default()
}

/// Scopes without the resource in front of Graph's: `https://graph.microsoft.com/Chat.Read`
/// is `Chat.Read`.
fn scopes(text: &str) -> BTreeSet<String> {
    text.split_whitespace()
        .map(|scope| scope.strip_prefix("https://graph.microsoft.com/").unwrap_or(scope).to_owned())
        .collect()
}

/// Scopes that this tenant's people may consent to by themselves.
const CONSENTABLE: [&str; 17] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "User.Read",
    "User.ReadBasic.All",
    "Chat.Create",
    "Chat.Read",
    "Chat.ReadBasic",
    "Chat.ReadWrite",
    "ChatMessage.Read",
    "ChatMessage.Send",
    "Files.ReadWrite",
    "AppCatalog.Read.All",
    "TeamsAppInstallation.ReadForChat",
    "ChannelMessage.Send",
    "Presence.Read",
];

/// Checks an authorize request; the error is the answer to give.
fn check(platforms: &Shared, tenant: &str, parameters: &Parameters) -> Result<Url, Box<Response>> {
    let refuse = |message: &str| Box::new(refused("Microsoft", message));
    let world = platforms.world();
    let app = world.teams.apps.get(parameter(parameters, "client_id")).ok_or_else(|| {
        refuse("AADSTS700016: Application was not found in the directory. It may not be installed by the administrator.")
    })?;
    if app.tenant_id != tenant {
        return Err(refuse("AADSTS50194: The application is not configured for this tenant."));
    }
    let asked = parameter(parameters, "redirect_uri");
    if !app.redirect_uris.iter().any(|registered| registered == asked) {
        return Err(refuse(
            "AADSTS50011: The redirect URI specified in the request does not match the redirect URIs configured for the application.",
        ));
    }
    let redirect_uri = Url::parse(asked).map_err(|_| refuse("AADSTS90102: redirect_uri is not a URL."))?;
    let state = parameter(parameters, "state");
    let fail = |error: &str, text: &str| {
        Box::new(back(&redirect_uri, &[("error", error), ("error_description", text), ("state", state)]))
    };
    if parameter(parameters, "response_type") != "code" {
        return Err(fail("unsupported_response_type", "AADSTS700054: response_type must be code here."));
    }
    if parameters.contains_key("code_challenge") && parameter(parameters, "code_challenge_method") != "S256" {
        return Err(fail("invalid_request", "AADSTS9002313: code_challenge_method must be S256."));
    }
    let scopes = scopes(parameter(parameters, "scope"));
    if scopes.is_empty() {
        return Err(fail("invalid_request", "AADSTS900144: The request must contain: 'scope'."));
    }
    let allowed =
        |scope: &String| CONSENTABLE.contains(&scope.as_str()) || world.teams.admin_consents.contains(scope);
    if !scopes.iter().all(allowed) {
        return Err(fail("access_denied", "AADSTS90094: An administrator has to consent to this scope."));
    }
    Ok(redirect_uri)
}

async fn show_consent(
    State(platforms): State<Shared>,
    Path(tenant): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Response {
    if let Err(answer) = check(&platforms, &tenant, &parameters) {
        return *answer;
    }
    let hint = ["login_as", "login_hint"].iter().find_map(|name| parameters.get(*name));
    let world = platforms.world();
    let preselected = hint.and_then(|hint| world.people.find(hint));
    let page = ConsentPage {
        platform: "Microsoft",
        app: "Threadline".to_owned(),
        people: world
            .people
            .all()
            .iter()
            .map(|person| Face::choice(person, &person.object_id, preselected.as_ref() == Some(person)))
            .collect(),
        sites: Vec::new(),
        scopes: scopes(parameter(&parameters, "scope")).into_iter().collect(),
        hidden: parameters.into_iter().collect(),
    };
    drop(world);
    wire::page(page.render())
}

async fn take_consent(
    State(platforms): State<Shared>,
    Path(tenant): Path<String>,
    Form(parameters): Form<Parameters>,
) -> Response {
    let redirect_uri = match check(&platforms, &tenant, &parameters) {
        Ok(redirect_uri) => redirect_uri,
        Err(answer) => return *answer,
    };
    let state = parameter(&parameters, "state");
    if parameter(&parameters, "decision") != "allow" {
        let text = "AADSTS65004: User declined to consent to access the app.";
        return back(
            &redirect_uri,
            &[("error", "access_denied"), ("error_description", text), ("state", state)],
        );
    }
    let now = platforms.now();
    let mut world = platforms.world();
    let Some(person) = world.people.find(parameter(&parameters, "person")) else {
        return refused("Microsoft", "Choose who you are.");
    };
    let consent = Consent {
        client_id: parameter(&parameters, "client_id").to_owned(),
        object_id: person.object_id.clone(),
        redirect_uri: parameter(&parameters, "redirect_uri").to_owned(),
        scopes: scopes(parameter(&parameters, "scope")),
        nonce: parameters.get("nonce").cloned(),
        challenge: parameters.get("code_challenge").cloned(),
    };
    let code = world.teams.grants.consent(&platforms.ids, now, consent);
    let session = platforms.ids.guid().to_string();
    back(&redirect_uri, &[("code", &code), ("state", state), ("session_state", &session)])
}

/// An error of the token endpoint: only `error` is meant for programs.
fn failure(platforms: &Shared, status: StatusCode, error: &str, number: u32, text: &str) -> Response {
    let trace = platforms.ids.guid();
    let correlation = platforms.ids.guid();
    let now = iso_date(platforms.now());
    let body = json!({"error": error,
        "error_description": format!("AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"),
        "error_codes": [number], "timestamp": now, "trace_id": trace, "correlation_id": correlation,
        "error_uri": format!("{}error?code={number}", platforms.urls.login_url)});
    (status, Json(body)).into_response()
}

async fn token(
    State(platforms): State<Shared>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    const FORM: &str = "application/x-www-form-urlencoded";
    if wire::media_type(&headers) != Some(FORM) {
        let text = "The request body must contain the following parameter: 'grant_type'.";
        return failure(&platforms, BAD, "invalid_request", 900_144, text);
    }
    let form: Parameters = url::form_urlencoded::parse(&body).into_owned().collect();
    let client_id = parameter(&form, "client_id");
    let app = platforms.world().teams.apps.get(client_id).cloned();
    let Some(app) = app.filter(|app| tenant == app.tenant_id) else {
        let text = "Application was not found in the directory.";
        return failure(&platforms, BAD, "unauthorized_client", 700_016, text);
    };
    if form.get("client_secret") != Some(&app.client_secret) {
        let text = "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.";
        return failure(&platforms, StatusCode::UNAUTHORIZED, "invalid_client", 7_000_215, text);
    }
    let now = platforms.now();
    let given = match parameter(&form, "grant_type") {
        "client_credentials" => return app_token(&platforms, client_id, parameter(&form, "scope"), now),
        "authorization_code" => {
            let verifier = form.get("code_verifier").map(String::as_str);
            let (code, redirect_uri) = (parameter(&form, "code"), parameter(&form, "redirect_uri"));
            let mut world = platforms.world();
            let grants = &mut world.teams.grants;
            let given = grants.exchange(&platforms.ids, now, client_id, code, redirect_uri, verifier);
            if given.is_err() && grants.was_used(code) {
                drop(world);
                let text = "The provided authorization code was already redeemed.";
                return failure(&platforms, BAD, "invalid_grant", 54_005, text);
            }
            given
        }
        "refresh_token" => {
            let wanted = form.get("scope").map(|scope| scopes(scope));
            platforms.world().teams.grants.refresh(
                &platforms.ids,
                now,
                client_id,
                parameter(&form, "refresh_token"),
                wanted,
            )
        }
        _ => {
            let text = "The app requested an unsupported grant type.";
            return failure(&platforms, BAD, "unsupported_grant_type", 70_003, text);
        }
    };
    let (error, number, text) = match given {
        Ok(pair) => return Json(token_body(&platforms, &app.tenant_id, client_id, pair)).into_response(),
        Err(BadGrant::Code) => {
            ("invalid_grant", 70_008, "The provided authorization code or refresh token has expired.")
        }
        Err(BadGrant::Redirect) => (
            "invalid_grant",
            500_112,
            "The reply address does not match the one of the authorization request.",
        ),
        Err(BadGrant::Verifier) => (
            "invalid_grant",
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        ),
        Err(BadGrant::Refresh) => {
            ("invalid_grant", 700_082, "The refresh token has expired, was revoked, or is not known.")
        }
        Err(BadGrant::Scope) => {
            ("invalid_grant", 65_001, "The user or administrator has not consented to use the application.")
        }
    };
    failure(&platforms, BAD, error, number, text)
}

/// Client credentials: a token of the app itself, for the resource that the scope names.
fn app_token(platforms: &Shared, client_id: &str, scope: &str, now: i64) -> Response {
    let mut world = platforms.world();
    let grants = &mut world.teams.grants;
    let access = match scope {
        "https://api.botframework.com/.default" => grants.bot(&platforms.ids, now, client_id),
        "https://graph.microsoft.com/.default" => grants.app(&platforms.ids, now, client_id),
        _ => {
            drop(world);
            let text = "The provided value for the input parameter 'scope' is not valid.";
            return failure(platforms, StatusCode::BAD_REQUEST, "invalid_scope", 70_011, text);
        }
    };
    drop(world);
    let life = ACCESS_LIFE / 1000;
    Json(json!({"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": access}))
        .into_response()
}

fn token_body(platforms: &Shared, tenant: &str, client_id: &str, pair: TokenPair) -> Value {
    let life = ACCESS_LIFE / 1000;
    let granted: Vec<&str> =
        pair.scopes.iter().map(String::as_str).filter(|scope| *scope != "offline_access").collect();
    let mut body = json!({"token_type": "Bearer", "scope": granted.join(" "), "expires_in": life,
        "ext_expires_in": life, "access_token": pair.access});
    let id_token = pair.scopes.contains("openid").then(|| id_token(platforms, tenant, client_id, &pair));
    if let Some(map) = body.as_object_mut() {
        if let Some(refresh) = pair.refresh {
            map.insert("refresh_token".to_owned(), refresh.into());
        }
        if let Some(id_token) = id_token.flatten() {
            map.insert("id_token".to_owned(), id_token.into());
        }
    }
    body
}

/// `{login_url}{tenant}/v2.0`: the issuer is the simulator's own address, as it is in a
/// national cloud.
fn issuer(platforms: &Shared, tenant: &str) -> String {
    format!("{}{tenant}/v2.0", platforms.urls.login_url)
}

fn id_token(platforms: &Shared, tenant: &str, client_id: &str, pair: &TokenPair) -> Option<String> {
    let person = platforms.world().people.find(&pair.object_id)?;
    let seconds = platforms.now() / 1000;
    let mut claims = json!({"ver": "2.0", "iss": issuer(platforms, tenant), "aud": client_id,
        "iat": seconds - 300, "nbf": seconds - 300, "exp": seconds + 3600, "tid": tenant,
        "sub": format!("pairwise-{}", person.object_id)});
    let map = claims.as_object_mut()?;
    if let Some(nonce) = &pair.nonce {
        map.insert("nonce".to_owned(), nonce.clone().into());
    }
    if pair.scopes.contains("profile") {
        map.insert("oid".to_owned(), person.object_id.clone().into());
        map.insert("name".to_owned(), person.name.clone().into());
        map.insert("preferred_username".to_owned(), person.email.clone().into());
    }
    platforms.entra_key.sign(&claims)
}

async fn metadata(State(platforms): State<Shared>, Path(tenant): Path<String>) -> Response {
    if !platforms.world().teams.tenants.contains_key(&tenant) {
        let text = "Tenant not found. Check to make sure you have the correct tenant ID.";
        return failure(&platforms, StatusCode::BAD_REQUEST, "invalid_tenant", 90_002, text);
    }
    let base = format!("{}{tenant}", platforms.urls.login_url);
    Json(json!({
        "issuer": issuer(&platforms, &tenant),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }))
    .into_response()
}

async fn keys(State(platforms): State<Shared>, Path(tenant): Path<String>) -> Json<Value> {
    let key = platforms.entra_key.public_jwk().map(|mut key| {
        if let Some(map) = key.as_object_mut() {
            map.insert("issuer".to_owned(), issuer(&platforms, &tenant).into());
        }
        key
    });
    Json(json!({"keys": Vec::from_iter(key)}))
}
