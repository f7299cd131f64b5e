//! As much of a browser as logging in takes: cookies, and redirects one at a time.

use std::collections::HashMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response};
use threadline_simulator::Simulator;
use url::Url;

use super::StageError;

/// A browser with its cookies for one host.
pub struct Browser {
    http: reqwest::Client,
    base: Url,
    cookies: HashMap<String, String>,
}

impl Browser {
    /// A browser without cookies, for the service at `base`.
    pub fn new(base: Url) -> Result<Self, StageError> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { http, base, cookies: HashMap::new() })
    }

    /// A request to a path of the service, with the cookies.
    pub fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, StageError> {
        let url = self.base.join(path).map_err(|_| StageError::Unexpected(format!("'{path}' is no path")))?;
        let cookies =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let request = self.http.request(method, url);
        Ok(if cookies.is_empty() { request } else { request.header(COOKIE, cookies) })
    }

    /// Sends a request and keeps the cookies of its answer.
    pub async fn send(&mut self, request: RequestBuilder) -> Result<Response, StageError> {
        let response = request.send().await?;
        for value in response.headers().get_all(SET_COOKIE) {
            let pair = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                if value.is_empty() {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Ok(response)
    }

    /// Opens a path.
    pub async fn get(&mut self, path: &str) -> Result<Response, StageError> {
        let request = self.request(Method::GET, path)?;
        self.send(request).await
    }

    /// Posts JSON to a path.
    pub async fn post(&mut self, path: &str, body: &serde_json::Value) -> Result<Response, StageError> {
        let request = self.request(Method::POST, path)?.json(body);
        self.send(request).await
    }

    /// Logs in: to the provider, through its consent page, and back.
    pub async fn log_in(
        &mut self,
        simulator: &Simulator,
        provider: &str,
        person: &str,
    ) -> Result<(), StageError> {
        let begun = self.get(&format!("login/{provider}")).await?;
        let authorize = location(&begun)?;
        let callback = simulator.consent(&authorize, person).await?;
        let path = format!("{}?{}", callback.path(), callback.query().unwrap_or_default());
        let ended = self.get(&path).await?;
        if !ended.status().is_redirection() {
            let status = ended.status();
            let text = ended.text().await?;
            return Err(StageError::Unexpected(format!(
                "the login with {provider} ended with {status}: {text}"
            )));
        }
        Ok(())
    }
}

/// Where a redirect leads.
fn location(response: &Response) -> Result<Url, StageError> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    location
        .and_then(|text| Url::parse(text).ok())
        .ok_or_else(|| StageError::Unexpected(format!("no redirect, but {}", response.status())))
}
