use serde_json::{Value, json};

use super::*;
use crate::ambient::Millis;
use crate::call::recorder::http;
use crate::teams::issuer::{APP, Issuer, TestKey, unsigned};

const NOW: i64 = 1_795_255_200;
const SERVICE_URL: &str = "https://smba.trafficmanager.net/emea/";

/// A bot, and the Connector that speaks to it.
struct Scene {
    issuer: Issuer,
    key: TestKey,
    clock: Clock,
    validator: Validator,
}

impl Scene {
    async fn new() -> Self {
        let key = TestKey::new("one");
        let keys = vec![key.jwk(&["msteams", "webchat"]), TestKey::new("idle").jwk(&["msteams"])];
        let issuer = Issuer::start("https://api.botframework.com", keys).await;
        let clock = Clock::manual(Millis(NOW * 1000));
        let validator = Validator::new(http(), &issuer.settings(), clock.clone());
        Self { issuer, key, clock, validator }
    }

    async fn judge(&self, token: &str) -> Result<(), Refusal> {
        self.validator.validate(Some(&format!("Bearer {token}")), "msteams", SERVICE_URL).await
    }
}

fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": "https://api.botframework.com", "aud": APP, "serviceurl": SERVICE_URL,
        "nbf": NOW - 60, "exp": NOW + 3600,
    });
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (name, value) in changes {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(&name);
        } else {
            claims[name] = value;
        }
    }
    claims
}

fn bad(reason: BadToken) -> Result<(), Refusal> {
    Err(Refusal::BadToken(reason))
}

#[tokio::test]
async fn the_claims_of_a_token_decide() {
    let scene = Scene::new().await;
    let cases = [
        ("as it should be", json!({}), Ok(())),
        ("expired four minutes ago", json!({ "exp": NOW - 240 }), Ok(())),
        ("begins in four minutes", json!({ "nbf": NOW + 240 }), Ok(())),
        ("without a beginning", json!({ "nbf": null }), Ok(())),
        (
            "service URL without its slash",
            json!({ "serviceurl": "https://smba.trafficmanager.net/emea" }),
            Ok(()),
        ),
        ("service URL in capitals", json!({ "serviceurl": "HTTPS://SMBA.trafficmanager.net/EMEA/" }), Ok(())),
        ("expired six minutes ago", json!({ "exp": NOW - 360 }), bad(BadToken::Expired)),
        ("expired five minutes ago", json!({ "exp": NOW - 300 }), bad(BadToken::Expired)),
        ("without an end", json!({ "exp": null }), bad(BadToken::Unreadable)),
        ("an end that is a text", json!({ "exp": "never" }), bad(BadToken::Unreadable)),
        ("begins in six minutes", json!({ "nbf": NOW + 360 }), bad(BadToken::NotYetValid)),
        ("for another bot", json!({ "aud": "other" }), bad(BadToken::WrongAudience)),
        ("for several", json!({ "aud": [APP, "other"] }), bad(BadToken::Unreadable)),
        ("from elsewhere", json!({ "iss": "https://api.botframework.com/" }), bad(BadToken::WrongIssuer)),
        ("from nowhere", json!({ "iss": null }), bad(BadToken::Unreadable)),
        (
            "other service URL",
            json!({ "serviceurl": "https://smba.trafficmanager.net/amer/" }),
            Err(Refusal::WrongServiceUrl),
        ),
        ("no service URL", json!({ "serviceurl": null }), Err(Refusal::WrongServiceUrl)),
        (
            "claim as the documentation spells it",
            json!({ "serviceurl": null, "serviceUrl": SERVICE_URL }),
            Err(Refusal::WrongServiceUrl),
        ),
        (
            "two slashes",
            json!({ "serviceurl": "https://smba.trafficmanager.net/emea//" }),
            Err(Refusal::WrongServiceUrl),
        ),
    ];
    for (case, changes, expected) in cases {
        let token = scene.key.sign(&claims(changes));
        assert_eq!(scene.judge(&token).await, expected, "{case}");
    }
    assert_eq!(scene.issuer.fetches(), 2, "metadata and keys, once");
}

#[tokio::test]
async fn the_header_is_bearer_and_a_token() {
    let scene = Scene::new().await;
    let token = scene.key.sign(&claims(json!({})));
    let cases = [
        (None, Refusal::Missing),
        (Some(String::new()), Refusal::NotBearer),
        (Some(format!("bearer {token}")), Refusal::NotBearer),
        (Some(format!("Basic {token}")), Refusal::NotBearer),
        (Some(token.clone()), Refusal::NotBearer),
        (Some("Bearer ".to_owned()), Refusal::BadToken(BadToken::Unreadable)),
        (Some("Bearer a.b".to_owned()), Refusal::BadToken(BadToken::Unreadable)),
        (Some(format!("Bearer  {token}")), Refusal::BadToken(BadToken::Unreadable)),
    ];
    for (header, refusal) in cases {
        let result = scene.validator.validate(header.as_deref(), "msteams", SERVICE_URL).await;
        assert_eq!(result, Err(refusal), "{header:?}");
    }
    assert_eq!(scene.issuer.fetches(), 0, "nonsense asks nothing of the issuer");
}

