//! What is kept, and what happens when keeping it fails.

mod disk_full;
mod kill;
mod node_server;
mod ten_times;

use serde_json::{Value, json};

use crate::support::Dashboard;

fn post_block(dashboard: &Dashboard, number: u64) -> Value {
    let hash = format!("0x{number:064x}");
    let body =
        json!({ "blockNumber": number, "blockHash": hash, "chain": "Cyprus-1", "reward": 2.5 });
    dashboard.owner().post("/api/blocks/validated", &body).ok()
}

/// Buckets of the history of the last hours that hold a hashrate.
fn measured(dashboard: &Dashboard) -> usize {
    let history = dashboard.owner().get("/api/v1/history").ok();
    let rates = history["hashrate_hs"]["avg"].as_array().unwrap();
    rates.iter().filter(|rate| !rate.is_null()).count()
}
