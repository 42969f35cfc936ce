//! The Node server's WebSocket messages (deviation R20): complete, real, and
//! only with members of the types that the old page survives.

use quaiminer_domain::snapshot::Snapshot;
use serde_json::{Value, json};

use super::stats::{gpus, network};
use super::{HASHES_PER_MH, availability, or_zero};

pub const GREETING: &str = r#"{"type":"connected","message":"WebSocket connection established"}"#;

pub fn update(snapshot: &Snapshot, now_ms: i64) -> Value {
    let hashrate = snapshot.hashrate_hs().map(|hs| hs / HASHES_PER_MH);
    let mut mining = json!({
        "hashRate": or_zero(&hashrate),
        "acceptedShares": snapshot.accepted().get().unwrap_or_default(),
        "rejectedShares": snapshot.rejected().get().unwrap_or_default(),
        "powerUsage": or_zero(&snapshot.power_w()),
        "isMining": snapshot.is_mining(),
        "gpus": gpus(snapshot),
        "network": network(snapshot),
        "rewards": {
            "quaiEarnings": 0,
            "qiEarnings": 0,
            "blocksFound": 0,
            "blockProbability": 0,
            "lastBlockTime": null,
            "estimatedTimeToBlock": null,
            "available": false,
            "reason": "Rewards are not read from the chain",
        },
    });
    if let Some(members) = mining.as_object_mut() {
        availability(members, hashrate.reason().map(AsRef::as_ref));
    }
    // Without `profit`: it is not known, and the old page dies of a null.
    let data = json!({ "miningData": mining, "hashRate": or_zero(&hashrate) });
    json!({ "type": "update", "timestamp": now_ms, "demo": snapshot.demo, "data": data })
}
