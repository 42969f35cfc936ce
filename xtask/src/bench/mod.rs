//! What the release costs: measured on the binary in `target/dist`, on
//! loopback, against the limits of the project.

mod gets;
mod idle;
pub(crate) mod process_cost;
mod rig;
mod sockets;
mod speed;
mod start;
mod table;

use std::time::Duration;

use crate::{Result, dist, project};
use rig::Rig;
use table::{Better, Row};

/// How long and how often. Short forms are for a look, not for the record.
pub(crate) struct Plan {
    pub starts: usize,
    pub settle: Duration,
    /// While idle, for processor time and bytes written.
    pub watch: Duration,
    pub sockets: usize,
    pub sockets_stay: Duration,
    pub requests: usize,
    /// Of each address.
    pub gets: usize,
    pub pairs: usize,
    pub pair: Duration,
}

impl Plan {
    const fn new(short: bool) -> Self {
        let seconds = Duration::from_secs;
        if short {
            Plan {
                starts: 10,
                // What a start notes is written by then.
                settle: seconds(30),
                watch: seconds(120),
                sockets: 500,
                sockets_stay: seconds(10),
                requests: 10_000,
                gets: 300,
                pairs: 3,
                pair: seconds(2),
            }
        } else {
            Plan {
                starts: 20,
                settle: seconds(60),
                watch: seconds(600),
                sockets: 500,
                sockets_stay: seconds(60),
                requests: 10_000,
                gets: 1_000,
                pairs: 7,
                pair: seconds(4),
            }
        }
    }
}

pub(crate) fn run(short: bool) -> Result {
    let plan = Plan::new(short);
    let binary = project::dist_dir()?.join(dist::BINARY);
    if !binary.is_file() {
        return Err(format!("{} is missing; make it with: cargo xtask dist", binary.display()));
    }
    let rig = Rig::set_up(binary)?;
    let mut rows = vec![start::measure(&rig, &plan)?];
    rows.extend(idle::measure(&rig, &plan)?);
    rows.extend(sockets::measure(&rig, &plan)?);
    rows.extend(speed::measure(&rig, &plan)?);
    rows.push(gets::measure(&rig, &plan)?);
    rows.push(size(&rig)?);

    println!("\n{}", table::print(&rows));
    let file = project::target_dir()?.join("bench.json");
    let text = format!("{:#}\n", table::json(&rows, short));
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{}", file.display());
    match rows.iter().filter(|row| row.is_missed()).count() {
        0 => Ok(()),
        missed => Err(format!("{missed} limits are missed")),
    }
}

fn size(rig: &Rig) -> Result<Row> {
    Ok(Row {
        name: "static binary with UI",
        unit: "MB",
        measured: dist::size_bytes(&rig.binary)? as f64 / 1e6,
        must: dist::SIZE_CAP_BYTES as f64 / 1e6,
        aim: 7.0,
        better: Better::Lower,
        beside: String::new(),
    })
}
