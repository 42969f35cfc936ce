//! NODE-COMPAT: what `mining_stats` holds of our samples. Node's frontend
//! posted one row every 30 s for the whole rig; so do we, from what was
//! measured.

use quaiminer_domain::history::MinerSample;

pub(crate) const SLOT_MS: i64 = 30_000;

/// The rig at the end of a slot: the last sample of each miner in it, added
/// up. `None` where one of the miners does not know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    /// Time of the newest of the samples.
    pub(crate) at_ms: i64,
    pub(crate) hashrate_mhs: Option<f64>,
    pub(crate) accepted: Option<i64>,
    pub(crate) rejected: Option<i64>,
    pub(crate) power_w: Option<f64>,
    pub(crate) temp_c: Option<f64>,
    pub(crate) fan_percent: Option<f64>,
}

impl Slot {
    /// The first moment that does not belong to it any more.
    pub(crate) fn end_ms(&self) -> i64 {
        start_of(self.at_ms) + SLOT_MS
    }
}

/// The beginning of the slot that a moment falls into.
pub(crate) fn start_of(at_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(SLOT_MS)
}

/// Samples in order of time become slots, handed out as they are complete.
pub(crate) struct Slots<F: FnMut(Slot)> {
    take: F,
    /// The last sample of each miner in the slot that is being filled.
    last: Vec<MinerSample>,
}

impl<F: FnMut(Slot)> Slots<F> {
    pub(crate) fn new(take: F) -> Self {
        Slots { take, last: Vec::new() }
    }

    pub(crate) fn push(&mut self, sample: &MinerSample) {
        let start_ms = start_of(sample.at_ms);
        if self.last.first().is_some_and(|first| start_of(first.at_ms) != start_ms) {
            self.complete();
        }
        match self.last.iter_mut().find(|last| last.miner == sample.miner) {
            Some(last) => last.clone_from(sample),
            None => self.last.push(sample.clone()),
        }
    }

    pub(crate) fn finish(mut self) {
        self.complete();
    }

    fn complete(&mut self) {
        let last = std::mem::take(&mut self.last);
        let Some(at_ms) = last.iter().map(|sample| sample.at_ms).max() else {
            return;
        };
        let sum = |field: fn(&MinerSample) -> Option<f64>| -> Option<f64> {
            last.iter().map(field).sum()
        };
        let count = |field: fn(&MinerSample) -> Option<u64>| -> Option<i64> {
            let sum = last
                .iter()
                .map(field)
                .try_fold(0, |sum: u64, part| Some(sum.saturating_add(part?)));
            sum.map(|sum| i64::try_from(sum).unwrap_or(i64::MAX))
        };
        let most =
            |field: fn(&MinerSample) -> Option<f64>| last.iter().filter_map(field).reduce(f64::max);
        (self.take)(Slot {
            at_ms,
            hashrate_mhs: sum(|sample| sample.hashrate_hs).map(|hs| hs / 1e6),
            accepted: count(|sample| sample.accepted),
            rejected: count(|sample| sample.rejected),
            power_w: sum(|sample| sample.power_w),
            temp_c: most(|sample| sample.temp_c),
            fan_percent: most(|sample| sample.fan_percent),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_s: i64, miner: &str, hashrate_hs: Option<f64>, accepted: u64) -> MinerSample {
        MinerSample {
            at_ms: at_s * 1000,
            miner: miner.into(),
            hashrate_hs,
            accepted: Some(accepted),
            temp_c: Some(50.0 + at_s as f64),
            ..MinerSample::default()
        }
    }

    fn slots(samples: &[MinerSample]) -> Vec<Slot> {
        let mut out = Vec::new();
        let mut slots = Slots::new(|slot| out.push(slot));
        samples.iter().for_each(|sample| slots.push(sample));
        slots.finish();
        out
    }

    #[test]
    fn the_last_sample_of_each_miner_counts() {
        let found = slots(&[
            sample(0, "a", Some(5e6), 1),
            sample(0, "b", Some(7e6), 10),
            sample(5, "a", Some(6e6), 2),
            sample(30, "a", Some(1e6), 3),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].at_ms, 5_000);
        assert_eq!(found[0].hashrate_mhs, Some(13.0));
        assert_eq!(found[0].accepted, Some(12));
        assert_eq!(found[0].temp_c, Some(55.0));
        assert_eq!(found[0].end_ms(), 30_000);
        assert_eq!((found[1].at_ms, found[1].hashrate_mhs), (30_000, Some(1.0)));
    }

    #[test]
    fn a_sum_with_an_unknown_part_is_unknown() {
        let found = slots(&[sample(0, "a", Some(5e6), 1), sample(0, "b", None, 10)]);
        assert_eq!(found[0].hashrate_mhs, None);
        assert_eq!(found[0].accepted, Some(11));
        assert_eq!(found[0].power_w, None);
    }

    #[test]
    fn no_samples_no_slots() {
        assert_eq!(slots(&[]), []);
    }
}
