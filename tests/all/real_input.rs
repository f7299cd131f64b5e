//! Real webhook bodies, of Cloud and Server, old and new, through the real endpoint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use threadline::bridge::LinkRequest;
use threadline::ids::{ConversationId, IssueId, TenantId};
use threadline::queue::EventState;
use threadline::stage::{PEOPLE, TENANT};
use threadline::store::Access;

use crate::service::{Logs, Service};

/// The project's own bodies, and captured ones where they lie beside the project.
fn bodies() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [root.join("tests/fixtures/jira-webhooks"), root.join("../shared/fixtures/jira-webhooks")];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read(&file).unwrap())).collect()
}

/// The change of a comment that a body tells of; else the body itself.
fn what_happened(body: &[u8]) -> String {
    let told = threadline::jira::webhook::parse(body).unwrap().happened_to_comment();
    told.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_real_body_is_taken_and_ends_with_a_reason() {
    let logs = Logs::keep();
    let service = Service::start().await;
    let bodies = bodies();
    assert!(bodies.len() >= 6);
    for (file, body) in &bodies {
        assert_eq!(service.webhook(body.clone(), None).await.status(), 200, "{}", file.display());
    }
    service.quiet().await;
    // Several of them tell of the same change of the same comment.
    let told: BTreeSet<String> = bodies.iter().map(|(_, body)| what_happened(body)).collect();
    assert_eq!(
        service.events().await.iter().filter(|event| event.kind == "jira webhook").count(),
        told.len()
    );
    all_is_well(&service, &logs).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_real_comment_is_looked_for_where_its_issue_is_linked() {
    let logs = Logs::keep();
    let service = Service::start().await;
    service.stage.connect(PEOPLE[0]).await.unwrap();
    let mut comments = 0;
    for (file, body) in bodies() {
        let parsed: Value = serde_json::from_slice(&body).unwrap();
        let Some(issue) = parsed["issue"]["id"].as_str() else { continue };
        let request = LinkRequest {
            site: service.site,
            issue: "REAL-1".to_owned(),
            tenant: TenantId::new(TENANT),
            conversation: ConversationId::new(service.stage.chat.as_str()),
            access: Access::Private,
        };
        service.bridge.link_for_operator(request, Some(IssueId::new(issue))).await.unwrap();
        comments += usize::from(parsed["comment"].is_object());
        assert_eq!(service.webhook(body, None).await.status(), 200, "{}", file.display());
    }
    assert!(comments > 2);
    service.quiet().await;
    let looked_for = service.reasons_of("comment created").await;
    assert!(!looked_for.is_empty());
    assert!(looked_for.iter().all(|reason| reason == "comment gone"), "{looked_for:?}");
    all_is_well(&service, &logs).await;
    service.stop().await;
}

/// Every event has ended, for a reason, and nothing of it is worth a warning.
async fn all_is_well(service: &Service, logs: &Logs) {
    for event in service.events().await {
        assert_eq!(EventState::of(&event), EventState::Done, "{}", event.subject);
        assert!(event.reason.is_some_and(|reason| !reason.is_empty()), "{}", event.subject);
    }
    assert_eq!(logs.lines("WARN"), Vec::<String>::new());
    assert_eq!(logs.lines("ERROR"), Vec::<String>::new());
}
