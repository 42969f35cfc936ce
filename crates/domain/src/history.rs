//! Samples over time, and how many of them become one point of a chart.

/// What one miner said at one moment, as far as it is kept. `None` is
/// unknown; a moment without a sample is a gap, never a zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MinerSample {
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
