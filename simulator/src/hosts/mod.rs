//! The hosts that the simulator stands in for: parse a request, ask the world, answer in
//! the platform's words.

pub(crate) mod api_atlassian;
pub(crate) mod auth_atlassian;
pub(crate) mod bot_openid;
pub(crate) mod connector;
pub(crate) mod control;
mod faces;
pub(crate) mod graph;
pub(crate) mod login_microsoft;
pub(crate) mod media;
mod posted;
pub(crate) mod site;
pub(crate) mod teams_web;
mod wire;
