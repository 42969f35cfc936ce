//! How fast answers come, alone and in a crowd.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use quaiminer_standin::load::{self, Target};

use super::Plan;
use super::rig::{Past, Rig};
use super::table::{Better, Row};
use crate::Result;
use crate::process::{command, spawn};

const PATH: &str = "/api/stats";
const CONNECTIONS: usize = 64;

pub(super) fn measure(rig: &Rig, plan: &Plan) -> Result<Vec<Row>> {
    let failed = |error: std::io::Error| format!("{PATH}: {error}");
    let dashboard = rig.start(Past::Day)?;
    // The first sample has come, so that the answer is of the usual size.
    thread::sleep(Duration::from_secs(6));
    let ours = Target::new(dashboard.address(), PATH);
    load::latency(&ours, 1000).map_err(failed)?;
    let latencies = load::latency(&ours, plan.requests).map_err(failed)?;
    let milliseconds = |share| latencies.percentile(share).as_secs_f64() * 1e3;
    let alone = Row {
        name: "p99 of /api/stats, one connection",
        unit: "ms",
        measured: milliseconds(0.99),
        must: 1.0,
        aim: 0.1,
        better: Better::Lower,
        beside: format!("p50 {:.3} ms, {} requests", milliseconds(0.5), plan.requests),
    };

    let body = load::get(&ours).map_err(failed)?;
    let file = rig.dir().join("body.json");
    std::fs::write(&file, &body).map_err(|error| format!("{}: {error}", file.display()))?;
    let bare = Bare::start(&rig.bare, &file)?;
    let bare_target = Target::new(bare.address, PATH);
    if load::get(&bare_target).map_err(failed)? != body {
        return Err("the bare server answers something else".to_owned());
    }
    let rate = |target: &Target| {
        let measured = load::throughput(target, CONNECTIONS, plan.pair).map_err(failed)?;
        Ok::<f64, String>(measured.per_second())
    };
    let (mut with_us, mut with_bare) = (Vec::new(), Vec::new());
    // In turns, so that both meet the same moods of the machine.
    for _ in 0..plan.pairs {
        with_us.push(rate(&ours)?);
        with_bare.push(rate(&bare_target)?);
    }
    let (with_us, with_bare) = (median(&mut with_us), median(&mut with_bare));
    drop(bare);
    dashboard.stop()?;
    let crowd = Row {
        name: "throughput of /api/stats to bare axum",
        unit: "x",
        measured: with_us / with_bare,
        must: 0.7,
        aim: 0.9,
        better: Better::Higher,
        beside: format!(
            "{with_us:.0}/s to {with_bare:.0}/s, {CONNECTIONS} connections, {} bytes",
            body.len()
        ),
    };
    Ok(vec![alone, crowd])
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The server to compare with; ended when it is dropped.
struct Bare {
    child: Child,
    address: SocketAddr,
}

impl Bare {
    fn start(program: &Path, body: &Path) -> Result<Self> {
        let mut command = command(program, &[]);
        let mut child = spawn(command.arg(body).stdout(Stdio::piped()))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            // It says where it listens; should it end before, the line is empty.
            let _ = BufReader::new(out).read_line(&mut line);
        }
        let mut bare = Bare { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        bare.address = line
            .trim()
            .parse()
            .map_err(|_| format!("{} did not say where it listens", program.display()))?;
        Ok(bare)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn medians() {
        assert_eq!(super::median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert!(super::median(&mut []).is_nan());
    }
}
