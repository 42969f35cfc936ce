//! The Node server's WebSocket messages (deviation R20): complete, real, and
//! only with members of the types that the old page survives.

use quaiminer_domain::fact::Fact;
use quaiminer_domain::hardware::Card;
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_engine::Rig;
use quaiminer_store::{Found, Store, StoreError};
use serde_json::{Value, json};

use super::gpus::idle;
use super::stats::{gpus, network};
use super::{HASHES_PER_MH, availability, chains, or_zero};

pub const GREETING: &str = r#"{"type":"connected","message":"WebSocket connection established"}"#;

/// What stands in the messages besides the snapshot.
pub struct Rest {
    pub found: Result<Found, StoreError>,
    /// Where no miner tells of any: without a card the page shows one that it
    /// has made up.
    pub idle: Vec<Card>,
}

impl Rest {
    pub async fn of(rig: &Rig, store: &Store, snapshot: &Snapshot) -> Rest {
        let idle = match snapshot.gpus().next() {
            Some(_) => Vec::new(),
            None => rig.hardware.cards().await.unwrap_or_default(),
        };
        Rest { found: store.blocks().found().await, idle }
    }
}

pub fn update(snapshot: &Snapshot, rest: Rest, now_ms: i64) -> Value {
    let gpus = if rest.idle.is_empty() { gpus(snapshot) } else { idle(rest.idle) };
    let hashrate = snapshot.hashrate_hs().map(|hs| hs / HASHES_PER_MH);
    let mut mining = json!({
        "hashRate": or_zero(&hashrate),
        "acceptedShares": snapshot.accepted().get().unwrap_or_default(),
        "rejectedShares": snapshot.rejected().get().unwrap_or_default(),
        // Not left out while unknown: the page would keep what it had.
        "shareRate": or_zero(&shares_per_minute(snapshot)),
        "efficiency": or_zero(&chains::both(hashrate.clone(), snapshot.power_w(), |mhs, w| mhs / w)),
        "powerUsage": or_zero(&snapshot.power_w()),
        "isMining": snapshot.is_mining(),
        "gpus": gpus,
        "network": network(snapshot),
        "rewards": rewards(snapshot, rest.found),
    });
    if let Some(members) = mining.as_object_mut() {
        availability(members, hashrate.reason().map(AsRef::as_ref));
    }
    // Without `profit`: it is not known, and the old page dies of a null.
    let data = json!({ "miningData": mining, "hashRate": or_zero(&hashrate) });
    json!({ "type": "update", "timestamp": now_ms, "demo": snapshot.demo, "data": data })
}

/// Accepted ones, on average since each miner's start.
fn shares_per_minute(snapshot: &Snapshot) -> Fact<f64> {
    let rates = snapshot.miner_readings().map(|miner| {
        let seconds = miner.uptime_s.get().filter(|seconds| *seconds > 0)?;
        Some(miner.shares.accepted.get()? as f64 / seconds as f64 * 60.0)
    });
    Fact::from_option(rates.sum(), "A miner does not tell its shares or since when it runs")
}

fn rewards(snapshot: &Snapshot, found: Result<Found, StoreError>) -> Value {
    let time_s = time_to_block_s(snapshot).get();
    // That the next block of the chain is one of ours.
    let chance = time_s.zip(chains::of_network(snapshot, |info| &info.block_time_s).get());
    let chance = chance.map_or(0.0, |(ours_s, block_s)| (block_s / ours_s).min(1.0));
    let reason = match &found {
        Ok(_) => "What was earned is not read from the chain".to_owned(),
        Err(error) => error.to_string(),
    };
    let found = found.ok();
    json!({
        "quaiEarnings": 0,
        "qiEarnings": 0,
        "blocksFound": found.map_or(0, |found| found.total),
        "blockProbability": chains::exact(chance),
        "lastBlockTime": found.and_then(|found| found.last_ms),
        "estimatedTimeToBlock": time_s.map(|seconds| chains::exact(seconds.round())),
        "available": false,
        "reason": reason,
    })
}

/// A block takes so many hashes on average as its difficulty says (go-quai:
/// target = 2^256 / difficulty), as long as they are of the chain's algorithm.
fn time_to_block_s(snapshot: &Snapshot) -> Fact<f64> {
    let is_other = |name: &str| !name.starts_with("kawpow") && !name.starts_with("progpow");
    let others = snapshot
        .miner_readings()
        .filter_map(|miner| miner.algorithm.known())
        .any(|name| is_other(&name.to_ascii_lowercase()));
    if others {
        return Fact::unknown("A miner mines something else");
    }
    chains::both(chains::difficulty(snapshot), snapshot.hashrate_hs(), |difficulty, hs| {
        difficulty / hs
    })
}
