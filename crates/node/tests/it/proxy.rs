use proptest::prelude::*;
use quaiminer_domain::Fact;
use quaiminer_node::proxy::local::{RigFacts, answer};
use quaiminer_node::proxy::{Forward, Local, Map, Plan, Rejected, names, parse, plan};
use quaiminer_node::rpc::RpcError;
use serde_json::{Value, json};

fn params(params: &Value) -> Vec<Value> {
    params.as_array().unwrap().clone()
}

/// What a call becomes, as `method params cache`, `local …` or an error.
fn planned(method: &str, given: Value) -> String {
    match plan(method, params(&given)) {
        Plan::Forward(Forward { method, params, map, cache_ms }) => {
            let map = if map == Map::EthBlock { " as an eth block" } else { "" };
            format!("{method} {} {cache_ms}{map}", Value::Array(params))
        }
        Plan::Local(local) => format!("local {local:?}"),
        Plan::Refused(error) => format!("{} {}", error.code, error.message),
    }
}

#[test]
fn the_translation_table() {
    let check = |method: &str, params: Value, expected: &str| {
        assert_eq!(planned(method, params), expected);
    };
    check("quai_blockNumber", json!([]), "quai_blockNumber [] 1000");
    check("eth_blockNumber", json!([]), "quai_blockNumber [] 1000");
    check("net_peerCount", json!([]), "net_peerCount [] 5000");
    check("net_version", json!([]), "net_version [] 60000");
    check("net_listening", json!([]), "net_listening [] 60000");
    check("eth_chainId", json!([]), "quai_chainId [] 60000");
    check("eth_gasPrice", json!([]), "quai_gasPrice [] 5000");
    check("quai_getMiningInfo", json!([true]), "quai_getMiningInfo [true] 5000");
    check("txpool_status", json!([]), "txpool_status [] 5000");
    check(
        "eth_getBlockByNumber",
        json!(["latest", false]),
        "quai_getBlockByNumber [\"latest\",false] 1000 as an eth block",
    );
    check(
        "eth_getBlockByHash",
        json!(["0xab", true]),
        "quai_getBlockByHash [\"0xab\",true] 60000 as an eth block",
    );
    let lower = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
    check(
        "eth_getBalance",
        json!([lower, "latest"]),
        "quai_getBalance [\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\",\"latest\"] 5000",
    );
    check(
        "eth_getTransactionCount",
        json!([lower, "latest"]),
        "quai_getTransactionCount [\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\",\"latest\"] 5000",
    );
    // In the node's own words an address goes as it is.
    check(
        "quai_getBalance",
        json!([lower, "latest"]),
        &format!("quai_getBalance [\"{lower}\",\"latest\"] 5000"),
    );
    check("eth_syncing", json!([]), "local Syncing");
    check("eth_hashrate", json!([]), "local Hashrate");
    check("eth_getHashrate", json!([]), "local Hashrate");
    check("quai_getHashrate", json!([]), "local Hashrate");
    check("eth_mining", json!([]), "local Mining");
    check("quai_mining", json!([]), "local Mining");
    check("eth_coinbase", json!([]), "local Coinbase");
}

#[test]
fn what_signs_sends_or_administers_is_refused() {
    for method in [
        "eth_sendTransaction",
        "eth_sendRawTransaction",
        "eth_sign",
        "eth_accounts",
        "eth_getWork",
        "eth_submitWork",
        "quai_sendRawTransaction",
        "quai_submitKawpowBlock",
        "quai_receiveMinedHeader",
        "quai_signTransaction",
        "quai_call",
        "personal_unlockAccount",
        "personal_sign",
        "admin_addPeer",
        "admin_nodeInfo",
        "miner_setPrimaryCoinbase",
        "miner_start",
        "debug_traceTransaction",
        "txpool_content",
        "QUAI_BLOCKNUMBER",
        "quai_blockNumber ",
        "web3_clientVersion",
    ] {
        let Plan::Refused(error) = plan(method, Vec::new()) else { panic!("{method} is allowed") };
        assert_eq!(error.code, -32601);
        assert!(error.message.starts_with("Method not allowed"), "{}", error.message);
    }
    assert_eq!(planned("admin_peers", json!([])), "-32601 Method not allowed: admin_peers");
    assert_eq!(planned("<img onerror=x>", json!([])), "-32601 Method not allowed");
    assert_eq!(planned(&"x".repeat(65), json!([])), "-32601 Method not allowed");
}

