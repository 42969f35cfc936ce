//! cpuminer-opt and its relatives: text over TCP, opened with `--api-bind`.
//! Read from cpuminer-opt 26.1 at work.

use quaiminer_domain::miner::MinerReading;

use crate::Adapter;
use crate::request::{Ask, Reply, Request, Unreadable};
use crate::text_api::{self, Family};

pub(crate) struct Cpuminer;

impl Adapter for Cpuminer {
    fn name(&self) -> &'static str {
        "cpuminer"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["cpuminer-opt"]
    }

    /// Its own default.
    fn default_ports(&self) -> &'static [u16] {
        &[4048]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Text("summary")), Request::new(Ask::Text("threads")).optional()] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        text_api::read(Family { name: "cpuminer", counts: "CPUS", others_count: "GPUS" }, replies)
    }
}
