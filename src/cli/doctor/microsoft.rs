//! Microsoft: are its hosts reached, is the tenant known, does it take our client credentials?

use url::Url;

use super::finding::Finding;
use super::probe::Probe;
use crate::ambient::Clock;
use crate::app::microsoft_settings;
use crate::call::{CallError, address};
use crate::config::Settings;
use crate::secret::Secret;
use crate::teams;

pub(super) async fn check(settings: &Settings, probe: &Probe, clock: &Clock) -> Vec<Finding> {
    let microsoft = &settings.microsoft;
    let (registered, connector, graph) = tokio::join!(
        registered(settings, probe, clock),
        document(probe, "Bot Connector keys", "microsoft.bot_openid_url", &microsoft.bot_openid_url, 200),
        async {
            let me = address::fixed(&microsoft.graph_url, "me");
            document(probe, "Graph", "microsoft.graph_url", &me, 401).await
        },
    );
    registered.into_iter().chain([connector, graph]).collect()
}

/// The tenant and the app registration in it.
async fn registered(settings: &Settings, probe: &Probe, clock: &Clock) -> Vec<Finding> {
    let Ok(microsoft) = microsoft_settings(settings) else { return Vec::new() };
    let host = microsoft.login_url.host_str().unwrap_or_default().to_owned();
    let path = format!("{}/v2.0/.well-known/openid-configuration", microsoft.tenant_id);
    let metadata = address::fixed(&microsoft.login_url, &path);
    let entra = teams::entra::Client::new(probe.http(), &microsoft, clock.clone());
    let (metadata, bot, graph) = tokio::join!(
        probe.get(metadata),
        probe.within(entra.bot_token()),
        probe.within(entra.graph_app_token()),
    );
    let tenant = match metadata {
        Some((status, _)) if status.is_success() => Finding::good("Entra tenant", format!("{host} knows it")),
        Some((status, _)) => Finding::bad(
            "Entra tenant",
            format!(
                "{host} does not know microsoft.tenant_id ({}); take it from entra.microsoft.com, Overview",
                status.as_u16()
            ),
        ),
        None => Finding::unreachable("Entra tenant", &host),
    };
    vec![tenant, token("bot token", &host, bot), token("Graph token", &host, graph)]
}

fn token(subject: &str, host: &str, answer: Result<Secret, CallError>) -> Finding {
    match answer {
        Ok(_) => Finding::good(subject, "granted to the client id and secret"),
        Err(CallError::Misconfigured { code }) => Finding::bad(
            subject,
            format!(
                "{host} refuses microsoft.client_id and microsoft.client_secret ({code}); secrets expire: make a new one at entra.microsoft.com, App registrations, your app, Certificates & secrets"
            ),
        ),
        // Another resource than Entra knows: all but looking for the bot's messages works without.
        Err(CallError::Refused { code: Some(code), .. }) if code == "invalid_scope" => Finding::notice(
            subject,
            format!(
                "{host} grants no such token ({code}); check microsoft.graph_url. Without it, a message of the bot whose sending was cut can't be looked for"
            ),
        ),
        Err(error) => Finding::of_failure(subject, host, &error),
    }
}

/// Asks for a document of which the answer's status is known.
async fn document(probe: &Probe, subject: &str, key: &str, url: &Url, expected: u16) -> Finding {
    let host = url.host_str().unwrap_or_default();
    match probe.get(url.clone()).await {
        Some((status, _)) if status.as_u16() == expected => {
            Finding::good(subject, format!("{host} is reached"))
        }
        Some((status, _)) => Finding::bad(
            subject,
            format!(
                "{host} answers {} where {expected} was expected; check {key} and the proxy",
                status.as_u16()
            ),
        ),
        None => Finding::unreachable(subject, host),
    }
}
