//! `/api/v1/stream`.

use quaiminer_standin::{Miner, Protocol};
use serde_json::{Value, json};

use crate::support::Home;

fn is_snapshot(message: &Value) -> bool {
    message["type"] == "snapshot"
}

#[test]
fn a_snapshot_at_once_and_with_every_beat() {
    let miner = Miner::start(Protocol::Xmrig).unwrap();
    let home = Home::with_users().set("MINER_API_URL", &miner.url());
    let dashboard = home.start();
    let before = dashboard.snapshot();
    let mut page = dashboard.owner().socket("/api/v1/stream");
    let first = page.json();
    assert!(is_snapshot(&first), "{first}");
    let at_ms = |message: &Value| message["snapshot"]["at_ms"].as_i64().unwrap();
    assert!(at_ms(&first) >= before["at_ms"].as_i64().unwrap());
    let names = |snapshot: &Value| -> Vec<String> {
        snapshot.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(&first["snapshot"]), names(&before), "it is the same as over HTTP");
    let beat = page
        .find(|message| is_snapshot(message) && message["snapshot"]["miners"][0]["state"] == "ok");
    let next = page.find(|message| is_snapshot(message) && at_ms(message) > at_ms(&beat));
    assert!(at_ms(&next) - at_ms(&beat) < 20_000);
}

#[test]
fn orders_show_at_once_with_who_gave_them() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    let mut pages =
        [dashboard.viewer().socket("/api/v1/stream"), dashboard.owner().socket("/api/v1/stream")];
    let phase = |message: &Value| message["snapshot"]["control"]["instances"][0]["phase"].clone();
    for (order, phases) in [("start", ["starting", "running"]), ("stop", ["stopping", "stopped"])] {
        dashboard.owner().post(&format!("/api/miner/{order}"), &json!({})).ok();
        for page in &mut pages {
            let (mut seen, mut event) = (Vec::new(), Value::Null);
            page.find(|message| {
                if message["event"]["kind"] == format!("miner.{order}") {
                    event = message["event"].clone();
                } else if is_snapshot(message) && !phase(message).is_null() {
                    seen.push(phase(message));
                }
                !event.is_null() && seen.last() == Some(&json!(phases[1]))
            });
            assert_eq!(event["actor"], "admin");
            assert!(event["id"].is_i64() && event["at_ms"].is_i64());
            assert_eq!((&event["severity"], event["message"].is_string()), (&json!("info"), true));
            assert!(
                seen.iter()
                    .all(|phase| phases.iter().any(|one| phase == one) || *phase == "running"),
                "{seen:?}"
            );
            // The same is on record.
            assert!(dashboard.events().contains(&event), "{event}");
        }
    }
}

#[test]
fn the_end_is_told() {
    let home = Home::with_users();
    let dashboard = home.start();
    let mut pages: Vec<_> =
        ["/", "/ws", "/api/v1/stream"].iter().map(|path| dashboard.owner().socket(path)).collect();
    for page in &mut pages {
        page.json();
    }
    dashboard.signal(rustix::process::Signal::TERM);
    for page in &mut pages {
        assert_eq!(page.close_code(), Some(1001));
    }
    assert_eq!(dashboard.wait().code, Some(0));
}
