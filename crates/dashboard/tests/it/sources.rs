//! Miners and nodes, good and bad, and what the rig's owner sees of them.

mod miners;
mod misbehaviour;
mod nodes;
mod over_time;
mod programs;

use serde_json::Value;

use crate::support::{Dashboard, eventually};

/// The snapshot when every source has been asked, or its deadline is over.
fn first_snapshot(dashboard: &Dashboard) -> Value {
    eventually("every source was asked", || {
        let snapshot = dashboard.snapshot();
        (!snapshot.to_string().contains("Not asked yet")).then_some(snapshot)
    })
}

/// A miner or node of the snapshot, by its address.
fn source<'a>(snapshot: &'a Value, address: &str) -> &'a Value {
    let miners = snapshot["miners"].as_array().unwrap().iter();
    miners
        .chain([&snapshot["node"]])
        .find(|source| source["address"].as_str().unwrap().trim_end_matches('/') == address)
        .unwrap_or_else(|| panic!("{address} is not in {snapshot}"))
}
