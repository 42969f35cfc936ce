//! What the examples share.

use quaiminer_domain::history::MinerSample;

/// What one of several miners says, with numbers as long as real ones.
pub fn sample(at_ms: i64, n: u64, miner: u64) -> MinerSample {
    let wobble = ((n + miner * 77) * 2_654_435_761 % 1_000) as f64;
    MinerSample {
        at_ms,
        miner: format!("kawpowminer://127.0.0.1:{}", 21_373 + miner),
        uptime_s: Some(n * 5),
        hashrate_hs: Some(31_234_567.0 + wobble * 1_017.0),
        accepted: Some(n / 20),
        rejected: Some(n / 2_000),
        invalid: Some(0),
        power_w: Some(118.0 + wobble / 100.0),
        temp_c: Some(55.0 + (wobble / 100.0).round()),
        fan_percent: Some(62.0),
    }
}
