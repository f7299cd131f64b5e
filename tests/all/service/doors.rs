//! Knocking at the service's doors as a platform does.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Response};
use threadline::app::http_client;
use threadline::stage::Stage;
use url::Url;

use super::{PATIENCE, Service};

/// A client that follows no redirect, as the platforms' own.
pub fn http() -> Client {
    http_client(PATIENCE).unwrap()
}

impl Service {
    /// An address of the service.
    pub fn address(&self, path: &str) -> Url {
        self.stage.public_url.join(path).unwrap()
    }

    /// A webhook request to this site's address, without a signature.
    pub fn unsigned_webhook(&self, body: impl Into<Vec<u8>>) -> RequestBuilder {
        http()
            .post(self.address(&format!("webhooks/jira/{}", self.site)))
            .header(CONTENT_TYPE, "application/json")
            .body(body.into())
    }

    /// A webhook request as Jira makes it, with a fresh identifier if one is given.
    pub async fn webhook(&self, body: impl Into<Vec<u8>>, identifier: Option<&str>) -> Response {
        let body = body.into();
        let signature = Stage::sign(&self.webhook_secret, &body);
        let mut request = self.unsigned_webhook(body).header("X-Hub-Signature", signature);
        if let Some(identifier) = identifier {
            request = request.header("X-Atlassian-Webhook-Identifier", identifier);
        }
        request.send().await.unwrap()
    }

    /// A request to the bot with this `Authorization`, if any.
    pub async fn activity(&self, authorization: Option<&str>, body: impl Into<Vec<u8>>) -> Response {
        let mut request = http()
            .post(self.address("api/messages"))
            .header(CONTENT_TYPE, "application/json")
            .body(body.into());
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.send().await.unwrap()
    }

    /// What the operator's tools read.
    pub async fn metrics(&self) -> String {
        http().get(self.address("metrics")).send().await.unwrap().text().await.unwrap()
    }
}
