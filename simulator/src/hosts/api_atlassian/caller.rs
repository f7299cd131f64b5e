//! Who calls: the person behind the token, their scopes, and the site in the path.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde_json::{Map, Value};

use crate::hosts::api_atlassian::error::ApiError;
use crate::hosts::wire;
use crate::jira::grants::Grant;
use crate::jira::model::{IssueRecord, Site};
use crate::people::Identity;
use crate::platforms::Shared;

/// The person of a valid token; on a path with a cloud id, one whose grant covers it.
pub(super) struct Caller {
    pub(super) person: Arc<Identity>,
    pub(super) grant: Arc<Grant>,
    /// Index of the site in the path; `usize::MAX` on a path without one.
    pub(super) site: usize,
    /// The query, later values winning.
    pub(super) query: HashMap<String, String>,
    headers: HeaderMap,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, platforms: &Shared) -> Result<Self, ApiError> {
        let path =
            RawPathParams::from_request_parts(parts, platforms).await.map_err(|_| ApiError::UnknownPath)?;
        let cloud_id = path.iter().find(|(name, _)| *name == "cloudid").map(|(_, value)| value.to_owned());
        let query = Query::<HashMap<String, String>>::try_from_uri(&parts.uri)
            .map_err(|_| ApiError::BadParameter("query"))?
            .0;
        let token = wire::bearer(&parts.headers).ok_or(ApiError::Unauthorized)?;
        let world = platforms.world();
        let grant =
            world.jira.grants.of_access(token, platforms.now()).ok_or(ApiError::Unauthorized)?.clone();
        let person = world.people.find(&grant.account_id).ok_or(ApiError::Unauthorized)?;
        let site = match cloud_id {
            None => usize::MAX,
            Some(cloud_id) => world
                .jira
                .sites
                .iter()
                .position(|site| site.cloud_id == cloud_id && grant.cloud_ids.contains(&cloud_id))
                .ok_or(ApiError::UnknownCloud)?,
        };
        Ok(Self { person, grant, site, query, headers: parts.headers.clone() })
    }
}

impl Caller {
    /// Refuses a token without this scope.
    pub(super) fn needs(&self, scope: &str) -> Result<(), ApiError> {
        if self.grant.scopes.contains(scope) { Ok(()) } else { Err(ApiError::Scope) }
    }

    /// A number of the query.
    pub(super) fn number(&self, name: &'static str, default: usize) -> Result<usize, ApiError> {
        self.query
            .get(name)
            .map_or(Ok(default), |text| text.parse().map_err(|_| ApiError::BadParameter(name)))
    }

    /// The items of a comma-separated parameter.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        self.query
            .get(name)
            .into_iter()
            .flat_map(|text| text.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Any JSON value of the body.
    pub(super) fn value(&self, body: &Bytes) -> Result<Value, ApiError> {
        if wire::media_type(&self.headers) != Some("application/json") {
            return Err(ApiError::WrongMediaType);
        }
        if body.is_empty() {
            return Err(ApiError::Unreadable("No content to map to Object due to end of input"));
        }
        serde_json::from_slice(body).map_err(|_| {
            ApiError::Unreadable("There was an error parsing JSON. Check that your request body is valid.")
        })
    }

    /// A JSON object of the body.
    pub(super) fn object(&self, body: &Bytes) -> Result<Map<String, Value>, ApiError> {
        match self.value(body)? {
            Value::Object(map) => Ok(map),
            _ => Err(ApiError::Unreadable(
                "There was an error parsing JSON. Check that your request body is valid.",
            )),
        }
    }

    /// An issue that this person may see.
    pub(super) fn issue<'a>(&self, site: &'a Site, key: &str) -> Result<&'a IssueRecord, ApiError> {
        site.issue(key)
            .filter(|record| record.issue.shows_to(&self.person.account_id))
            .ok_or_else(ApiError::no_issue)
    }
}