/// Nothing that changes something can slip into the table.
#[test]
fn no_name_in_the_table_writes() {
    let names: Vec<&str> = names().collect();
    for name in &names {
        let (namespace, verb) = name.split_once('_').unwrap();
        let allowed = ["quai", "eth", "net", "txpool", "workshare", "rpc"];
        assert!(allowed.contains(&namespace), "{name}");
        for word in ["send", "sign", "submit", "set", "add", "remove", "unlock", "receive", "start"]
        {
            assert!(!verb.to_lowercase().starts_with(word), "{name}");
        }
        if let Plan::Forward(forward) = plan(name, Vec::new()) {
            assert!(names.contains(&forward.method), "{name} becomes {}", forward.method);
            assert!(!forward.method.starts_with("eth_"), "the eth namespace is not exposed");
            assert!((1..=60_000).contains(&forward.cache_ms));
        }
    }
    assert_eq!(names.len(), names.iter().collect::<std::collections::HashSet<_>>().len());
}

#[test]
fn parameters_have_limits() {
    let check = |params: Value, expected: &str| {
        assert_eq!(planned("quai_getHeaderByNumber", params), expected);
    };
    let eight = "quai_getHeaderByNumber [0,0,0,0,0,0,0,0] 1000";
    check(json!([0, 0, 0, 0, 0, 0, 0, 0]), eight);
    check(json!([0, 0, 0, 0, 0, 0, 0, 0, 0]), "-32602 at most 8 parameters are allowed");
    check(json!([{"a": ["b"]}]), "quai_getHeaderByNumber [{\"a\":[\"b\"]}] 1000");
    check(json!([{"a": [["b"]]}]), "-32602 parameters are nested too deeply");
    check(json!(["x".repeat(2045)]), "-32602 parameters are longer than 2048 bytes");
    assert!(planned("quai_getHeaderByNumber", json!(["x".repeat(2044)])).ends_with(" 1000"));
}

