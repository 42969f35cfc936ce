//! No room on the disk: everything that needs none goes on, and recovers.

use std::fs::File;
use std::io::Write;

use serde_json::json;

use super::post_block;
use crate::support::mount::Mount;
use crate::support::{Home, eventually, node_server, process};

#[test]
fn a_full_disk_is_told_and_stops_nothing_else() {
    let home = Home::new();
    let Some(_mount) = Mount::tiny(&home.path("data")) else { return };
    node_server::create(&home.sqlite());
    let program = process::standin_miner().display().to_string();
    home.write_config(&json!({ "miner": { "command": [program, "--standin-port", "none"] } }));
    let dashboard = home.start();
    assert_eq!(post_block(&dashboard, 1)["success"], true);

    let filler = home.path("data/filler");
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let refusal = eventually("a write that fails", || {
        // What is in the log's last page may still fit.
        let number = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() % 1_000_000_000;
        let body = json!({ "blockNumber": u64::try_from(number).unwrap() + 10 });
        let response = dashboard.owner().post("/api/blocks/validated", &body);
        (response.status != 200).then_some(response)
    });
    assert_eq!(refusal.refusal(503)["error"], "Storage unavailable");

    let failing = eventually("the page is told", || {
        let snapshot = dashboard.snapshot();
        (snapshot["store"]["state"] == "failing").then_some(snapshot)
    });
    assert!(failing["store"]["reason"].as_str().unwrap().contains("full"), "{}", failing["store"]);
    assert!(failing["store"]["since_ms"].is_i64());
    assert_eq!(dashboard.anonymous().get("/api/health").ok()["status"], "degraded");
    let health = dashboard.owner().get("/api/health").ok();
    assert_eq!(health["store"]["status"], "failing", "{health}");
    // Who is in can read, steer, and sign in anew is told why not.
    assert!(dashboard.owner().get("/api/blocks/validated").ok()["total"].as_u64().unwrap() >= 1);
    let answer = dashboard.owner().post("/api/miner/start", &json!({})).ok();
    assert_eq!(answer["success"], true, "{answer}");
    let sign_in = json!({ "username": "vera", "password": node_server::VIEWER_PASSWORD });
    dashboard.anonymous().post("/api/v1/session", &sign_in).refusal(503);
    // A script's token needs no disk.
    dashboard.anonymous().post("/api/auth/login", &sign_in).ok();
    eventually("it measures on", || {
        let host = dashboard.snapshot()["host"].clone();
        (host["state"] == "ok" && host["at_ms"] != failing["host"]["at_ms"]).then_some(())
    });

    std::fs::remove_file(&filler).unwrap();
    eventually("the recovery", || (dashboard.snapshot()["store"]["state"] == "ok").then_some(()));
    assert_eq!(dashboard.anonymous().get("/api/health").ok()["status"], "ok");
    assert_eq!(post_block(&dashboard, 2)["success"], true);
    dashboard.anonymous().signed_in("vera", node_server::VIEWER_PASSWORD);
    assert_eq!(dashboard.owner().post("/api/miner/stop", &json!({})).ok()["success"], true);
    assert_eq!(dashboard.stop().code, Some(0));
    let verdict: String =
        home.sqlite().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}
