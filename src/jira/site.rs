//! One Jira site as one person: the frame of every REST call.

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, failure};
use crate::budget::Call;
use crate::call::CallError;
use crate::call::address;
use crate::call::answer::Answer;
use crate::ids::{CloudId, IssueId};
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
    pub(super) fn request(&self, method: Method, segments: &[&str]) -> Result<Call, CallError> {
        let api = ["ex", "jira", self.cloud_id.as_str(), "rest", "api", "3"];
        let url = address::under(&self.client.settings.api_url, &[&api, segments].concat())?;
        let request = self.client.http.request(method, url).bearer_auth(self.access.expose());
        Ok(self.client.meter.call(request))
    }

    /// Whether Jira would take a comment on this issue now. Sends nothing.
    ///
    /// # Errors
    /// [`CallError::Throttled`] with the time until it would.
    pub fn room_to_comment(&self, issue: &IssueId) -> Result<(), CallError> {
        self.request(Method::POST, &["issue", issue.as_str(), "comment"])?.look()
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
pub(super) async fn send(call: Call) -> Result<Answer, CallError> {
    failure::check(call.fetch().await?)
}
