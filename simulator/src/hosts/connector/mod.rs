//! `smba.trafficmanager.net`: what the bot itself does in conversations.

mod activities;
mod attachments;
mod caller;
mod conversations;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::hosts::connector::caller::ConnectorError;
use crate::platforms::Shared;
use crate::teams::messages::BOT_LIMIT;

pub(crate) fn routes(platforms: Shared) -> Router {
    let v3 = Router::new()
        .route("/conversations", post(conversations::create))
        .route("/conversations/{conversation}/activities", post(activities::send))
        .route(
            "/conversations/{conversation}/activities/{activity}",
            post(activities::reply).put(activities::update).delete(activities::delete),
        )
        .route("/conversations/{conversation}/members", get(conversations::members))
        .route("/conversations/{conversation}/pagedmembers", get(conversations::paged_members))
        .route("/conversations/{conversation}/members/{member}", get(conversations::member));
    let v3 = v3.route("/attachments/{attachment}/views/{view}", get(attachments::view));
    Router::new()
        .nest("/teams/v3", v3)
        .fallback(async || ConnectorError::UnknownPath)
        .layer(DefaultBodyLimit::max(4 * BOT_LIMIT))
        .with_state(platforms)
}