#[tokio::test]
async fn only_rs256_by_a_published_key_is_a_signature() {
    let scene = Scene::new().await;
    let claims = claims(json!({}));
    let header = |alg: &str| json!({ "typ": "JWT", "alg": alg, "kid": "one" });
    let good = scene.key.sign(&claims);
    let signature = good.rsplit('.').next().unwrap();

    for alg in ["HS256", "RS384", "PS256", "ES256", "none", "RS1", ""] {
        let token = scene.key.sign_as(&header(alg), &claims);
        assert_eq!(scene.judge(&token).await, bad(BadToken::WrongAlgorithm), "{alg}");
    }
    let unsigned_token = format!("{}.", unsigned(&header("none"), &claims));
    assert_eq!(scene.judge(&unsigned_token).await, bad(BadToken::WrongAlgorithm));
    // The public key as an HMAC secret: the classic confusion.
    let key = jsonwebtoken::EncodingKey::from_secret(scene.key.jwk(&[])["n"].as_str().unwrap().as_bytes());
    let mut hs256 = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    hs256.kid = Some("one".into());
    let token = jsonwebtoken::encode(&hs256, &claims, &key).unwrap();
    assert_eq!(scene.judge(&token).await, bad(BadToken::WrongAlgorithm));

    let forged = TestKey::new("one").sign(&claims);
    assert_eq!(scene.judge(&forged).await, bad(BadToken::BadSignature), "another key under a known name");
    let changed =
        format!("{}.{signature}", unsigned(&header("RS256"), &super::tests::claims(json!({ "x": 1 }))));
    assert_eq!(
        scene.judge(&changed).await,
        bad(BadToken::BadSignature),
        "other claims under a good signature"
    );
    let unnamed = scene.key.sign_as(&json!({ "typ": "JWT", "alg": "RS256" }), &claims);
    assert_eq!(scene.judge(&unnamed).await, bad(BadToken::UnknownKey), "no key named");
    let critical = json!({ "alg": "RS256", "kid": "one", "crit": ["exp2"], "exp2": 1 });
    assert_eq!(scene.judge(&scene.key.sign_as(&critical, &claims)).await, bad(BadToken::Unreadable));
    // A key inside the token proves nothing.
    let mine = TestKey::new("mine");
    let own = json!({ "alg": "RS256", "kid": "mine", "jwk": mine.jwk(&["msteams"]) });
    assert_eq!(scene.judge(&mine.sign_as(&own, &claims)).await, bad(BadToken::KeyNotAskedFor));
}

#[tokio::test]
async fn a_key_signs_only_for_the_channels_it_is_endorsed_for() {
    let scene = Scene::new().await;
    let header = format!("Bearer {}", scene.key.sign(&claims(json!({}))));
    for (channel, expected) in
        [("msteams", Ok(())), ("slack", Err(Refusal::NotEndorsed)), ("", Err(Refusal::NotEndorsed))]
    {
        let result = scene.validator.validate(Some(&header), channel, SERVICE_URL).await;
        assert_eq!(result, expected, "{channel}");
    }
}

#[tokio::test]
async fn a_new_key_is_found_but_a_flood_of_unknown_ones_asks_once_an_hour() {
    let scene = Scene::new().await;
    let token = scene.key.sign(&claims(json!({ "exp": NOW + 100_000 })));
    assert_eq!(scene.judge(&token).await, Ok(()));

    let new = TestKey::new("two");
    scene.issuer.publish(vec![scene.key.jwk(&["msteams"]), new.jwk(&["msteams"])]);
    let rolled = new.sign(&claims(json!({ "exp": NOW + 100_000 })));
    for _ in 0..20 {
        assert_eq!(scene.judge(&rolled).await, bad(BadToken::KeyNotAskedFor));
    }
    assert_eq!(scene.issuer.fetches(), 2);

    scene.clock.advance(Duration::from_hours(1));
    assert_eq!(scene.judge(&rolled).await, Ok(()));
    assert_eq!(scene.issuer.fetches(), 4);
}

#[tokio::test]
async fn keys_are_fetched_anew_after_a_day_and_a_withdrawn_one_signs_no_more() {
    let scene = Scene::new().await;
    let token = scene.key.sign(&claims(json!({ "exp": NOW + 200_000 })));
    assert_eq!(scene.judge(&token).await, Ok(()));
    scene.issuer.publish(Vec::new());
    scene.clock.advance(Duration::from_hours(23));
    assert_eq!(scene.judge(&token).await, Ok(()));
    scene.clock.advance(Duration::from_hours(1));
    assert_eq!(scene.judge(&token).await, bad(BadToken::UnknownKey));
}

#[tokio::test]
async fn while_the_keys_cannot_be_fetched_nobody_is_believed_and_the_issuer_is_spared() {
    let scene = Scene::new().await;
    let token = scene.key.sign(&claims(json!({})));
    scene.issuer.go_down(true);
    for _ in 0..20 {
        assert_eq!(scene.judge(&token).await, bad(BadToken::KeysUnavailable));
    }
    assert_eq!(scene.issuer.fetches(), 1);
    scene.issuer.go_down(false);
    scene.clock.advance(Duration::from_secs(10));
    assert_eq!(scene.judge(&token).await, Ok(()));
}

#[tokio::test]
async fn many_activities_at_once_fetch_the_keys_once() {
    let scene = Scene::new().await;
    let header = format!("Bearer {}", scene.key.sign(&claims(json!({}))));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (validator, header) = (scene.validator.clone(), header.clone());
        tasks.spawn(async move { validator.validate(Some(&header), "msteams", SERVICE_URL).await });
    }
    while let Some(result) = tasks.join_next().await {
        assert_eq!(result.unwrap(), Ok(()));
    }
    assert_eq!(scene.issuer.fetches(), 2);
}
