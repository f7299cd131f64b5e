//! `api.atlassian.com`: who the token belongs to, which sites it reaches, and Jira's REST
//! API version 3 of each site. Classic scopes are checked; granular ones are not known here.

mod attachment;
mod caller;
mod comment;
mod error;
mod issue;
mod permission;
mod project;
mod property;
mod remote_link;
mod search;
mod transition;
mod user;
mod webhook;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, delete, get, post, put};

use crate::hosts::api_atlassian::error::ApiError;
use crate::platforms::Shared;

/// Methods of a path; any other is refused as Jira does.
fn methods(methods: MethodRouter<Shared>) -> MethodRouter<Shared> {
    methods.fallback(async || ApiError::WrongMethod)
}

pub(crate) fn routes(platforms: Shared) -> Router {
    let jira = Router::new()
        .route("/myself", methods(get(user::myself)))
        .route("/mypermissions", methods(get(permission::mine)))
        .route("/serverInfo", methods(get(user::server_info)))
        .route("/user", methods(get(user::one)))
        .route("/user/search", methods(get(user::search)))
        .route("/user/assignable/search", methods(get(user::assignable)))
        .route("/project/search", methods(get(project::search)))
        .route("/project/{project}", methods(get(project::one)))
        .route("/issue", methods(post(issue::create)))
        .route("/issue/createmeta/{project}/issuetypes", methods(get(project::issue_types)))
        .route("/issue/createmeta/{project}/issuetypes/{type}", methods(get(project::fields)))
        .route("/issue/{issue}", methods(get(issue::read).put(issue::edit).delete(issue::delete)))
        .route("/issue/{issue}/comment", methods(get(comment::list).post(comment::add)))
        .route(
            "/issue/{issue}/comment/{comment}",
            methods(get(comment::read).put(comment::edit).delete(comment::delete)),
        )
        .route("/issue/{issue}/transitions", methods(get(transition::list).post(transition::carry_out)))
        .route("/issue/{issue}/assignee", methods(put(issue::assign)))
        .route("/issue/{issue}/properties", methods(get(property::list_of_issue)))
        .route(
            "/issue/{issue}/properties/{key}",
            methods(
                get(property::read_of_issue).put(property::set_of_issue).delete(property::delete_of_issue),
            ),
        )
        .route("/comment/{comment}/properties", methods(get(property::list_of_comment)))
        .route(
            "/comment/{comment}/properties/{key}",
            methods(
                get(property::read_of_comment)
                    .put(property::set_of_comment)
                    .delete(property::delete_of_comment),
            ),
        )
        .route(
            "/issue/{issue}/remotelink",
            methods(
                get(remote_link::list).post(remote_link::upsert).delete(remote_link::delete_by_global_id),
            ),
        )
        .route(
            "/issue/{issue}/remotelink/{link}",
            methods(get(remote_link::read).delete(remote_link::delete)),
        )
        .route(
            "/issue/{issue}/attachments",
            methods(post(attachment::add)).layer(DefaultBodyLimit::disable()),
        )
        .route("/attachment/{attachment}", methods(delete(attachment::delete)))
        .route("/attachment/content/{attachment}", methods(get(attachment::content)))
        .route("/webhook", methods(get(webhook::list).post(webhook::register).delete(webhook::delete)))
        .route("/webhook/refresh", methods(put(webhook::refresh)))
        .route("/search/jql", methods(get(search::by_query).post(search::by_body)))
        .route("/search", methods(get(search::gone).post(search::gone)));
    Router::new()
        .route("/oauth/token/accessible-resources", get(user::accessible_resources))
        .route("/me", get(user::me))
        .nest("/ex/jira/{cloudid}/rest/api/3", jira)
        .fallback(async || ApiError::UnknownPath)
        .with_state(platforms)
}
