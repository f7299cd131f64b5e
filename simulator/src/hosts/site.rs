//! `x.atlassian.net`: people's pages of one site, and the tenant's cloud id.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use url::Url;

use crate::ambient::iso_date;
use crate::hosts::faces::Face;
use crate::hosts::posted::Posted;
use crate::hosts::wire;
use crate::jira::model::{Comment, IssueRecord, Site};
use crate::platforms::{Shared, World};
use crate::simulator::{CommentDraft, Simulator};

#[derive(Clone)]
struct SiteHost {
    platforms: Shared,
    index: usize,
}

pub(crate) fn routes(platforms: Shared, index: usize) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/browse/{key}", get(issue))
        .route("/browse/{key}/comment", post(add_comment).layer(DefaultBodyLimit::disable()))
        .route("/_edge/tenant_info", get(tenant_info))
        .route("/rest/api/3/attachment/content/{attachment}", get(attachment))
        .fallback(refuse)
        .with_state(SiteHost { platforms, index })
}

/// REST calls belong to `api.atlassian.com`: a 3LO token sent here is refused as it really is.
async fn refuse(headers: axum::http::HeaderMap) -> Response {
    if wire::bearer(&headers).is_some() {
        let body = Json(json!({"error": "Failed to parse Connect Session Auth Token"}));
        return (StatusCode::FORBIDDEN, body).into_response();
    }
    StatusCode::NOT_FOUND.into_response()
}

async fn tenant_info(State(host): State<SiteHost>) -> Result<Json<Value>, StatusCode> {
    let world = host.platforms.world();
    let site = world.jira.sites.get(host.index).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(json!({"cloudId": site.cloud_id})))
}

/// The bytes of a file, for people's pages: a browser has a session where an app has a token.
async fn attachment(
    State(host): State<SiteHost>,
    Path(id): Path<String>,
    headers: axum::http::HeaderMap,
) -> Response {
    if wire::bearer(&headers).is_some() {
        return refuse(headers).await;
    }
    let world = host.platforms.world();
    let files = world.jira.sites.get(host.index).into_iter().flat_map(|site| site.issues.values());
    match files.flat_map(|record| &record.attachments).find(|file| file.id.to_string() == id) {
        Some(file) => {
            ([(axum::http::header::CONTENT_TYPE, file.mime.clone())], file.content.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Template)]
#[template(path = "list.html")]
pub(super) struct ListPage {
    pub(super) title: String,
    pub(super) mark: &'static str,
    pub(super) what: &'static str,
    /// Address, head and text of each entry.
    pub(super) entries: Vec<(String, String, String)>,
}

async fn list(State(host): State<SiteHost>) -> Response {
    let world = host.platforms.world();
    let Some(site) = world.jira.sites.get(host.index) else { return StatusCode::NOT_FOUND.into_response() };
    let page = ListPage {
        title: site.name.clone(),
        mark: "✓",
        what: "issue tracker",
        entries: site
            .issues
            .values()
            .map(|record| &record.issue)
            .map(|issue| (format!("/browse/{}", issue.key), issue.key.clone(), issue.summary.clone()))
            .collect(),
    };
    drop(world);
    wire::page(page.render())
}

struct ShownComment {
    id: String,
    /// The comment that it answers: its id and its author's name.
    answers: Option<(u64, String)>,
    face: Face,
    at: String,
    edited: bool,
    circle: Option<String>,
    html: String,
}

impl ShownComment {
    fn of(record: &IssueRecord, comment: &Comment) -> Self {
        let others = &record.comments;
        let parent = comment.parent.and_then(|id| Some((id, others.get(&id)?.author.name.clone())));
        let circle = comment.visibility.as_ref().map(|visibility| visibility.value.clone());
        Self {
            id: comment.id.clone(),
            answers: parent,
            face: Face::named(&comment.author.name),
            at: iso_date(comment.created),
            edited: comment.updated != comment.created,
            circle: circle.or_else(|| comment.internal.then(|| "the team".to_owned())),
            html: record.rendered(&comment.body),
        }
    }
}

#[derive(Template)]
#[template(path = "issue.html")]
struct IssuePage {
    site: String,
    project: String,
    key: String,
    kind: String,
    summary: String,
    status: String,
    description: String,
    reporter: String,
    assignee: String,
    links: Vec<(String, String)>,
    comments: Vec<ShownComment>,
    people: Vec<Face>,
    panel: Option<String>,
    feed: String,
}

/// The panel's address: the base as it is with `issue` added if it has a path or a query of
/// its own, else `/panel?site={cloud id}&issue={key}` below it.
fn panel(world: &World, site: &Site, key: &str) -> Option<String> {
    let mut url = world.panel.clone()?;
    if url.path() == "/" && url.query().is_none() {
        url.set_path("panel");
        url.query_pairs_mut().append_pair("site", &site.cloud_id);
    }
    url.query_pairs_mut().append_pair("issue", key);
    Some(url.into())
}

async fn issue(
    State(host): State<SiteHost>,
    Path(key): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let world = host.platforms.world();
    let found = world.jira.sites.get(host.index).and_then(|site| Some((site, site.issue(&key)?)));
    let Some((site, record)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let issue = &record.issue;
    let acting = query.get("as");
    let text = |link: &Value, name: &str| {
        link.pointer(&format!("/object/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let page = IssuePage {
        site: site.name.clone(),
        project: site.project(&issue.project).map(|project| project.name.clone()).unwrap_or_default(),
        key: issue.key.clone(),
        kind: issue.issue_type.name.clone(),
        summary: issue.summary.clone(),
        status: issue.status.clone(),
        description: issue.description.as_ref().map(|body| record.rendered(body)).unwrap_or_default(),
        reporter: issue.reporter.name.clone(),
        assignee: issue.assignee.as_ref().map_or_else(|| "Nobody".to_owned(), |person| person.name.clone()),
        links: issue
            .remote_links
            .iter()
            .map(|link| (text(&link.content, "title"), text(&link.content, "url")))
            .filter(|(_, url)| Url::parse(url).is_ok_and(|url| url.scheme().starts_with("http")))
            .collect(),
        comments: record.comments.values().map(|comment| ShownComment::of(record, comment)).collect(),
        people: world
            .people
            .all()
            .iter()
            .filter(|person| issue.shows_to(&person.account_id))
            .map(|person| Face::choice(person, &person.account_id, acting == Some(&person.account_id)))
            .collect(),
        panel: panel(&world, site, &issue.key),
        feed: format!("{}feed", host.platforms.urls.control_url),
    };
    drop(world);
    wire::page(page.render())
}

async fn add_comment(State(host): State<SiteHost>, Path(key): Path<String>, posted: Posted) -> Response {
    let Some(author) = host.platforms.world().people.find(posted.field("person")) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let simulator = Simulator::on(host.platforms);
    let (person, text, parent) = (&author.account_id, posted.field("text"), posted.field("parent"));
    let added = match (posted.file.clone(), parent.is_empty()) {
        (Some(file), _) => simulator.comment_with_files(person, &key, text, [file]),
        (None, true) => simulator.comment(person, &key, text),
        (None, false) => simulator.comment(person, &key, CommentDraft::text(text).answering(parent)),
    };
    match added {
        Ok(id) => Redirect::to(&format!("/browse/{key}?as={person}#comment-{id}")).into_response(),
        Err(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, refusal.to_string()).into_response(),
    }
}
