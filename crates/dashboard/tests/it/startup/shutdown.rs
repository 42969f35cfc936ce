//! The end: in order, and what becomes of the miner.

use rustix::process::Signal;
use serde_json::json;

use crate::support::http::Wire;
use crate::support::{Home, eventually, process};

#[test]
fn the_miner_goes_on_and_the_owner_is_told_how_to_stop_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::with_miner(&[]);
        let dashboard = home.start();
        assert_eq!(dashboard.owner().post("/api/miner/start", &json!({})).ok()["success"], true);
        let miners = home.miners();
        let [miner] = miners.as_slice() else { panic!("{miners:?}") };
        dashboard.signal(signal);
        let finished = dashboard.wait();
        assert_eq!(finished.code, Some(0), "{finished:?}");
        assert!(process::is_alive(*miner));
        let last = finished.stdout.last().unwrap();
        assert!(last.contains(&format!("kill -TERM -- -{miner}")), "{last}");
        assert!(last.contains("--stop-miner-on-exit"), "{last}");
    }
}

#[test]
fn the_miner_stops_too_where_that_is_wanted() {
    let home = Home::with_miner(&["--standin-fork-child", "1"]).argument("--stop-miner-on-exit");
    let dashboard = home.start();
    dashboard.owner().post("/api/miner/start", &json!({})).ok();
    eventually("miner and child", || (home.miners().len() == 2).then_some(()));
    let finished = dashboard.stop();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    eventually("no miner", || home.miners().is_empty().then_some(()));
    // Nobody wants it to run after the next start either.
    let again = home.start();
    assert_eq!(again.snapshot()["control"]["instances"], json!([]));
}

#[test]
fn requests_under_way_are_finished_and_the_database_is_closed() {
    let home = Home::with_users();
    let dashboard = home.start();
    let body = json!({ "blockNumber": 7 }).to_string();
    let mut wire = Wire::open(dashboard.address);
    let head = dashboard.owner().head("POST", "/api/blocks/validated");
    let head =
        format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    wire.write(head);
    wire.write(&body[..5]);
    // It is under way when another request, sent later, has been answered.
    dashboard.owner().get("/api/health").ok();
    dashboard.signal(Signal::TERM);
    eventually("no new connections", || {
        dashboard.anonymous().try_send("GET", "/api/health", None).is_err().then_some(())
    });
    wire.write(&body[5..]);
    assert_eq!(wire.response().ok()["success"], true);
    let finished = dashboard.wait();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let mut names: Vec<_> = std::fs::read_dir(home.path("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("quaiminer"))
        .collect();
    // The copy of what Node left stays.
    names.retain(|name| !name.contains(".before-quaiminer-"));
    assert_eq!(names, ["quaiminer.db"], "the log was put away");
}
