//! What Threadline asks of Jira, word by word, and how it reads the answers.

mod comments;
mod failures;
mod files;
mod issues;
mod login;

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::ambient::Millis;
use crate::call::CallError;
use crate::call::recorder::{FailureCase, Recorder, Reply, Seen, http};
use crate::ids::{CloudId, CommentId, IssueId, ProjectId};
use crate::secret::Secret;

fn client(platform: &Recorder) -> Client {
    let settings = Settings {
        auth_url: platform.url(),
        api_url: platform.url(),
        client_id: "app".into(),
        client_secret: Secret::new("hush"),
    };
    Client::new(http(), settings)
}

/// Does `act` on a site that answers once, and tells what it asked and got.
async fn on_site<T>(
    reply: impl Into<Reply>,
    act: impl AsyncFnOnce(Site<'_>) -> Result<T, CallError>,
) -> (Seen, Result<T, CallError>) {
    let platform = Recorder::start([reply]).await;
    let (cloud, access) = (CloudId::new("11-22"), Secret::new("token"));
    let result = act(client(&platform).site(&cloud, &access)).await;
    let seen = platform.only();
    assert_eq!(seen.authorization.as_deref(), Some("Bearer token"));
    (Seen { line: seen.line.replace("/ex/jira/11-22/rest/api/3", "…"), ..seen }, result)
}

fn issue() -> IssueId {
    IssueId::new("10042")
}

fn adf() -> Value {
    json!({ "type": "doc", "version": 1, "content": [] })
}

fn wire_comment() -> Value {
    json!({
        "id": "10100", "body": adf(), "jsdPublic": false,
        "author": { "accountId": "5b10", "displayName": "Ada", "emailAddress": "x" },
        "created": "2026-11-21T10:00:00.000+0000", "updated": "2026-11-21T11:00:00.500+0100",
        "visibility": { "type": "role", "value": "Developers", "identifier": "Developers" },
        "properties": [{ "key": "other", "value": 1 }, { "key": "threadline.origin", "value": { "m": "17" } }],
    })
}
