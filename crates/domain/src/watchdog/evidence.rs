//! What the watchdog is told at each tick: facts, and none of its own.

use super::decision::Hold;
use crate::Reason;
use crate::fact::Fact;
use crate::miner::MinerReading;

#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Somebody works on the rig: what is seen is told, nothing is done.
    pub maintenance: bool,
    /// Whether the steps that concern the whole rig can be taken at all.
    pub can_reset_tuning: bool,
    pub can_reboot: bool,
    pub miners: Vec<MinerEvidence>,
}

/// One miner process and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct MinerEvidence {
    /// Of the instance: what an act is aimed at.
    pub name: String,
    /// Whether we started it and may stop it.
    pub ours: bool,
    /// Whether it should run.
    pub wanted: bool,
    pub process: Fact<Process>,
    /// Names what it was started with; another sheet, another name.
    pub sheet: String,
    /// Counts what people asked of it. A person who did something has seen
    /// the fault, and the ladder begins anew. Acts of the watchdog are not
    /// counted.
    pub orders: u64,
    /// Whether a sheet is known that worked, and is not the present one.
    pub has_last_good_sheet: bool,
    /// What its API says, or why it says nothing.
    pub says: Fact<MinerReading>,
    /// Hashes for one share at the difficulty that the pool asks for now.
    pub hashes_per_share: Fact<f64>,
    pub wallet: Fact<Wallet>,
    /// The cards that it should use, whether or not it or the system sees them.
    pub gpus: Vec<GpuEvidence>,
    pub outside: Outside,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Process {
    /// `run` differs from start to start.
    Alive {
        run: u64,
    },
    Gone {
        why: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wallet {
    Pinned,
    Foreign { seen: String },
}

/// A card, joined from what the miner and what the system say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuEvidence {
    /// Stable over restarts; for people too.
    pub name: String,
    pub health: Fact<GpuHealth>,
    pub paused: bool,
    pub hashrate_hs: Fact<f64>,
    pub temp_c: Fact<f64>,
    pub memory_temp_c: Fact<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GpuHealth {
    Fine,
    Missing { why: String },
    Hung { why: String },
}

/// What a miner needs that is not on the rig, each tested by ourselves and
/// not by asking the miner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    pub network: Probe,
    pub dns: Probe,
    pub pool: Probe,
    pub node: Probe,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    Fine,
    Fault(Reason),
    /// Not tested yet, or the test came to no result.
    Unknown(Reason),
    /// This miner does not need it.
    Unused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Network,
    Dns,
    Pool,
    Node,
}

impl Place {
    pub const fn title(self) -> &'static str {
        match self {
            Place::Network => "network",
            Place::Dns => "name service",
            Place::Pool => "pool",
            Place::Node => "node",
        }
    }
}

impl Outside {
    /// The fault that explains most: without a network there is no pool.
    pub(super) fn fault(&self) -> Option<Hold> {
        self.places().into_iter().find_map(|(place, probe)| match probe {
            Probe::Fault(why) => Some(Hold::Outside { place, why: why.clone() }),
            _ => None,
        })
    }

    pub(super) fn unknown(&self) -> Option<Hold> {
        self.places().into_iter().find_map(|(place, probe)| match probe {
            Probe::Unknown(why) => Some(Hold::NotKnown { place, why: why.clone() }),
            _ => None,
        })
    }

    const fn places(&self) -> [(Place, &Probe); 4] {
        [
            (Place::Network, &self.network),
            (Place::Dns, &self.dns),
            (Place::Pool, &self.pool),
            (Place::Node, &self.node),
        ]
    }
}

impl MinerEvidence {
    pub(super) fn run(&self) -> Option<u64> {
        match self.process.known() {
            Some(Process::Alive { run }) => Some(*run),
            _ => None,
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.process.known(), Some(Process::Gone { .. }))
    }
}
