use std::fs;
use std::os::unix::fs::PermissionsExt;

use quaiminer_store::{Location, OpenError, Store, check_file};
use rusqlite::Connection;

use crate::help::{Rig, count, now_ms, sample};

/// Opening fails as it should, says so in one sentence, and changes nothing.
fn refused(rig: &Rig, says: &str) -> OpenError {
    let before = rig.bytes();
    let checked = check_file(&rig.database());
    assert_eq!(rig.bytes(), before, "the check has changed something");
    let Err(error) = Store::open(Location::File(rig.database())) else {
        panic!("was opened");
    };
    assert_eq!(rig.bytes(), before, "opening has changed something");
    let text = error.to_string();
    assert!(text.contains(says), "{text}");
    assert!(text.ends_with('.') && text.matches(": ").count() == 1, "not one sentence: {text}");
    assert_eq!(checked.unwrap_err(), error);
    error
}

/// A database with enough in it to have many pages.
async fn filled(rig: &Rig) {
    let store = rig.open();
    let start_ms = now_ms() - 10_000_000;
    store.record((0..2_000).map(|n| sample(start_ms + n * 5_000, "xmrig://127.0.0.1:1", 1)));
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_fresh_directory_is_made_for_its_owner_only() {
    let rig = Rig::new();
    let directory = rig.directory().join("new/data");
    let database = directory.join("quaiminer.db");
    let report = check_file(&database).unwrap();
    assert!(report.fresh && !directory.exists());

    let store = Store::open(Location::File(database.clone())).unwrap();
    store.close().await.unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&database), 0o600);
    let report = check_file(&database).unwrap();
    assert_eq!((report.fresh, report.unclean), (false, false));
    assert_eq!((report.schema, report.in_use_by), (report.newest_schema, None));
    let names: Vec<_> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["quaiminer.db"], "a closed database is one file");
}

#[tokio::test]
async fn an_empty_file_is_taken_for_none() {
    let rig = Rig::new();
    fs::write(rig.database(), "").unwrap();
    let store = rig.open();
    assert_eq!(store.users().count_with_password().await, Ok(0));
}

#[test]
fn garbage() {
    let rig = Rig::new();
    fs::write(rig.database(), "This is a letter to my grandmother. ".repeat(300)).unwrap();
    assert!(matches!(refused(&rig, "is not a database"), OpenError::NotADatabase { .. }));
}

#[test]
fn a_few_bytes() {
    let rig = Rig::new();
    fs::write(rig.database(), "SQLite format 3\0").unwrap();
    refused(&rig, "is damaged (a page size of 0 bytes does not exist)");
}

#[tokio::test]
async fn half_a_file() {
    let rig = Rig::new();
    filled(&rig).await;
    let length = fs::metadata(rig.database()).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(rig.database()).unwrap();
    file.set_len(length / 2).unwrap();
    refused(&rig, "so its end is missing");
}

#[tokio::test]
async fn a_page_in_the_middle_overwritten() {
    let rig = Rig::new();
    filled(&rig).await;
    let mut bytes = fs::read(rig.database()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    fs::write(rig.database(), bytes).unwrap();
    assert!(matches!(refused(&rig, "is damaged"), OpenError::Damaged { .. }));
}

#[tokio::test]
async fn a_list_of_tables_overwritten() {
    let rig = Rig::new();
    filled(&rig).await;
    let mut bytes = fs::read(rig.database()).unwrap();
    bytes[100..4096].fill(0);
    fs::write(rig.database(), bytes).unwrap();
    assert!(matches!(refused(&rig, "is damaged"), OpenError::Damaged { .. }));
}

#[test]
fn a_log_without_its_database() {
    let rig = Rig::new();
    fs::write(rig.directory().join("quaiminer.db-wal"), "log").unwrap();
    fs::write(rig.database(), "").unwrap();
    refused(&rig, "is damaged (it is empty, but its log is not)");
}

#[tokio::test]
async fn a_newer_schema() {
    let rig = Rig::new();
    filled(&rig).await;
    rig.sqlite().pragma_update(None, "user_version", 9_999).unwrap();
    refused(&rig, "was written by a newer version (schema 9999");
}

/// What was written last may be in the log only, as after a kill.
#[test]
fn a_newer_schema_in_a_log_that_was_left() {
    let (rig, source) = (Rig::new(), Rig::new());
    let writer = source.sqlite();
    writer.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
    writer.execute_batch("CREATE TABLE t (x); PRAGMA user_version = 9999").unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("quaiminer.db{suffix}");
        fs::copy(source.directory().join(&name), rig.directory().join(&name)).unwrap();
    }
    assert!(rig.directory().join("quaiminer.db-wal").metadata().unwrap().len() > 0);
    refused(&rig, "was written by a newer version (schema 9999");
}

