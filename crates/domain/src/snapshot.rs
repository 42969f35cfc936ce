//! The state of the rig at one moment: immutable, published as a whole.

use crate::control::ControlState;
use crate::fact::{Fact, Reading, Reason};
use crate::host::HostReading;
use crate::miner::{Activity, GpuReading, MinerReading};
use crate::node::NodeReading;

#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub at_ms: i64,
    /// Simulated; nothing in it was measured.
    pub demo: bool,
    pub miners: Vec<Source<MinerReading>>,
    pub node: Source<NodeReading>,
    pub host: Source<HostReading>,
    pub control: ControlState,
    pub store: StoreHealth,
}

/// Something that is asked regularly.
#[derive(Debug, Clone, PartialEq)]
pub struct Source<T> {
    /// Where it is, in the form in which it can be configured:
    /// `kawpowminer://127.0.0.1:21373`.
    pub address: String,
    pub reading: Reading<T>,
}

/// Whether what is measured also reaches the disk.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreHealth {
    Ok,
    Failing { reason: Reason, since_ms: i64 },
}

impl StoreHealth {
    pub const fn is_failing(&self) -> bool {
        matches!(self, StoreHealth::Failing { .. })
    }
}

impl Snapshot {
    /// Readings of the miners that answer.
    pub fn miner_readings(&self) -> impl Iterator<Item = &MinerReading> {
        self.miners.iter().filter_map(|source| source.reading.value())
    }

    pub fn gpus(&self) -> impl Iterator<Item = &GpuReading> {
        self.miner_readings().flat_map(|miner| miner.gpus.iter())
    }

    pub fn is_mining(&self) -> bool {
        self.miner_readings().any(|miner| miner.activity == Activity::Mining)
    }

    pub fn hashrate_hs(&self) -> Fact<f64> {
        self.total(|miner| &miner.hashrate_hs)
    }

    pub fn power_w(&self) -> Fact<f64> {
        self.total(|miner| &miner.power_w)
    }

    pub fn accepted(&self) -> Fact<u64> {
        self.total(|miner| &miner.shares.accepted)
    }

    pub fn rejected(&self) -> Fact<u64> {
        self.total(|miner| &miner.shares.rejected)
    }

    pub fn invalid(&self) -> Fact<u64> {
        self.total(|miner| &miner.shares.invalid)
    }

    pub fn stale(&self) -> Fact<u64> {
        self.total(|miner| &miner.shares.stale)
    }

    /// Temperature of the hottest GPU core.
    pub fn hottest_c(&self) -> Fact<f64> {
        let hottest = self
            .gpus()
            .filter_map(|gpu| gpu.temp_c.get())
            .fold(None, |hottest, c| Some(hottest.map_or(c, |hottest: f64| hottest.max(c))));
        match hottest {
            Some(c) => Fact::Known(c),
            None => Fact::Unknown(self.why_no_miner("The miner does not report temperatures")),
        }
    }

    /// Sums a number over all miners that answer. One miner that does not
    /// know makes the sum unknown: a smaller sum would look like a drop.
    fn total<T>(&self, field: impl Fn(&MinerReading) -> &Fact<T>) -> Fact<T>
    where
        T: Copy + std::ops::Add<Output = T>,
    {
        let mut sum = None;
        for miner in self.miner_readings() {
            match field(miner) {
                Fact::Known(value) => {
                    sum = Some(sum.map_or(*value, |sum: T| sum + *value));
                }
                Fact::Unknown(reason) => return Fact::Unknown(reason.clone()),
            }
        }
        match sum {
            Some(sum) => Fact::Known(sum),
            None => Fact::Unknown(self.why_no_miner("No miner answers")),
        }
    }

    fn why_no_miner(&self, when_one_answers: &'static str) -> Reason {
        if self.miner_readings().next().is_some() {
            return when_one_answers.into();
        }
        match self.miners.first().map(|source| &source.reading) {
            Some(Reading::Unknown { reason, .. }) => reason.clone(),
            _ => "No miner found".into(),
        }
    }
}
