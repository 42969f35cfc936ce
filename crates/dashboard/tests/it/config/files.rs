//! The file: others write it too, disks are full, read-only or hang, and the
//! plug is pulled at any moment.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{config_events, on_disk};
use crate::support::mount::Mount;
use crate::support::{Client, Home, eventually};

fn post(client: &Client, body: &Value) -> crate::support::http::Response {
    client.post("/api/miner/config", body)
}

#[test]
fn the_directory_is_made_and_the_one_before_is_kept() {
    let home = Home::with_users();
    fs::remove_dir(home.path("config")).unwrap();
    let dashboard = home.start();
    post(&dashboard.owner(), &json!({ "worker": "a" })).ok();
    post(&dashboard.owner(), &json!({ "worker": "b" })).ok();
    assert_eq!(on_disk(&home)["worker"], "b");
    let previous = fs::read(home.path("config/config.json.previous")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&previous).unwrap()["worker"], "a");
    let names: Vec<_> = fs::read_dir(home.path("config"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn what_is_no_json_is_never_overwritten() {
    let home = Home::with_users();
    let dashboard = home.start();
    let path = home.path("config/config.json");
    for text in ["{ \"worker\": ", "[1]", "\u{1}\u{2}"] {
        fs::write(&path, text).unwrap();
        let read = dashboard.owner().get("/api/miner/config").ok();
        assert_eq!(read["success"], false);
        let answer = post(&dashboard.owner(), &json!({ "worker": "b" })).ok();
        assert_eq!(answer["success"], false, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains("config.json"), "{answer}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    assert!(config_events(&dashboard).is_empty());
    // An installer's comments are no error; they stay in the one before.
    let commented = "{\n  \"worker\": \"a\" // of this rig: http://x\n}";
    fs::write(&path, commented).unwrap();
    assert_eq!(dashboard.owner().get("/api/miner/config").ok()["config"]["worker"], "a");
    post(&dashboard.owner(), &json!({ "worker": "b" })).ok();
    assert_eq!(on_disk(&home)["worker"], "b");
    assert_eq!(fs::read_to_string(home.path("config/config.json.previous")).unwrap(), commented);
}

#[test]
fn a_link_is_neither_followed_nor_replaced() {
    let home = Home::with_users();
    let dashboard = home.start();
    fs::write(home.path("target"), "{\"worker\":\"a\"}").unwrap();
    std::os::unix::fs::symlink(home.path("target"), home.path("config/config.json")).unwrap();
    let refusal = post(&dashboard.owner(), &json!({ "worker": "b" })).refusal(503);
    assert!(refusal["message"].as_str().unwrap().contains("a link"), "{refusal}");
    assert_eq!(fs::read_to_string(home.path("target")).unwrap(), "{\"worker\":\"a\"}");
    assert!(fs::symlink_metadata(home.path("config/config.json")).unwrap().is_symlink());
}

#[test]
fn a_directory_that_cannot_be_written() {
    let home = Home::with_users();
    home.write_config(&json!({ "worker": "a" }));
    let Some(_mount) = Mount::read_only(&home.path("config")) else { return };
    let dashboard = home.start();
    let refusal = post(&dashboard.owner(), &json!({ "worker": "b" })).refusal(503);
    let path = home.path("config/config.json").display().to_string();
    assert!(refusal["message"].as_str().unwrap().contains(&path), "{refusal}");
    assert_eq!(dashboard.owner().get("/api/miner/config").ok()["config"]["worker"], "a");
    let events = config_events(&dashboard);
    assert_eq!((events.len(), &events[0]["severity"]), (1, &json!("warning")), "{events:?}");
}

#[test]
fn a_disk_that_is_full() {
    let home = Home::with_users();
    let Some(_mount) = Mount::tiny(&home.path("config")) else { return };
    home.write_config(&json!({ "worker": "a" }));
    let filler = home.path("config/filler");
    let mut bytes = vec![0; 64 << 10];
    while !bytes.is_empty() {
        let file = fs::OpenOptions::new().append(true).create(true).open(&filler).unwrap();
        if std::io::Write::write_all(&mut &file, &bytes).is_err() {
            bytes.truncate(bytes.len() / 2);
        }
    }
    let dashboard = home.start();
    let long = json!({ "worker": "b", "notes": vec!["x".repeat(900); 100] });
    let refusal = post(&dashboard.owner(), &long).refusal(503);
    assert!(refusal["message"].as_str().unwrap().contains("config.json"), "{refusal}");
    assert_eq!(on_disk(&home), json!({ "worker": "a" }));
    fs::remove_file(&filler).unwrap();
    post(&dashboard.owner(), &long).ok();
    assert_eq!(on_disk(&home)["worker"], "b");
}

#[test]
fn a_disk_that_hangs_holds_up_only_who_asks_for_it() {
    let home = Home::with_users();
    let dashboard = home.start();
    let path = home.path("config/config.json");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, mode, 0).unwrap();
    let began = Instant::now();
    for _ in 0..2 {
        let refusal = dashboard.owner().get("/api/miner/config").refusal(503);
        assert!(refusal["message"].as_str().unwrap().contains("did not answer"), "{refusal}");
    }
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let began = Instant::now();
    dashboard.owner().get("/api/blocks/stats").ok();
    assert!(began.elapsed() < Duration::from_millis(800), "{:?}", began.elapsed());
    // The disk is back: what hangs reads what is written to the pipe.
    fs::write(&path, "{}").unwrap();
    fs::remove_file(&path).unwrap();
    home.write_config(&json!({ "worker": "c" }));
    eventually("the file", || {
        let read = dashboard.owner().get("/api/miner/config");
        (read.status == 200 && read.json()["config"]["worker"] == "c").then_some(())
    });
}

#[test]
fn changes_at_the_same_moment_are_all_kept() {
    let home = Home::with_users();
    let dashboard = home.start();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let client = dashboard.owner();
            scope.spawn(move || {
                for round in 0..5 {
                    let name = format!("w{writer}");
                    post(&client, &json!({ "notes": { name: { format!("r{round}"): round } } }))
                        .ok();
                }
            });
        }
    });
    let notes = on_disk(&home)["notes"].clone();
    for writer in 0..8 {
        assert_eq!(notes[format!("w{writer}")].as_object().unwrap().len(), 5, "{notes}");
    }
}

