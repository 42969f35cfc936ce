//! Samples become the points of a chart, one at a time and in order, so that
//! a month of them need not be in memory.

use super::{History, MinerSample, SAMPLE_PERIOD_MS, Span};

pub struct Fold {
    span: Span,
    history: History,
    /// The bucket that is being filled, and its place in the columns.
    bucket: Bucket,
    index: usize,
    moment: Option<Moment>,
    miners: Vec<(String, Counters)>,
}

impl Fold {
    pub fn new(span: Span) -> Self {
        let buckets = usize::try_from(span.buckets()).unwrap_or(0);
        let history = History {
            from_ms: span.from_ms(),
            to_ms: span.to_ms(),
            step_ms: span.step_ms(),
            hashrate_min_hs: vec![None; buckets],
            hashrate_avg_hs: vec![None; buckets],
            hashrate_max_hs: vec![None; buckets],
            power_avg_w: vec![None; buckets],
            temp_max_c: vec![None; buckets],
            accepted: vec![None; buckets],
            rejected: vec![None; buckets],
            coverage: vec![0.0; buckets],
        };
        Fold {
            span,
            history,
            bucket: Bucket::default(),
            index: 0,
            moment: None,
            miners: Vec::new(),
        }
    }

    /// Takes the next sample; they must come in order of time. One from before
    /// the span only tells where the counters of its miner stood.
    pub fn push(&mut self, sample: &MinerSample) {
        if sample.at_ms >= self.span.to_ms() {
            return;
        }
        if sample.at_ms < self.span.from_ms() {
            self.count(sample);
            return;
        }
        let index = (sample.at_ms - self.span.from_ms()) / self.span.step_ms();
        let index = usize::try_from(index).unwrap_or(0);
        if self.moment.as_ref().is_none_or(|moment| moment.at_ms != sample.at_ms) {
            self.end_moment();
            self.moment = Some(Moment::at(sample.at_ms));
        }
        if index != self.index {
            self.end_bucket();
            self.index = index;
        }
        let (accepted, rejected) = self.count(sample);
        add(&mut self.bucket.accepted, accepted);
        add(&mut self.bucket.rejected, rejected);
        if let Some(moment) = &mut self.moment {
            moment.add(sample);
        }
    }

    pub fn finish(mut self) -> History {
        self.end_moment();
        self.end_bucket();
        self.history
    }

    /// Shares found since the last sample of the same miner.
    fn count(&mut self, sample: &MinerSample) -> (Option<u64>, Option<u64>) {
        let now = Counters::of(sample);
        match self.miners.iter_mut().find(|(miner, _)| *miner == sample.miner) {
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
        if let Some(moment) = self.moment.take() {
            self.bucket.add(&moment);
        }
    }

    fn end_bucket(&mut self) {
        let bucket = std::mem::take(&mut self.bucket);
        if bucket.moments == 0 {
            return;
        }
        let history = &mut self.history;
        let watched_ms = (bucket.moments * SAMPLE_PERIOD_MS) as f64;
        set(&mut history.hashrate_min_hs, self.index, bucket.hashrate.min());
        set(&mut history.hashrate_avg_hs, self.index, bucket.hashrate.mean());
        set(&mut history.hashrate_max_hs, self.index, bucket.hashrate.max());
        set(&mut history.power_avg_w, self.index, bucket.power.mean());
        set(&mut history.temp_max_c, self.index, bucket.temp.max());
        set(&mut history.accepted, self.index, bucket.accepted);
        set(&mut history.rejected, self.index, bucket.rejected);
        set(&mut history.coverage, self.index, (watched_ms / self.span.step_ms() as f64).min(1.0));
    }
}

/// All miners at one point in time.
struct Moment {
    at_ms: i64,
    hashrate_hs: Total,
    power_w: Total,
    temp_c: Option<f64>,
}

impl Moment {
    fn at(at_ms: i64) -> Self {
        Moment { at_ms, hashrate_hs: Total::Nothing, power_w: Total::Nothing, temp_c: None }
    }

    fn add(&mut self, sample: &MinerSample) {
        self.hashrate_hs.add(finite(sample.hashrate_hs));
        self.power_w.add(finite(sample.power_w));
        if let Some(temp_c) = finite(sample.temp_c) {
            self.temp_c = Some(self.temp_c.map_or(temp_c, |hottest| hottest.max(temp_c)));
        }
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

#[derive(Default)]
struct Bucket {
    moments: i64,
    hashrate: Numbers,
    power: Numbers,
    temp: Numbers,
    accepted: Option<u64>,
    rejected: Option<u64>,
}

impl Bucket {
    fn add(&mut self, moment: &Moment) {
        self.moments += 1;
        self.hashrate.add(moment.hashrate_hs.known());
        self.power.add(moment.power_w.known());
        self.temp.add(moment.temp_c);
    }
}

#[derive(Default)]
struct Numbers {
    count: u32,
    sum: f64,
    min: f64,
    max: f64,
}

impl Numbers {
    fn add(&mut self, number: Option<f64>) {
        let Some(number) = number else { return };
        self.min = if self.count == 0 { number } else { self.min.min(number) };
        self.max = if self.count == 0 { number } else { self.max.max(number) };
        self.sum += number;
        self.count += 1;
    }

    fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }

    /// Kept between the smallest and the largest, which rounding can leave.
    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.sum / f64::from(self.count)).clamp(self.min, self.max))
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

fn add(sum: &mut Option<u64>, more: Option<u64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
    }
}

fn set<T>(column: &mut [T], index: usize, value: T) {
    if let Some(place) = column.get_mut(index) {
        *place = value;
    }
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests;
