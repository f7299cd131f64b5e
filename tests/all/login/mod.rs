//! Logging in, through real redirects, and what a login can't be made to do.

mod identity;
mod session;
mod state;

use reqwest::Response;
use reqwest::header::LOCATION;
use serde_json::Value;
use threadline::stage::Browser;
use url::Url;

use crate::service::{Service, http};

/// Begins a login; answers the provider's address.
async fn begin(browser: &mut Browser, path: &str) -> Url {
    let begun = browser.get(path).await.unwrap();
    assert_eq!(begun.status(), 303, "{path}");
    Url::parse(begun.headers()[LOCATION].to_str().unwrap()).unwrap()
}

/// Comes back from the provider.
async fn come_back(browser: &mut Browser, callback: &Url) -> Response {
    let path = format!("{}?{}", callback.path(), callback.query().unwrap_or_default());
    browser.get(&path).await.unwrap()
}

/// Asserts a refusal with this status, and gives its sentence.
async fn refused(answer: Response, status: u16) -> String {
    assert_eq!(answer.status(), status);
    let problem: Value = answer.json().await.unwrap();
    problem["detail"].as_str().unwrap().to_owned()
}

/// The same address with another value of one parameter.
fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(key, old)| {
            let new = if key == name { value.into() } else { old };
            (key.into_owned(), new.into_owned())
        })
        .collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

/// The consent form as a browser sends it, with one field more.
async fn consent_with(authorize: &Url, person: &str, field: (&str, &str)) -> Url {
    let mut form: Vec<(String, String)> = authorize.query_pairs().into_owned().collect();
    for (name, value) in [("person", person), ("decision", "allow"), field] {
        form.retain(|(known, _)| known != name);
        form.push((name.to_owned(), value.to_owned()));
    }
    let mut action = authorize.clone();
    action.set_query(None);
    let answer = http().post(action).form(&form).send().await.unwrap();
    Url::parse(answer.headers()[LOCATION].to_str().unwrap()).unwrap()
}

/// Whether this browser is logged in with Jira.
async fn is_logged_in(service: &Service, browser: &mut Browser) -> bool {
    let path = format!("api/v1/issues/{}/{}/chats", service.site, service.stage.issue);
    browser.get(&path).await.unwrap().status() == 200
}
