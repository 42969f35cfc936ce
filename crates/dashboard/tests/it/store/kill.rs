//! The process ends in the middle of things.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use quaiminer_standin::{Miner, Protocol};
use rustix::process::Signal;
use serde_json::json;

use super::{measured, post_block};
use crate::support::{Home, NOWHERE, eventually, process};

/// What was answered with a success is there after a kill, again and again.
#[test]
fn no_acknowledged_block_is_lost() {
    let home = Home::with_users();
    let (next, acknowledged) = (AtomicU64::new(1), Mutex::new(Vec::new()));
    for round in 1..=3 {
        let dashboard = home.start();
        let pid = dashboard.pid();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let body = json!({ "blockNumber": number }).to_string();
                        let client = dashboard.owner().with("Content-Type", "application/json");
                        let sent =
                            client.try_send("POST", "/api/blocks/validated", Some(body.as_bytes()));
                        // The end of it, in the middle of a request.
                        let Ok(response) = sent else { return };
                        response.ok();
                        acknowledged.lock().unwrap().push(number);
                    }
                });
            }
            eventually("enough writes", || {
                (acknowledged.lock().unwrap().len() >= round * 40).then_some(())
            });
            process::kill(pid, Signal::KILL);
        });
    }
    let dashboard = home.start();
    let list = dashboard.owner().get("/api/blocks/validated?limit=500").ok();
    let found: Vec<u64> = list["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["block_number"].as_u64().unwrap())
        .collect();
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= 120 && found.len() < 500, "{}", found.len());
    for number in acknowledged {
        assert!(found.contains(&number), "{number} is lost");
    }
    let verdict: String =
        home.sqlite().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    assert!(
        !dashboard.stderr().iter().any(|line| line.contains("ERROR")),
        "{:?}",
        dashboard.stderr()
    );
}

#[test]
fn the_history_survives_both_ends() {
    for in_order in [true, false] {
        let miner = Miner::start(Protocol::Kawpowminer).unwrap();
        let home = Home::with_users().set("MINER_API_URL", &miner.url());
        let dashboard = home.start();
        eventually("a first measurement", || (measured(&dashboard) > 0).then_some(()));
        if in_order {
            assert_eq!(dashboard.stop().code, Some(0));
        } else {
            // A write that is waited for takes along what was measured before.
            post_block(&dashboard, 1);
            dashboard.kill();
        }
        // Nothing is measured any more, so what is there is from before.
        let home = home.set("MINER_API_URL", NOWHERE);
        let dashboard = home.start();
        assert!(measured(&dashboard) > 0, "in order: {in_order}");
        let history = dashboard.owner().get("/api/v1/history").ok();
        assert!(history["totals"]["hashrate_avg_hs"].as_f64().unwrap() > 5e7, "{history}");
        assert!(history["totals"]["coverage"].as_f64().unwrap() > 0.0);
        let kinds: Vec<_> = dashboard.events().iter().map(|event| event["kind"].clone()).collect();
        let starts = kinds.iter().filter(|kind| *kind == "dashboard.start").count();
        let stops = kinds.iter().filter(|kind| *kind == "dashboard.stop").count();
        assert_eq!((starts, stops), (2, usize::from(in_order)), "{kinds:?}");
    }
}

#[test]
fn a_second_dashboard_is_refused_and_the_first_goes_on() {
    let home = Home::with_users();
    let first = home.start();
    let second = home.run();
    assert_eq!(second.code, Some(1));
    let [sentence] = second.stderr.as_slice() else { panic!("{second:?}") };
    assert!(sentence.contains("is in use by another running dashboard"), "{sentence}");
    assert_eq!(post_block(&first, 1)["success"], true);
    first.kill();
    // A kill leaves no lock behind.
    let again = home.start();
    assert_eq!(again.owner().get("/api/blocks/validated").ok()["total"], 1);
}

#[test]
fn somebody_who_looks_into_the_database_is_no_obstacle() {
    let home = Home::with_users();
    let reader = home.sqlite();
    let users = |connection: &rusqlite::Connection| -> i64 {
        connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(users(&reader), 2);
    let dashboard = home.start();
    assert_eq!(post_block(&dashboard, 1)["success"], true);
    assert_eq!(users(&reader), 2);
}
