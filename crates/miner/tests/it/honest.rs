//! What holds for every reading, whatever the program said. The fuzz targets
//! check the same.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{Activity, MinerReading, Shares};

/// Every number in the reading with the range in which it must be.
pub fn numbers(reading: &MinerReading) -> Vec<(&'static str, Option<f64>, f64, f64)> {
    let mut all = vec![
        ("uptime", count(&reading.uptime_s), 0.0, 3.2e9),
        ("hashrate", reading.hashrate_hs.get(), 0.0, 1e15),
        ("power", reading.power_w.get(), 0.01, 256_000.0),
        ("latency", count(&reading.pool.latency_ms), 1.0, 3_600_000.0),
        ("difficulty", reading.pool.difficulty.get(), f64::MIN_POSITIVE, 1.16e77),
    ];
    shares(&reading.shares, &mut all);
    for gpu in &reading.gpus {
        all.push(("gpu hashrate", gpu.hashrate_hs.get(), 0.0, 1e15));
        all.push(("gpu temperature", gpu.temp_c.get(), -20.0, 150.0));
        all.push(("gpu memory temperature", gpu.memory_temp_c.get(), -20.0, 150.0));
        all.push(("gpu fan", gpu.fan_percent.get(), 0.0, 100.0));
        all.push(("gpu power", gpu.power_w.get(), 0.0, 2000.0));
        shares(&gpu.shares, &mut all);
    }
    all
}

/// No number is impossible, no text can harm a terminal, no list is endless,
/// and nothing is unknown without a reason.
pub fn assert_honest(reading: &MinerReading) {
    for (name, number, least, most) in numbers(reading) {
        if let Some(number) = number {
            assert!(number.is_finite() && number >= least && number <= most, "{name}: {number}");
        }
    }
    assert_text(&reading.program);
    for text in [&reading.version, &reading.algorithm, &reading.pool.url, &reading.pool.user] {
        assert_fact(text);
    }
    if let Activity::Paused(why) = &reading.activity {
        assert!(!why.is_empty() && !why.chars().any(char::is_control), "{why:?}");
    }
    assert!(reading.gpus.len() <= 129, "{} devices", reading.gpus.len());
    for (at, gpu) in reading.gpus.iter().enumerate() {
        assert_fact(&gpu.name);
        gpu.paused.as_deref().inspect(|why| assert_text(why));
        let others = reading.gpus.iter().take(at);
        assert!(others.clone().all(|other| other.index != gpu.index), "{} twice", gpu.index);
    }
}

fn shares(shares: &Shares, all: &mut Vec<(&'static str, Option<f64>, f64, f64)>) {
    // Sums over all miners of a rig must not overflow either.
    const MOST: f64 = 9_007_199_254_740_991.0;
    all.push(("accepted", count(&shares.accepted), 0.0, MOST));
    all.push(("rejected", count(&shares.rejected), 0.0, MOST));
    all.push(("invalid", count(&shares.invalid), 0.0, MOST));
    all.push(("stale", count(&shares.stale), 0.0, MOST));
    all.push(("share age", count(&shares.last_share_age_s), 0.0, 3.2e9));
}

fn count(fact: &Fact<u64>) -> Option<f64> {
    fact.get().map(|count| count as f64)
}

fn assert_fact(fact: &Fact<String>) {
    match fact {
        Fact::Known(text) => assert_text(text),
        Fact::Unknown(reason) => assert!(!reason.is_empty()),
    }
}

fn assert_text(text: &str) {
    let is_short = text.chars().count() <= 128;
    assert!(!text.is_empty() && is_short && !text.chars().any(char::is_control), "{text:?}");
}
