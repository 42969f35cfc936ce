//! The simulated rig: only when it is asked for, and never without saying so.

use serde_json::{Value, json};

use crate::support::routes::ROUTES;
use crate::support::{Dashboard, Home, eventually};

fn demo() -> Home {
    Home::new().unset("HOST").argument("--demo")
}

const MARK: &str = "x-quaiminer-demo";

#[test]
fn every_answer_says_that_it_is_a_demo() {
    let home = demo();
    let dashboard = home.start();
    let anybody = dashboard.anonymous();
    for (method, path, _) in ROUTES {
        let response = anybody.send(method, path, None);
        assert_eq!(response.header(MARK), Some("simulated data"), "{method} {path}");
    }
    for (client, path) in [
        (anybody.clone(), "/"),
        (anybody.clone(), "/assets/app.js"),
        (anybody.clone(), "/missing.js"),
        (anybody.clone(), "/api/nothing"),
        (anybody.clone().with("Host", "evil.example"), "/api/stats"),
        (anybody.clone().with("Origin", "http://evil.example"), "/api/stats"),
    ] {
        assert_eq!(client.get(path).header(MARK), Some("simulated data"), "{path}");
    }
    assert_eq!(anybody.send("OPTIONS", "/", None).header(MARK), Some("simulated data"));
    for path in ["/api/v1/snapshot", "/api/v1/session"] {
        assert_eq!(anybody.get(path).ok()["demo"], true, "{path}");
    }
    let page = anybody.get("/").text();
    assert!(page.contains(r#""demo":true"#));
    let update = anybody.socket("/ws").find(|message| message["type"] == "update");
    assert_eq!(update["demo"], true);
    let snapshot = anybody.socket("/api/v1/stream").json();
    assert_eq!(snapshot["snapshot"]["demo"], true);
    eventually("the console", || {
        dashboard.stdout().iter().any(|line| line.contains("simulated")).then_some(())
    });
}

fn mining(dashboard: &Dashboard) -> Value {
    dashboard.anonymous().get("/api/v1/snapshot").ok()
}

#[test]
fn six_cards_that_can_be_stopped_and_started() {
    let home = demo();
    let dashboard = home.start();
    let running = eventually("the first look", || {
        let snapshot = mining(&dashboard);
        (snapshot["summary"]["gpus"] == 6).then_some(snapshot)
    });
    assert_eq!(running["summary"]["mining"], true);
    for source in [&running["miners"][0], &running["node"]] {
        assert!(source["address"].as_str().unwrap().starts_with("demo://"), "{source}");
    }
    assert_eq!(running["control"]["program"], "demo");
    assert!(running["miners"][0]["gpus"][0]["name"].as_str().unwrap().starts_with("Demo "));
    // Nobody has to sign in, and nobody is.
    let session = dashboard.anonymous().get("/api/v1/session").ok();
    assert_eq!((&session["signed_in"], &session["auth_mode"]), (&json!(false), &json!("open")));

    for (order, phase) in [("stop", "stopped"), ("start", "running"), ("restart", "running")] {
        let answer = dashboard.anonymous().post(&format!("/api/miner/{order}"), &json!({})).ok();
        assert_eq!(
            (&answer["success"], &answer["state"]),
            (&json!(true), &json!(phase)),
            "{answer}"
        );
        eventually(phase, || {
            let snapshot = mining(&dashboard);
            (snapshot["control"]["instances"][0]["phase"] == phase).then_some(())
        });
    }
    let events = dashboard.anonymous().get("/api/v1/events").ok();
    let kinds: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    for kind in ["miner.stop", "miner.start", "miner.restart"] {
        assert!(kinds.contains(&json!(kind)), "{kinds:?}");
    }
    assert_eq!(home.miners(), Vec::<u32>::new());
    assert_eq!(dashboard.stop().code, Some(0));
}

#[test]
fn nothing_of_it_is_kept() {
    let home = demo().set("ADMIN_PASSWORD", "not needed here");
    // Not even a place for it is made.
    for name in ["data", "config", "logs"] {
        std::fs::remove_dir(home.path(name)).unwrap();
    }
    let before = home.files();
    let dashboard = home.start();
    let anybody = dashboard.anonymous();
    assert_eq!(
        anybody.post("/api/blocks/validated", &json!({ "blockNumber": 5 })).ok()["success"],
        true
    );
    assert_eq!(anybody.get("/api/blocks/validated").ok()["total"], 1);
    eventually("a history", || {
        let history = anybody.get("/api/v1/history").ok();
        history["hashrate_hs"]["avg"]
            .as_array()
            .unwrap()
            .iter()
            .any(|rate| !rate.is_null())
            .then_some(())
    });
    dashboard.stop();
    assert_eq!(home.files(), before);
    // The next one begins anew.
    let dashboard = home.start();
    assert_eq!(dashboard.anonymous().get("/api/blocks/validated").ok()["total"], 0);
}

#[test]
fn it_listens_on_loopback_only() {
    let home = demo();
    let dashboard = home.start();
    let listening = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{:04X}", dashboard.address.port());
    let own: Vec<&str> = listening
        .lines()
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .filter(|local| local.ends_with(&port))
        .collect();
    assert!(!own.is_empty() && own.iter().all(|local| local.starts_with("0100007F:")), "{own:?}");
    let urls = dashboard.stdout().into_iter().filter(|line| line.contains("Open http"));
    assert_eq!(urls.count(), 1);
}

#[test]
fn without_the_flag_there_is_no_demo() {
    let home = Home::with_users()
        .set("DEMO", "1")
        .set("QUAIMINER_DEMO", "1")
        .set("NODE_ENV", "development");
    let dashboard = home.start();
    for path in
        ["/api/health", "/api/stats?demo=1", "/api/v1/snapshot?demo=true", "/?demo", "/demo"]
    {
        let response = dashboard.owner().with("X-QuaiMiner-Demo", "1").get(path);
        assert_eq!((response.status, response.header(MARK)), (200, None), "{path}");
    }
    let snapshot = dashboard.snapshot();
    assert_eq!(snapshot["demo"], false);
    assert_eq!(snapshot["summary"]["gpus"], 0);
    assert_eq!(dashboard.owner().get("/api/v1/session").ok()["demo"], false);
}
