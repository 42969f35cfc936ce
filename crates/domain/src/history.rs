//! Samples over time, and how many of them become one point of a chart.

/// How often a miner is asked, and so how much time one sample stands for.
pub const SAMPLE_PERIOD_MS: i64 = 5_000;

/// More points than any screen has columns; what is folded stays below 300 kB.
pub const MAX_BUCKETS: i64 = 2_000;

/// What one miner said at one moment, as far as it is kept. `None` is
/// unknown; a moment without a sample is a gap, never a zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MinerSample {
    /// The same for all miners of one moment: what they do together is summed
    /// over samples of equal time.
    pub at_ms: i64,
    /// The source's address, see [`crate::snapshot::Source`].
    pub miner: String,
    pub uptime_s: Option<u64>,
    pub hashrate_hs: Option<f64>,
    /// Counters as the miner tells them, beginning at zero with each start.
    pub accepted: Option<u64>,
    pub rejected: Option<u64>,
    pub invalid: Option<u64>,
    pub power_w: Option<f64>,
    /// Of the hottest GPU.
    pub temp_c: Option<f64>,
    /// Of the fastest fan.
    pub fan_percent: Option<f64>,
}

/// A stretch of time cut into buckets of one length. Buckets begin at
/// multiples of their length, so that the same data makes the same points
/// whenever it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    from_ms: i64,
    to_ms: i64,
    step_ms: i64,
}

impl Span {
    /// The buckets that hold `from_ms` up to, not including, `to_ms`. `None`
    /// for an empty stretch, an impossible step, a time before 1970 or more
    /// than [`MAX_BUCKETS`].
    pub fn new(from_ms: i64, to_ms: i64, step_ms: i64) -> Option<Self> {
        if from_ms < 0 || to_ms <= from_ms || step_ms <= 0 {
            return None;
        }
        let from_ms = from_ms - from_ms % step_ms;
        let last_ms = to_ms - 1;
        let to_ms = (last_ms - last_ms % step_ms).checked_add(step_ms)?;
        let span = Span { from_ms, to_ms, step_ms };
        (span.buckets() <= MAX_BUCKETS).then_some(span)
    }

    pub const fn from_ms(&self) -> i64 {
        self.from_ms
    }

    /// The end, not included.
    pub const fn to_ms(&self) -> i64 {
        self.to_ms
    }

    pub const fn step_ms(&self) -> i64 {
        self.step_ms
    }

    pub const fn buckets(&self) -> i64 {
        (self.to_ms - self.from_ms) / self.step_ms
    }
}

/// Columns of a chart; all have one entry for each bucket of the span, `None`
/// where nothing is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    pub from_ms: i64,
    pub to_ms: i64,
    pub step_ms: i64,
    /// Of the rig: all miners of a moment together.
    pub hashrate_min_hs: Vec<Option<f64>>,
    pub hashrate_avg_hs: Vec<Option<f64>>,
    pub hashrate_max_hs: Vec<Option<f64>>,
    pub power_avg_w: Vec<Option<f64>>,
    pub temp_max_c: Vec<Option<f64>>,
    /// Shares found within the bucket, not counters.
    pub accepted: Vec<Option<u64>>,
    pub rejected: Vec<Option<u64>>,
    /// How much of the bucket was watched, 0 to 1.
    pub coverage: Vec<f64>,
}

mod bucket;
mod fold;

pub use bucket::{Bucket, Mean, Numbers};
pub use fold::Fold;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_and_end_on_whole_buckets() {
        let span = Span::new(12_345, 31_000, 10_000).unwrap();
        assert_eq!((span.from_ms(), span.to_ms(), span.buckets()), (10_000, 40_000, 3));
        let exact = Span::new(10_000, 40_000, 10_000).unwrap();
        assert_eq!(exact, span);
    }

    #[test]
    fn impossible_spans() {
        assert_eq!(Span::new(0, 0, 1_000), None);
        assert_eq!(Span::new(5, 4, 1_000), None);
        assert_eq!(Span::new(-1, 4, 1_000), None);
        assert_eq!(Span::new(0, 1_000, 0), None);
        assert_eq!(Span::new(0, 1_000, -5), None);
        assert_eq!(Span::new(i64::MAX - 5, i64::MAX, 10), None);
        assert_eq!(Span::new(0, 2_000_001, 1_000), None);
        assert!(Span::new(0, 2_000_000, 1_000).is_some());
    }
}
