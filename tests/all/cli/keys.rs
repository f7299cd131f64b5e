//! The key ring, from its making to the dropping of an old key.

use std::fs;

use threadline::ambient::{Clock, Random};
use threadline::ids::TenantId;
use threadline::vault::{Place, Scope, new_key_line, put_key_in_front};

use super::Desk;

const PLACE: Place<'static> = Place { table: "test", row: "1", column: "sealed" };

/// How many data keys each key of the ring has wrapped, the key in use first.
fn counts(desk: &Desk) -> Vec<i64> {
    let list = desk.run(&["keys", "list", "--json"]).json();
    list.as_array().unwrap().iter().map(|key| key["data_keys"].as_i64().unwrap()).collect()
}

#[test]
fn a_new_key_ring_is_private_and_never_overwritten() {
    let desk = Desk::new();
    let told = desk.run(&["keys", "new"]).good();
    assert!(told.contains("Keep a copy in a safe place"), "{told}");
    let ring = fs::read_to_string(desk.path("threadline.keys")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.path("threadline.keys")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let refusal = desk.run(&["keys", "new"]).refusal();
    assert!(refusal.contains("`threadline keys rotate`"), "{refusal}");
    assert_eq!(fs::read_to_string(desk.path("threadline.keys")).unwrap(), ring);
    let elsewhere = desk.run(&["keys", "new", "--file", "other.keys"]).good();
    assert!(elsewhere.contains("keys_file = "), "a ring that is not configured says how: {elsewhere}");
}

#[tokio::test]
async fn keys_are_rotated_while_the_service_runs_and_the_old_one_can_go() {
    let desk = Desk::ready();
    let running = desk.storage().await;
    let scope = |tenant: &str| Scope::Tenant(TenantId::new(tenant));
    let before = running.vault.seal(&scope("before"), PLACE, b"kept").await.unwrap();
    assert_eq!(counts(&desk), [2]);

    let told = desk.run(&["keys", "rotate"]).good();
    assert!(told.contains("2 of 2 data keys wrapped again"), "{told}");
    // The running service has read the ring before the rotation, and seals for a new tenant now.
    let after = running.vault.seal(&scope("after"), PLACE, b"kept").await.unwrap();
    assert_eq!(counts(&desk), [3, 0], "nothing new hangs on the old key");

    let ring = fs::read_to_string(desk.path("threadline.keys")).unwrap();
    let kept: Vec<&str> = ring.lines().filter(|line| !line.starts_with('#')).take(1).collect();
    fs::write(desk.path("threadline.keys"), kept.join("\n")).unwrap();
    let restarted = desk.storage().await;
    for sealed in [before, after] {
        assert_eq!(restarted.vault.open(PLACE, &sealed).await.unwrap().as_slice(), b"kept");
    }
    assert!(desk.run(&["doctor"]).out.contains("audit log: its chain is unbroken"));
}

#[tokio::test]
async fn a_rotation_that_was_cut_short_is_finished_before_another_begins() {
    let desk = Desk::ready();
    desk.storage().await.database.close().await;
    let (_, line) = new_key_line(&Clock::system(), &Random::system());
    put_key_in_front(&desk.path("threadline.keys"), &line).unwrap();
    assert_eq!(counts(&desk), [0, 1], "the file is changed, the rows are not");

    let told = desk.run(&["keys", "rotate"]).good();
    assert!(told.contains("finishing that rotation"), "{told}");
    assert_eq!(counts(&desk), [1, 0], "no third key was made");
}

#[test]
fn inline_keys_are_rotated_by_hand() {
    let mut desk = Desk::new();
    std::fs::write(desk.path("threadline.toml"), "").unwrap();
    let (_, line) = new_key_line(&Clock::system(), &Random::system());
    desk.set("THREADLINE__VAULT__KEYS", line.expose());
    let refusal = desk.run(&["keys", "rotate"]).refusal();
    assert!(refusal.contains("put its line in front"), "{refusal}");
    let (_, newer) = new_key_line(&Clock::system(), &Random::system());
    desk.set("THREADLINE__VAULT__KEYS", format!("{},{}", newer.expose(), line.expose()));
    assert!(desk.run(&["keys", "rotate"]).good().contains("1 of 1 data key wrapped again"));
}

#[tokio::test]
async fn the_wrong_key_ring_is_refused_in_a_plain_sentence() {
    let desk = Desk::ready();
    desk.storage().await.database.close().await;
    fs::remove_file(desk.path("threadline.keys")).unwrap();
    desk.run(&["keys", "new"]).good();
    let refusal = desk.run(&["events", "list"]).refusal();
    assert!(refusal.contains("can't open this database"), "{refusal}");
}
