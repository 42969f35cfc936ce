//! What never reaches the node.

use serde_json::{Value, json};

use super::{ask, call, with_node};

#[test]
fn what_signs_sends_or_administers_is_not_passed_on() {
    let (node, home) = with_node();
    let dashboard = home.start();
    let methods = [
        "eth_sendRawTransaction",
        "eth_sendTransaction",
        "eth_sign",
        "eth_submitWork",
        "quai_sendRawTransaction",
        "quai_receiveMinedHeader",
        "quai_receiveRawWorkShare",
        "quai_setWorkShareP2PThreshold",
        "workshare_receiveSubWorkshare",
        "personal_unlockAccount",
        "personal_sendTransaction",
        "admin_addPeer",
        "admin_startRPC",
        "debug_setHead",
        "debug_traceTransaction",
        "miner_start",
        "miner_setEtherbase",
        "txpool_content",
        "quai_subscribe",
        "QUAI_CHAINID",
        " quai_chainId",
        "quai_chainId\u{0}",
        "quai_chainId ",
        "constructor",
        "<img src=x onerror=alert(1)>",
        &"x".repeat(5000),
    ];
    for method in methods {
        let refused = call(&dashboard, method, &json!([]));
        assert_eq!(
            (&refused["id"], &refused["error"]["code"]),
            (&json!(1), &json!(-32601)),
            "{refused}"
        );
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(!message.contains('<') && message.len() < 200, "{message}");
    }
    let batch: Vec<Value> = methods
        .iter()
        .enumerate()
        .map(|(id, method)| json!({ "id": id, "method": method }))
        .collect();
    let answers = ask(&dashboard, &json!(batch)).ok();
    assert!(answers.as_array().unwrap().iter().all(|answer| answer["error"]["code"] == -32601));
    for asked in node.methods() {
        assert!(!methods.contains(&asked.as_str()), "{asked} has reached the node");
    }
}

#[test]
fn batches_have_a_length() {
    let (_node, home) = with_node();
    let dashboard = home.start();
    let batch = |length: usize| vec![json!({ "id": 1, "method": "quai_chainId" }); length];
    assert_eq!(ask(&dashboard, &json!(batch(100))).ok().as_array().unwrap().len(), 100);
    for length in [0, 101, 5000] {
        let refusal = ask(&dashboard, &json!(batch(length))).refusal(400);
        assert!(refusal["message"].as_str().unwrap().contains("1 to 100"), "{refusal}");
    }
}

#[test]
fn what_is_no_call_is_refused_in_nodes_words() {
    let (_node, home) = with_node();
    let dashboard = home.start();
    for body in [
        json!({}),
        json!({ "method": "" }),
        json!({ "method": 5 }),
        json!({ "params": [] }),
        json!({ "method": null }),
    ] {
        let refusal = ask(&dashboard, &body).refusal(400);
        assert_eq!(refusal["error"], "Invalid request");
        assert_eq!(refusal["message"], "Method is required and must be a string", "{body}");
    }
    let long = json!({ "id": 1, "method": "quai_getBalance", "params": ["x".repeat(3000)] });
    assert_eq!(ask(&dashboard, &long).ok()["error"]["code"], -32602);
    let deep = json!({ "id": 1, "method": "quai_getBalance", "params": [[[[["x"]]]]] });
    assert_eq!(ask(&dashboard, &deep).ok()["error"]["code"], -32602);
    for params in [json!("latest"), json!(5), json!(true)] {
        let answer = call(&dashboard, "quai_getBalance", &params);
        assert!(answer["error"]["code"].is_i64(), "{answer}");
    }
}

/// Nobody but the configured node is ever asked.
#[test]
fn it_is_no_open_relay() {
    let (node, home) = with_node();
    let other = quaiminer_standin::Node::start().unwrap();
    let dashboard = home.start();
    let url = other.url();
    for body in [
        json!({ "id": 1, "method": "quai_gasPrice", "url": url, "host": url, "rpcUrl": url, "node": url }),
        json!({ "id": 1, "method": format!("{url}/quai_gasPrice") }),
    ] {
        ask(&dashboard, &body).ok();
    }
    let client = dashboard.viewer().with("X-Forwarded-Host", &other.address().to_string());
    client.post(&format!("/api/node/rpc?url={url}"), &json!({ "method": "quai_gasPrice" })).ok();
    assert!(node.methods().iter().any(|method| method == "quai_gasPrice"));
    assert_eq!(other.requests(), 0);
}
