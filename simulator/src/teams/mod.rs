//! Teams' half of the world: tenants, apps, chats, messages, grants. Knows nothing of Jira
//! or of HTTP.

pub(crate) mod activity;
pub(crate) mod channel;
pub(crate) mod grants;
pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod messages;
pub(crate) mod model;
pub(crate) mod notification;
pub(crate) mod shown;
pub(crate) mod subscription;
