//! The vault against a database in somebody's hands, and against the wrong keys.

use sea_orm::DbBackend;
use threadline::ambient::{Clock, Random};
use threadline::app::{App, StartError};
use threadline::config::Settings;
use threadline::ids::AccountId;
use threadline::secret::Secret;
use threadline::stage::PEOPLE;
use threadline::vault::{Subject, TokenError, VaultError, new_key_line};

use crate::service::{Service, TestDatabase};

async fn start(settings: Settings) -> Result<App, StartError> {
    App::build(settings, Clock::system(), Random::system()).await
}

fn sentence(started: Result<App, StartError>) -> String {
    let Err(refused) = started else { panic!("the service started") };
    refused.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_key_does_not_start_and_leaves_no_database() {
    let service = Service::start().await;
    let database = TestDatabase::create().await;
    let mut settings = service.settings.clone();
    settings.database.url = Secret::new(database.url.as_str());
    for keys in [None, Some(""), Some("# no key\n")] {
        settings.vault.keys = keys.map(Secret::new);
        let said = sentence(start(settings.clone()).await);
        assert!(said.contains("no encryption key is configured"), "{said}");
        assert!(said.contains("Run `threadline keys new`"), "{said}");
    }
    assert_eq!(std::fs::read_dir(database.directory()).unwrap().count(), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_another_key_does_not_start_and_names_the_one_it_needs() {
    let service = Service::start().await;
    let first = service.settings.vault.keys.clone().unwrap();
    let needed = first.expose().split(':').next().unwrap().to_owned();
    let mut settings = service.settings.clone();
    let (_, other) = new_key_line(&Clock::system(), &Random::system());
    settings.vault.keys = Some(other.clone());
    let said = sentence(start(settings.clone()).await);
    assert!(said.contains("can't open this database") && said.contains(&needed), "{said}");
    // The right name on the wrong key is the wrong key.
    let (_, bytes) = other.expose().split_once(':').unwrap();
    settings.vault.keys = Some(Secret::new(format!("{needed}:{bytes}")));
    let said = sentence(start(settings.clone()).await);
    assert!(said.contains("can't open this database"), "{said}");
    settings.vault.keys = Some(Secret::new(format!("{}\n{}", other.expose(), first.expose())));
    assert!(start(settings).await.is_ok(), "both keys, the new one in front");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_value_that_was_moved_is_refused() {
    let service = Service::linked().await;
    let (ann, ben) = (service.world().person(PEOPLE[0]).unwrap(), service.world().person(PEOPLE[1]).unwrap());
    // Ben's tokens in Ann's row, as somebody who can write the database would put them there.
    service
        .change(&format!(
            "UPDATE credential SET sealed = (SELECT sealed FROM credential WHERE subject = '{}') \
             WHERE subject = '{}'",
            ben.account_id, ann.account_id
        ))
        .await;
    // A copy of the service that has no bare token in memory opens what is stored.
    let fresh = start(service.settings.clone()).await.unwrap();
    let vault = &fresh.storage().vault;
    let open = async |account: &str| {
        let subject = Subject::jira(&AccountId::new(account));
        vault.access_token(&subject, |_| async { panic!("nothing is to be refreshed") }).await
    };
    assert!(open(&ben.account_id).await.is_ok());
    let Err(TokenError::Vault(refused)) = open(&ann.account_id).await else { panic!("it was opened") };
    assert!(matches!(refused, VaultError::Broken { table: "credential", column: "sealed" }), "{refused}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_secret_that_was_altered_opens_no_door() {
    let service = Service::start().await;
    let flipped = match service.database.backend() {
        DbBackend::Postgres => "set_byte(webhook_secret, 40, get_byte(webhook_secret, 40) # 1)",
        _ => "CAST(substr(webhook_secret, 1, 40) || x'00' || substr(webhook_secret, 42) AS BLOB)",
    };
    service.change(&format!("UPDATE jira_site SET webhook_secret = {flipped}")).await;
    let answer = service.webhook(r#"{"webhookEvent":"comment_created"}"#, None).await;
    assert_eq!(answer.status(), 503);
    let said = answer.text().await.unwrap();
    assert!(said.contains("storage does not answer") && !said.contains("jira_site"), "{said}");
    service.stop().await;
}
