use proptest::prelude::*;
use quaiminer_domain::Fact;
use quaiminer_domain::node::{MiningInfo, NodeReading};
use quaiminer_node::poll::{chain_request, mining_request, read_chain, read_mining};
use quaiminer_node::rpc::Answer;
use serde_json::{Value, json};

const NOT_REPORTED: &str = "The node did not report it";
const NOT_A_NUMBER: &str = "The node reported something that is not a number";

/// The header's shape is go-quai's: no hash at the top, and the number there is
/// that of prime and region.
fn header() -> Value {
    json!({
        "number": ["0x11e3a8", "0x2b6f11"], "parentHash": ["0x01", "0x02"], "gasUsed": "0x0",
        "woHeader": {
            "hash": "0xab", "number": "0x5f1a2c", "difficulty": "0x1d1a94a2000",
            "nonce": "0x0123456789abcdef", "location": "0x0000", "timestamp": "0x6922f0aa",
            "primaryCoinbase": "0x00A3e45A", "lock": "0x0"
        }
    })
}

fn batch(results: [Value; 6]) -> Value {
    let answers = results.into_iter().enumerate().map(|(id, answer)| {
        let mut answer = answer;
        answer["jsonrpc"] = json!("2.0");
        answer["id"] = json!(id);
        answer
    });
    answers.collect()
}

fn ok(result: Value) -> Value {
    json!({ "result": result })
}

fn not_there(method: &str) -> Value {
    let message = format!("the method {method} does not exist/is not available");
    json!({"error": {"code": -32601, "message": message}})
}

fn read(body: &Value) -> Result<NodeReading, String> {
    let body = body.to_string();
    read_chain(Answer { status: 200, body: body.as_bytes() }, Fact::unknown("not asked"))
        .map_err(|reason| reason.into_owned())
}

fn mining(body: &Value) -> Fact<MiningInfo> {
    let body = body.to_string();
    read_mining(Answer { status: 200, body: body.as_bytes() })
}

#[test]
fn requests() {
    let chain: Value = serde_json::from_str(&chain_request()).unwrap();
    let methods: Vec<&str> =
        chain.as_array().unwrap().iter().map(|call| call["method"].as_str().unwrap()).collect();
    assert_eq!(
        methods,
        [
            "quai_getHeaderByNumber",
            "quai_blockNumber",
            "quai_chainId",
            "net_peerCount",
            "quai_clientVersion",
            "quai_gasPrice"
        ]
    );
    assert_eq!(chain[0]["params"], json!(["latest"]));
    assert_eq!(chain[1]["params"], json!([]));
    let mining: Value = serde_json::from_str(&mining_request()).unwrap();
    assert_eq!(mining["method"], "quai_getMiningInfo");
    assert_eq!(mining["params"], json!([true]));
}

#[test]
fn all_answers() {
    let body = batch([
        ok(header()),
        ok(json!("0x5f1a2d")),
        ok(json!("0x9")),
        ok(json!("0x1f")),
        ok(json!("go-quai/v0.55.0-1a2b3c4d")),
        ok(json!("0x47868c00")),
    ]);
    let reading = read(&body).unwrap();
    let expected = NodeReading {
        client_version: Fact::Known("go-quai/v0.55.0-1a2b3c4d".to_owned()),
        chain_id: Fact::Known(9),
        height: Fact::Known(6_232_620),
        header_at_ms: Fact::Known(1_763_897_514_000),
        peers: Fact::Known(31),
        difficulty: Fact::Known(2e12),
        gas_price: Fact::Known(1.2e9),
        mining: Fact::unknown("not asked"),
        block_times: Fact::unknown("Not asked yet"),
    };
    assert_eq!(reading, expected);
    assert_eq!(reading.in_sync(1_763_897_514_000 + 119_000), Fact::Known(true));
    assert_eq!(reading.in_sync(1_763_897_514_000 + 121_000), Fact::Known(false));
}

