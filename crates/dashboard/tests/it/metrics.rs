//! Figures of the dashboard and the rig.

use std::collections::{BTreeMap, BTreeSet};

use quaiminer_standin::{Miner, Node, Protocol};
use serde_json::Value;

use crate::support::{Home, eventually};

/// Values by name and labels, as a collector reads them; panics where it would
/// refuse the text.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let (mut values, mut families, mut family) = (BTreeMap::new(), BTreeSet::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split_once(' ').expect("a help").0.to_owned();
            assert!(families.insert(family.clone()), "twice: {family}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, family);
            assert!(["counter", "gauge", "summary"].contains(&kind), "{line}");
        } else {
            let (name, value) = line.rsplit_once(' ').expect("a value");
            assert!(name.starts_with(&family), "{line} in {family}");
            let fresh = values.insert(name.to_owned(), value.parse().expect("a number"));
            assert!(fresh.is_none(), "twice: {name}");
        }
    }
    assert!(text.ends_with('\n'));
    values
}

#[test]
fn a_rig_for_prometheus() {
    let (miner, node) = (Miner::start(Protocol::Kawpowminer).unwrap(), Node::start().unwrap());
    let home =
        Home::with_users().set("MINER_API_URL", &miner.url()).set("NODE_RPC_URL", &node.url());
    let dashboard = home.start();
    let owner = dashboard.owner();
    owner.get("/api/nothing").refusal(404);
    let values = eventually("values of the miner and the node", || {
        let response = owner.get("/api/metrics/prometheus");
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
        let text = response.text();
        assert!(!text.contains("nodejs_"));
        let values = parse(&text);
        let node_up = values["quaiminer_node_up"];
        (values["quaiminer_mining"] == 1.0 && node_up == 1.0).then_some(values)
    });
    let of_miner = |name: &str| values[&format!("{name}{{miner=\"{}\"}}", miner.url())];
    let snapshot = dashboard.snapshot();
    let told = snapshot["summary"]["hashrate_hs"].as_f64().unwrap();
    assert!((of_miner("quaiminer_hashrate_hs") / told - 1.0).abs() < 0.1);
    assert_eq!(of_miner("quaiminer_miner_up"), 1.0);
    assert!(of_miner("quaiminer_shares_accepted_total") >= 0.0);
    let gpus: Vec<_> = values
        .keys()
        .filter(|name| name.starts_with("quaiminer_gpu_temperature_celsius{"))
        .collect();
    assert_eq!(gpus.len(), snapshot["summary"]["gpus"].as_u64().unwrap() as usize);
    assert!(gpus[0].contains("gpu=\"0\",name=\""), "{gpus:?}");
    assert!(values["quaiminer_node_block_height"] > 0.0);
    assert!(values["http_requests_total"] >= 2.0 && values["http_errors_total"] >= 1.0);
    assert!(values["http_request_duration_seconds"] > 0.0);
    assert!(values["process_resident_memory_bytes"] > 1e6);
    assert!(values["quaiminer_database_size_bytes"] > 0.0);
    assert_eq!(values["quaiminer_database_up"], 1.0);
}

/// What is not known is absent, and a miner that is gone says so.
#[test]
fn unknown_is_not_zero() {
    let home = Home::with_users();
    let dashboard = home.start();
    let values = parse(&dashboard.viewer().get("/api/metrics/prometheus").text());
    assert_eq!(values["quaiminer_node_up"], 0.0);
    assert_eq!(values["quaiminer_mining"], 0.0);
    for name in values.keys() {
        let unknown = ["quaiminer_hashrate", "quaiminer_gpu", "quaiminer_node_block"];
        assert!(!unknown.iter().any(|start| name.starts_with(start)), "{name}");
    }
}

#[test]
fn the_dashboard_itself_in_nodes_form() {
    let home = Home::with_users();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let before = owner.get("/api/metrics").ok();
    for _ in 0..3 {
        owner.get("/api/blocks/validated").ok();
    }
    owner.post("/api/blocks/validated", &serde_json::json!({})).refusal(400);
    let metrics = owner.get("/api/metrics").ok();
    for pointer in [
        "/memory/used",
        "/memory/total",
        "/memory/percentage",
        "/memory/current/heapUsed",
        "/memory/current/heapTotal",
        "/memory/current/rss",
        "/memory/average",
        "/memory/history",
        "/cpu/usage/user",
        "/cpu/usage/system",
        "/database/totalQueries",
        "/database/databaseSize",
    ] {
        let number = metrics.pointer(pointer).and_then(Value::as_u64);
        assert!(number.is_some(), "{pointer}: {metrics}");
    }
    assert_eq!(
        (&metrics["memory"]["history"], &metrics["memory"]["leakCheck"]),
        (&1.into(), &Value::Null)
    );
    assert!(metrics["uptime"].as_f64().unwrap() > before["uptime"].as_f64().unwrap());
    assert_eq!(metrics["database"]["status"], "healthy");
    let count = |of: &Value, kind: &str, what: &str| of["requests"][kind][what].as_u64().unwrap();
    assert_eq!(count(&metrics, "read", "count"), count(&before, "read", "count") + 4);
    assert_eq!(count(&metrics, "write", "errors"), 1);
    let queries = |of: &Value| of["database"]["totalQueries"].as_u64().unwrap();
    assert!(queries(&metrics) >= queries(&before) + 3);
}
