//! `threadline bench passthrough`: what the service is measured against. It proves and parses what
//! arrives as the service does, and makes the same calls to the platforms with the same clients.
//! It decides nothing, keeps nothing, and answers when the calls are done.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use clap::Args;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::Context;
use super::target::{WIRING, Wiring};
use crate::app;
use crate::call::CallError;
use crate::ids::{CloudId, ConversationId, IssueId};
use crate::jira::{self, NewComment, signature, webhook};
use crate::secret::Secret;
use crate::teams::activity::{Activity, Kind};
use crate::teams::bot_auth::Validator;
use crate::teams::graph::{self, OutgoingMessage, Place};

pub(super) const EXAMPLES: &str = "Only `threadline bench relay` starts it.

Examples:
  threadline bench relay";

/// The same calls, and nothing else.
#[derive(Args)]
pub(in crate::cli) struct Passthrough {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS")]
    listen: SocketAddr,
}

struct Bare {
    jira: jira::Client,
    graph: graph::Client,
    bot_auth: Validator,
    webhook_secret: Secret,
    cloud: CloudId,
    commenter: String,
    commenter_jira: Secret,
    commenter_graph: Secret,
    writer: String,
    writer_jira: Secret,
    chats: HashMap<IssueId, ConversationId>,
    issues: HashMap<ConversationId, IssueId>,
}

impl Passthrough {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let wiring = std::env::var(WIRING).context("only `threadline bench` starts the pass-through")?;
        let wiring: Wiring = serde_json::from_str(&wiring)?;
        let http = app::http_client(crate::config::Relay::default().call_time())?;
        let microsoft = app::microsoft_settings(&context.settings)?;
        let bare = Bare {
            jira: jira::Client::new(http.clone(), app::jira_settings(&context.settings)?),
            graph: graph::Client::new(http.clone(), &microsoft),
            bot_auth: Validator::new(http, &microsoft, context.clock),
            webhook_secret: Secret::new(wiring.webhook_secret),
            cloud: CloudId::new(wiring.cloud),
            commenter: wiring.commenter,
            commenter_jira: Secret::new(wiring.commenter_jira),
            commenter_graph: Secret::new(wiring.commenter_graph),
            writer: wiring.writer,
            writer_jira: Secret::new(wiring.writer_jira),
            chats: wiring.pairs.iter().cloned().collect(),
            issues: wiring.pairs.into_iter().map(|(issue, chat)| (chat, issue)).collect(),
        };
        let routes = Router::new()
            .route("/webhooks/jira/{site}", post(comment))
            .route("/api/messages", post(message))
            .route("/readyz", get(|| async { "ok" }))
            .with_state(Arc::new(bare));
        axum::serve(TcpListener::bind(self.listen).await?, routes).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Takes a webhook, and answers when the message is there.
async fn comment(State(bare): State<Arc<Bare>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signed = headers.get("X-Hub-Signature").and_then(|value| value.to_str().ok());
    if signature::verify(&bare.webhook_secret, signed, &body).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(delivery) = webhook::parse(&body) else { return StatusCode::BAD_REQUEST };
    let copied = delivery.actor.as_ref().is_none_or(|actor| actor.as_str() != bare.commenter);
    let (Some(issue), Some(comment), false) = (delivery.issue_id, delivery.comment_id, copied) else {
        return StatusCode::OK;
    };
    let chat = bare.chats.get(&issue).and_then(|chat| Place::of(chat, None));
    let Some(chat) = chat else { return StatusCode::OK };
    let site = bare.jira.site(&bare.cloud, &bare.commenter_jira);
    let read = async {
        let (_, comment) = tokio::try_join!(site.issue(issue.as_str(), &[]), site.comment(&issue, &comment))?;
        let message =
            OutgoingMessage { html: format!("<p>{}</p>", plain(&comment.body)), ..Default::default() };
        bare.graph.send_message(&bare.commenter_graph, &chat, &message).await
    };
    answer(read.await.map(drop))
}

/// Takes an activity, and answers when the comment is there.
async fn message(State(bare): State<Arc<Bare>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(activity) = Activity::parse(&body) else { return StatusCode::BAD_REQUEST };
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bare.bot_auth.validate(token, &activity.channel_id, &activity.service_url).await.is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let author = activity.from.as_ref().and_then(|from| from.object_id.as_ref());
    let copied = author.is_none_or(|author| author.as_str() != bare.writer);
    let chat = activity.conversation.as_ref().map(|conversation| &conversation.id);
    let (Kind::Message, Some(issue), false) =
        (&activity.kind, chat.and_then(|chat| bare.issues.get(chat)), copied)
    else {
        return StatusCode::OK;
    };
    let site = bare.jira.site(&bare.cloud, &bare.writer_jira);
    let write = async {
        site.issue(issue.as_str(), &[]).await?;
        let paragraph =
            json!({"type": "paragraph", "content": [{"type": "text", "text": activity.plain_text()}]});
        let new = NewComment {
            body: json!({"type": "doc", "version": 1, "content": [paragraph]}),
            origin: json!({"message": activity.id}),
            internal: false,
        };
        site.add_comment(issue, &new).await
    };
    answer(write.await.map(drop))
}

/// The text of the first paragraph: the load has no other.
fn plain(document: &Value) -> &str {
    document.pointer("/content/0/content/0/text").and_then(Value::as_str).unwrap_or_default()
}

fn answer(done: Result<(), CallError>) -> StatusCode {
    match done {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            eprintln!("a call did not succeed: {error}");
            StatusCode::BAD_GATEWAY
        }
    }
}
