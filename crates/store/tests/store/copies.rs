//! Copies that are made before a change, and on demand.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use quaiminer_domain::history::Span;
use quaiminer_store::{Location, OpenError, Store, Verdict, backup, check_file, examine, restore};
use rusqlite::Connection;

use crate::help::{Rig, count, now_ms, sample};

/// What Node left when it was killed: one row is in the log only.
fn node_database(rig: &Rig) {
    let source = Rig::new();
    let node = source.sqlite();
    node.execute_batch(include_str!("../../../dashboard/tests/fixtures/node_server.sql")).unwrap();
    node.execute_batch(
        "INSERT INTO config (key, value) VALUES ('setup_complete', 'true');
         PRAGMA wal_checkpoint(TRUNCATE);
         PRAGMA wal_autocheckpoint = 0;
         INSERT INTO validated_blocks (block_number, timestamp) VALUES (104.5, 'yesterday');",
    )
    .unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("quaiminer.db{suffix}");
        fs::copy(source.directory().join(&name), rig.directory().join(&name)).unwrap();
    }
    assert!(rig.directory().join("quaiminer.db-wal").metadata().unwrap().len() > 0);
}

fn named(rig: &Rig, part: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(rig.directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(part))
        .collect();
    found.sort();
    found
}

fn tables(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut names = connection.prepare("SELECT name FROM sqlite_schema ORDER BY name").unwrap();
    names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn blocks(path: &Path) -> i64 {
    count(&Connection::open(path).unwrap(), "validated_blocks")
}

#[tokio::test]
async fn what_node_left_is_copied_before_it_is_changed() {
    let rig = Rig::new();
    node_database(&rig);
    let store = rig.open();
    let copy = store.copy_of_before().unwrap().to_owned();
    assert_eq!(named(&rig, "before-quaiminer"), std::slice::from_ref(&copy));
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    store.close().await.unwrap();
    assert!(!tables(&copy).iter().any(|name| name.starts_with("qm_")));
    assert_eq!(blocks(&copy), 1, "what was in the log is in the copy");
    let odd: (String, String) = Connection::open(&copy)
        .unwrap()
        .query_row("SELECT typeof(block_number), timestamp FROM validated_blocks", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(odd, ("real".into(), "yesterday".into()));

    let again = rig.open();
    assert_eq!(again.copy_of_before(), None);
    again.close().await.unwrap();
    assert_eq!(named(&rig, ".db").len(), 2, "{:?}", named(&rig, ".db"));
}

#[tokio::test]
async fn a_fresh_database_needs_no_copy() {
    let rig = Rig::new();
    assert_eq!(rig.open().copy_of_before(), None);
    assert_eq!(named(&rig, "before"), Vec::<PathBuf>::new());
}

/// An update copies too; of those copies the newest stay, and always the
/// first of all.
#[tokio::test]
async fn copies_of_updates_are_kept_in_number() {
    let rig = Rig::new();
    // As the first version of ours left it.
    let old = rig.sqlite();
    for sql in [
        include_str!("../../src/node.sql"),
        include_str!("../../src/migrations/0001_samples.sql"),
        "CREATE TABLE qm_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms INTEGER NOT NULL);
         INSERT INTO qm_migrations VALUES (1, 'samples', 1);
         PRAGMA user_version = 1",
    ] {
        old.execute_batch(sql).unwrap();
    }
    drop(old);
    fs::write(rig.directory().join("quaiminer.db.before-quaiminer-20240101-000000"), "").unwrap();
    for day in 1..=4 {
        let name = format!("quaiminer.db.before-schema-{day}-2025010{day}-000000");
        fs::write(rig.directory().join(name), "").unwrap();
    }
    let newest = check_file(&rig.database()).unwrap().newest_schema;
    let store = rig.open();
    let copy = store.copy_of_before().unwrap().to_owned();
    assert!(copy.to_string_lossy().contains(&format!(".before-schema-{newest}-")), "{copy:?}");
    store.close().await.unwrap();
    assert!(!tables(&copy).contains(&"qm_client_stats".to_owned()));
    let kept = named(&rig, "before-schema");
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(kept.contains(&copy));
    assert_eq!(named(&rig, "before-quaiminer").len(), 1);
}

#[tokio::test]
async fn a_backup_holds_what_waits_beside_the_database() {
    let rig = Rig::new();
    let store = rig.open_idle().await;
    let start_ms = now_ms() / 10_000 * 10_000 - 100_000;
    store.record([sample(start_ms, "xmrig://a:1", 1)]);
    store.close().await.unwrap();
    // As a dashboard that was killed leaves it.
    let line = format!("{}\txmrig://a:1\t\t3\t0\t0\t1.5\t\t\t\n", start_ms + 5_000);
    fs::write(rig.directory().join("quaiminer.db-samples"), line).unwrap();

    let before = rig.bytes();
    let saved = backup(&rig.database(), None).unwrap();
    assert_eq!(named(&rig, ".backup-"), std::slice::from_ref(&saved.path));
    assert_eq!(saved.path.metadata().unwrap().len(), saved.size_bytes);
    for (path, bytes) in before {
        assert!(fs::read(&path).unwrap() == bytes, "{path:?} has changed");
    }
    assert_eq!(count(&Connection::open(&saved.path).unwrap(), "qm_samples"), 2);

    let elsewhere = rig.directory().join("other.db");
    backup(&rig.database(), Some(&elsewhere)).unwrap();
    let error = backup(&rig.database(), Some(&elsewhere)).unwrap_err();
    assert!(error.to_string().contains("there is a file of that name already"), "{error}");

    let store = Store::open(Location::File(saved.path)).unwrap();
    let span = Span::new(start_ms, start_ms + 10_000, 10_000).unwrap();
    assert_eq!(store.history(span).await.unwrap().accepted, [Some(2)]);
}

#[test]
fn what_is_not_there_is_not_backed_up() {
    let rig = Rig::new();
    for error in [
        backup(&rig.database(), None).unwrap_err(),
        examine(&rig.database()).unwrap_err(),
        restore(&rig.database(), &rig.directory().join("x")).unwrap_err(),
    ] {
        assert!(matches!(error, OpenError::Missing { .. }), "{error}");
        assert!(error.to_string().ends_with('.'));
    }
    assert_eq!(named(&rig, ""), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn there_and_back_again() {
    let rig = Rig::new();
    node_database(&rig);
    rig.open().close().await.unwrap();
    let saved = backup(&rig.database(), None).unwrap().path;
    rig.sqlite()
        .execute_batch("INSERT INTO validated_blocks (block_number, timestamp) VALUES (7, 7)")
        .unwrap();
    fs::set_permissions(rig.database(), fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(rig.directory().join("quaiminer.db-samples"), "5\ta\t\t\t\t\t\t\t\t\n").unwrap();

    let restored = restore(&rig.database(), &saved).unwrap();
    assert_eq!(blocks(&rig.database()), 1);
    assert_eq!(rig.database().metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(!rig.directory().join("quaiminer.db-samples").exists());
    let kept = restored.kept.unwrap();
    assert_eq!(blocks(&kept), 2);

    // To undo it, the samples of the time included.
    restore(&rig.database(), &kept).unwrap();
    assert_eq!(blocks(&rig.database()), 2);
    assert_eq!(count(&rig.sqlite(), "qm_samples"), 1);
    assert!(named(&rig, ".part").is_empty() && named(&rig, ".restored").is_empty());
    rig.open().close().await.unwrap();

    // And what Node had, with what it had not put away.
    let first = named(&rig, "before-quaiminer").remove(0);
    restore(&rig.database(), &first).unwrap();
    assert_eq!(blocks(&rig.database()), 1);
    assert!(!tables(&rig.database()).iter().any(|name| name.starts_with("qm_")));
}

/// A log that was left beside the database is not taken for that of the new one.
#[tokio::test]
async fn a_damaged_database_gives_way_with_its_log() {
    let rig = Rig::new();
    node_database(&rig);
    let good = rig.directory().join("good.db");
    backup(&rig.database(), Some(&good)).unwrap();
    let log = rig.directory().join("quaiminer.db-wal");
    for file in [&rig.database(), &log] {
        let mut bytes = fs::read(file).unwrap();
        bytes[..4096].fill(7);
        fs::write(file, &bytes).unwrap();
    }
    let bytes = fs::read(rig.database()).unwrap();

    let kept = restore(&rig.database(), &good).unwrap().kept.unwrap();
    assert!(fs::read(&kept).unwrap() == bytes);
    assert!(!log.exists());
    assert!(Path::new(&format!("{}-wal", kept.display())).exists());
    assert_eq!(blocks(&rig.database()), 1);
    rig.open().close().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_a_backup_is_refused() {
    let rig = Rig::new();
    rig.open().close().await.unwrap();
    let unfit = rig.directory().join("unfit");
    let make = |sql: &str| {
        let _ = fs::remove_file(&unfit);
        Connection::open(&unfit).unwrap().execute_batch(sql).unwrap();
    };
    let refused = |says: &str| {
        let before = rig.bytes();
        let error = restore(&rig.database(), &unfit).unwrap_err().to_string();
        assert!(error.contains(says) && error.ends_with('.'), "{error}");
        assert!(rig.bytes() == before, "something has changed");
    };
    fs::write(&unfit, "a letter").unwrap();
    refused("is not a database");
    make("CREATE TABLE cats (name)");
    refused("it has no table validated_blocks");
    make("CREATE TABLE users (name)");
    refused("belongs to another program");
    make("CREATE TABLE a (b); PRAGMA user_version = 9999");
    refused("was written by a newer version");
    fs::copy(rig.database(), &unfit).unwrap();
    let mut bytes = fs::read(&unfit).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(0x5a);
    fs::write(&unfit, bytes).unwrap();
    refused("is damaged");
    let error = restore(&rig.database(), &rig.database()).unwrap_err();
    assert!(error.to_string().contains("it is the present one"), "{error}");

    let store = rig.open();
    let error = restore(&rig.database(), &unfit).unwrap_err();
    assert!(error.to_string().contains("is in use by another running dashboard"), "{error}");
    store.close().await.unwrap();
}

/// What an examination says about it, by verdict.
fn said(rig: &Rig, verdict: Verdict) -> Vec<String> {
    let before = rig.bytes();
    let findings = examine(&rig.database()).unwrap();
    assert!(rig.bytes() == before, "examining has changed something");
    let of_that = findings.into_iter().filter(|finding| finding.verdict == verdict);
    of_that.map(|finding| format!("{}: {}", finding.what, finding.text)).collect()
}

#[tokio::test]
async fn an_examination_tells_what_is_strange() {
    let rig = Rig::new();
    rig.open().close().await.unwrap();
    assert_eq!(said(&rig, Verdict::Note), Vec::<String>::new());
    assert_eq!(said(&rig, Verdict::Problem), Vec::<String>::new());

    rig.sqlite()
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO validated_blocks (block_number, timestamp, chain) VALUES
                (104.5, 1, 'Prime'), (1e20, 2, 'Prime'), ('x', 'yesterday', NULL), (-4, 2, 'Prime');
             INSERT INTO mining_stats (timestamp, hash_rate) VALUES (1, 'fast');
             INSERT INTO users (username, password_hash) VALUES ('a', '');
             INSERT INTO config (key, value) VALUES ('rigs', '[{'), ('wallet_address', 'no JSON');
             INSERT INTO notifications (user_id, type, title, message, created_at)
                VALUES (1, 'a', 'b', 'c', 'd'), (1, 'a', 'b', 'c', 'd'), (1, 'a', 'b', 'c', 'd'), (77, 'e', 'f', 'g', 'h');
             DROP TABLE alert_config;
             DELETE FROM qm_migrations WHERE number = 4;",
        )
        .unwrap();
    let notes = said(&rig, Verdict::Note);
    for expected in [
        "missing tables: alert_config: an older version's; the next start adds them",
        "foreign keys: 1 rows point to nothing, the first in notifications",
        "oddity: validated_blocks.block_number: text in place of a number, in 1 rows",
        "oddity: validated_blocks.block_number: a fraction, or a number too large, in 2 rows",
        "oddity: validated_blocks.timestamp: text in place of a number, in 1 rows",
        "oddity: validated_blocks: 1 rows without a chain",
        "oddity: validated_blocks: 2 rows with an impossible number",
        "oddity: mining_stats.hash_rate: text in place of a number, in 1 rows",
        "oddity: users: 1 rows without a password",
        "oddity: notifications: 2 are there twice",
        "oddity: config: not JSON: rigs",
    ] {
        assert!(notes.iter().any(|note| note == expected), "{expected}: {notes:#?}");
    }
    assert!(notes.iter().any(|note| note.contains("1 are due")), "{notes:#?}");
    assert_eq!(said(&rig, Verdict::Problem), Vec::<String>::new());
}

#[tokio::test]
async fn an_examination_finds_what_is_broken() {
    let rig = Rig::new();
    let store = rig.open();
    store.record((0..4_000).map(|n| sample(now_ms() - n * 5_000, "xmrig://127.0.0.1:1", 1)));
    store.close().await.unwrap();
    // An index that has lost its entries is not seen without a thorough look.
    rig.sqlite()
        .execute_batch(
            "INSERT INTO validated_blocks (block_number, timestamp) VALUES (1, 1), (2, 2);
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET rootpage =
                (SELECT rootpage FROM sqlite_schema WHERE name = 'idx_stats_gpu')
                WHERE name = 'idx_blocks_number';",
        )
        .unwrap();
    let problems = said(&rig, Verdict::Problem);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("integrity: "), "{problems:?}");
}
