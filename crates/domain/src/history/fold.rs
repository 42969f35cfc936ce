//! Samples become the points of a chart, one at a time and in order, so that
//! a month of them need not be in memory.

use super::bucket::{Bucket, higher, sum};
use super::{History, MinerSample, SAMPLE_PERIOD_MS, Span};

pub struct Fold {
    span: Span,
    buckets: Vec<Bucket>,
    moment: Option<Moment>,
    miners: Vec<(String, Counters)>,
    /// The place of the miner whose turn it is.
    turn: usize,
}

impl Fold {
    pub fn new(span: Span) -> Self {
        let buckets = vec![Bucket::default(); usize::try_from(span.buckets()).unwrap_or(0)];
        Fold { span, buckets, moment: None, miners: Vec::new(), turn: 0 }
    }

    /// Takes the next sample; they must come in order of time. One from before
    /// the span only tells where the counters of its miner stood.
    pub fn push(&mut self, sample: &MinerSample) {
        if sample.at_ms >= self.span.to_ms() {
            return;
        }
        if sample.at_ms < self.span.from_ms() {
            self.stand(sample);
            return;
        }
        if self.moment.as_ref().is_none_or(|moment| moment.at_ms != sample.at_ms) {
            self.end_moment();
            self.moment = Some(Moment::at(sample.at_ms));
        }
        let (accepted, rejected) = self.count(sample);
        if let Some(moment) = &mut self.moment {
            moment.add(sample);
            moment.accepted = sum(moment.accepted, accepted);
            moment.rejected = sum(moment.rejected, rejected);
        }
    }

    /// Takes a sample only for where the counters of its miner stood: what
    /// came before it is in the buckets already.
    pub fn stand(&mut self, sample: &MinerSample) {
        self.count(sample);
    }

    /// Takes what was folded before, for a stretch within one bucket.
    pub fn push_bucket(&mut self, at_ms: i64, part: &Bucket) {
        if let Some(bucket) = self.bucket_at(at_ms) {
            bucket.merge(part);
        }
    }

    /// All buckets of the span, up to the last sample; those without one have
    /// no moments.
    pub fn buckets(&mut self) -> &[Bucket] {
        self.end_moment();
        &self.buckets
    }

    pub fn into_buckets(mut self) -> Vec<Bucket> {
        self.end_moment();
        self.buckets
    }

    /// Goes on from where the counters of another fold stand.
    pub fn stand_as(&mut self, other: &Fold) {
        self.miners.clone_from(&other.miners);
    }

    pub fn finish(self) -> History {
        let span = self.span;
        let buckets = self.into_buckets();
        let column = |field: fn(&Bucket) -> Option<f64>| buckets.iter().map(field).collect();
        let watched = |bucket: &Bucket| {
            let watched_ms = f64::from(bucket.moments) * SAMPLE_PERIOD_MS as f64;
            (watched_ms / span.step_ms() as f64).min(1.0)
        };
        History {
            from_ms: span.from_ms(),
            to_ms: span.to_ms(),
            step_ms: span.step_ms(),
            hashrate_min_hs: column(|bucket| bucket.hashrate_hs.min()),
            hashrate_avg_hs: column(|bucket| bucket.hashrate_hs.mean()),
            hashrate_max_hs: column(|bucket| bucket.hashrate_hs.max()),
            power_avg_w: column(|bucket| bucket.power_w.mean()),
            temp_max_c: column(|bucket| bucket.temp_c),
            accepted: buckets.iter().map(|bucket| bucket.accepted).collect(),
            rejected: buckets.iter().map(|bucket| bucket.rejected).collect(),
            coverage: buckets.iter().map(watched).collect(),
        }
    }

    fn bucket_at(&mut self, at_ms: i64) -> Option<&mut Bucket> {
        let index = (at_ms - self.span.from_ms()).div_euclid(self.span.step_ms());
        self.buckets.get_mut(usize::try_from(index).ok()?)
    }

