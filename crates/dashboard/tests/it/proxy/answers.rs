//! Questions that are answered.

use serde_json::{Value, json};

use super::{ask, call, with_node};
use crate::support::eventually;

fn hex(value: &Value) -> u64 {
    let text = value.as_str().unwrap().strip_prefix("0x").unwrap();
    u64::from_str_radix(text, 16).unwrap()
}

#[test]
fn the_id_comes_back_whatever_it_is() {
    let (_node, home) = with_node();
    let dashboard = home.start();
    eventually("the node's state", || {
        (dashboard.snapshot()["node"]["state"] == "ok").then_some(())
    });
    for id in [json!(7), json!("seven"), json!(null), json!(-1.5), json!("")] {
        for method in ["quai_chainId", "eth_syncing", "personal_unlockAccount"] {
            let answer =
                ask(&dashboard, &json!({ "jsonrpc": "2.0", "id": id, "method": method })).ok();
            assert_eq!((&answer["id"], &answer["jsonrpc"]), (&id, &json!("2.0")), "{method}");
        }
    }
    // The existing page sends neither id nor version.
    let answer = ask(&dashboard, &json!({ "method": "eth_blockNumber", "params": [] })).ok();
    assert!(answer["id"].is_number(), "{answer}");
    assert!(hex(&answer["result"]) > 6_000_000);
}

#[test]
fn ethereums_words_are_translated() {
    let (node, home) = with_node();
    let dashboard = home.start();
    let height = hex(&call(&dashboard, "eth_blockNumber", &json!([]))["result"]);
    assert!(height <= node.height() && height + 10 > node.height());
    assert_eq!(hex(&call(&dashboard, "eth_chainId", &json!([]))["result"]), 9);
    assert_eq!(call(&dashboard, "eth_gasPrice", &json!([]))["result"], "0x47868c00");
    // go-quai takes an address only with the right capitals.
    let lower = "0x0012345678901234567890123456789012345678";
    let balance = call(&dashboard, "eth_getBalance", &json!([lower, "latest"]));
    assert_eq!(balance["result"], "0x1bc16d674ec80000", "{balance}");

    let block = &call(&dashboard, "eth_getBlockByNumber", &json!(["latest", false]))["result"];
    let number = hex(&block["number"]);
    assert!(number + 10 > height, "{block}");
    let seconds = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(hex(&block["timestamp"]).abs_diff(seconds) < 120);
    for name in ["hash", "parentHash", "miner", "difficulty", "gasLimit", "gasUsed"] {
        assert!(block[name].as_str().is_some_and(|text| text.starts_with("0x")), "{name}: {block}");
    }
    let same = call(&dashboard, "eth_getBlockByHash", &json!([block["hash"], false]));
    assert_eq!(same["result"]["number"], block["number"]);
    let nothing = format!("0x{}", "0".repeat(64));
    assert_eq!(
        call(&dashboard, "eth_getBlockByHash", &json!([nothing, false]))["result"],
        json!(null)
    );
    // The node has never heard a word of Ethereum.
    assert!(
        node.methods().iter().all(|method| !method.starts_with("eth_")),
        "{:?}",
        node.methods()
    );
}

#[test]
fn what_the_rig_knows_is_answered_by_the_rig() {
    let (_node, home) = with_node();
    let dashboard = home.start();
    eventually("the node's state", || {
        (dashboard.snapshot()["node"]["state"] == "ok").then_some(())
    });
    for method in ["eth_syncing", "quai_syncing"] {
        assert_eq!(call(&dashboard, method, &json!([]))["result"], false, "{method}");
    }
    // No miner answers: that is an error with a reason, and no zero.
    for method in ["eth_hashrate", "eth_mining", "eth_coinbase"] {
        let answer = call(&dashboard, method, &json!([]));
        assert!(answer["error"]["message"].as_str().is_some_and(|why| !why.is_empty()), "{answer}");
        assert_eq!(answer.get("result"), None);
    }
}

#[test]
fn errors_of_the_node_are_handed_on() {
    let (_node, home) = with_node();
    let dashboard = home.start();
    let missing = call(&dashboard, "quai_getBalance", &json!([]));
    assert_eq!(missing["error"]["code"], -32602, "{missing}");
    let invalid = call(&dashboard, "quai_getBalance", &json!(["0x00", "latest"]));
    assert_eq!(invalid["error"]["code"], -32602, "{invalid}");
}

#[test]
fn a_batch_is_answered_in_order() {
    let (node, home) = with_node();
    let dashboard = home.start();
    let batch: Vec<Value> = (0..100)
        .map(|n| match n % 4 {
            0 => json!({ "id": n, "method": "quai_getHeaderByNumber", "params": [format!("0x{n:x}")] }),
            1 => json!({ "id": n, "method": "eth_blockNumber" }),
            2 => json!({ "id": n, "method": "admin_addPeer", "params": ["enode://x"] }),
            _ => json!({ "id": n, "method": "eth_syncing" }),
        })
        .collect();
    eventually("the node's state", || {
        (dashboard.snapshot()["node"]["state"] == "ok").then_some(())
    });
    let answers = ask(&dashboard, &json!(batch)).ok();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 100);
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer["id"], n);
        match n % 4 {
            0 => assert_eq!(hex(&answer["result"]["woHeader"]["number"]), n as u64, "{answer}"),
            1 => assert!(hex(&answer["result"]) > 6_000_000),
            2 => assert_eq!(answer["error"]["code"], -32601),
            _ => assert_eq!(answer["result"], false),
        }
    }
    assert!(!node.methods().iter().any(|method| method == "admin_addPeer"));

    // What wants no answer gets none; what is no call gets an error.
    let mixed = json!([{ "method": "quai_chainId" }, { "id": 2, "method": "quai_chainId" }, 5, { "id": {} , "method": "quai_chainId" }]);
    let answers = ask(&dashboard, &mixed).ok();
    let ids: Vec<_> =
        answers.as_array().unwrap().iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, [json!(2), json!(null), json!(null)]);
    let silent = ask(&dashboard, &json!([{ "method": "quai_chainId" }]));
    assert_eq!((silent.status, silent.body.len()), (204, 0));
}

/// Many pages ask the same, the node is asked once.
#[test]
fn answers_are_kept_for_a_moment() {
    let (node, home) = with_node();
    let dashboard = home.start();
    let count =
        |methods: &[String], method: &str| methods.iter().filter(|one| *one == method).count();
    // The rig itself asks for the price each time that it asks for the version.
    let asked = |method: &str| {
        let methods = node.methods();
        let own = if method == "quai_gasPrice" { count(&methods, "quai_clientVersion") } else { 0 };
        count(&methods, method) - own
    };
    for method in ["quai_gasPrice", "eth_gasPrice", "quai_nodeLocation"] {
        for _ in 0..10 {
            assert!(call(&dashboard, method, &json!([]))["result"] != json!(null));
        }
    }
    assert_eq!(
        (asked("quai_gasPrice"), asked("quai_nodeLocation")),
        (1, 1),
        "one name or the other"
    );
    let batch: Vec<Value> =
        (0..50).map(|id| json!({ "id": id, "method": "quai_gasPrice" })).collect();
    assert_eq!(ask(&dashboard, &json!(batch)).ok().as_array().unwrap().len(), 50);
    assert!(asked("quai_gasPrice") <= 2);
    // Other parameters are another question, and an error is no answer to keep.
    for n in 0..3 {
        call(&dashboard, "quai_getHeaderByNumber", &json!([format!("0x{n:x}")]));
        call(&dashboard, "quai_getBalance", &json!([]));
    }
    assert_eq!(asked("quai_getBalance"), 3);
}
