//! What Jira Cloud permits, and how it says that it is enough.
//! Source: developer.atlassian.com/cloud/jira/platform/rate-limiting: a quota an hour for the app
//! or the site, bursts for each endpoint and method of a site, writes of one issue.

use std::time::Duration;

use reqwest::{Method, Request};

use crate::budget::{Bucket, Limits, Window};
use crate::call::answer::Answer;

/// Writes of one issue.
const ISSUE: [Window; 2] =
    [Window::new(20, Duration::from_secs(2)), Window::new(100, Duration::from_secs(30))];

const SECOND: Duration = Duration::from_secs(1);
const BURST_300: [Window; 1] = [Window::new(300, SECOND)];
const BURST_150: [Window; 1] = [Window::new(150, SECOND)];
const BURST_100: [Window; 1] = [Window::new(100, SECOND)];
const BURST_50: [Window; 1] = [Window::new(50, SECOND)];

/// The wait where a refusal names none: the first of Atlassian's own back-off.
const UNNAMED: Duration = Duration::from_secs(2);
/// So much of a quota is left for calls that are under way, and those of replicas that hear of it a
/// moment later: a hundredth of the smallest quota there is. One call costs a point, and reading one
/// more for each thing in the answer; a page of two hundred is the most that one call reads here.
const RESERVE: u64 = 650;
/// No quota is longer than an hour: what an answer says beyond is not believed.
const LONGEST: Duration = Duration::from_hours(1);

/// Words of paths; whatever else stands in a path is an id.
const WORDS: [&str; 24] = [
    "attachment",
    "attachments",
    "comment",
    "content",
    "createmeta",
    "failed",
    "issue",
    "issuetypes",
    "jql",
    "list",
    "mypermissions",
    "myself",
    "permissions",
    "project",
    "properties",
    "refresh",
    "remotelink",
    "search",
    "status",
    "thumbnail",
    "transitions",
    "user",
    "users",
    "webhook",
];

/// Jira's limits.
pub(super) struct JiraLimits;

/// The buckets of a site that have no narrower place: closed by Jira alone.
fn quota(scope: &str) -> Bucket {
    Bucket::new(format!("jira/{scope}/quota"), &[])
}

/// The quota that all sites of the app share.
const EVERY_SITE: &str = "*";

impl Limits for JiraLimits {
    fn buckets(&self, request: &Request) -> Vec<Bucket> {
        let path: Vec<&str> = request.url().path().split('/').skip_while(|part| *part != "ex").collect();
        let [_, _, cloud, _, _, _, resource @ ..] = path.as_slice() else { return Vec::new() };
        let method = request.method();
        let mut buckets = Vec::with_capacity(4);
        if let ["issue", issue, ..] = resource
            && method != Method::GET
            && !WORDS.contains(issue)
        {
            buckets.push(Bucket::new(format!("jira/{cloud}/issue/{issue}"), &ISSUE));
        }
        let endpoint: Vec<&str> =
            resource.iter().map(|part| if WORDS.contains(part) { part } else { "-" }).collect();
        let burst: &'static [Window] = match (method.as_str(), endpoint.as_slice()) {
            ("GET", ["attachment", "content", ..]) => &BURST_300,
            ("GET", ["issue", "-"] | ["user", ..]) => &BURST_150,
            ("PUT" | "DELETE", _) => &BURST_50,
            _ => &BURST_100,
        };
        buckets.push(Bucket::new(format!("jira/{cloud}/{method}/{}", endpoint.join("/")), burst));
        buckets.push(quota(cloud));
        buckets.push(quota(EVERY_SITE));
        buckets
    }

    fn closed_by(&self, buckets: &[Bucket], answer: &Answer) -> Option<(Bucket, Duration)> {
        let [.., endpoint, site, app] = buckets else { return None };
        if answer.status().as_u16() == 429 {
            let wait = answer.retry_after().or_else(|| answer.wait_until("x-ratelimit-reset"));
            let wait = wait.unwrap_or(UNNAMED).min(LONGEST);
            let bucket = match answer.header("ratelimit-reason") {
                Some("jira-quota-global-based") => app,
                Some("jira-quota-tenant-based") => site,
                Some("jira-burst-based") => endpoint,
                _ => buckets.first()?,
            };
            return Some((bucket.clone(), wait));
        }
        let (name, wait) = spent(answer.header("ratelimit")?)?;
        let bucket = match name {
            "global-app-quota" => app,
            "tenant-app-quota" => site,
            _ => endpoint,
        };
        Some((bucket.clone(), wait.min(LONGEST)))
    }
}

