//! Turns readings into samples of the history.

use std::collections::HashMap;
use std::sync::Arc;

use quaiminer_domain::Reading;
use quaiminer_domain::history::{MinerSample, SAMPLE_PERIOD_MS};
use quaiminer_domain::miner::MinerReading;
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_store::Store;
use tokio::sync::watch;

use crate::difficulty::DifficultyHistory;

/// Hands every new reading of a miner to the store, once.
pub(crate) async fn run(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    store: Store,
    difficulty: DifficultyHistory,
) {
    let mut last_at_ms: HashMap<String, i64> = HashMap::new();
    while snapshots.changed().await.is_ok() {
        let snapshot = snapshots.borrow_and_update().clone();
        difficulty.note(&snapshot);
        last_at_ms.retain(|address, _| snapshot.miners.iter().any(|one| one.address == *address));
        let samples: Vec<MinerSample> = snapshot
            .counted()
            .filter_map(|source| {
                let Reading::Known { value, at_ms } = &source.reading else { return None };
                let last = last_at_ms.insert(source.address.clone(), *at_ms);
                (last != Some(*at_ms)).then(|| sample(&source.address, value, *at_ms))
            })
            .collect();
        if !samples.is_empty() {
            store.record(samples);
        }
    }
}

pub(crate) fn sample(address: &str, miner: &MinerReading, at_ms: i64) -> MinerSample {
    // On the grid of the period, so that the samples of several miners belong
    // to the same moment and can be added up.
    let highest = |values: &mut dyn Iterator<Item = f64>| values.reduce(f64::max);
    MinerSample {
        at_ms: at_ms - at_ms.rem_euclid(SAMPLE_PERIOD_MS),
        miner: address.to_owned(),
        uptime_s: miner.uptime_s.get(),
        hashrate_hs: miner.hashrate_hs.get(),
        accepted: miner.shares.accepted.get(),
        rejected: miner.shares.rejected.get(),
        invalid: miner.shares.invalid.get(),
        power_w: miner.power_w.get(),
        temp_c: highest(&mut miner.gpus.iter().filter_map(|gpu| gpu.temp_c.get())),
        fan_percent: highest(&mut miner.gpus.iter().filter_map(|gpu| gpu.fan_percent.get())),
    }
}
