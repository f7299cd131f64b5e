//! One Jira site as one person: the frame of every REST call.

use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, failure};
use crate::call::CallError;
use crate::call::address;
use crate::call::answer::{Answer, fetch};
use crate::ids::CloudId;
use crate::secret::Secret;

/// A site, seen with one person's token.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    client: &'a Client,
    cloud_id: &'a CloudId,
    access: &'a Secret,
}

impl Client {
    /// The site `cloud_id`, with the token of whoever is to act.
    pub fn site<'a>(&'a self, cloud_id: &'a CloudId, access: &'a Secret) -> Site<'a> {
        Site { client: self, cloud_id, access }
    }
}

impl Site<'_> {
    /// A request to `/rest/api/3/…` of this site; each segment is one piece of the path.
    pub(super) fn request(&self, method: Method, segments: &[&str]) -> Result<RequestBuilder, CallError> {
        let api = ["ex", "jira", self.cloud_id.as_str(), "rest", "api", "3"];
        let url = address::under(&self.client.settings.api_url, &[&api, segments].concat())?;
        Ok(self.client.http.request(method, url).bearer_auth(self.access.expose()))
    }

    /// Reads something; `what` names it in the error.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        what: &'static str,
    ) -> Result<T, CallError> {
        send(self.request(Method::GET, segments)?.query(query)).await?.json(what)
    }

    /// Sends a document, and hands back the answer of a success.
    pub(super) async fn write(
        &self,
        method: Method,
        segments: &[&str],
        document: &impl Serialize,
    ) -> Result<Answer, CallError> {
        send(self.request(method, segments)?.json(document)).await
    }
}

/// Sends a request, and says what a failure means.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, CallError> {
    failure::check(fetch(request).await?)
}
