//! The configuration: is it found, is anything missing, is the service where it says it is?

use std::path::Path;

use url::{Host, Url};
use uuid::Uuid;

use super::finding::Finding;
use super::probe::Probe;
use crate::call::address;
use crate::config::{SHORTEST_TOKEN, Settings, SettingsError};
use crate::secret::Secret;

/// Where a setting comes from, in one line.
const JIRA_APP: &str = "developer.atlassian.com/console/myapps, your OAuth 2.0 app, Settings";
const ENTRA_APP: &str = "entra.microsoft.com, App registrations, your app, Overview";
const ENTRA_SECRET: &str = "entra.microsoft.com, App registrations, your app, Certificates & secrets";

/// The file that the settings come from.
pub(super) fn file(named: Option<&Path>, error: Option<&SettingsError>) -> Finding {
    const SUBJECT: &str = "configuration";
    let default = Path::new("threadline.toml");
    match (error, named) {
        (Some(error), _) => Finding::bad(SUBJECT, error),
        (None, Some(path)) => Finding::good(SUBJECT, format!("read from {}", path.display())),
        (None, None) if default.exists() => Finding::good(SUBJECT, "read from threadline.toml"),
        (None, None) => Finding::notice(
            SUBJECT,
            "there is no threadline.toml here, so all settings come from the environment (THREADLINE__SECTION__KEY)",
        ),
    }
}

/// The settings that nothing works without.
pub(super) fn required(settings: &Settings) -> Vec<Finding> {
    let (jira, microsoft) = (&settings.jira, &settings.microsoft);
    let set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let missing: Vec<Finding> = [
        ("jira.client_id", set(&jira.client_id), JIRA_APP),
        (
            "jira.client_secret",
            jira.client_secret.as_ref().is_some_and(|secret| !secret.is_empty()),
            JIRA_APP,
        ),
        ("microsoft.tenant_id", set(&microsoft.tenant_id), ENTRA_APP),
        ("microsoft.client_id", set(&microsoft.client_id), ENTRA_APP),
        (
            "microsoft.client_secret",
            microsoft.client_secret.as_ref().is_some_and(|secret| !secret.is_empty()),
            ENTRA_SECRET,
        ),
    ]
    .into_iter()
    .filter(|(_, there, _)| !there)
    .map(|(key, _, place)| Finding::bad(key, format!("is not set; take it from {place}")))
    .collect();
    let mut findings =
        if missing.is_empty() { vec![Finding::good("required settings", "all are set")] } else { missing };
    for (key, value) in
        [("microsoft.tenant_id", &microsoft.tenant_id), ("microsoft.client_id", &microsoft.client_id)]
    {
        if value.as_ref().is_some_and(|text| !text.is_empty() && Uuid::try_parse(text).is_err()) {
            findings.push(Finding::bad(key, format!("is not a GUID; take it from {ENTRA_APP}")));
        }
    }
    findings.push(public_url(settings.server.public_url.as_ref()));
    findings.extend(operator_token(settings.server.operator_token.as_ref()));
    findings
}

/// A token that could be guessed opens nothing; better said here than found out by a script.
fn operator_token(token: Option<&Secret>) -> Option<Finding> {
    const SUBJECT: &str = "server.operator_token";
    Some(if token?.expose().len() < SHORTEST_TOKEN {
        let short = format!(
            "is shorter than {SHORTEST_TOKEN} characters and opens nothing; make one with `openssl rand -hex 24`"
        );
        Finding::bad(SUBJECT, short)
    } else {
        Finding::good(SUBJECT, "opens /api/v1/events to the operator's scripts")
    })
}

fn public_url(url: Option<&Url>) -> Finding {
    const SUBJECT: &str = "server.public_url";
    let Some(url) = url else {
        return Finding::bad(
            SUBJECT,
            "is not set; give the https address under which people and platforms reach the service",
        );
    };
    match (url.scheme(), is_local(url)) {
        ("https", _) => Finding::good(SUBJECT, url.as_str()),
        ("http", true) => Finding::good(SUBJECT, format!("{url}, for this machine alone")),
        _ => Finding::bad(
            SUBJECT,
            format!(
                "{url} is not https; platforms deliver to https alone, and cookies would travel in the clear"
            ),
        ),
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the public URL leads to a running service. From inside a network it may not, and
/// yet be right.
pub(super) async fn reached(settings: &Settings, probe: &Probe) -> Finding {
    const SUBJECT: &str = "public URL";
    let url = address::fixed(&settings.server.base_url(), "healthz");
    match probe.get_own(url.clone()).await {
        Some(status) if status.is_success() => Finding::good(SUBJECT, format!("{url} answers")),
        Some(status) => Finding::notice(
            SUBJECT,
            format!("{url} answers {}; check that the reverse proxy leads to server.listen", status.as_u16()),
        ),
        None => Finding::notice(
            SUBJECT,
            format!(
                "{url} does not answer from here; if `threadline serve` runs, check the name, the certificate and the reverse proxy"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    fn verdict(url: &str) -> Verdict {
        public_url(Some(&Url::parse(url).unwrap())).verdict
    }

    #[test]
    fn the_public_url_is_https_or_this_machine() {
        assert_eq!(verdict("https://threadline.example.com"), Verdict::Good);
        assert_eq!(verdict("http://127.0.0.1:8080"), Verdict::Good);
        assert_eq!(verdict("http://threadline.example.com"), Verdict::Bad);
        assert_eq!(public_url(None).verdict, Verdict::Bad);
    }

    #[test]
    fn a_short_operator_token_is_told() {
        assert!(operator_token(None).is_none());
        let verdict = |token: &str| operator_token(Some(&Secret::new(token))).map(|found| found.verdict);
        assert_eq!(verdict("hunter2"), Some(Verdict::Bad));
        assert_eq!(verdict(&"a".repeat(SHORTEST_TOKEN)), Some(Verdict::Good));
    }

    #[test]
    fn each_missing_setting_is_a_finding_of_its_own() {
        let bad = required(&Settings::default()).iter().filter(|found| found.verdict == Verdict::Bad).count();
        assert_eq!(bad, 6);
    }
}