/// Which limit of a `RateLimit` header is as good as used up, and for how long:
/// `"global-app-quota";r=40;t=600, "jira-burst-based";r=348;t=1`. One without `r` is fine.
fn spent(header: &str) -> Option<(&str, Duration)> {
    let spent = header.split(',').filter_map(|limit| {
        let mut parts = limit.split(';').map(str::trim);
        let name = parts.next()?.trim_matches('"');
        let (mut left, mut seconds) = (None, None);
        for part in parts {
            match part.split_once('=') {
                Some(("r", number)) => left = number.parse::<u64>().ok(),
                Some(("t", number)) => seconds = number.parse().ok(),
                _ => {}
            }
        }
        // A burst is counted here as well; a quota is known to Jira alone.
        let reserve = if name.ends_with("-quota") { RESERVE } else { 0 };
        (left? <= reserve).then(|| (name, Duration::from_secs(seconds.unwrap_or(1))))
    });
    spent.max_by_key(|(_, wait)| *wait)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ambient::{Clock, Millis};
    use crate::budget::{Budget, Meter};
    use crate::call::recorder::{Recorder, Reply, http};

    fn keys(method: Method, resource: &str) -> Vec<String> {
        let url = format!("https://api.atlassian.com/ex/jira/site-1/rest/api/3/{resource}");
        let request = Request::new(method, url.parse().unwrap());
        JiraLimits.buckets(&request).iter().map(|bucket| bucket.key().to_owned()).collect()
    }

    #[test]
    fn a_write_counts_for_its_issue_its_endpoint_and_the_quotas() {
        assert_eq!(
            keys(Method::POST, "issue/10042/comment"),
            [
                "jira/site-1/issue/10042",
                "jira/site-1/POST/issue/-/comment",
                "jira/site-1/quota",
                "jira/*/quota"
            ]
        );
        assert_eq!(
            keys(Method::PUT, "issue/10042/comment/17?notifyUsers=false")[..2],
            ["jira/site-1/issue/10042", "jira/site-1/PUT/issue/-/comment/-"]
        );
    }

    #[test]
    fn reading_counts_for_no_issue() {
        assert_eq!(keys(Method::GET, "issue/ABC-1?fields=x")[0], "jira/site-1/GET/issue/-");
        assert_eq!(
            keys(Method::GET, "issue/createmeta/ABC/issuetypes")[0],
            "jira/site-1/GET/issue/createmeta/-/issuetypes"
        );
        assert_eq!(keys(Method::POST, "issue")[0], "jira/site-1/POST/issue");
        assert_eq!(keys(Method::GET, "attachment/content/5")[0], "jira/site-1/GET/attachment/content/-");
    }

    #[tokio::test]
    async fn a_refusal_closes_what_it_names_and_nothing_else() {
        // The reason, then whether another issue, another endpoint and another site may go on.
        for (reason, open) in [
            ("jira-per-issue-on-write", [true, true, true]),
            ("jira-burst-based", [false, true, true]),
            ("jira-quota-tenant-based", [false, false, true]),
            ("jira-quota-global-based", [false, false, false]),
        ] {
            let refusal = Reply::from((429, json!({})));
            let refusal = refusal.header("ratelimit-reason", reason).header("retry-after", "60");
            let platform = Recorder::start([refusal]).await;
            let meter = Meter::new(Budget::alone(Clock::manual(Millis(0))), JiraLimits);
            let call = |method, path: &str| {
                let url = platform.url().join("/ex/jira/").unwrap().join(path).unwrap();
                meter.call(http().request(method, url))
            };
            call(Method::PUT, "one/rest/api/3/issue/1/comment/5").fetch().await.unwrap();
            assert!(call(Method::PUT, "one/rest/api/3/issue/1/comment/5").look().is_err(), "{reason}");
            let others = [
                (Method::PUT, "one/rest/api/3/issue/2/comment/6"),
                (Method::GET, "one/rest/api/3/issue/1"),
                (Method::PUT, "two/rest/api/3/issue/1/comment/5"),
            ];
            let others = others.map(|(method, path)| call(method, path).look().is_ok());
            assert_eq!(others, open, "{reason}");
        }
    }

    #[test]
    fn a_quota_closes_before_it_is_used_up_and_a_burst_when_it_is() {
        let seconds = |header| spent(header).map(|(name, wait)| (name, wait.as_secs()));
        assert_eq!(seconds(r#""jira-burst-based";r=348;t=1"#), None);
        assert_eq!(seconds(r#""jira-burst-based";r=0;t=1"#), Some(("jira-burst-based", 1)));
        assert_eq!(seconds(r#""global-app-quota";r=651;t=600"#), None);
        assert_eq!(
            seconds(r#""jira-burst-based";r=0;t=1, "global-app-quota";r=650;t=600"#),
            Some(("global-app-quota", 600))
        );
        assert_eq!(seconds(r#""tenant-app-quota";t=600"#), None, "no `r` is fine");
        assert_eq!(seconds("nonsense"), None);
    }
}
