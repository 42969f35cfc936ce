//! A node that does not answer as it should.

use std::time::{Duration, Instant};

use quaiminer_standin::NodeBehaviour;
use serde_json::json;

use super::{ask, with_node};
use crate::support::Home;

#[test]
fn without_a_node_it_is_unavailable_as_with_node() {
    let home = Home::with_users();
    let dashboard = home.start();
    for method in ["quai_blockNumber", "eth_blockNumber", "eth_syncing"] {
        let refusal = ask(&dashboard, &json!({ "method": method })).refusal(503);
        assert_eq!(
            (&refusal["error"], &refusal["message"]),
            (&json!("Node RPC unavailable"), &json!("fetch failed"))
        );
    }
    // What is not allowed is so without asking.
    assert_eq!(ask(&dashboard, &json!({ "method": "admin_peers" })).ok()["error"]["code"], -32601);
}

#[test]
fn rubbish_of_the_node_is_not_passed_on() {
    let (node, home) = with_node();
    let dashboard = home.start();
    for behaviour in [
        NodeBehaviour::HttpError(502),
        NodeBehaviour::HttpError(200),
        NodeBehaviour::HttpError(302),
        NodeBehaviour::Garbage,
        NodeBehaviour::Truncate,
        NodeBehaviour::Down,
        // More than 1 MiB, with and without an end.
        NodeBehaviour::Huge,
        NodeBehaviour::Endless,
    ] {
        node.set(behaviour);
        let refusal = ask(&dashboard, &json!({ "method": "quai_gasPrice" })).refusal(503);
        assert_eq!(refusal["error"], "Node RPC unavailable", "{behaviour:?}");
        let text = refusal.to_string();
        assert!(text.len() < 400 && !text.contains("<h1>"), "{behaviour:?}: {text}");
    }
    node.set(NodeBehaviour::Normal);
    assert_eq!(ask(&dashboard, &json!({ "method": "quai_gasPrice" })).ok()["result"], "0x47868c00");
}

/// The deadline of ten seconds, meanwhile everything else is answered.
#[test]
fn a_hanging_node_is_given_ten_seconds() {
    let (node, home) = with_node();
    let dashboard = home.start();
    node.set(NodeBehaviour::Hang);
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..20)
            .map(|_| {
                scope.spawn(|| {
                    let began = Instant::now();
                    let response = ask(&dashboard, &json!({ "method": "quai_gasPrice" }));
                    (response, began.elapsed())
                })
            })
            .collect();
        for _ in 0..20 {
            let began = Instant::now();
            dashboard.owner().get("/api/stats").ok();
            assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        }
        for one in asking {
            let (response, took) = one.join().unwrap();
            let refusal = response.refusal(504);
            assert_eq!(
                refusal,
                json!({ "error": "Node RPC timeout", "message": "Request timed out after 10 seconds" })
            );
            assert!(took >= Duration::from_secs(9) && took < Duration::from_secs(25), "{took:?}");
        }
    });
}
