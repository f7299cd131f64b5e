//! A link is removed while a copy through it is on its way.

use threadline::ids::{LinkId, TenantId};
use threadline::stage::{PEOPLE, TENANT};
use threadline_simulator::{Fault, Moment};

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_removed_meanwhile_does_not_stop_its_chat() {
    // Whoever loses a lane without giving it back stops the chat for so long.
    let service = Service::start_with(|settings| settings.relay.lease_seconds = 600).await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let link = service.link(&mut ann, &service.stage.issue, &service.stage.chat).await;
    let id: LinkId = link.parse().unwrap();
    let store = &service.storage.store;
    let link = store.link(&TenantId::new(TENANT), id).await.unwrap().unwrap();

    service.world().fail(Fault::delay(3_000, Moment::After).on("POST", "*/messages").times(1));
    service.world().comment(PEOPLE[0], &service.stage.issue, "The last one").unwrap();
    service
        .until("it is there, and who wrote it waits", |world| {
            world.messages(&service.stage.chat).iter().any(|message| message.text().contains("The last one"))
        })
        .await;
    assert!(store.remove_link(&link, "operator".to_owned()).await.unwrap());
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["relayed"]);
    assert!(store.pairs_of_link(&link).await.unwrap().is_empty(), "no pair outlives its link");
    service.stop().await;
}