    /// Shares found since the last sample of the same miner.
    fn count(&mut self, sample: &MinerSample) -> (Option<u64>, Option<u64>) {
        let now = Counters::of(sample);
        // Miners mostly come in the same order.
        let mut places = (self.turn..self.miners.len()).chain(0..self.turn);
        let is_it = |place: &usize| {
            self.miners.get(*place).is_some_and(|(miner, _)| *miner == sample.miner)
        };
        let place = places.find(is_it).unwrap_or(self.miners.len());
        self.turn = place + 1;
        match self.miners.get_mut(place) {
            Some((_, counters)) => counters.advance(now),
            // What a miner had found when it was first seen belongs to a time
            // of which nothing is known.
            None => {
                self.miners.push((sample.miner.clone(), now));
                (now.accepted.map(|_| 0), now.rejected.map(|_| 0))
            }
        }
    }

    fn end_moment(&mut self) {
        let Some(moment) = self.moment.take() else { return };
        if let Some(bucket) = self.bucket_at(moment.at_ms) {
            bucket.moments = bucket.moments.saturating_add(1);
            bucket.hashrate_hs.add(moment.hashrate_hs.known());
            bucket.power_w.add(moment.power_w.known());
            bucket.temp_c = higher(bucket.temp_c, moment.temp_c);
            bucket.accepted = sum(bucket.accepted, moment.accepted);
            bucket.rejected = sum(bucket.rejected, moment.rejected);
        }
    }
}

/// All miners at one point in time.
struct Moment {
    at_ms: i64,
    hashrate_hs: Total,
    power_w: Total,
    temp_c: Option<f64>,
    accepted: Option<u64>,
    rejected: Option<u64>,
}

impl Moment {
    fn at(at_ms: i64) -> Self {
        Moment {
            at_ms,
            hashrate_hs: Total::Nothing,
            power_w: Total::Nothing,
            temp_c: None,
            accepted: None,
            rejected: None,
        }
    }

    fn add(&mut self, sample: &MinerSample) {
        self.hashrate_hs.add(finite(sample.hashrate_hs));
        self.power_w.add(finite(sample.power_w));
        self.temp_c = higher(self.temp_c, finite(sample.temp_c));
    }
}

/// A sum that is unknown as soon as one part of it is: a smaller sum would
/// look like a drop.
enum Total {
    Nothing,
    Known(f64),
    Unknown,
}

impl Total {
    fn add(&mut self, part: Option<f64>) {
        *self = match (&*self, part) {
            (Total::Unknown, _) | (_, None) => Total::Unknown,
            (Total::Nothing, Some(part)) => Total::Known(part),
            (Total::Known(sum), Some(part)) => Total::Known(sum + part),
        };
    }

    fn known(&self) -> Option<f64> {
        match self {
            Total::Known(sum) => Some(*sum),
            Total::Nothing | Total::Unknown => None,
        }
    }
}

/// What a miner counts from its start on.
#[derive(Clone, Copy)]
struct Counters {
    uptime_s: Option<u64>,
    accepted: Option<u64>,
    rejected: Option<u64>,
    invalid: Option<u64>,
}

impl Counters {
    fn of(sample: &MinerSample) -> Self {
        Counters {
            uptime_s: sample.uptime_s,
            accepted: sample.accepted,
            rejected: sample.rejected,
            invalid: sample.invalid,
        }
    }

    /// Goes on to the next sample; tells how much was accepted and rejected
    /// in between.
    fn advance(&mut self, now: Counters) -> (Option<u64>, Option<u64>) {
        if fell(self.uptime_s, now.uptime_s)
            || fell(self.accepted, now.accepted)
            || fell(self.rejected, now.rejected)
            || fell(self.invalid, now.invalid)
        {
            // The miner was started anew, and everything it counts with it.
            let zero = Some(0);
            *self = Counters { uptime_s: zero, accepted: zero, rejected: zero, invalid: zero };
        }
        let accepted = rise(self.accepted, now.accepted);
        let rejected = rise(self.rejected, now.rejected);
        *self = Counters {
            uptime_s: now.uptime_s.or(self.uptime_s),
            accepted: now.accepted.or(self.accepted),
            rejected: now.rejected.or(self.rejected),
            invalid: now.invalid.or(self.invalid),
        };
        (accepted, rejected)
    }
}

fn fell(before: Option<u64>, now: Option<u64>) -> bool {
    matches!((before, now), (Some(before), Some(now)) if now < before)
}

/// A counter that was unknown until now has risen by nothing that is known.
fn rise(before: Option<u64>, now: Option<u64>) -> Option<u64> {
    now.map(|now| now.saturating_sub(before.unwrap_or(now)))
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests;