#[test]
fn addresses_of_eth_calls() {
    let check = |params: Value, expected: &str| {
        assert_eq!(planned("eth_getBalance", params), expected);
    };
    let form = "-32602 invalid argument 0: address must be 0x and 40 hexadecimal digits";
    check(json!(["0x12", "latest"]), form);
    check(json!([5, "latest"]), form);
    check(json!([null]), form);
    check(
        json!(["0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "latest"]),
        "-32602 invalid argument 0: address has invalid checksum",
    );
    // The node says what is missing.
    check(json!([]), "quai_getBalance [] 5000");
}

/// A block in the shape of go-quai's `quai_getBlockByNumber`.
fn quai_block() -> Value {
    json!({
        "hash": "0xb10c",
        "woHeader": {"hash": "0xb10c", "parentHash": "0xaa", "number": "0x5f1a2c",
            "difficulty": "0x1d1a94a2000", "nonce": "0x0123456789abcdef", "location": "0x0000",
            "timestamp": "0x6922f0aa", "mixHash": "0x3333", "lock": "0x0",
            "primaryCoinbase": "0x00A3e45A", "headerHash": "0x4444"},
        "header": {"number": ["0x1", "0x2"], "parentHash": ["0x1", "0x2"], "uncleHash": "0x55",
            "evmRoot": "0x66", "transactionsRoot": "0x77", "receiptsRoot": "0x88",
            "extraData": "0x99", "gasLimit": "0x2625a00", "gasUsed": "0x5208",
            "baseFeePerGas": "0x7", "timestamp": "0x1", "difficulty": "0x1"},
        "size": "0x2a9", "order": 2, "transactions": ["0xt1"], "outboundEtxs": [],
        "uncles": [{"hash": "0xu1"}], "workshares": [{"hash": "0xw1"}, {"hash": "0xw2"}],
        "subManifest": null, "interlinkHashes": [], "totalEntropy": "0xeee"
    })
}

#[test]
fn a_block_in_ethereums_form() {
    let block = Map::EthBlock.apply(Ok(quai_block())).unwrap();
    let expected = json!({
        "number": "0x5f1a2c", "hash": "0xb10c", "parentHash": "0xaa",
        "nonce": "0x0123456789abcdef", "mixHash": "0x3333", "sha3Uncles": "0x55",
        "logsBloom": format!("0x{}", "0".repeat(512)),
        "transactionsRoot": "0x77", "stateRoot": "0x66", "receiptsRoot": "0x88",
        "miner": "0x00A3e45A", "difficulty": "0x1d1a94a2000", "totalEntropy": "0xeee",
        "extraData": "0x99", "size": "0x2a9", "gasLimit": "0x2625a00", "gasUsed": "0x5208",
        "baseFeePerGas": "0x7", "timestamp": "0x6922f0aa", "transactions": ["0xt1"],
        "uncles": ["0xu1", "0xw1", "0xw2"]
    });
    assert_eq!(block, expected);
    assert!(block.get("totalDifficulty").is_none());
}

#[test]
fn blocks_that_are_none() {
    let check = |result: Result<Value, RpcError>, expected: Result<Value, RpcError>| {
        assert_eq!(Map::EthBlock.apply(result), expected);
    };
    let unknown = || Err(RpcError::new(-32603, "the node's block has an unknown form"));
    check(Ok(Value::Null), Ok(Value::Null));
    check(Ok(json!("0x1")), unknown());
    check(Ok(json!([])), unknown());
    check(Ok(json!({"woHeader": {}})), unknown());
    check(Ok(json!({"woHeader": {}, "header": null})), unknown());
    check(Err(RpcError::new(-32000, "block not found")), Ok(Value::Null));
    let other = RpcError::new(-32000, "header not found");
    check(Err(other.clone()), Err(other.clone()));
    assert_eq!(Map::AsIs.apply(Err(other.clone())), Err(other));
    assert_eq!(Map::AsIs.apply(Ok(quai_block())), Ok(quai_block()));
    // A field that is left out stays unknown; a list is one all the same.
    let block = Map::EthBlock.apply(Ok(json!({"woHeader": {}, "header": {}}))).unwrap();
    assert_eq!(block["number"], Value::Null);
    assert_eq!(block["uncles"], json!([]));
    assert_eq!(block["transactions"], json!([]));
}

#[test]
fn answers_of_the_rig() {
    let rig = RigFacts {
        in_sync: Fact::Known(true),
        height: Fact::Known(6_232_620),
        hashrate_hs: Fact::Known(43_000_000.4),
        mining: Fact::Known(true),
        coinbase: Fact::Known("0x00A3".to_owned()),
    };
    assert_eq!(answer(Local::Syncing, &rig), Ok(json!(false)));
    assert_eq!(answer(Local::Hashrate, &rig), Ok(json!("0x29020c0")));
    assert_eq!(answer(Local::Mining, &rig), Ok(json!(true)));
    assert_eq!(answer(Local::Coinbase, &rig), Ok(json!("0x00A3")));
    let behind = RigFacts { in_sync: Fact::Known(false), ..rig };
    let height = "0x5f1a2c";
    assert_eq!(
        answer(Local::Syncing, &behind),
        Ok(json!({"startingBlock": height, "currentBlock": height, "highestBlock": height}))
    );
    let unknown = RigFacts {
        in_sync: Fact::unknown("Connection refused"),
        height: Fact::unknown("Connection refused"),
        hashrate_hs: Fact::unknown("No miner found"),
        mining: Fact::unknown("No miner found"),
        coinbase: Fact::unknown("No wallet is configured"),
    };
    let error = |reason: &str| Err(RpcError::new(-32000, reason));
    assert_eq!(answer(Local::Syncing, &unknown), error("Connection refused"));
    assert_eq!(answer(Local::Hashrate, &unknown), error("No miner found"));
    assert_eq!(answer(Local::Mining, &unknown), error("No miner found"));
    assert_eq!(answer(Local::Coinbase, &unknown), error("No wallet is configured"));
}

/// Parses the body and answers each call with its own name.
fn exchange(body: &str) -> Option<Value> {
    let incoming = parse(body.as_bytes()).unwrap();
    let answers = incoming.entries().iter().map(|entry| match &entry.call {
        Ok(call) => Ok(json!(call.method)),
        Err(error) => Err(error.clone()),
    });
    incoming.respond(answers.collect())
}

#[test]
fn single_calls() {
    let check = |body: Value, expected: Value| {
        assert_eq!(exchange(&body.to_string()), Some(expected), "{body}");
    };
    let ok = |id: Value| json!({"jsonrpc": "2.0", "id": id, "result": "m"});
    check(json!({"jsonrpc": "2.0", "method": "m", "params": [], "id": 7}), ok(json!(7)));
    check(json!({"jsonrpc": "2.0", "method": "m", "id": "a-b"}), ok(json!("a-b")));
    check(json!({"jsonrpc": "2.0", "method": "m", "id": null}), ok(json!(null)));
    check(json!({"jsonrpc": "2.0", "method": "m", "id": -1.5}), ok(json!(-1.5)));
    // The Node server's form, and a call that forgot its id: always answered.
    check(json!({"method": "m", "params": []}), ok(json!(1)));
    check(json!({"method": "m"}), ok(json!(1)));
    check(json!({"method": "m", "params": null}), ok(json!(1)));
    check(json!({"jsonrpc": "2.0", "method": "m"}), ok(json!(1)));

    let error = |id: Value, code: i64, message: &str| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}});
    for id in [json!(true), json!([1]), json!({})] {
        let message = "The id must be a string, a number or null";
        check(json!({"method": "m", "id": id}), error(json!(null), -32600, message));
    }
    let long = json!({"method": "m", "id": "x".repeat(129)});
    check(long, error(json!(null), -32600, "The id is too long"));
    for params in [json!({"a": 1}), json!("latest"), json!(5), json!(false)] {
        let body = json!({"method": "m", "params": params, "id": 3});
        check(body, error(json!(3), -32602, "params must be an array"));
    }
}

