//! What is asked of all links is asked of a few at a time, and of all of them.

use sea_orm::DbBackend;
use threadline::app::Part;

use crate::service::{Service, number_of_rows};

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_of_all_links_leaves_none_out() {
    let service = Service::start_only(Part::Web).await;
    service.link_as_operator().await;
    let id = if service.database.backend() == DbBackend::Postgres {
        "gen_random_uuid()"
    } else {
        "randomblob(16)"
    };
    service
        .change(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) \
             INSERT INTO chat_link (id, site_id, issue_id, issue_key, tenant_id, conversation_id, access, state, \
             created_at) SELECT {id}, site_id, 'x' || i, issue_key, tenant_id || (i % 3), conversation_id, access, \
             state, created_at FROM chat_link, n"
        ))
        .await;
    let store = &service.storage.store;
    assert_eq!(store.want_comparisons(Some(service.site)).await.unwrap(), 1201);
    let connection = service.database.connect().await;
    assert_eq!(number_of_rows(&connection, "chat_link WHERE reconcile_wanted IS NULL").await, 0);
    connection.close().await.unwrap();
    assert_eq!(store.want_comparisons(None).await.unwrap(), 0, "all of them are asked for");
    service.stop().await;
}
