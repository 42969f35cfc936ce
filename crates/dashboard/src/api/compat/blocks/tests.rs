use proptest::prelude::*;

use super::*;

/// Right, nearly right, and wrong values for any field.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..300_i64).prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        (MIN_TIME_MS..NOW as f64 + 2.0 * DAY_MS).prop_map(|number| json!(number)),
        (NOW - 10..NOW + 10).prop_map(|number| json!(number.to_string())),
        "0x[0-9a-fA-F]{63,65}".prop_map(|text| json!(text)),
        "[A-Za-z0-9 _-]{0,34}".prop_map(|text| json!(text)),
        "[0-9.-]{0,20}".prop_map(|text| json!(text)),
        any::<String>().prop_map(|text| json!(text)),
        Just(json!(null)),
        Just(json!(true)),
        Just(json!({})),
    ]
}

proptest! {
    #[test]
    fn what_is_stored_is_in_range_and_a_refusal_names_the_field(
        number in prop_oneof![4 => Just(json!(7)), 1 => value()],
        fields in prop::collection::hash_map(
            prop::sample::select(&["blockHash", "txHash", "chain", "reward", "timestamp"][..]),
            value(),
            0..3,
        ),
    ) {
        let mut body = json!({ "blockNumber": number });
        for (name, value) in &fields {
            body[name] = value.clone();
        }
        match check(body) {
            Ok(block) => {
                prop_assert!((1..=9_007_199_254_740_991).contains(&block.number));
                prop_assert!((0.0..=1e9).contains(&block.reward));
                prop_assert!((1_420_070_400_000..=NOW + 86_400_000 + HOUR_MS).contains(&block.timestamp_ms));
                prop_assert!((1..=32).contains(&block.chain.len()));
                prop_assert!(!block.chain.contains(['<', '>', '&', '"', '\'', '=', '\n']));
                for hash in [block.hash, block.tx_hash].into_iter().flatten() {
                    prop_assert!(hash.len() == 66 && hash.is_ascii(), "{}", hash);
                }
            }
            Err(name) => {
                prop_assert!(name == "blockNumber" || fields.contains_key(name.as_str()), "{}", name);
            }
        }
    }
}

const NOW: i64 = 1_795_424_711_541;

fn check(body: Value) -> Result<NewBlock, String> {
    let Value::Object(fields) = body else { panic!("{body}") };
    parse(&fields, NOW).map_err(|error| error.field.unwrap().into_owned())
}

#[test]
fn blocks_as_scripts_send_them() {
    let hash = format!("0x{}", "Ab".repeat(32));
    let block = check(json!({
        "blockNumber": "100", "blockHash": hash, "timestamp": 1_700_000_000_000i64,
        "chain": "Cyprus-1", "reward": "0.75", "txHash": null,
    }));
    let expected = NewBlock {
        number: 100,
        hash: Some(hash),
        timestamp_ms: 1_700_000_000_000,
        chain: "Cyprus-1".to_owned(),
        reward: 0.75,
        tx_hash: None,
    };
    assert_eq!(block, Ok(expected));
    let least = check(json!({ "blockNumber": 1, "timestamp": 0, "chain": "" })).unwrap();
    assert_eq!((least.timestamp_ms, least.chain.as_str()), (NOW, "Prime"));
    assert!(check(json!({ "blockNumber": 9_007_199_254_740_991i64 })).is_ok());
}

#[test]
fn garbage_is_refused_by_name() {
    for number in [
        json!(0),
        json!(-5),
        json!("103abc"),
        json!(104.9),
        json!(true),
        json!(null),
        json!([105]),
        json!({}),
        json!("0x6a"),
        json!(1e21),
        json!(""),
        json!(9_007_199_254_740_992i64),
    ] {
        assert_eq!(check(json!({ "blockNumber": number })), Err("blockNumber".into()), "{number}");
    }
    let with = |name: &str, value: Value| check(json!({ "blockNumber": 1, name: value }));
    for (name, value) in [
        ("reward", json!(-3)),
        ("reward", json!("Infinity")),
        ("reward", json!("abc")),
        ("timestamp", json!("yesterday")),
        ("timestamp", json!(NOW + 86_400_001 + HOUR_MS)),
        ("timestamp", json!(1)),
        ("timestamp", json!("2024-01-02T03:04:05Z")),
        ("blockHash", json!(5)),
        ("blockHash", json!("0x12")),
        ("txHash", json!({})),
        ("chain", json!("<img src=x>")),
        ("chain", json!("x".repeat(33))),
        ("chain", json!({})),
        ("chain", json!("Zürich")),
    ] {
        assert_eq!(with(name, value.clone()), Err(name.to_owned()), "{value}");
    }
}

#[test]
fn whatever_is_false_is_no_number() {
    for falsy in [json!(null), json!(0), json!(-0.0), json!(""), json!(false)] {
        let fields = Map::from_iter([("blockNumber".to_owned(), falsy.clone())]);
        assert_eq!(parse(&fields, NOW).unwrap_err().error, "blockNumber is required", "{falsy}");
    }
    for wrong in [json!("0"), json!(true), json!([]), json!(0.5)] {
        let fields = Map::from_iter([("blockNumber".to_owned(), wrong.clone())]);
        assert_eq!(parse(&fields, NOW).unwrap_err().error, "Invalid blockNumber", "{wrong}");
    }
}

#[test]
fn until_a_day_from_now() {
    let at = |ms: i64| check(json!({ "blockNumber": 1, "timestamp": ms }));
    let tomorrow = NOW + DAY_MS as i64;
    assert_eq!(at(tomorrow).unwrap().timestamp_ms, tomorrow);
    assert_eq!(at(tomorrow + HOUR_MS + 1).unwrap_err(), "timestamp");
}

#[test]
fn rewards_are_told_in_full() {
    for (reward, json, text) in [
        (0.0, "0", "0"),
        (1.0, "1", "1"),
        (2.123_456_789_012_345, "2.123456789012345", "2.123456789012345"),
        (1e-6, "1e-6", "0.000001"),
        (1.5e-7, "1.5e-7", "1.5e-7"),
        (1e9, "1000000000", "1000000000"),
    ] {
        assert_eq!(cell(&Cell::Real(reward)).to_string(), json);
        assert_eq!(plain(reward), text);
    }
}

/// Odd rows of old files included, the list holds what each block is alone.
#[test]
fn the_list_is_its_blocks() {
    let block = |id: i64, odd: Cell| Block {
        id,
        block_number: odd.clone(),
        block_hash: Cell::Text("0x\"a\u{1}\\".to_owned()),
        timestamp: Cell::Integer(1_700_000_000_000),
        chain: odd,
        reward: Cell::Real(0.1),
        tx_hash: Cell::Null,
        created_at: Cell::Real(5.0),
    };
    let odd = [Cell::Null, Cell::Real(7.0), Cell::Text("seven".to_owned()), Cell::Integer(-7)];
    let blocks: Vec<Block> = (1..).zip(odd).map(|(id, odd)| block(id, odd)).collect();
    for blocks in [blocks, Vec::new()] {
        let list = BlockList { blocks, total: 9 };
        let read: Value = serde_json::from_slice(&written(&list)).unwrap();
        let alone: Vec<Value> = list.blocks.iter().map(render).collect();
        assert_eq!(read, json!({ "blocks": alone, "total": 9 }));
    }
}
