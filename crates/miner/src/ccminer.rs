//! ccminer and its many forks: the text API of cpuminer, for NVIDIA cards,
//! opened with `--api-bind`.

use quaiminer_domain::miner::MinerReading;

use crate::Adapter;
use crate::request::{Ask, Reply, Request, Unreadable};
use crate::text_api::{self, Family};

pub(crate) struct Ccminer;

impl Adapter for Ccminer {
    fn name(&self) -> &'static str {
        "ccminer"
    }

    /// Its own default.
    fn default_ports(&self) -> &'static [u16] {
        &[4068]
    }

    fn requests(&self) -> &'static [Request] {
        const {
            &[
                Request::new(Ask::Text("summary")),
                Request::new(Ask::Text("threads")).optional(),
                Request::new(Ask::Text("hwinfo")).optional(),
                Request::new(Ask::Text("pool")).optional(),
            ]
        }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        text_api::read(Family { name: "ccminer", counts: "GPUS", others_count: "CPUS" }, replies)
    }
}
