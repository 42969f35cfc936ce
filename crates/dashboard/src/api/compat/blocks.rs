//! `/api/blocks/…`: blocks that were found, as pages and scripts post them.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::HeaderMap;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{Block, BlockList, Cell, NewBlock, NewNotification, StoreError};
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::{Content, Doc};
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::{
    self, Schema, count, either, integer, list, number_or_text, object, text,
};
use super::export::text::Text;
use super::text::is_falsy;
use super::{body_number, exact};
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
const HOUR_MS: i64 = 3_600_000;
const MAX_CHAIN_CHARS: usize = 32;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/blocks/validated", Access::VIEW, list_blocks).doc(|| {
            Doc::new("Blocks that were found, the highest number first")
                .query("limit", count().about("100; at most 500"))
                .gives(object([("blocks", list(block_schema())), ("total", integer())]))
                .answer(304, "Unchanged since the answer with the tag sent", Content::Nothing)
        }),
        Route::post("/api/blocks/validated", Access::OPERATE, add)
            .counted_as(Budget::Blocks)
            .doc(add_doc),
        Route::get("/api/blocks/stats", Access::VIEW, stats).doc(|| {
            Doc::new("How many blocks were found").gives(object([
                ("total", integer()),
                ("last24h", integer()),
                ("last7d", integer()),
                ("totalReward", schema::number().about("QUAI")),
                ("lastBlock", block_schema().or_null()),
            ]))
        }),
    ]
}

fn block_schema() -> Schema {
    object([
        ("id", integer()),
        ("block_number", schema::cell()),
        ("block_hash", schema::cell()),
        ("timestamp", schema::cell()),
        ("chain", schema::cell()),
        ("reward", schema::cell()),
        ("tx_hash", schema::cell()),
        ("created_at", schema::cell()),
        ("blockNumber", schema::cell()),
        ("blockHash", schema::cell()),
        ("txHash", schema::cell()),
    ])
}

fn add_doc() -> Doc {
    let number =
        either([integer().between(1.0, MAX_BLOCK_NUMBER), text().like("^0{0,9}[1-9][0-9]{0,14}$")]);
    let time = either([
        integer().between(MIN_TIME_MS, latest_ms(now_ms())),
        schema::exactly(0).about("Now"),
        text().like("^$"),
        schema::null(),
    ]);
    let hash = || either([text().like("^(0x[0-9a-fA-F]{64})?$"), schema::null()]);
    let chain = text().like("^[A-Za-z0-9 _-]{0,32}$").or_null();
    Doc::new("Notes a block that was found")
        .takes(
            object([("blockNumber", number)])
                .with("timestamp", time)
                .with("blockHash", hash())
                .with("txHash", hash())
                .with("chain", chain.about("Prime"))
                .with("reward", number_or_text(0.0, MAX_REWARD_QUAI).about("QUAI")),
        )
        .gives(either([
            object([
                ("success", schema::exactly(true)),
                (
                    "block",
                    object([
                        ("blockNumber", integer()),
                        ("blockHash", text().or_null()),
                        ("timestamp", integer()),
                        ("chain", text()),
                        ("reward", schema::number()),
                        ("txHash", text().or_null()),
                        ("id", integer()),
                    ]),
                ),
            ]),
            object([("success", schema::exactly(false)), ("message", text()), ("error", text())]),
        ]))
}

/// A day from now, for clocks differ; up to the next whole hour, so that the
/// description of the API says the same for a while.
fn latest_ms(now_ms: i64) -> f64 {
    (((now_ms + DAY_MS as i64) / HOUR_MS + 1) * HOUR_MS) as f64
}

async fn list_blocks(
    State(app): State<SharedApp>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let limit = query.number("limit", DEFAULT_LIMIT, MAX_LIMIT)?;
    let found = app.store.blocks().list(Some(limit)).await?;
    Ok(answer::tagged(written(&found), &headers))
}

/// Written at once: as a tree of values, hundreds of blocks take several times
/// as long.
fn written(list: &BlockList) -> Vec<u8> {
    let mut text = Text::default();
    text.push("{\"blocks\":[");
    for (index, block) in list.blocks.iter().enumerate() {
        text.push(if index == 0 { "{\"id\":" } else { ",{\"id\":" });
        text.integer(block.id);
        for (name, value) in columns(block) {
            text.push(",\"");
            text.push(name);
            text.push("\":");
            text.json(value);
        }
        text.push("}");
    }
    text.push(&format!("],\"total\":{}}}", list.total));
    text.take()
}

async fn stats(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let stats = app.store.blocks().stats(now_ms()).await?;
    Ok(answer::ok(&json!({
        "total": stats.total,
        "last24h": stats.last_24h,
        "last7d": stats.last_7d,
        "totalReward": exact(stats.total_reward),
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
    let reward = exact(block.reward);
    if let Some(Extension(identity)) = identity {
        let notification = NewNotification {
            user_id: identity.user.id,
            kind: "block_found".to_owned(),
            title: "Block Found!".to_owned(),
            message: format!(
                "You found block #{} on {} chain with reward {} QUAI",
                block.number,
                block.chain,
                plain(block.reward)
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
        // NODE-COMPAT: whatever JavaScript takes for false is missing.
        value if is_falsy(value) => 0.0,
        _ => body_number(fields, "blockNumber", 0.0, 1.0..=MAX_BLOCK_NUMBER)
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
        _ => body_number(fields, "timestamp", now, MIN_TIME_MS..=latest_ms(now_ms))?,
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

/// Node's columns but the id, and beside them the names that its page reads
/// (R11).
fn columns(block: &Block) -> [(&'static str, &Cell); 10] {
    [
        ("block_number", &block.block_number),
        ("block_hash", &block.block_hash),
        ("timestamp", &block.timestamp),
        ("chain", &block.chain),
        ("reward", &block.reward),
        ("tx_hash", &block.tx_hash),
        ("created_at", &block.created_at),
        ("blockNumber", &block.block_number),
        ("blockHash", &block.block_hash),
        ("txHash", &block.tx_hash),
    ]
}

fn render(block: &Block) -> Value {
    let columns = columns(block).map(|(name, value)| (name.to_owned(), cell(value)));
    let id = ("id".to_owned(), block.id.into());
    Value::Object(std::iter::once(id).chain(columns).collect())
}

/// A value as the file has it; old rows hold anything.
pub fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(integer) => (*integer).into(),
        Cell::Real(real) => exact(*real),
        Cell::Text(text) => text.as_str().into(),
    }
}

/// As JavaScript writes it into a text.
fn plain(number: f64) -> String {
    if number != 0.0 && number < 1e-6 { format!("{number:e}") } else { number.to_string() }
}

#[cfg(test)]
mod tests;
