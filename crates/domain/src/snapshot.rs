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

    /// The miners whose numbers make up those of the rig. A pool is one of them
    /// only if nothing else is there: the miners that hash for it count the
    /// same hashes.
    pub fn counted(&self) -> impl Iterator<Item = &Source<MinerReading>> {
        let is_pool = |source: &Source<MinerReading>| {
            source.reading.value().is_some_and(|miner| miner.activity == Activity::Serving)
        };
        let only_pools = self.miners.iter().all(is_pool);
        self.miners.iter().filter(move |source| only_pools || !is_pool(source))
    }

    pub fn is_mining(&self) -> bool {
        self.counted_readings().any(|miner| match miner.activity {
            Activity::Mining => true,
            Activity::Serving => miner.hashrate_hs.get().is_some_and(|hs| hs > 0.0),
            _ => false,
        })
    }

    fn counted_readings(&self) -> impl Iterator<Item = &MinerReading> {
        self.counted().filter_map(|source| source.reading.value())
    }

    pub fn hashrate_hs(&self) -> Fact<f64> {
        self.total(|miner| &miner.hashrate_hs)
    }

    pub fn power_w(&self) -> Fact<f64> {
        self.total(|miner| &miner.power_w)
    }

    pub fn earnings(&self) -> Fact<f64> {
        self.total(|miner| &miner.earnings)
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
        for miner in self.counted_readings() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miner::{Pool, Shares};

    fn miner(activity: Activity, hashrate_hs: f64) -> Source<MinerReading> {
        let value = MinerReading {
            program: "miner".to_owned(),
            version: Fact::unknown(""),
            uptime_s: Fact::unknown(""),
            algorithm: Fact::unknown(""),
            activity,
            hashrate_hs: Fact::Known(hashrate_hs),
            shares: Shares::unknown(""),
            pool: Pool::unknown(""),
            power_w: Fact::unknown(""),
            earnings: Fact::unknown("no"),
            gpus: Vec::new(),
        };
        Source { address: String::new(), reading: Reading::Known { value, at_ms: 0 } }
    }

    fn silent<T>() -> Source<T> {
        let reading = Reading::Unknown { reason: "silent".into(), since_ms: 0 };
        Source { address: String::new(), reading }
    }

    /// A pool's hashes are those of its miners, and a miner that is silent for a
    /// moment does not make them the rig's.
    #[test]
    fn no_hash_is_counted_twice() {
        let check = |miners: Vec<Source<MinerReading>>, hs: Option<f64>, is_mining: bool| {
            let snapshot = Snapshot {
                at_ms: 0,
                demo: false,
                miners,
                node: silent(),
                host: silent(),
                control: ControlState { program: Ok(String::new()), instances: Vec::new() },
                store: StoreHealth::Ok,
            };
            assert_eq!(snapshot.hashrate_hs().get(), hs);
            assert_eq!(snapshot.is_mining(), is_mining);
        };
        let pool = || miner(Activity::Serving, 60.0);
        check(vec![miner(Activity::Mining, 30.0), miner(Activity::Mining, 31.0)], Some(61.0), true);
        check(vec![miner(Activity::Mining, 61.0), pool()], Some(61.0), true);
        check(vec![miner(Activity::Starting, 0.0), pool()], Some(0.0), false);
        check(vec![silent(), pool()], None, false);
        check(vec![pool()], Some(60.0), true);
        check(vec![miner(Activity::Serving, 0.0)], Some(0.0), false);
        check(vec![], None, false);
    }
}
