//! Rows of `mining_stats` taken together.

use std::collections::VecDeque;

use super::MiningStat;
use crate::cell::Cell;

/// The rows of a stretch of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatBucket {
    pub time_bucket: i64,
    pub avg_hash_rate: Option<f64>,
    pub max_hash_rate: Option<f64>,
    pub avg_temperature: Option<f64>,
    pub max_temperature: Option<f64>,
    pub avg_power: Option<f64>,
    /// Shares found in that time. Where a counter falls a miner was restarted;
    /// what it found since is left out, because the sum over several miners
    /// does not tell which of them it was.
    pub total_accepted: f64,
    pub total_rejected: f64,
}

/// More are never asked for; they are 300 kB.
pub(super) const BUCKETS_MAX: usize = 3_000;

/// Counters that are followed at a time; a rig has fewer GPUs.
const GPUS_MAX: usize = 64;

/// Takes rows in order of time.
#[derive(Clone)]
pub(super) struct Buckets {
    interval_ms: i64,
    full: VecDeque<StatBucket>,
    filling: Option<Filling>,
    standing: Standing,
}

/// Where the counters of each GPU stood.
#[derive(Clone, Default)]
pub(super) struct Standing(Vec<Counters>);

#[derive(Clone)]
struct Counters {
    gpu: Cell,
    accepted: Option<f64>,
    rejected: Option<f64>,
}

impl Buckets {
    pub(super) fn new(interval_ms: i64) -> Self {
        let standing = Standing::default();
        Buckets { interval_ms, full: VecDeque::new(), filling: None, standing }
    }

    /// The rows that come next follow others, which are not to be shown or are
    /// in parts already.
    pub(super) fn stand(&mut self, standing: Standing) {
        self.standing = standing;
    }

    /// There may be earlier ones, which nobody gets to see.
    pub(super) fn is_full(&self) -> bool {
        self.full.len() >= BUCKETS_MAX
    }

    pub(super) fn push(&mut self, row: &MiningStat) {
        // A time that is text belongs nowhere.
        let Some(at_ms) = row.timestamp.number() else { return };
        let found = self.standing.stand(row);
        self.at(at_ms as i64).add(row, found);
    }

    /// Takes rows that were added up before, for a stretch within one bucket.
    pub(super) fn push_part(&mut self, at_ms: i64, part: &Part) {
        self.at(at_ms).merge(part);
    }

    fn at(&mut self, at_ms: i64) -> &mut Part {
        let start_ms = at_ms.saturating_sub(at_ms.rem_euclid(self.interval_ms));
        if self.filling.as_ref().is_none_or(|filling| filling.start_ms != start_ms) {
            self.complete();
        }
        &mut self.filling.get_or_insert_with(|| Filling { start_ms, part: Part::default() }).part
    }

    pub(super) fn forget_before(&mut self, from_ms: i64) {
        while self.full.front().is_some_and(|bucket| bucket.time_bucket < from_ms) {
            self.full.pop_front();
        }
        self.filling.take_if(|filling| filling.start_ms < from_ms);
    }

    /// The newest so many of them.
    pub(super) fn finish(mut self, limit: usize) -> Vec<StatBucket> {
        self.complete();
        let surplus = self.full.len().saturating_sub(limit);
        self.full.drain(..surplus);
        self.full.into()
    }

    fn complete(&mut self) {
        if let Some(filling) = self.filling.take() {
            self.full.push_back(filling.finish());
        }
        if self.full.len() > BUCKETS_MAX {
            self.full.pop_front();
        }
    }
}

impl Standing {
    /// Goes on to a row; gives how much its counters rose.
    pub(super) fn stand(&mut self, row: &MiningStat) -> (f64, f64) {
        let Standing(counters) = self;
        let now = Counters {
            gpu: row.gpu_id.clone(),
            accepted: row.accepted_shares.number(),
            rejected: row.rejected_shares.number(),
        };
        let Some(before) = counters.iter_mut().find(|one| one.gpu == now.gpu) else {
            counters.truncate(GPUS_MAX - 1);
            counters.push(now);
            return (0.0, 0.0);
        };
        let rise = |before: Option<f64>, now: Option<f64>| match (before, now) {
            (Some(before), Some(now)) => (now - before).max(0.0),
            _ => 0.0,
        };
        let found = (rise(before.accepted, now.accepted), rise(before.rejected, now.rejected));
        *before = now;
        found
    }
}

#[derive(Clone)]
struct Filling {
    start_ms: i64,
    part: Part,
}

impl Filling {
    fn finish(self) -> StatBucket {
        let Part { hash_rate, temperature, power, accepted, rejected } = self.part;
        StatBucket {
            time_bucket: self.start_ms,
            avg_hash_rate: hash_rate.mean(),
            max_hash_rate: hash_rate.max,
            avg_temperature: temperature.mean(),
            max_temperature: temperature.max,
            avg_power: power.mean(),
            total_accepted: accepted,
            total_rejected: rejected,
        }
    }
}

/// What some rows come to.
#[derive(Default, Clone)]
pub(super) struct Part {
    pub(super) hash_rate: Numbers,
    pub(super) temperature: Numbers,
    pub(super) power: Numbers,
    /// Shares found, not counters.
    pub(super) accepted: f64,
    pub(super) rejected: f64,
}

impl Part {
    pub(super) fn add(&mut self, row: &MiningStat, (accepted, rejected): (f64, f64)) {
        self.hash_rate.add(&row.hash_rate);
        self.temperature.add(&row.temperature);
        self.power.add(&row.power_usage);
        self.accepted += accepted;
        self.rejected += rejected;
    }

    fn merge(&mut self, other: &Part) {
        self.hash_rate.merge(&other.hash_rate);
        self.temperature.merge(&other.temperature);
        self.power.merge(&other.power);
        self.accepted += other.accepted;
        self.rejected += other.rejected;
    }
}

#[derive(Default, Clone)]
pub(super) struct Numbers {
    pub(super) count: u32,
    pub(super) sum: f64,
    pub(super) max: Option<f64>,
}

impl Numbers {
    fn add(&mut self, cell: &Cell) {
        if let Some(number) = cell.number() {
            self.merge(&Numbers { count: 1, sum: number, max: Some(number) });
        }
    }

    fn merge(&mut self, other: &Numbers) {
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
        self.max = self.max.into_iter().chain(other.max).reduce(f64::max);
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}