#[test]
fn a_namespace_that_is_missing_costs_its_own_fields_only() {
    let body = batch([
        ok(header()),
        ok(json!("0x5f1a2d")),
        ok(json!("9")),
        not_there("net_peerCount"),
        json!({"error": {"code": -32000, "message": "boom\n\u{1b}[31m"}}),
        not_there("quai_gasPrice"),
    ]);
    let reading = read(&body).unwrap();
    assert_eq!(reading.chain_id, Fact::Known(9));
    let why = "The node answers: the method net_peerCount does not exist/is not available (-32601)";
    assert_eq!(reading.peers, Fact::unknown(why));
    assert_eq!(reading.client_version, Fact::unknown("The node answers: boom[31m (-32000)"));
}

#[test]
fn the_height_alone() {
    let body = batch([
        json!({"error": {"code": -32000, "message": "header not found"}}),
        ok(json!("0x5f1a2d")),
        ok(json!(null)),
        ok(json!([])),
        ok(json!(5)),
        ok(json!(-1)),
    ]);
    let reading = read(&body).unwrap();
    assert_eq!(reading.height, Fact::Known(6_232_621));
    let why = "The node answers: header not found (-32000)";
    assert_eq!(reading.header_at_ms, Fact::unknown(why));
    assert_eq!(reading.in_sync(0), Fact::unknown(why));
    assert_eq!(reading.chain_id, Fact::unknown(NOT_REPORTED));
    assert_eq!(reading.peers, Fact::unknown(NOT_A_NUMBER));
    assert_eq!(reading.client_version, Fact::unknown(NOT_REPORTED));
    assert_eq!(reading.gas_price.get(), None);
}

#[test]
fn odd_headers() {
    let check = |field: &str, value: Value, expected: (Option<u64>, Option<i64>, Option<f64>)| {
        let mut header = header();
        header["woHeader"][field] = value;
        let none = || ok(json!(null));
        let reading =
            read(&batch([ok(header), none(), ok(json!("0x9")), none(), none(), none()])).unwrap();
        let found = (reading.height.get(), reading.header_at_ms.get(), reading.difficulty.get());
        assert_eq!(found, expected, "{field}");
    };
    let (height, time, difficulty) = (Some(6_232_620), Some(1_763_897_514_000), Some(2e12));
    check("number", json!(6_232_620), (height, time, difficulty));
    check("number", json!("6232620"), (height, time, difficulty));
    check("number", json!(["0x1"]), (None, time, difficulty));
    check("number", json!("0xffffffffffffffff"), (None, time, difficulty));
    check("timestamp", json!("0x0"), (height, None, difficulty));
    check("timestamp", json!("0xffffffffffff"), (height, None, difficulty));
    check("difficulty", json!("0x0"), (height, time, None));
    check("difficulty", json!({}), (height, time, None));
    // Without the part that holds them, the numbers at the top mean other chains.
    let none = || ok(json!(null));
    let header = ok(json!({"number": "0x5", "timestamp": "0x6922f0aa", "difficulty": "0x5"}));
    let reading = read(&batch([header, none(), ok(json!("0x9")), none(), none(), none()])).unwrap();
    assert_eq!((reading.height.get(), reading.header_at_ms.get()), (None, None));
}

#[test]
fn answers_that_are_none() {
    let check = |status: u16, body: &str, expected: &str| {
        let answer = Answer { status, body: body.as_bytes() };
        assert_eq!(read_chain(answer, Fact::unknown("")), Err(expected.to_owned().into()));
        assert_eq!(read_mining(answer), Fact::Unknown(expected.to_owned().into()));
    };
    check(200, "<html>", "The answer is not that of a node");
    check(200, "", "The answer is not that of a node");
    check(200, "null", "The answer is not that of a node");
    check(
        403,
        "invalid host specified\n",
        "The node refuses this host name (HTTP 403); use localhost or an IP address",
    );
    check(502, "", "Node RPC returned 502");
    let error = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches"}}"#;
    check(200, error, "The node answers: no batches (-32600)");
}

/// Another chain's node, such as one that is found at port 8545.
#[test]
fn a_node_that_knows_nothing_of_quai() {
    let body = batch(
        ["quai_getHeaderByNumber", "quai_blockNumber", "quai_chainId", "net_peerCount", "x", "y"]
            .map(not_there),
    );
    let why =
        "The node answers: the method quai_blockNumber does not exist/is not available (-32601)";
    assert_eq!(read(&body), Err(why.to_owned()));
}

