use serde_json::{Value, json};

use super::*;
use crate::ambient::Millis;
use crate::call::recorder::{Recorder, Reply, http};
use crate::teams::issuer::{APP, Issuer, TENANT, TestKey, settings};
use crate::teams::token::BadToken;

const NOW: i64 = 1_795_255_200;

fn clock() -> Clock {
    Clock::manual(Millis(NOW * 1000))
}

fn client(platform: &Recorder) -> Client {
    Client::new(http(), &settings(&platform.url()), clock())
}

fn callback() -> Url {
    Url::parse("https://threadline.example/login/microsoft/callback").unwrap()
}

fn token(access: &str) -> Reply {
    (200, json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": access })).into()
}

#[tokio::test]
async fn a_login_is_asked_for_with_pkce_and_a_nonce() {
    // The vector of RFC 7636, appendix B.
    let challenge = code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");

    let platform = Recorder::start::<Reply>([]).await;
    let url = client(&platform).authorize_url(&callback(), "st", "no", &challenge);
    assert_eq!(url.path(), format!("/{TENANT}/oauth2/v2.0/authorize"));
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("client_id", APP),
        ("response_type", "code"),
        ("redirect_uri", callback().as_str()),
        ("response_mode", "query"),
        ("scope", SCOPES),
        ("state", "st"),
        ("nonce", "no"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(query, expected);
}

#[tokio::test]
async fn a_code_is_exchanged_with_its_verifier() {
    let answer = json!({
        "token_type": "Bearer", "scope": "User.Read Chat.ReadWrite", "expires_in": 3599,
        "access_token": "a1", "refresh_token": "r1", "id_token": "i1",
    });
    let platform = Recorder::start([(200, answer)]).await;
    let login = client(&platform).exchange_code("c1", &callback(), &Secret::new("ver")).await.unwrap();
    assert_eq!((login.tokens.access.expose(), login.id_token.expose()), ("a1", "i1"));
    assert_eq!(login.tokens.scopes, ["User.Read", "Chat.ReadWrite"]);
    let seen = platform.only();
    assert_eq!(seen.line, format!("POST /{TENANT}/oauth2/v2.0/token"));
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "c1"),
        ("code_verifier", "ver"),
        ("redirect_uri", callback().as_str()),
        ("client_id", APP),
        ("client_secret", "hush"),
        ("scope", SCOPES),
    ] {
        assert!(seen.has(name, value), "{name}");
    }
}

#[tokio::test]
async fn a_refresh_brings_the_next_pair() {
    let platform = Recorder::start([token("a2")]).await;
    let tokens = client(&platform).refresh(&Secret::new("r1")).await.unwrap();
    assert_eq!(tokens.access.expose(), "a2");
    assert!(platform.only().has("grant_type", "refresh_token") && platform.only().has("refresh_token", "r1"));
}

#[tokio::test]
async fn the_bots_token_is_kept_until_five_minutes_before_its_end() {
    let platform = Recorder::start([token("b1"), token("b2")]).await;
    let clock = clock();
    let client = Client::new(http(), &settings(&platform.url()), clock.clone());
    let (first, second, third) = tokio::join!(client.bot_token(), client.bot_token(), client.bot_token());
    for token in [first, second, third] {
        assert_eq!(token.unwrap().expose(), "b1");
    }
    assert_eq!(platform.seen().len(), 1, "one fetch for three who asked at once");
    assert!(platform.only().has("grant_type", "client_credentials"));
    assert!(platform.only().has("scope", "https://api.botframework.com/.default"));

    clock.advance(Duration::from_secs(3299));
    assert_eq!(client.bot_token().await.unwrap().expose(), "b1");
    clock.advance(Duration::from_secs(1));
    assert_eq!(client.bot_token().await.unwrap().expose(), "b2");

    client.forget_bot_token(&Secret::new("b1")).await;
    assert_eq!(client.bot_token().await.unwrap().expose(), "b2", "an old one is nothing to forget");
}

#[tokio::test]
async fn a_wrong_client_secret_is_the_operators_to_mend() {
    let refusal = json!({ "error": "invalid_client", "error_codes": [7_000_215] });
    let platform = Recorder::start([(401, refusal)]).await;
    let error = client(&platform).bot_token().await.err().unwrap();
    assert!(matches!(error, CallError::Misconfigured { code } if code == "invalid_client"));
}

/// Judges an id token whose claims are changed so.
async fn judge(metadata_issuer: &str, changes: Value) -> Result<Identity, IdentityRefusal> {
    let key = TestKey::new("one");
    let issuer = Issuer::start(metadata_issuer, vec![key.jwk(&[])]).await;
    let client = Client::new(http(), &issuer.settings(), clock());
    let mut claims = json!({
        "iss": format!("https://login.example/{TENANT}/v2.0"), "aud": APP,
        "exp": NOW + 3600, "nbf": NOW, "nonce": "no", "name": "Ada",
        "tid": TENANT.to_uppercase(), "oid": "CCCCCCCC-0000-4000-8000-000000000003",
    });
    if metadata_issuer.contains("{tenantid}") {
        claims["tid"] = json!(TENANT);
    }
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    claims.as_object_mut().unwrap().extend(changes);
    client.verify_id_token(&key.sign(&claims), "no").await
}

#[tokio::test]
async fn an_id_token_says_who_logged_in() {
    for metadata_issuer in
        [&format!("https://login.example/{TENANT}/v2.0"), "https://login.example/{tenantid}/v2.0"]
    {
        let identity = judge(metadata_issuer, json!({})).await.unwrap();
        assert_eq!(identity.tenant_id.as_str(), TENANT);
        assert_eq!(identity.object_id.as_str(), "cccccccc-0000-4000-8000-000000000003", "in lower case");
        assert_eq!(identity.name.as_deref(), Some("Ada"));
    }
}

#[tokio::test]
async fn an_id_token_of_another_login_is_refused() {
    let issuer = format!("https://login.example/{TENANT}/v2.0");
    let bad = IdentityRefusal::BadToken;
    let cases = [
        (json!({ "nonce": "other" }), IdentityRefusal::WrongNonce),
        (json!({ "nonce": null }), IdentityRefusal::WrongNonce),
        (json!({ "aud": "other" }), bad(BadToken::WrongAudience)),
        (json!({ "iss": "https://login.example/other/v2.0" }), bad(BadToken::WrongIssuer)),
        (json!({ "exp": NOW - 360 }), bad(BadToken::Expired)),
        (json!({ "nbf": NOW + 360 }), bad(BadToken::NotYetValid)),
        (json!({ "oid": null }), bad(BadToken::Unreadable)),
    ];
    for (changes, refusal) in cases {
        assert_eq!(judge(&issuer, changes.clone()).await.err(), Some(refusal), "{changes}");
    }
}

#[tokio::test]
async fn an_id_token_of_another_issuers_key_is_refused() {
    let key = TestKey::new("one");
    let issuer = Issuer::start("https://login.example/v2.0", vec![key.jwk(&[])]).await;
    let client = Client::new(http(), &issuer.settings(), clock());
    let forged = TestKey::new("one").sign(&json!({ "iss": "https://login.example/v2.0" }));
    let refusal = client.verify_id_token(&forged, "no").await.err();
    assert_eq!(refusal, Some(IdentityRefusal::BadToken(BadToken::BadSignature)));
}