#[test]
fn bodies_that_hold_no_call() {
    let check = |body: &str, expected: Rejected| {
        assert_eq!(parse(body.as_bytes()), Err(expected), "{body}");
    };
    check("", Rejected::NotJson);
    check("{\"method\":", Rejected::NotJson);
    check("{} {}", Rejected::NotJson);
    check(&"[".repeat(100_000), Rejected::NotJson);
    check("5", Rejected::NotACall);
    check("\"eth_blockNumber\"", Rejected::NotACall);
    check("null", Rejected::NotACall);
    check("{}", Rejected::Method);
    check("{\"params\":[]}", Rejected::Method);
    check("{\"method\":5}", Rejected::Method);
    check("{\"method\":\"\"}", Rejected::Method);
    check("[]", Rejected::BatchSize);
    check(&format!("[{}{{}}]", "{},".repeat(100)), Rejected::BatchSize);
    assert_eq!(Rejected::Method.message(), "Method is required and must be a string");
}

#[test]
fn batches() {
    let body = json!([
        {"jsonrpc": "2.0", "method": "a", "id": 1},
        {"jsonrpc": "2.0", "method": "unheard"},
        5,
        {"method": "", "id": "x"},
        {"params": []},
        {"method": "b", "id": 1}
    ]);
    let method = "Method is required and must be a string";
    let expected = json!([
        {"jsonrpc": "2.0", "id": 1, "result": "a"},
        {"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "A call must be an object"}},
        {"jsonrpc": "2.0", "id": "x", "error": {"code": -32600, "message": method}},
        {"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": method}},
        {"jsonrpc": "2.0", "id": 1, "result": "b"}
    ]);
    assert_eq!(exchange(&body.to_string()), Some(expected));
    let incoming = parse(body.to_string().as_bytes()).unwrap();
    let wanted: Vec<bool> = incoming.entries().iter().map(|e| e.wants_answer()).collect();
    assert_eq!(wanted, [true, false, true, true, true, true]);

    assert_eq!(exchange("[{\"method\":\"unheard\"}]"), None);
    let hundred: Vec<Value> = (0..100).map(|id| json!({"method": "m", "id": id})).collect();
    let answers = exchange(&Value::from(hundred).to_string()).unwrap();
    assert_eq!(answers.as_array().unwrap().len(), 100);
    assert_eq!(answers[99]["id"], 99);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,10}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        let key = "[a-z]{1,3}|jsonrpc|method|params|id|woHeader|header|uncles|workshares|hash";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_body(body in any_json()) {
        if let Ok(incoming) = parse(body.to_string().as_bytes()) {
            let results = incoming.entries().iter().map(|entry| {
                let call = entry.call.clone()?;
                match plan(&call.method, call.params) {
                    Plan::Refused(error) => Err(error),
                    other => Ok(json!(format!("{other:?}"))),
                }
            });
            let results: Vec<_> = results.collect();
            let response = incoming.respond(results);
            let wanted = incoming.entries().iter().filter(|entry| entry.wants_answer()).count();
            let answered = match &response {
                None => 0,
                Some(Value::Array(answers)) => answers.len(),
                Some(_) => 1,
            };
            prop_assert_eq!(answered, wanted);
        }
    }

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body);
    }

    /// The id comes back as it was sent.
    #[test]
    fn any_id(
        id in prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            "\\PC{0,40}".prop_map(Value::from),
            Just(Value::Null),
        ],
    ) {
        let body = json!({"jsonrpc": "2.0", "method": "net_version", "id": id});
        let response = exchange(&body.to_string()).unwrap();
        prop_assert_eq!(&response["id"], &id);
        let response = exchange(&json!([body]).to_string()).unwrap();
        prop_assert_eq!(&response[0]["id"], &id);
    }

    /// Whatever the node sends for a block, the result is null, an error, or an
    /// object with all the fields of a block.
    #[test]
    fn any_block(block in any_json()) {
        let whole = Map::EthBlock.apply(Ok(json!({"woHeader": {"number": block}, "header": {}, "uncles": block})));
        prop_assert!(whole.is_ok_and(|block| block["logsBloom"].as_str().is_some_and(|b| b.len() == 514)));
        match Map::EthBlock.apply(Ok(block.clone())) {
            Ok(Value::Null) => prop_assert!(block.is_null()),
            Ok(mapped) => prop_assert_eq!(mapped.as_object().map(|block| block.len()), Some(21)),
            Err(error) => prop_assert_eq!(error.code, -32603),
        }
    }

    #[test]
    fn any_method_name(method in "\\PC{0,80}", params in prop::collection::vec(any_json(), 0..10)) {
        if let Plan::Refused(error) = plan(&method, params) {
            let is_safe = |c: char| c.is_ascii_alphanumeric() || "_: ".contains(c);
            prop_assert!(error.code != -32601 || error.message.chars().all(is_safe));
        } else {
            prop_assert!(names().any(|name| name == method));
        }
    }
}