#[test]
fn mining_info_in_decimal_and_in_hexadecimal() {
    let expected = MiningInfo {
        kawpow_difficulty: Fact::Known(2e12),
        kawpow_hashrate_hs: Fact::Known(3_512_345_678_901.0),
        block_time_s: Fact::Known(5.034),
        workshare_reward_quai: Fact::Known(0.5),
        block_reward_quai: Fact::Known(4.5),
    };
    let decimal = json!({
        "kawpowDifficulty": "2000000000000", "avgBlockTime": 5.034, "blocksAnalyzed": 178,
        "workshareReward": "500000000000000000", "estimatedBlockReward": "4500000000000000000",
        "kawpowHashRate": "3512345678901", "blockNumber": 6_232_620
    });
    assert_eq!(mining(&json!({"id": 0, "result": decimal})), Fact::Known(expected.clone()));
    let hex = json!({
        "kawpowDifficulty": "0x1d1a94a2000", "avgBlockTime": 5.034,
        "workshareReward": "0x6f05b59d3b20000", "estimatedBlockReward": "0x3e73362871420000",
        "kawpowHashRate": "3512345678901", "blockNumber": "0x5f1a2c"
    });
    assert_eq!(mining(&json!({"id": 0, "result": hex})), Fact::Known(expected));
}

#[test]
fn mining_info_that_fails_or_has_gaps() {
    let error = json!({"id": 0, "error": {"code": -32000, "message": "only after the fork"}});
    let why = "The node answers: only after the fork (-32000)";
    assert_eq!(mining(&error), Fact::unknown(why));
    let why = "The node reported no mining information";
    assert_eq!(mining(&json!({"id": 0, "result": null})), Fact::unknown(why));
    let gaps = json!({"avgBlockTime": 0, "kawpowDifficulty": "nan", "workshareReward": {}});
    let Fact::Known(info) = mining(&json!({"id": 0, "result": gaps})) else { panic!() };
    assert_eq!(info.block_time_s, Fact::unknown("The node reported 0: not known yet"));
    assert_eq!(info.kawpow_difficulty, Fact::unknown(NOT_A_NUMBER));
    assert_eq!(info.workshare_reward_quai, Fact::unknown(NOT_A_NUMBER));
    assert_eq!(info.kawpow_hashrate_hs, Fact::unknown(NOT_REPORTED));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(0x)?[0-9a-f]{0,70}".prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        let key = "[a-z]{1,3}|woHeader|number|timestamp|difficulty|result|error|code|message";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn assert_honest(reading: &NodeReading) {
    let is_time = |ms: &i64| *ms > 0 && ms % 1000 == 0;
    assert!(reading.header_at_ms.known().is_none_or(is_time));
    assert!(reading.difficulty.get().is_none_or(|d| d.is_finite() && d > 0.0));
    for count in [reading.height.get(), reading.chain_id.get(), reading.peers.get()] {
        assert!(count.is_none_or(|count| count < 1 << 53));
    }
    assert!(reading.gas_price.get().is_none_or(|price| price.is_finite() && price >= 0.0));
    let version = reading.client_version.known().map_or("x", String::as_str);
    assert!(!version.is_empty() && !version.chars().any(char::is_control));
    let _ = (reading.in_sync(i64::MIN), reading.in_sync(i64::MAX));
}

proptest! {
    #[test]
    fn any_answers(answers in prop::collection::vec(any_json(), 6), whole in any_json()) {
        let answers: [Value; 6] = answers.try_into().unwrap();
        for body in [batch(answers.map(ok)), whole.clone(), json!([whole])] {
            if let Ok(reading) = read(&body) {
                assert_honest(&reading);
            }
        }
    }

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200), status in any::<u16>()) {
        let answer = Answer { status, body: &body };
        if let Ok(reading) = read_chain(answer, Fact::unknown("")) {
            assert_honest(&reading);
        }
        let _ = read_mining(answer);
    }
}
