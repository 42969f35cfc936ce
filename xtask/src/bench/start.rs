//! From the start of the process to the first answer.

use std::time::Duration;

use super::Plan;
use super::rig::{Past, Rig};
use super::table::{Better, Row};
use crate::Result;

pub(super) fn measure(rig: &Rig, plan: &Plan) -> Result<Row> {
    // The first start may bring the database up to date and fill caches.
    rig.start(Past::Month)?.stop()?;
    let mut taken = Vec::with_capacity(plan.starts);
    for _ in 0..plan.starts {
        let dashboard = rig.start(Past::Month)?;
        taken.push(dashboard.since_start());
        dashboard.stop()?;
    }
    taken.sort_unstable();
    let at = |place: usize| taken.get(place).copied().unwrap_or(Duration::MAX).as_secs_f64() * 1e3;
    Ok(Row {
        name: "start to first 200, 30 days in the database",
        unit: "ms",
        measured: at(taken.len() / 2),
        must: 20.0,
        aim: 5.0,
        better: Better::Lower,
        beside: format!("best {:.2} ms of {}", at(0), plan.starts),
    })
}
