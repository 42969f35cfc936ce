//! `/api/blocks/…`: blocks that were found, as pages and scripts post them.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{Block, Cell, NewBlock, NewNotification, StoreError};
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::{body_number, number};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;
use crate::http::limit::Budget;

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 500;
/// The largest whole number that JavaScript holds exactly.
const MAX_BLOCK_NUMBER: f64 = 9_007_199_254_740_991.0;
const MAX_REWARD_QUAI: f64 = 1e9;
/// 2015-01-01, before there was anything to find.
const MIN_TIME_MS: f64 = 1_420_070_400_000.0;
const DAY_MS: f64 = 86_400_000.0;
const MAX_CHAIN_CHARS: usize = 32;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/blocks/validated", Access::VIEW, list),
        Route::post("/api/blocks/validated", Access::OPERATE, add).counted_as(Budget::Blocks),
        Route::get("/api/blocks/stats", Access::VIEW, stats),
    ]
}

async fn list(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let limit = query.number("limit", DEFAULT_LIMIT, MAX_LIMIT)?;
    let found = app.store.blocks().list(Some(limit)).await?;
    let blocks: Vec<Value> = found.blocks.iter().map(render).collect();
    Ok(answer::ok(&json!({ "blocks": blocks, "total": found.total })))
}

async fn stats(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let stats = app.store.blocks().stats(now_ms()).await?;
    Ok(answer::ok(&json!({
        "total": stats.total,
        "last24h": stats.last_24h,
        "last7d": stats.last_7d,
        "totalReward": number(stats.total_reward),
        "lastBlock": stats.last_block.as_ref().map(render),
    })))
}

async fn add(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let block = parse(&fields, now_ms())?;
    let id = match app.store.blocks().insert(block.clone()).await {
        Ok(id) => id,
        Err(StoreError::Duplicate) => {
            let message = "Block already exists";
            return Ok(answer::ok(
                &json!({ "success": false, "message": message, "error": message }),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    let reward = number(block.reward);
    if let Some(Extension(identity)) = identity {
        let notification = NewNotification {
            user_id: identity.user.id,
            kind: "block_found".to_owned(),
            title: "Block Found!".to_owned(),
            message: format!(
                "You found block #{} on {} chain with reward {reward} QUAI",
                block.number, block.chain
            ),
        };
        // The block is safe; the note of it is not worth a failure.
        if let Err(error) = app.store.notifications().insert(notification).await {
            log::warn!("A notification was not saved: {error}");
        }
    }
    Ok(answer::ok(&json!({
        "success": true,
        "block": {
            "blockNumber": block.number,
            "blockHash": block.hash,
            "timestamp": block.timestamp_ms,
            "chain": block.chain,
            "reward": reward,
            "txHash": block.tx_hash,
            "id": id,
        },
    })))
}

/// Deviation R2: what Node stores unseen is checked here.
fn parse(fields: &Map<String, Value>, now_ms: i64) -> Result<NewBlock, ApiError> {
    let titled = |title: &'static str, error: ApiError| ApiError { error: title.into(), ..error };
    let number = match fields.get("blockNumber") {
        None | Some(Value::Null) => 0.0,
        Some(value) if *value == json!(0) || *value == json!("") => 0.0,
        Some(_) => body_number(fields, "blockNumber", 0.0, 1.0..=MAX_BLOCK_NUMBER)
            .and_then(|number| whole(number, "blockNumber"))
            .map_err(|error| titled("Invalid blockNumber", error))?,
    };
    if number == 0.0 {
        let mut error = ApiError::new(
            StatusCode::BAD_REQUEST,
            "blockNumber is required",
            "blockNumber must be a whole number from 1",
        );
        error.field = Some("blockNumber".into());
        return Err(error);
    }
    let now = now_ms as f64;
    let timestamp = match fields.get("timestamp") {
        // NODE-COMPAT: 0 means now.
        Some(value) if *value == json!(0) => now,
        _ => body_number(fields, "timestamp", now, MIN_TIME_MS..=now + DAY_MS)?,
    };
    Ok(NewBlock {
        number: number as i64,
        hash: hash(fields, "blockHash")?,
        timestamp_ms: whole(timestamp, "timestamp")? as i64,
        chain: chain(fields)?,
        reward: body_number(fields, "reward", 0.0, 0.0..=MAX_REWARD_QUAI)?,
        tx_hash: hash(fields, "txHash")?,
    })
}

fn whole(value: f64, name: &'static str) -> Result<f64, ApiError> {
    if value.fract() == 0.0 {
        Ok(value)
    } else {
        Err(ApiError::bad_value(name, format!("{name} must be a whole number")))
    }
}

fn hash(fields: &Map<String, Value>, name: &'static str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if is_hash(text) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::bad_value(name, format!("{name} must be 0x and 64 hex digits"))),
    }
}

fn is_hash(text: &str) -> bool {
    text.strip_prefix("0x")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn chain(fields: &Map<String, Value>) -> Result<String, ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-');
    match fields.get("chain") {
        None | Some(Value::Null) => Ok("Prime".to_owned()),
        Some(Value::String(chain)) if chain.is_empty() => Ok("Prime".to_owned()),
        Some(Value::String(chain))
            if chain.len() <= MAX_CHAIN_CHARS && chain.chars().all(allowed) =>
        {
            Ok(chain.clone())
        }
        Some(_) => Err(ApiError::bad_value(
            "chain",
            format!("chain must have 1 to {MAX_CHAIN_CHARS} letters, digits, spaces, _ or -"),
        )),
    }
}

/// Node's columns, and beside them the names that its page reads (R11).
fn render(block: &Block) -> Value {
    let (number, hash) = (cell(&block.block_number), cell(&block.block_hash));
    let tx_hash = cell(&block.tx_hash);
    json!({
        "id": block.id,
        "block_number": number,
        "block_hash": hash,
        "timestamp": cell(&block.timestamp),
        "chain": cell(&block.chain),
        "reward": cell(&block.reward),
        "tx_hash": tx_hash,
        "created_at": cell(&block.created_at),
        "blockNumber": number,
        "blockHash": hash,
        "txHash": tx_hash,
    })
}

/// A value as the file has it; old rows hold anything.
pub fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(integer) => (*integer).into(),
        Cell::Real(real) => number(*real),
        Cell::Text(text) => text.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
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
                    prop_assert!((1_420_070_400_000..=NOW + 86_400_000).contains(&block.timestamp_ms));
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
            assert_eq!(
                check(json!({ "blockNumber": number })),
                Err("blockNumber".into()),
                "{number}"
            );
        }
        let with = |name: &str, value: Value| check(json!({ "blockNumber": 1, name: value }));
        for (name, value) in [
            ("reward", json!(-3)),
            ("reward", json!("Infinity")),
            ("reward", json!("abc")),
            ("timestamp", json!("yesterday")),
            ("timestamp", json!(NOW + 86_400_001)),
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
}
