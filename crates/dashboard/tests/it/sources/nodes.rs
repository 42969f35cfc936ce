//! A node that works, and everything else that can be at its address.

use std::time::Duration;

use quaiminer_standin::{Node, NodeBehaviour};
use serde_json::json;

use super::{first_snapshot, source};
use crate::support::{Dashboard, Home};

/// A dashboard that asks a node which behaves so from the beginning.
fn start(behaviour: NodeBehaviour) -> (Node, Home, Dashboard) {
    let node = Node::start().unwrap();
    node.set(behaviour);
    let home = Home::with_users().set("NODE_RPC_URL", &node.url());
    let dashboard = home.start();
    (node, home, dashboard)
}

#[test]
fn a_node_as_it_should_be() {
    let (node, _home, dashboard) = start(NodeBehaviour::Normal);
    let snapshot = first_snapshot(&dashboard);
    let told = source(&snapshot, &node.url());
    assert_eq!(told["state"], "ok");
    assert_eq!(told["client_version"], "go-quai/v0.55.0-1a2b3c4d");
    assert_eq!((&told["chain_id"], &told["peers"]), (&json!(9), &json!(31)));
    let height = told["height"].as_u64().unwrap();
    assert!(height <= node.height() && height + 100 > node.height());
    assert_eq!(told["in_sync"], true);
    let age_ms = snapshot["at_ms"].as_i64().unwrap() - told["header_at_ms"].as_i64().unwrap();
    assert!((-1_000..60_000).contains(&age_ms), "{age_ms}");
    assert_eq!(told["difficulty"], 2.0e12);
    assert_eq!(
        told["mining"],
        json!({
            "kawpow_difficulty": 2.0e12,
            "kawpow_hashrate_hs": 3_512_345_678_901.0,
            "block_time_s": 5.034,
            "workshare_reward_quai": 0.35,
            "block_reward_quai": 3.15,
        })
    );
    // Its blocks come every five seconds.
    let poem = dashboard.owner().get("/api/stats").ok()["poem"].clone();
    let even = json!({ "mean": 5, "variance": 0, "entropy": 0, "stability": "high" });
    assert_eq!((&poem["optimized"], &poem["currentEntropy"]), (&json!(true), &even), "{poem}");
    assert_eq!((&poem["averageEntropy"], &poem["stability"]), (&json!(0), &json!("high")));
    assert_eq!(poem["recommendedDifficulty"].as_f64(), told["difficulty"].as_f64());
    assert!(poem.get("available").is_none(), "{poem}");
}

#[test]
fn a_node_that_has_lost_the_others_or_knows_less() {
    let stale = start(NodeBehaviour::Stale);
    let poor = start(NodeBehaviour::NoMiningInfo);
    let slow = start(NodeBehaviour::Slow(Duration::from_millis(1000)));

    let snapshot = first_snapshot(&stale.2);
    assert_eq!(snapshot["node"]["state"], "ok");
    assert_eq!(snapshot["node"]["in_sync"], false);
    let old = stale.2.owner().get("/api/stats").ok();
    assert_eq!(old["network"]["nodeSynced"], false);

    let snapshot = first_snapshot(&poor.2);
    let node = &snapshot["node"];
    assert_eq!(
        (&node["state"], &node["in_sync"], &node["mining"]),
        (&json!("ok"), &json!(true), &json!(null))
    );
    assert!(node["reasons"]["mining"].as_str().unwrap().contains("not available"), "{node}");
    let old = poor.2.owner().get("/api/stats").ok();
    assert_eq!(
        (&old["network"]["blockTime"], &old["network"]["networkHashRate"]),
        (&json!(0), &json!(0))
    );

    assert_eq!(first_snapshot(&slow.2)["node"]["state"], "ok");
}

#[test]
fn what_is_no_node_says_why_and_delays_nobody() {
    const LATE: &str = "No answer within 3 s";
    const CLOSED: &str = "closed before the answer was complete";
    const LARGE: &str = "larger than 1024 KiB";
    let cases: Vec<_> = [
        (NodeBehaviour::Hang, [LATE, LATE]),
        (NodeBehaviour::Down, [CLOSED, CLOSED]),
        (NodeBehaviour::Truncate, [CLOSED, CLOSED]),
        (NodeBehaviour::Garbage, ["Node", "not"]),
        // On a busy machine even a flood can be slow.
        (NodeBehaviour::Huge, [LARGE, LATE]),
        (NodeBehaviour::Endless, [LARGE, LATE]),
        (NodeBehaviour::HttpError(502), ["502", "502"]),
    ]
    .into_iter()
    .map(|(behaviour, says)| (start(behaviour), says))
    .collect();
    for ((node, _home, dashboard), says) in &cases {
        let snapshot = first_snapshot(dashboard);
        let told = source(&snapshot, &node.url());
        assert_eq!(told["state"], "no_data", "{told}");
        let reason = told["reason"].as_str().unwrap();
        assert!(says.iter().any(|one| reason.contains(one)), "{reason:?} instead of {says:?}");
        assert!(told["since_ms"].is_i64());
        assert_eq!(snapshot["host"]["state"], "ok");
        let network = &dashboard.owner().get("/api/stats").ok()["network"];
        assert_eq!((&network["nodeSynced"], &network["blockHeight"]), (&json!(false), &json!(0)));
        assert_eq!((&network["available"], &network["reason"]), (&json!(false), &told["reason"]));
    }
}
