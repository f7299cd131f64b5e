//! Logins, and what they are for.

use super::*;

#[tokio::test]
async fn a_login_asks_for_consent_with_the_scopes_it_needs() {
    let platform = Recorder::start::<Reply>([]).await;
    let callback = Url::parse("https://threadline.example/login/jira/callback").unwrap();
    let url = client(&platform).authorize_url(&callback, "st&te");
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("audience", "api.atlassian.com"),
        ("client_id", "app"),
        ("scope", "read:jira-work write:jira-work read:jira-user offline_access"),
        ("redirect_uri", callback.as_str()),
        ("state", "st&te"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(url.path(), "/authorize");

    let with_webhooks = client(&platform).authorize_url_with(&callback, "s", &[WEBHOOK_SCOPE]);
    assert!(with_webhooks.as_str().contains("offline_access+manage%3Ajira-webhook"));
}

#[tokio::test]
async fn a_code_is_exchanged_in_json_and_no_token_type_is_missed() {
    let tokens = json!({
        "access_token": "a1", "refresh_token": "r1", "expires_in": 3600,
        "scope": "read:jira-work offline_access",
    });
    let platform = Recorder::start([(200, tokens)]).await;
    let callback = Url::parse("https://threadline.example/cb").unwrap();
    let tokens = client(&platform).exchange_code("c1", &callback).await.unwrap();
    assert_eq!(tokens.access.expose(), "a1");
    assert_eq!(tokens.refresh.unwrap().expose(), "r1");
    assert_eq!(tokens.expires_in, Duration::from_hours(1));
    assert_eq!(tokens.scopes, ["read:jira-work", "offline_access"]);
    let seen = platform.only();
    assert_eq!(seen.line, "POST /oauth/token");
    let expected = json!({
        "grant_type": "authorization_code", "client_id": "app", "client_secret": "hush",
        "code": "c1", "redirect_uri": "https://threadline.example/cb",
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn a_refresh_sends_the_old_token_and_a_dead_one_needs_a_login() {
    let refusal =
        json!({ "error": "invalid_grant", "error_description": "Unknown or invalid refresh token." });
    let platform = Recorder::start([(403, refusal)]).await;
    let error = client(&platform).refresh(&Secret::new("r0")).await.err().unwrap();
    assert!(matches!(error, CallError::LoginNeeded), "{error:?}");
    let expected = json!({
        "grant_type": "refresh_token", "client_id": "app", "client_secret": "hush", "refresh_token": "r0",
    });
    assert_eq!(platform.only().json(), expected);
}

#[tokio::test]
async fn a_login_knows_the_sites_it_may_use() {
    let sites = json!([{
        "id": "11-22", "name": "example", "url": "https://example.atlassian.net",
        "scopes": ["read:jira-work"], "avatarUrl": "https://x/y.png",
    }]);
    let platform = Recorder::start([(200, sites)]).await;
    let sites = client(&platform).accessible_resources(&Secret::new("token")).await.unwrap();
    assert_eq!(sites.len(), 1);
    assert_eq!(sites[0].cloud_id.as_str(), "11-22");
    assert_eq!(sites[0].url.as_str(), "https://example.atlassian.net/");
    assert_eq!(platform.only().line, "GET /oauth/token/accessible-resources");
}
