use super::*;
use crate::config;

const PLACE: Place<'static> = Place { table: "test", row: "7", column: "sealed" };
const TEXT: &[u8] = b"only for this place";

/// A vault on a database that goes with the test.
struct Scene {
    vault: Vault,
    database: Database,
    directory: tempfile::TempDir,
}

fn scope() -> Scope {
    Scope::Tenant(TenantId::new("tenant"))
}

fn key() -> Secret {
    new_key_line(&Clock::system(), &Random::system()).1
}

impl Scene {
    async fn set(source: impl FnOnce(&std::path::Path) -> KeySource) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = Secret::new(format!("sqlite://{}/vault.db", directory.path().display()));
        let database = Database::connect(&config::Database { url, ..Default::default() }).await.unwrap();
        let source = source(directory.path());
        let vault = unlock(source, &database).await.unwrap();
        Self { vault, database, directory }
    }

    async fn new() -> Self {
        Self::set(|_| KeySource::Inline(key())).await
    }
}

async fn unlock(source: KeySource, database: &Database) -> Result<Vault, VaultError> {
    Vault::unlock(source, database.clone(), Clock::system(), Random::system()).await
}

fn is_broken<T>(result: &Result<T, VaultError>) -> bool {
    matches!(result, Err(VaultError::Broken { table: "test" | "other", .. }))
}

#[tokio::test]
async fn what_is_sealed_opens_at_its_place_and_is_never_the_same_twice() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let sealed = vault.seal(&scope(), PLACE, TEXT).await.unwrap();
    assert_eq!(vault.open(PLACE, &sealed).await.unwrap().as_slice(), TEXT);
    assert_ne!(vault.seal(&scope(), PLACE, TEXT).await.unwrap(), sealed, "a fresh nonce each time");
    assert!(!sealed.windows(TEXT.len()).any(|window| window == TEXT));
    let empty = vault.seal(&scope(), PLACE, b"").await.unwrap();
    assert_eq!(vault.open(PLACE, &empty).await.unwrap().as_slice(), b"");
}

#[tokio::test]
async fn nothing_opens_after_any_byte_was_changed_or_cut() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let sealed = vault.seal(&scope(), PLACE, TEXT).await.unwrap();
    for index in 0..sealed.len() {
        for mask in [1, 0x80] {
            let mut altered = sealed.clone();
            altered[index] ^= mask;
            let opened = vault.open(PLACE, &altered).await;
            assert!(is_broken(&opened), "byte {index} ^ {mask}: {:?}", opened.err());
        }
        assert!(is_broken(&vault.open(PLACE, &sealed[..index]).await), "cut at {index}");
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert!(is_broken(&vault.open(PLACE, &longer).await));
}

#[tokio::test]
async fn a_sealed_value_opens_in_no_other_table_row_or_column() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let sealed = vault.seal(&scope(), PLACE, TEXT).await.unwrap();
    for elsewhere in [
        Place { table: "other", ..PLACE },
        Place { row: "8", ..PLACE },
        Place { row: "", ..PLACE },
        Place { column: "other", ..PLACE },
        Place { table: "test", column: "", row: "sealed\x007" },
    ] {
        assert!(is_broken(&vault.open(elsewhere, &sealed).await), "{elsewhere:?}");
    }
}

#[tokio::test]
async fn a_text_that_is_none_is_refused_as_damaged() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let sealed = vault.seal(&scope(), PLACE, &[0xff, 0xfe]).await.unwrap();
    assert!(is_broken(&vault.open_text(PLACE, &sealed).await.map(|_| ())));
}

#[tokio::test]
async fn a_fingerprint_knows_a_text_again_and_is_another_one_elsewhere() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let print = vault.fingerprint("It fails on Mondays").await.unwrap();
    assert_eq!(vault.fingerprint("It fails on Mondays").await.unwrap(), print);
    assert_ne!(vault.fingerprint("It fails on Monday").await.unwrap(), print);
    assert_ne!(vault.fingerprint("").await.unwrap(), print);
    let elsewhere = Scene::new().await;
    assert_ne!(elsewhere.vault.fingerprint("It fails on Mondays").await.unwrap(), print, "it is keyed");
}

#[tokio::test]
async fn a_fingerprint_outlives_restarts_and_rotations() {
    let old = key();
    let scene = Scene::set(|_| KeySource::Inline(old.clone())).await;
    let print = scene.vault.fingerprint("kept").await.unwrap();
    let both = Secret::new(format!("{}\n{}", key().expose(), old.expose()));
    let rotated = unlock(KeySource::Inline(both), &scene.database).await.unwrap();
    assert!(rotated.rewrap().await.unwrap() > 0);
    assert_eq!(rotated.fingerprint("kept").await.unwrap(), print);
}

#[tokio::test]
async fn keys_are_wrapped_again_while_others_seal_and_open() {
    let ring = |directory: &std::path::Path| directory.join("keys");
    let old = key();
    let scene = Scene::set(|directory| {
        write_ring(&ring(directory), old.expose());
        KeySource::File(ring(directory))
    })
    .await;
    let sealed = scene.vault.seal(&scope(), PLACE, TEXT).await.unwrap();
    let new = key();
    write_ring(&ring(scene.directory.path()), &format!("{}\n{}", new.expose(), old.expose()));
    let rotating = unlock(KeySource::File(ring(scene.directory.path())), &scene.database).await.unwrap();
    let busy = async {
        for number in 0..20 {
            let scope = Scope::Tenant(TenantId::new(format!("tenant {}", number % 5)));
            let sealed = scene.vault.seal(&scope, PLACE, TEXT).await.unwrap();
            assert_eq!(rotating.open(PLACE, &sealed).await.unwrap().as_slice(), TEXT);
        }
    };
    let (wrapped, ()) = tokio::join!(rotating.rewrap(), busy);
    assert!(wrapped.unwrap() > 0);
    rotating.rewrap().await.unwrap();
    assert_eq!(rotating.rewrap().await.unwrap(), 0, "nothing is left behind");
    // The old key can go.
    let alone = unlock(KeySource::Inline(new), &scene.database).await.unwrap();
    assert_eq!(alone.open(PLACE, &sealed).await.unwrap().as_slice(), TEXT);
    let Err(VaultError::WrongKey { .. }) = unlock(KeySource::Inline(old), &scene.database).await else {
        panic!("the old key opens nothing any more");
    };
}

fn write_ring(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