/// Whatever moment it is killed at, the file is whole.
#[test]
fn a_kill_leaves_a_whole_file() {
    let home = Home::with_users();
    let mut last_seen = 0;
    for round in 1..=6_i64 {
        let dashboard = home.start();
        let client = dashboard.owner();
        let writer = std::thread::spawn(move || {
            for turn in 0.. {
                let body = json!({ "turn": round * 1_000_000 + turn, "pad": pad_of(turn) });
                let bytes = body.to_string();
                let json = client.clone().with("Content-Type", "application/json");
                if json.try_send("POST", "/api/miner/config", Some(bytes.as_bytes())).is_err() {
                    return;
                }
            }
        });
        eventually("a few changes", || {
            let turn = fs::read(home.path("config/config.json")).ok()?;
            let turn = serde_json::from_slice::<Value>(&turn).unwrap()["turn"].as_i64()?;
            (turn > round * 1_000_000 + 2).then_some(())
        });
        std::thread::sleep(Duration::from_millis(7 * round as u64));
        dashboard.kill();
        writer.join().unwrap();
        let found = on_disk(&home);
        let turn = found["turn"].as_i64().unwrap();
        assert!(turn > last_seen, "{turn}");
        // Name and content belong to the same change.
        assert_eq!(found["pad"], json!(pad_of(turn % 1_000_000)));
        last_seen = turn;
    }
    // What the last one left behind is in nobody's way.
    let dashboard = home.start();
    post(&dashboard.owner(), &json!({ "turn": 1 })).ok();
    assert_eq!(on_disk(&home)["turn"], 1);
}

fn pad_of(turn: i64) -> Vec<String> {
    let letter = char::from(b'a' + (turn % 26) as u8);
    vec![letter.to_string().repeat(1000); 200]
}
