//! Several processes on one database: started together, split into parts, killed, idle.

mod frozen;
mod idle;
mod one_order;
mod parts;
mod rekeyed;
mod start;
mod takeover;
mod wake_up;

use threadline::ids::{ConversationId, TenantId};
use threadline::queue::{LaneKey, NewEvent};
use threadline::stage::TENANT;

/// An event of this chat's lane, known by the chat's name.
fn event(chat: &str) -> NewEvent {
    NewEvent {
        lane: Some(LaneKey::new(&TenantId::new(TENANT), &ConversationId::new(chat))),
        delivery_key: chat.to_owned(),
        site: None,
        tenant: None,
        kind: "test",
        subject: "{}".to_owned(),
        payload: None,
        finished: None,
    }
}
