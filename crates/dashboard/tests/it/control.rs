//! Starting, stopping and watching over miners.

mod failures;
mod instances;
mod orders;
mod survival;

use serde_json::{Value, json};

use crate::support::{Dashboard, Home, eventually};

fn order(dashboard: &Dashboard, what: &str) -> Value {
    dashboard.owner().post(&format!("/api/miner/{what}"), &json!({})).ok()
}

/// The only instance there is, when it is known and in this phase.
fn wait_for_phase(dashboard: &Dashboard, phase: &str) -> Value {
    eventually(phase, || {
        let snapshot = dashboard.snapshot();
        let instances = snapshot["control"]["instances"].as_array().unwrap();
        assert!(instances.len() <= 1, "{instances:?}");
        instances.first().filter(|instance| instance["phase"] == phase).cloned()
    })
}

/// The one miner process.
fn miner(home: &Home) -> u32 {
    let miners = home.miners();
    let [miner] = miners.as_slice() else { panic!("{miners:?}") };
    *miner
}

/// Starts the miner and waits until it has settled; gives its process number.
fn started(home: &Home, dashboard: &Dashboard) -> u32 {
    let answer = order(dashboard, "start");
    assert_eq!(answer["success"], true, "{answer}");
    let running = wait_for_phase(dashboard, "running");
    let miner = miner(home);
    assert_eq!(running["pid"], miner);
    miner
}
