//! What the dashboard costs a rig while nobody looks at it.

use std::thread;
use std::time::Instant;

use super::Plan;
use super::process_cost::{cpu_s, memory, written_bytes};
use super::rig::{Past, Rig};
use super::table::{Better, Row};
use crate::Result;

const DAY_S: f64 = 86_400.0;

pub(super) fn measure(rig: &Rig, plan: &Plan) -> Result<Vec<Row>> {
    println!("idle for {:?}", plan.settle + plan.watch);
    let dashboard = rig.start(Past::Day)?;
    let pid = dashboard.pid();
    thread::sleep(plan.settle);

    let (asked, cpu, written) = (rig.requests(), cpu_s(pid)?, written_bytes(pid)?);
    let began = Instant::now();
    thread::sleep(plan.watch);
    let watched_s = began.elapsed().as_secs_f64();
    let cpu_percent = 100.0 * (cpu_s(pid)? - cpu) / watched_s;
    let written_mb = (written_bytes(pid)? - written) / watched_s * DAY_S / 1e6;
    let memory = memory(pid)?;
    let asked = rig.requests() - asked;
    dashboard.stop()?;

    // A dashboard that does nothing costs nothing.
    let expected = plan.watch.as_secs() / 5;
    if asked + 2 < expected {
        return Err(format!("the miner was asked {asked} times instead of about {expected}"));
    }
    let row = |name, unit, measured, must, aim, beside| Row {
        name,
        unit,
        measured,
        must,
        aim,
        better: Better::Lower,
        beside,
    };
    let anonymous = format!("anonymous {:.2} MB", memory.anonymous_bytes / 1e6);
    let over = format!("over {} s, {asked} requests to the miner", plan.watch.as_secs());
    Ok(vec![
        row("RSS idle, 24 h in the database", "MB", memory.rss_bytes / 1e6, 10.0, 7.0, anonymous),
        row("CPU idle", "%", cpu_percent, 0.2, 0.1, over.clone()),
        row("written to disk per day", "MB", written_mb, 25.0, 10.0, over),
    ])
}
