//! Atlassian: are its hosts reached, does it take our client credentials?

use super::finding::Finding;
use super::probe::Probe;
use crate::app::jira_settings;
use crate::call::{CallError, address};
use crate::config::Settings;
use crate::jira;
use crate::secret::Secret;

const SUBJECT: &str = "Jira login";
/// No refresh token looks like this: asking with it tells about the client alone.
const NOBODYS_TOKEN: &str = "threadline-doctor";

pub(super) async fn check(settings: &Settings, probe: &Probe) -> Vec<Finding> {
    let (login, api) = tokio::join!(login(settings, probe), api(settings, probe));
    login.into_iter().chain([api]).collect()
}

/// Asks the token endpoint with a token that can't be: `invalid_grant` says that it knows us.
async fn login(settings: &Settings, probe: &Probe) -> Option<Finding> {
    let jira = jira_settings(settings).ok()?;
    let host = jira.auth_url.host_str().unwrap_or_default().to_owned();
    let client = jira::Client::new(probe.http(), jira);
    Some(match probe.within(client.refresh(&Secret::new(NOBODYS_TOKEN))).await {
        Err(CallError::LoginNeeded) | Ok(_) => {
            Finding::good(SUBJECT, format!("{host} takes the client id and secret"))
        }
        Err(CallError::Misconfigured { code }) => Finding::bad(
            SUBJECT,
            format!(
                "{host} refuses jira.client_id and jira.client_secret ({code}); copy both again from developer.atlassian.com/console/myapps, your app, Settings"
            ),
        ),
        Err(error) => Finding::of_failure(SUBJECT, &host, &error),
    })
}

async fn api(settings: &Settings, probe: &Probe) -> Finding {
    const SUBJECT: &str = "Jira API";
    let api = &settings.jira.api_url;
    let host = api.host_str().unwrap_or_default();
    match probe.get(address::fixed(api, "oauth/token/accessible-resources")).await {
        Some((status, _)) if status.as_u16() == 401 => Finding::good(SUBJECT, format!("{host} is reached")),
        Some((status, _)) => Finding::bad(
            SUBJECT,
            format!(
                "{host} answers {} where 401 was expected; check jira.api_url and the proxy",
                status.as_u16()
            ),
        ),
        None => Finding::unreachable(SUBJECT, host),
    }
}
