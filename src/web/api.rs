//! `/api/v1/…`: links and the chats of an issue, for pages and scripts of a person who is logged in.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Door;
use super::browser::Browser;
use super::problem::Problem;
use crate::bridge::{ChatOfIssue, LinkRequest};
use crate::ids::{AccountId, ConversationId, LinkId, ObjectId, SiteId, TenantId};
use crate::store::{Access, LinkState, Site};

/// A wish to link an issue and a chat.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLink {
    /// Id of the site (`site_…`).
    #[schema(example = "site_019a0000000070008000000000000001")]
    site: String,
    /// Key or id of the issue.
    #[schema(example = "ABC-1")]
    issue: String,
    /// Teams conversation id.
    #[schema(example = "19:meeting_abc@thread.v2")]
    conversation_id: String,
    /// `private` (default), `shared` or `open`.
    access: Option<String>,
}

/// A link between an issue and a chat.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct LinkView {
    /// Id of the link.
    #[schema(value_type = String)]
    id: LinkId,
    /// Id of the site.
    #[schema(value_type = String)]
    site: SiteId,
    /// Id of the issue.
    issue_id: String,
    /// Key of the issue.
    issue_key: String,
    /// Teams conversation id.
    conversation_id: String,
    /// `private`, `shared` or `open`.
    access: &'static str,
    /// Whether it relays.
    active: bool,
}

impl From<crate::store::Link> for LinkView {
    fn from(link: crate::store::Link) -> Self {
        Self {
            id: link.id,
            site: link.site,
            issue_id: link.issue.into(),
            issue_key: link.issue_key.into(),
            conversation_id: link.conversation.into(),
            access: link.access.word(),
            active: link.state == LinkState::Active,
        }
    }
}

/// The chats of an issue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Chats {
    /// Key of the issue.
    issue: String,
    /// Its chats, as the caller may see them.
    chats: Vec<ChatOfIssue>,
}

/// Link an issue and a chat. The caller must see the issue and be in the chat.
#[utoipa::path(
    post, path = "/api/v1/links", tag = "links", request_body = NewLink,
    responses(
        (status = 201, description = "They are linked.", body = LinkView),
        (status = 401, description = "Log in with Jira and Microsoft first.", body = Problem),
        (status = 404, description = "No such site, issue or chat, as far as the caller may see.", body = Problem),
        (status = 409, description = "The bot is not in the chat.", body = Problem),
    )
)]
pub(super) async fn add_link(
    State(door): State<Door>,
    browser: Browser,
    Json(new): Json<NewLink>,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    let (account, (tenant, object)) = both(&browser)?;
    let site = site(&door, &new.site).await?;
    let access = match new.access.as_deref() {
        None => Access::default(),
        Some(word) => Access::from_word(word).ok_or_else(|| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "access is one of private, shared, open.")
        })?,
    };
    let conversation = ConversationId::new(new.conversation_id);
    let request = LinkRequest { site: site.id, issue: new.issue, tenant, conversation, access };
    let link = door.bridge().link_for_person(request, &account, &object).await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}

/// Remove a link. The caller must see its issue. What was written stays where it is.
#[utoipa::path(
    delete, path = "/api/v1/links/{link}", tag = "links",
    params(("link" = String, Path, description = "Id of the link")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "Log in with Jira and Microsoft first.", body = Problem),
        (status = 404, description = "No such link, as far as the caller may see.", body = Problem),
    )
)]
pub(super) async fn remove_link(
    State(door): State<Door>,
    Path(id): Path<String>,
    browser: Browser,
) -> Result<StatusCode, Problem> {
    let (account, (tenant, object)) = both(&browser)?;
    let missing =
        || Problem::new(StatusCode::NOT_FOUND, "There is no such link, or you may not see its issue.");
    let id: LinkId = id.parse().map_err(|_| missing())?;
    let link = door.bridge().store().link(&tenant, id).await?.ok_or_else(missing)?;
    if !door.bridge().unlink_for_person(&link, &account, &object).await? {
        return Err(missing());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The chats of an issue, as the caller may see them.
#[utoipa::path(
    get, path = "/api/v1/issues/{site}/{issue}/chats", tag = "issues",
    params(
        ("site" = String, Path, description = "Id of the site"),
        ("issue" = String, Path, description = "Key or id of the issue"),
    ),
    responses(
        (status = 200, description = "The chats.", body = Chats),
        (status = 401, description = "Log in with Jira first.", body = Problem),
        (status = 404, description = "No such site or issue, as far as the caller may see.", body = Problem),
    )
)]
pub(super) async fn chats(
    State(door): State<Door>,
    Path((site_id, issue)): Path<(String, String)>,
    browser: Browser,
) -> Result<Json<Chats>, Problem> {
    if browser.session.account.is_none() {
        return Err(login_first());
    }
    let site = site(&door, &site_id).await?;
    let (key, chats) = door.bridge().chats_of_issue(&site, &issue, &browser.session).await?;
    Ok(Json(Chats { issue: key.into(), chats }))
}

pub(super) fn login_first() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "Log in first: open /login/microsoft?then=jira in this browser.")
}

/// Both accounts of the caller.
fn both(browser: &Browser) -> Result<(AccountId, (TenantId, ObjectId)), Problem> {
    browser.session.account.clone().zip(browser.session.microsoft.clone()).ok_or_else(login_first)
}

pub(super) async fn site(door: &Door, id: &str) -> Result<Site, Problem> {
    let found = match id.parse::<SiteId>() {
        Ok(id) => door.bridge().store().site(id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "There is no such site, issue or chat, or you may not see it.")
    })
}
