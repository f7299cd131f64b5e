//! `graph.microsoft.com`: chats and messages as the person who logged in.

mod channels;
mod chats;
mod drive;
mod error;
mod messages;
mod people;
mod subscriptions;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response_with_state;
use axum::routing::{get, post, put};

use crate::hosts::graph::error::GraphError;
use crate::platforms::Shared;

pub(crate) fn routes(platforms: Shared) -> Router {
    let channel = "/teams/{team}/channels/{channel}/messages";
    let root = &format!("{channel}/{{root}}");
    let reply = &format!("{root}/replies/{{reply}}");
    let v1 = Router::new()
        .route(channel, get(channels::roots).post(channels::start))
        .route(root, get(channels::root).patch(channels::edit_root))
        .route(&format!("{root}/softDelete"), post(channels::delete_root))
        .route(&format!("{root}/undoSoftDelete"), post(channels::undelete_root))
        .route(&format!("{root}/setReaction"), post(channels::react_root))
        .route(&format!("{root}/unsetReaction"), post(channels::unreact_root))
        .route(&format!("{root}/replies"), get(channels::replies).post(channels::answer))
        .route(reply, get(channels::reply).patch(channels::edit_reply))
        .route(&format!("{reply}/softDelete"), post(channels::delete_reply))
        .route(&format!("{reply}/undoSoftDelete"), post(channels::undelete_reply))
        .route(&format!("{reply}/setReaction"), post(channels::react_reply))
        .route(&format!("{reply}/unsetReaction"), post(channels::unreact_reply))
        .route("/subscriptions", get(subscriptions::list).post(subscriptions::create))
        .route(
            "/subscriptions/{id}",
            get(subscriptions::one).patch(subscriptions::renew).delete(subscriptions::delete),
        )
        .route("/subscriptions/{id}/reauthorize", post(subscriptions::reauthorize))
        .route("/me", get(people::me))
        .route("/users/{user}", get(people::one))
        .route("/me/chats", get(chats::mine))
        .route("/chats", get(chats::mine).post(chats::create))
        .route("/chats/{chat}", get(chats::one))
        .route("/chats/{chat}/members", get(chats::members))
        .route("/chats/{chat}/messages", get(messages::list).post(messages::send))
        .route("/chats/{chat}/messages/replyWithQuote", post(messages::reply_with_quote))
        .route("/chats/{chat}/messages/{message}", get(messages::one).patch(messages::edit))
        .route(
            "/chats/{chat}/messages/{message}/hostedContents/{content}/$value",
            get(messages::hosted_content),
        )
        .route("/me/drive/root:/{*place}", put(drive::upload))
        .route("/me/drive/items/{item}", get(drive::one).delete(drive::delete))
        .route("/me/drive/items/{item}/createLink", post(drive::share))
        .route("/shares/{share}/driveItem/content", get(drive::shared_content))
        .route("/chats/{chat}/messages/{message}/setReaction", post(messages::set_reaction))
        .route("/chats/{chat}/messages/{message}/unsetReaction", post(messages::unset_reaction))
        .route("/users/{user}/chats/{chat}/messages/{message}/softDelete", post(messages::soft_delete))
        .route(
            "/users/{user}/chats/{chat}/messages/{message}/undoSoftDelete",
            post(messages::undo_soft_delete),
        )
        .method_not_allowed_fallback(async || GraphError::WrongMethod);
    Router::new()
        .nest("/v1.0", v1)
        .fallback(error::unknown_segment)
        .layer(DefaultBodyLimit::disable())
        .layer(map_response_with_state(platforms.clone(), error::complete))
        .with_state(platforms)
}
