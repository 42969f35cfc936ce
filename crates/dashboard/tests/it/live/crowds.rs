//! Many pages, and pages that do not listen.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::ws::Socket;
use crate::support::{Home, eventually};

#[test]
fn fifty_pages_on_each_socket_hear_the_same() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    let open =
        |path: &str| -> Vec<Socket> { (0..50).map(|_| dashboard.viewer().socket(path)).collect() };
    let (mut old, mut other, mut new) = (open("/"), open("/ws"), open("/api/v1/stream"));
    dashboard.owner().post("/api/miner/start", &json!({})).ok();
    for page in old.iter_mut().chain(&mut other) {
        assert_eq!(page.json()["type"], "connected");
        // At once, and one more with the beat.
        for _ in 0..2 {
            assert_eq!(page.json()["type"], "update");
        }
    }
    let told = |page: &mut Socket| page.find(|message| message["event"]["kind"] == "miner.start");
    let first = told(&mut new[0]);
    for page in &mut new[1..] {
        assert_eq!(told(page), first);
    }
    drop((old, other, new));
    // Their places are free again, and nothing of them is left.
    eventually("the sockets are closed", || {
        let sockets = std::fs::read_dir(format!("/proc/{}/fd", dashboard.pid())).unwrap().count();
        (sockets < 60).then_some(())
    });
}

/// Pages that read nothing wait for themselves alone.
#[test]
fn pages_that_do_not_read_delay_nobody() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    let _deaf: Vec<Socket> = (0..50)
        .map(|n| dashboard.viewer().socket(if n % 2 == 0 { "/" } else { "/api/v1/stream" }))
        .collect();
    let mut listener = dashboard.owner().socket("/api/v1/stream");
    for order in ["start", "stop", "start", "stop"] {
        let began = Instant::now();
        dashboard.owner().post(&format!("/api/miner/{order}"), &json!({})).ok();
        listener.find(|message| message["event"]["kind"] == format!("miner.{order}"));
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        assert_eq!(dashboard.anonymous().get("/api/health").status, 200);
    }
    let began = Instant::now();
    assert_eq!(dashboard.stop().code, Some(0));
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}
