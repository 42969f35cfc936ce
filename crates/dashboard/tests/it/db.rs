//! `quaiminer-dashboard db check|backup|restore`, beside a dashboard that runs
//! and without one.

use std::path::PathBuf;

use quaiminer_standin::{Miner, Protocol};
use serde_json::json;

use crate::support::{Finished, Home, eventually, node_server};

fn post_block(dashboard: &crate::support::Dashboard, number: u64) {
    let body = json!({ "blockNumber": number });
    assert_eq!(dashboard.owner().post("/api/blocks/validated", &body).ok()["success"], true);
}

/// Runs the program with these words and nothing else changed.
fn db(home: &Home, words: &[&str]) -> Finished {
    home.run_with(words)
}

fn copy_named_in(finished: &Finished) -> PathBuf {
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let line = finished.stdout.iter().find_map(|line| line.rsplit_once(" db restore "));
    line.unwrap_or_else(|| panic!("no command in {finished:?}")).1.into()
}

#[test]
fn copied_while_it_runs_and_put_back() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let home = Home::with_users().set("MINER_API_URL", &miner.url());
    let dashboard = home.start();
    post_block(&dashboard, 1);
    let beside = home.path("data/quaiminer.db-samples");
    eventually("samples beside the database", || {
        beside.metadata().is_ok_and(|file| file.len() > 0).then_some(())
    });

    let checked = db(&home, &["db", "check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let says = |part: &str| checked.stdout.iter().any(|line| line.contains(part));
    assert!(says("in use: by quaiminer"), "{checked:?}");
    assert!(says("every page and index is in order"), "{checked:?}");
    assert!(says("validated_blocks 1") && says("beside the database"), "{checked:?}");

    let copy = copy_named_in(&db(&home, &["db", "backup"]));
    let inside = rusqlite::Connection::open(&copy).unwrap();
    let samples: i64 =
        inside.query_row("SELECT count(*) FROM qm_samples", [], |row| row.get(0)).unwrap();
    assert!(samples > 0);
    drop(inside);
    let again = db(&home, &["db", "backup", copy.to_str().unwrap()]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr[0].contains("there is a file of that name already"), "{again:?}");

    // Nobody was disturbed, and nobody loses what came later without a word.
    post_block(&dashboard, 2);
    let refused = db(&home, &["db", "restore", copy.to_str().unwrap()]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr[0].contains("is in use by another running dashboard"), "{refused:?}");
    assert_eq!(dashboard.owner().get("/api/blocks/validated").ok()["total"], 2);
    assert_eq!(dashboard.stop().code, Some(0));

    let kept = copy_named_in(&db(&home, &["db", "restore", copy.to_str().unwrap()]));
    let dashboard = home.start();
    assert_eq!(dashboard.owner().get("/api/blocks/validated").ok()["total"], 1);
    assert_eq!(dashboard.stop().code, Some(0));
    copy_named_in(&db(&home, &["db", "restore", kept.to_str().unwrap()]));
    let dashboard = home.start();
    assert_eq!(dashboard.owner().get("/api/blocks/validated").ok()["total"], 2);
}

#[test]
fn the_first_start_says_where_the_copy_is() {
    let home = Home::with_users();
    let finished = home.start().stop();
    let line = finished.stdout.iter().find(|line| line.contains("before this version"));
    let copy: PathBuf = line.unwrap().rsplit_once(": ").unwrap().1.into();
    let users = |path: &PathBuf| -> Vec<String> {
        let copy = rusqlite::Connection::open(path).unwrap();
        let mut names = copy.prepare("SELECT username FROM users ORDER BY id").unwrap();
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(users(&copy), ["admin", "vera"]);
    let finished = home.start().stop();
    assert!(!finished.stdout.iter().any(|line| line.contains("before this version")));

    // Back to what Node left, and Node's own start on it.
    copy_named_in(&db(&home, &["db", "restore", copy.to_str().unwrap()]));
    home.sqlite().execute_batch(include_str!("../fixtures/node_server.sql")).unwrap();
    assert_eq!(users(&home.path("data/quaiminer.db")), ["admin", "vera"]);
}

#[test]
fn a_check_tells_and_changes_nothing() {
    let home = Home::new();
    let nothing = db(&home, &["db", "check"]);
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.stderr[0].contains("There is no database"), "{nothing:?}");

    node_server::create(&home.sqlite());
    home.sqlite()
        .execute_batch(
            "INSERT INTO validated_blocks (block_number, timestamp) VALUES (1.5, 'yesterday')",
        )
        .unwrap();
    let before = home.files();
    let checked = db(&home, &["db", "check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let notes: Vec<_> = checked.stdout.iter().filter(|line| line.starts_with("note ")).collect();
    assert!(
        notes.iter().any(|line| line.contains("validated_blocks.timestamp: text")),
        "{notes:?}"
    );
    assert!(notes.iter().any(|line| line.contains("block_number: a fraction")), "{notes:?}");
    assert!(notes.iter().any(|line| line.contains("migrations: 0 are taken")), "{notes:?}");
    assert!(home.files() == before, "the check has changed something");

    let database = home.path("data/quaiminer.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(0x5a);
    std::fs::write(&database, bytes).unwrap();
    let checked = db(&home, &["db", "check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
}
