//! Rows of `mining_stats` taken together.

use std::collections::VecDeque;

use super::MiningStat;
use crate::MAX_ROWS;
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

/// Counters that are followed at a time; a rig has fewer GPUs.
const GPUS_MAX: usize = 64;

/// Takes rows in order of time.
#[derive(Clone)]
pub(super) struct Buckets {
    interval_ms: i64,
    full: VecDeque<StatBucket>,
    filling: Option<Filling>,
    /// Where the counters of each GPU stood.
    counters: Vec<Counters>,
}

#[derive(Clone)]
struct Counters {
    gpu: Cell,
    accepted: Option<f64>,
    rejected: Option<f64>,
}

impl Buckets {
    pub(super) fn new(interval_ms: i64) -> Self {
        Buckets { interval_ms, full: VecDeque::new(), filling: None, counters: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.full.len()
    }

    pub(super) fn push(&mut self, row: &MiningStat) {
        // A time that is text belongs nowhere.
        let Some(at_ms) = row.timestamp.number() else { return };
        let at_ms = at_ms as i64;
        let start_ms = at_ms.saturating_sub(at_ms.rem_euclid(self.interval_ms));
        if self.filling.as_ref().is_none_or(|filling| filling.start_ms != start_ms) {
            self.complete();
        }
        let found = self.stand(row);
        self.filling
            .get_or_insert_with(|| Filling { start_ms, ..Filling::default() })
            .add(row, found);
    }

    /// Takes a row for where its counters stood; gives how much they rose.
    pub(super) fn stand(&mut self, row: &MiningStat) -> (f64, f64) {
        let now = Counters {
            gpu: row.gpu_id.clone(),
            accepted: row.accepted_shares.number(),
            rejected: row.rejected_shares.number(),
        };
        let Some(before) = self.counters.iter_mut().find(|one| one.gpu == now.gpu) else {
            self.counters.truncate(GPUS_MAX - 1);
            self.counters.push(now);
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
        // More are never asked for.
        if self.full.len() > MAX_ROWS as usize {
            self.full.pop_front();
        }
    }
}

#[derive(Default, Clone)]
struct Filling {
    start_ms: i64,
    hash_rate: Numbers,
    temperature: Numbers,
    power: Numbers,
    accepted: f64,
    rejected: f64,
}

impl Filling {
    fn add(&mut self, row: &MiningStat, (accepted, rejected): (f64, f64)) {
        self.hash_rate.add(&row.hash_rate);
        self.temperature.add(&row.temperature);
        self.power.add(&row.power_usage);
        self.accepted += accepted;
        self.rejected += rejected;
    }

    fn finish(self) -> StatBucket {
        StatBucket {
            time_bucket: self.start_ms,
            avg_hash_rate: self.hash_rate.mean(),
            max_hash_rate: self.hash_rate.max,
            avg_temperature: self.temperature.mean(),
            max_temperature: self.temperature.max,
            avg_power: self.power.mean(),
            total_accepted: self.accepted,
            total_rejected: self.rejected,
        }
    }
}

#[derive(Default, Clone)]
struct Numbers {
    count: u32,
    sum: f64,
    max: Option<f64>,
}

impl Numbers {
    fn add(&mut self, cell: &Cell) {
        let Some(number) = cell.number() else { return };
        self.count += 1;
        self.sum += number;
        self.max = Some(self.max.map_or(number, |max| max.max(number)));
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}
