//! Clients that take their time, so that others find no place.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use super::is_well;
use crate::support::http::Wire;
use crate::support::{Home, eventually};

/// Heads and bodies that come a byte at a time are cut off in the end.
/// Meanwhile nobody else notices, and who is only slow is served.
#[test]
fn slow_clients_are_cut_off_and_delay_nobody() {
    let home = Home::with_users();
    let dashboard = home.start();
    let address = dashboard.address;
    let mut page = dashboard.owner().socket("/api/v1/stream");
    let mut idle: Vec<Wire> = (0..300).map(|_| Wire::open(address)).collect();
    let mut heads: Vec<Wire> = (0..50).map(|_| Wire::open(address)).collect();
    let start = format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\nX-Slow: ");
    for wire in &mut heads {
        wire.write(&start);
    }
    let json = dashboard.owner().with("Content-Type", "application/json");
    let head = json.head("POST", "/api/miner/stop");
    let mut bodies: Vec<Wire> = (0..20).map(|_| Wire::open(address)).collect();
    for wire in &mut bodies {
        wire.write(format!("{head}Content-Length: 1000\r\n\r\n{{"));
    }
    let mut honest = Wire::open(address);
    honest.write(format!("{head}Content-Length: 2\r\n\r\n{{"));
    let mut honest = Some(honest);

    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    eventually("all are cut off", || {
        for wire in heads.iter_mut().chain(&mut bodies) {
            let _ = wire.try_write(b"x");
        }
        let asked = Instant::now();
        is_well(&dashboard);
        dashboard.owner().post("/api/miner/stop", &json!({})).ok();
        slowest = slowest.max(asked.elapsed());
        if began.elapsed() > Duration::from_secs(5)
            && let Some(mut wire) = honest.take()
        {
            wire.write("}");
            wire.response().ok();
            // The connection can be used once more.
            wire.write(format!("{head}Content-Length: 2\r\n\r\n{{}}"));
            wire.response().ok();
        }
        bodies.retain_mut(|wire| {
            // It is told so, and then the connection ends.
            !wire.try_response().is_some_and(|response| {
                response.refusal(408);
                true
            })
        });
        heads.retain_mut(|wire| !wire.is_closed());
        idle.retain_mut(|wire| !wire.is_closed());
        (heads.is_empty() && bodies.is_empty() && idle.is_empty()).then_some(())
    });
    assert!(honest.is_none(), "all were cut off within {:?}", began.elapsed());
    // A second is what a person waits without a thought.
    assert!(slowest < Duration::from_secs(5), "others waited {slowest:?}");
    // Who watches is silent for long, and stays.
    let at_ms = dashboard.snapshot()["at_ms"].as_i64().unwrap();
    page.find(|message| message["snapshot"]["at_ms"].as_i64().is_some_and(|ms| ms >= at_ms));
}

/// One machine cannot use up what all share; the rest of the rig's owner's
/// pages go on.
#[test]
fn more_connections_than_there_is_room_for() {
    let home = Home::with_users();
    let dashboard = home.start();
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let open = || {
        let stream = TcpStream::connect(dashboard.address).unwrap();
        stream.set_nonblocking(true).unwrap();
        stream
    };
    // Half of the usual limit of open files is what people may need.
    let streams: Vec<_> = (0..500).map(|_| open()).collect();
    is_well(&dashboard);
    let more: Vec<_> = (0..500).map(|_| open()).collect();
    let is_closed = |mut stream: &TcpStream| matches!(stream.read(&mut [0]), Ok(0));
    eventually("the last ones are closed", || more.last().is_some_and(is_closed).then_some(()));
    assert!(!streams.iter().any(is_closed), "the first ones stay");
    drop((streams, more));
    eventually("room again", || {
        dashboard.anonymous().try_send("GET", "/api/health", None).is_ok().then_some(())
    });
}

/// Who asks and does not listen keeps only himself waiting.
#[test]
fn answers_that_nobody_reads() {
    let home = Home::with_users();
    let dashboard = home.start();
    let mut deaf: Vec<Wire> = (0..10).map(|_| Wire::open(dashboard.address)).collect();
    let request = dashboard.owner().head("GET", "/api/v1/snapshot") + "\r\n";
    for wire in &mut deaf {
        wire.write(request.repeat(300));
    }
    for _ in 0..20 {
        is_well(&dashboard);
    }
    drop(deaf);
    is_well(&dashboard);
}
