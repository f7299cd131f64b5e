//! What people of the stage do to what they have written: edit, restrict, delete, bring back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use threadline_simulator::{CommentDraft, MessageDraft};

use super::page::Refused;
use super::state::Theatre;
use crate::content::{adf, markdown, teams_html};
use crate::stage::CLOUD;

/// The role of the stage that a comment can be restricted to.
pub(super) const ROLE: &str = "Administrators";

pub(super) fn router() -> Router<Theatre> {
    Router::new()
        .route("/demo/comment/edit", post(edit_comment))
        .route("/demo/comment/delete", post(delete_comment))
        .route("/demo/message/edit", post(edit_message))
        .route("/demo/message/delete", post(delete_message))
        .route("/demo/message/undelete", post(undelete_message))
}

/// A comment or a message, and whose it is.
#[derive(Deserialize)]
struct Own {
    person: String,
    /// The key, or the chat's id.
    place: String,
    id: String,
}

#[derive(Deserialize)]
struct Edit {
    #[serde(flatten)]
    own: Own,
    text: String,
    #[serde(default)]
    restricted: bool,
}

async fn edit_comment(
    State(theatre): State<Theatre>,
    Json(Edit { own, text, restricted }): Json<Edit>,
) -> Result<StatusCode, Refused> {
    let simulator = &theatre.stage.simulator;
    let mut draft = CommentDraft::adf(adf::write(&markdown::read(&text)));
    if restricted {
        simulator.add_to_role(CLOUD, ROLE, &own.person)?;
        draft = draft.for_role(ROLE);
    }
    simulator.edit_comment(&own.person, &own.place, &own.id, draft)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_comment(State(theatre): State<Theatre>, Json(own): Json<Own>) -> Result<StatusCode, Refused> {
    theatre.stage.simulator.delete_comment(&own.person, &own.place, &own.id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn edit_message(
    State(theatre): State<Theatre>,
    Json(Edit { own, text, .. }): Json<Edit>,
) -> Result<StatusCode, Refused> {
    let draft = MessageDraft::html(&teams_html::write(&markdown::read(&text)).html);
    theatre.stage.simulator.edit_message(&own.person, &own.place, &own.id, draft)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_message(State(theatre): State<Theatre>, Json(own): Json<Own>) -> Result<StatusCode, Refused> {
    theatre.stage.simulator.delete_message(&own.person, &own.place, &own.id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn undelete_message(
    State(theatre): State<Theatre>,
    Json(own): Json<Own>,
) -> Result<StatusCode, Refused> {
    theatre.stage.simulator.undelete_message(&own.person, &own.place, &own.id)?;
    Ok(StatusCode::NO_CONTENT)
}
