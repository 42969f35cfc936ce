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

/// Takes rows in order of time.
pub(super) struct Buckets {
    interval_ms: i64,
    limit: usize,
    full: VecDeque<StatBucket>,
    filling: Option<Filling>,
    before: Option<MiningStat>,
}

impl Buckets {
    pub(super) fn new(interval_ms: i64, limit: usize) -> Self {
        Buckets { interval_ms, limit, full: VecDeque::new(), filling: None, before: None }
    }

    pub(super) fn push(&mut self, row: MiningStat) {
        // A time that is text belongs nowhere.
        let Some(at_ms) = row.timestamp.number() else { return };
        let at_ms = at_ms as i64;
        let start_ms = at_ms - at_ms.rem_euclid(self.interval_ms);
        if self.filling.as_ref().is_none_or(|filling| filling.start_ms != start_ms) {
            self.complete();
        }
        self.filling
            .get_or_insert_with(|| Filling { start_ms, ..Filling::default() })
            .add(&row, self.before.as_ref());
        self.before = Some(row);
    }

    pub(super) fn finish(mut self) -> Vec<StatBucket> {
        self.complete();
        self.full.into()
    }

    fn complete(&mut self) {
        let Some(filling) = self.filling.take() else { return };
        self.full.push_back(filling.finish());
        if self.full.len() > self.limit {
            self.full.pop_front();
        }
    }
}

#[derive(Default)]
struct Filling {
    start_ms: i64,
    hash_rate: Numbers,
    temperature: Numbers,
    power: Numbers,
    accepted: f64,
    rejected: f64,
}

impl Filling {
    fn add(&mut self, row: &MiningStat, before: Option<&MiningStat>) {
        self.hash_rate.add(&row.hash_rate);
        self.temperature.add(&row.temperature);
        self.power.add(&row.power_usage);
        let rise = |field: fn(&MiningStat) -> &Cell| {
            let now = field(row).number()?;
            let before = field(before?).number()?;
            Some((now - before).max(0.0))
        };
        self.accepted += rise(|row| &row.accepted_shares).unwrap_or(0.0);
        self.rejected += rise(|row| &row.rejected_shares).unwrap_or(0.0);
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

#[derive(Default)]
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