#[test]
fn a_database_of_another_program() {
    let rig = Rig::new();
    rig.sqlite().execute_batch("CREATE TABLE users (name TEXT, age INTEGER)").unwrap();
    refused(&rig, "belongs to another program (its table users has no column id)");
}

#[test]
fn a_directory_in_place_of_the_file() {
    let rig = Rig::new();
    fs::create_dir(rig.database()).unwrap();
    let error = Store::open(Location::File(rig.database())).err().unwrap();
    assert!(matches!(error, OpenError::NotADatabase { .. }));
}

#[test]
fn a_directory_that_cannot_be_made() {
    let rig = Rig::new();
    let file = rig.directory().join("file");
    fs::write(&file, "").unwrap();
    let database = file.join("data/quaiminer.db");
    let error = Store::open(Location::File(database.clone())).err().unwrap();
    assert!(matches!(error, OpenError::NoDirectory { .. }), "{error}");
    assert!(error.to_string().contains("is missing and cannot be created"), "{error}");
    assert_eq!(check_file(&database), Err(error));
}

/// Root may write anywhere but on a read-only file system.
#[test]
fn a_file_system_that_is_read_only() {
    let database = std::path::Path::new("/proc/quaiminer/quaiminer.db");
    let error = Store::open(Location::File(database.into())).err().unwrap();
    assert!(matches!(error, OpenError::NoDirectory { .. }), "{error}");
}

#[test]
fn a_second_instance() {
    let rig = Rig::new();
    let first = rig.open();
    let error = Store::open(Location::File(rig.database())).err().unwrap();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("is in use by another running dashboard"), "{error}");
    drop(first);
    drop(rig.open());
}

/// A program that calls itself so and has the database open; `None` without
/// a Python to be it.
fn holder(rig: &Rig, name: &str) -> Option<std::process::Child> {
    let program = rig.directory().join(name);
    std::os::unix::fs::symlink("/usr/bin/python3", &program).unwrap();
    let script = "import sqlite3, sys\n\
        c = sqlite3.connect(sys.argv[1])\n\
        c.execute('SELECT count(*) FROM users').fetchall()\n\
        print('open', flush=True)\n\
        sys.stdin.read()";
    let child = std::process::Command::new(&program)
        .args(["-c", script])
        .arg(rig.database())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: no /usr/bin/python3");
        return None;
    };
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert_eq!(line, "open\n");
    Some(child)
}

#[tokio::test]
async fn the_node_server_that_has_it_open() {
    let rig = Rig::new();
    filled(&rig).await;
    // Another process: a lock is not seen from within its own.
    let Some(mut node) = holder(&rig, "node") else { return };
    let error = Store::open(Location::File(rig.database())).err().unwrap();
    let process = format!("is in use by node (process {})", node.id());
    assert!(error.to_string().contains(&process), "{error}");
    let report = check_file(&rig.database()).unwrap();
    assert!(report.in_use_by.unwrap().starts_with("node"));
    drop(node.stdin.take());
    node.wait().unwrap();
    drop(rig.open());
}

#[tokio::test]
async fn somebody_who_looks_into_it_is_no_obstacle() {
    let rig = Rig::new();
    filled(&rig).await;
    let Some(mut reader) = holder(&rig, "reader") else { return };
    drop(rig.open());
    drop(reader.stdin.take());
    reader.wait().unwrap();
}

#[tokio::test]
async fn names_that_addresses_have_trouble_with() {
    let rig = Rig::new();
    let directory = rig.directory().join("50% #1? ü");
    fs::create_dir(&directory).unwrap();
    let database = directory.join("quaiminer.db");
    for _ in 0..2 {
        let store = Store::open(Location::File(database.clone())).unwrap();
        store.state().set("a", "b".into()).await.unwrap();
        store.close().await.unwrap();
    }
    assert!(!check_file(&database).unwrap().fresh);
}

#[tokio::test]
async fn closing_twice_and_using_it_afterwards() {
    use quaiminer_store::StoreError::Closed;
    let rig = Rig::new();
    let store = rig.open();
    let clone = store.clone();
    store.record([sample(now_ms(), "a", 1)]);
    assert_eq!(store.close().await, Ok(()));
    assert_eq!(clone.close().await, Ok(()));
    assert_eq!(clone.state().get("a").await, Err(Closed));
    assert_eq!(clone.state().set("a", "b".into()).await, Err(Closed));
    clone.record([sample(now_ms() + 1, "a", 1)]);
    drop(rig.open());
    assert_eq!(count(&Connection::open(rig.database()).unwrap(), "qm_samples"), 1);
}

#[tokio::test]
async fn a_database_in_memory_has_neighbours_but_no_file() {
    let first = Store::open(Location::Memory).unwrap();
    let second = Store::open(Location::Memory).unwrap();
    first.state().set("a", "b".into()).await.unwrap();
    assert_eq!(first.state().get("a").await, Ok(Some("b".into())));
    assert_eq!(second.state().get("a").await, Ok(None));
    first.close().await.unwrap();
}
