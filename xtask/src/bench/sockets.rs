//! What browsers cost that stay on the page.

use std::thread;
use std::time::Duration;

use quaiminer_standin::load::{Sockets, Target};

use super::Plan;
use super::process_cost::memory;
use super::rig::{Past, Rig};
use super::table::{Better, Row};
use crate::Result;

/// The old page's socket and our own page's: what is sent differs.
const KINDS: [(&str, &str, &str); 2] = [
    ("/ws", "RSS with 500 WebSocket clients", "per WebSocket client"),
    ("/api/v1/stream", "RSS with 500 of our own pages", "per page of our own"),
];

pub(super) fn measure(rig: &Rig, plan: &Plan) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for kind in KINDS {
        rows.extend(watched(rig, plan, kind)?);
    }
    Ok(rows)
}

fn watched(rig: &Rig, plan: &Plan, kind: (&str, &'static str, &'static str)) -> Result<Vec<Row>> {
    let (path, all, each_one) = kind;
    println!("{} WebSockets at {path} for {:?}", plan.sockets, plan.sockets_stay);
    let dashboard = rig.start(Past::Day)?;
    thread::sleep(plan.settle.min(Duration::from_secs(15)));
    let before = memory(dashboard.pid())?;
    let target = Target::new(dashboard.address(), path);
    let failed = |error: std::io::Error| format!("WebSockets: {error}");
    let mut sockets = Sockets::open(&target, plan.sockets).map_err(failed)?;
    let texts = sockets.read_for(plan.sockets_stay).map_err(failed)?;
    let after = memory(dashboard.pid())?;
    let open = sockets.still_open();
    drop(sockets);
    dashboard.stop()?;

    if open < plan.sockets {
        return Err(format!("only {open} of {} WebSockets stayed open", plan.sockets));
    }
    let each = texts as f64 / plan.sockets as f64;
    // Ours is sent a message with each snapshot, every five seconds.
    if each < plan.sockets_stay.as_secs_f64() / 6.0 {
        return Err(format!("a WebSocket was sent {each:.1} updates in {:?}", plan.sockets_stay));
    }
    let per_client = (after.rss_bytes - before.rss_bytes) / plan.sockets as f64 / 1024.0;
    let per_client_anonymous =
        (after.anonymous_bytes - before.anonymous_bytes) / plan.sockets as f64 / 1024.0;
    let row = |name, unit, measured, must, aim, beside| Row {
        name,
        unit,
        measured,
        must,
        aim,
        better: Better::Lower,
        beside,
    };
    Ok(vec![
        row(
            all,
            "MB",
            after.rss_bytes / 1e6,
            14.0,
            10.0,
            format!("anonymous {:.2} MB, {each:.1} updates each", after.anonymous_bytes / 1e6),
        ),
        row(
            each_one,
            "KiB",
            per_client,
            8.0,
            6.0,
            format!("anonymous {per_client_anonymous:.2} KiB"),
        ),
    ])
}
