//! Jira's half of the world: sites, projects, issues, comments, grants. Knows nothing of
//! Teams or of HTTP.

pub(crate) mod adf;
pub(crate) mod comments;
pub(crate) mod dynamic;
pub(crate) mod grants;
pub(crate) mod issues;
pub(crate) mod model;
pub(crate) mod shown;
pub(crate) mod webhook;
