//! The caller and other people of the tenant.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

use crate::hosts::graph::error::{Caller, GraphError};
use crate::platforms::Shared;
use crate::teams::shown;

pub(super) async fn me(caller: Caller) -> Result<Json<Value>, GraphError> {
    caller.needs(&["User.Read"])?;
    Ok(Json(shown::user(&caller.person)))
}

/// A person by object id or user principal name.
pub(super) async fn one(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<Value>, GraphError> {
    caller.needs(&["User.ReadBasic.All", "User.Read.All", "User.Read"])?;
    let world = platforms.world();
    let person = world
        .people
        .all()
        .iter()
        .find(|person| person.object_id == user || person.email.eq_ignore_ascii_case(&user))
        .ok_or_else(|| {
            GraphError::NotFound(format!(
                "Resource '{user}' does not exist or one of its queried reference-property objects are not present."
            ))
        })?;
    Ok(Json(shown::user(person)))
}
