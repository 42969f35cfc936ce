//! `/api/stats/history`: the Node server's history table (deviation R9), and
//! what pages post of their own (R19).

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{ClientStat, MiningStat, StatBucket, StatsQuery};
use serde_json::{Value, json};

use super::super::answer::{self, Pieces};
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::cell as cell_schema;
use super::super::schema::{boolean, count, exactly, list, map, number_or_text, object, text};
use super::blocks::cell;
use super::body_number;
use crate::access::Access;
use crate::app::SharedApp;

const DEFAULT_HOURS: u32 = 24;
/// A year.
const MAX_HOURS: u32 = 8784;
const DEFAULT_LIMIT: u32 = 1000;
/// NODE-COMPAT: as many as Node gives to who does not ask for more. For more
/// there are `aggregated` and the exports.
const MAX_LIMIT: u32 = 1_000;
const DEFAULT_INTERVAL_MIN: u32 = 60;
const MAX_INTERVAL_MIN: u32 = 1440;
/// What pages post.
const FIELDS: [&str; 8] = [
    "timestamp",
    "hashRate",
    "acceptedShares",
    "rejectedShares",
    "powerUsage",
    "temperature",
    "fanSpeed",
    "gpuId",
];
/// No counter and no reading of a rig is larger.
const MAX_VALUE: f64 = 1e15;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/stats/history", Access::VIEW, get).doc(|| {
            let row = || map(cell_schema());
            Doc::new("The rig's history, a row for every 30 s or every `interval`")
                .query("hours", count().about("Back from now; 24"))
                .query("gpuId", count().about("Rows of this GPU only"))
                .query("limit", count().about("Of more rows the newest; 1000, which is the most"))
                .query("aggregated", text().about("`true` for rows of `interval` minutes each"))
                .query("interval", count().about("Minutes; 60"))
                .gives(object([
                    ("success", exactly(true)),
                    ("history", list(row())),
                    ("data", list(row())),
                ]))
        }),
        Route::post("/api/stats/history", Access::OPERATE, post).doc(|| {
            let value = || number_or_text(0.0, MAX_VALUE);
            let mut body = object([]);
            for name in FIELDS {
                body = body.with(name, value());
            }
            Doc::new("What a page displayed; kept apart from what was measured")
                .may_take(body)
                .gives(object([("success", boolean())]))
        }),
    ]
}

async fn get(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let selection = StatsQuery {
        now_ms: now_ms(),
        hours: query.number("hours", DEFAULT_HOURS, MAX_HOURS)?,
        gpu_id: query.optional("gpuId", u32::MAX)?.map(i64::from),
        limit: query.number("limit", DEFAULT_LIMIT, MAX_LIMIT)?,
    };
    let interval = query.number("interval", DEFAULT_INTERVAL_MIN, MAX_INTERVAL_MIN)?;
    let table = app.store.mining_stats();
    // Written row by row: a thousand of them as a tree of values take longer
    // than to be read.
    let rows = if query.flag("aggregated") {
        written(&table.buckets(selection, interval).await?, bucket)
    } else {
        written(&table.rows(selection).await?, row)
    };
    // Both arrays are the same rows, once in memory.
    let frame = |text: &'static str| std::iter::once(Bytes::from_static(text.as_bytes()));
    let body = frame("{\"success\":true,\"history\":[")
        .chain(rows.clone())
        .chain(frame("],\"data\":["))
        .chain(rows)
        .chain(frame("]}"));
    Ok(answer::in_parts(body))
}

/// Members of an array.
fn written<T>(rows: &[T], write: fn(&mut Vec<u8>, &T)) -> Vec<Bytes> {
    let mut pieces = Pieces::default();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            pieces.text.push(b',');
        }
        write(&mut pieces.text, row);
        pieces.cut();
    }
    pieces.finish()
}

/// Node's columns, and beside them the names that its page reads (R11).
fn row(text: &mut Vec<u8>, stat: &MiningStat) {
    let columns = [
        ("{\"id\":", &stat.id, None),
        (",\"timestamp\":", &stat.timestamp, None),
        (",\"hash_rate\":", &stat.hash_rate, Some(",\"hashRate\":")),
        (",\"accepted_shares\":", &stat.accepted_shares, Some(",\"acceptedShares\":")),
        (",\"rejected_shares\":", &stat.rejected_shares, Some(",\"rejectedShares\":")),
        (",\"power_usage\":", &stat.power_usage, Some(",\"powerUsage\":")),
        (",\"temperature\":", &stat.temperature, None),
        (",\"fan_speed\":", &stat.fan_speed, Some(",\"fanSpeed\":")),
        (",\"gpu_id\":", &stat.gpu_id, Some(",\"gpuId\":")),
        (",\"created_at\":", &stat.created_at, None),
    ];
    for (name, column, twin) in columns {
        text.extend_from_slice(name.as_bytes());
        let start = text.len();
        put(text, &cell(column));
        if let Some(twin) = twin {
            let end = text.len();
            text.extend_from_slice(twin.as_bytes());
            text.extend_from_within(start..end);
        }
    }
    text.push(b'}');
}

fn bucket(text: &mut Vec<u8>, bucket: &StatBucket) {
    let start = Value::from(bucket.time_bucket);
    for (name, value) in [
        ("{\"time_bucket\":", start.clone()),
        (",\"timestamp\":", start),
        (",\"avg_hash_rate\":", bucket.avg_hash_rate.into()),
        (",\"max_hash_rate\":", bucket.max_hash_rate.into()),
        (",\"avg_temperature\":", bucket.avg_temperature.into()),
        (",\"max_temperature\":", bucket.max_temperature.into()),
        (",\"avg_power\":", bucket.avg_power.into()),
        (",\"total_accepted\":", bucket.total_accepted.into()),
        (",\"total_rejected\":", bucket.total_rejected.into()),
    ] {
        text.extend_from_slice(name.as_bytes());
        put(text, &value);
    }
    text.push(b'}');
}

/// To memory it cannot fail.
fn put(text: &mut Vec<u8>, value: &Value) {
    let _ = serde_json::to_writer(text, value);
}

/// What a page displayed. It is no measurement and is kept apart.
async fn post(State(app): State<SharedApp>, Fields(fields): Fields) -> Result<Response, ApiError> {
    let value = |name| body_number(&fields, name, 0.0, 0.0..=MAX_VALUE);
    let at_ms = body_number(&fields, "timestamp", now_ms() as f64, 0.0..=MAX_VALUE)?;
    app.store.client_stats().record(ClientStat {
        at_ms: if at_ms == 0.0 { now_ms() } else { at_ms as i64 },
        hashrate_mhs: value("hashRate")?,
        accepted: value("acceptedShares")? as i64,
        rejected: value("rejectedShares")? as i64,
        power_w: value("powerUsage")?,
        temp_c: value("temperature")?,
        fan_percent: value("fanSpeed")?,
        gpu: value("gpuId")? as i64,
    });
    Ok(answer::ok(&json!({ "success": true })))
}
