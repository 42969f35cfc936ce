//! `--check`: tells what is wrong without changing anything.

use std::fs;
use std::net::TcpListener;

use serde_json::json;

use crate::support::{Finished, Home};

fn check(home: &Home) -> Finished {
    let before = home.files();
    let finished = home.run();
    assert!(home.files() == before, "something was changed: {finished:?}");
    finished
}

#[test]
fn all_is_well() {
    for home in [Home::new(), Home::with_users(), Home::with_miner(&[])] {
        let finished = check(&home.argument("--check"));
        assert_eq!(finished.code, Some(0), "{finished:?}");
        let lines = finished.stdout.join("\n");
        for what in ["settings", "sign-in", "encryption", "address", "database", "miner"] {
            assert!(lines.contains(&format!("ok       {what}: ")), "{what}: {lines}");
        }
        assert!(!lines.contains("problem"), "{lines}");
    }
}

#[test]
fn a_missing_data_directory_is_not_made() {
    let home = Home::new().argument("--check");
    fs::remove_dir(home.path("data")).unwrap();
    assert_eq!(check(&home).code, Some(0));
    assert!(!home.path("data").exists());
}

#[test]
fn each_problem_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let damaged = Home::new();
    fs::write(damaged.path("data/quaiminer.db"), "no database at all".repeat(99)).unwrap();
    let newer = Home::with_users();
    newer.sqlite().pragma_update(None, "user_version", 99).unwrap();
    let no_json = Home::with_users();
    fs::write(no_json.path("config/config.json"), "{ // not JSON").unwrap();
    let no_list = Home::with_users();
    no_list.write_config(&json!({ "miner": { "command": "miner -a kawpow" } }));
    let no_program = Home::with_users();
    let text = no_program.path("text").display().to_string();
    fs::write(&text, "no program").unwrap();
    no_program.write_config(&json!({ "miner": { "command": [text] } }));
    let no_folder = Home::new();
    fs::write(no_folder.path("file"), "").unwrap();
    let below = no_folder.path("file/data").display().to_string();
    let used = Home::with_users();
    let _user = used.start();
    let cases = [
        (Home::new().set("PORT", &port), "address"),
        (Home::new().set("HOST", "192.0.2.1"), "address"),
        (Home::new().set("AUTH_MODE", "open").set("HOST", "8.8.8.8"), "sign-in"),
        (Home::new().set("TLS_CERT", "/nowhere/c").set("TLS_KEY", "/nowhere/k"), "encryption"),
        (damaged, "database"),
        (newer, "database"),
        (no_folder.set("DATA_DIR", &below), "database"),
        (no_json, "miner"),
        (no_list, "miner"),
        (no_program, "miner"),
    ];
    for (home, what) in cases {
        let finished = check(&home.argument("--check"));
        assert_eq!(finished.code, Some(1), "{what}: {finished:?}");
        let lines = finished.stdout.join("\n");
        assert!(lines.contains(&format!("problem  {what}: ")), "{what}: {lines}");
    }
    // Its neighbour writes meanwhile, so its files may change.
    let finished = used.argument("--check").run();
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stdout.join("\n").contains("is in use by quaiminer-dash"), "{finished:?}");
}

#[test]
fn a_setting_that_cannot_be_read() {
    let finished = check(&Home::new().argument("--check").set("PORT", "http"));
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.join("\n").contains("PORT"), "{finished:?}");
}
