//! People's tokens: refreshed in time, once, and never lost on the way.

mod refresh;
mod trouble;

use std::time::Duration;

use threadline::ambient::Clock;

use crate::service::Service;

/// The route of Atlassian's token endpoint.
const JIRA_TOKEN: &str = "/oauth/token";

/// Two hours pass, here and on the platforms: every access token has run out.
fn two_hours_pass(service: &Service, clock: &Clock) {
    let by = Duration::from_hours(2);
    service.pass(clock, by);
}
