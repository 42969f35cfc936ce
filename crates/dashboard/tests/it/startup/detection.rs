//! What a dashboard finds that was told nothing at all. It would find what
//! runs on this machine, so the test moves into a network of its own: nothing
//! but loopback, without a cable.

use std::process::Command;

use quaiminer_standin::{Miner, MinerOptions, Node, NodeOptions, Protocol};
use serde_json::{Value, json};

use crate::support::{Home, eventually};

const INSIDE: &str = "QUAIMINER_IT_INSIDE";

#[test]
fn what_runs_on_its_usual_port_is_found_without_a_setting() {
    let inside = "startup::detection::in_a_network_of_its_own";
    let test = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .arg("--net")
        .arg(test)
        .args(["--exact", "--nocapture", inside])
        .env(INSIDE, "1")
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no program to make a network with");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if !said.contains("running 1 test") || said.contains("skipped: ") {
        eprintln!("skipped: a network of its own is not to be had: {said}");
        return;
    }
    assert!(output.status.success(), "{said}");
}

/// Takes the usual ports, so it does something only where the test above has
/// made sure that they are free.
#[test]
fn in_a_network_of_its_own() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let up = Command::new("ip").args(["link", "set", "lo", "up"]).status();
    if !up.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no program to switch loopback on with");
        return;
    }
    let miner =
        |protocol, port| Miner::start_with(MinerOptions { port, ..MinerOptions::new(protocol) });
    let kawpowminer = miner(Protocol::Kawpowminer, 21373).unwrap();
    let cpuminer = miner(Protocol::Cpuminer, 4048).unwrap();
    let second =
        Node::start_with(NodeOptions { port: 8545, chain_id: 2, ..NodeOptions::default() })
            .unwrap();
    let home = Home::with_users();
    let bare = ["HOST", "PORT", "MINER_API_URL", "NODE_RPC_URL", "RATE_LIMIT", "LOG_LEVEL"];
    let home = bare.iter().fold(home, |home, name| home.unset(name));
    let dashboard = home.start();
    assert_eq!(dashboard.address.to_string(), "127.0.0.1:3000");
    let snapshot = eventually("both miners and the node", || {
        let snapshot = dashboard.snapshot();
        let found = snapshot["miners"].as_array().unwrap().len() == 2;
        (found && snapshot["node"]["state"] == "ok").then_some(snapshot)
    });
    let mut found: Vec<&Value> =
        snapshot["miners"].as_array().unwrap().iter().map(|one| &one["address"]).collect();
    found.sort_by_key(|address| address.to_string());
    assert_eq!(
        found,
        [&json!("cpuminer://127.0.0.1:4048"), &json!("kawpowminer://127.0.0.1:21373")]
    );
    // Node's port serves where go-quai's own does not answer.
    assert_eq!(
        (&snapshot["node"]["chain_id"], &snapshot["node"]["address"]),
        (&json!(2), &json!("http://127.0.0.1:8545/"))
    );
    drop(second);
    let first = Node::start_with(NodeOptions { port: 9200, ..NodeOptions::default() }).unwrap();
    eventually("the node on the other port", || {
        (dashboard.snapshot()["node"]["chain_id"] == 9).then_some(())
    });

    // And with nothing there, it is said what to do.
    dashboard.kill();
    drop((kawpowminer, cpuminer, first));
    let dashboard = home.start();
    for line in [
        "Miner: none found on this machine; start one with its API switched on, set MINER_API_URL, or look around with --demo",
        "Node: none found on ports 9200 and 8545 of this machine; set NODE_RPC_URL if you run one",
    ] {
        eventually(line, || {
            dashboard.stdout().iter().any(|said| said.trim() == line).then_some(())
        });
    }
    assert_eq!(dashboard.snapshot()["miners"], json!([]));
}
