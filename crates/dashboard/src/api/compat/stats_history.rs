//! `/api/stats/history`: the Node server's history table (deviation R9), and
//! what pages post of their own (R19).

use std::fmt::{self, Write};

use axum::extract::State;
use axum::response::Response;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{ClientStat, MiningStat, StatBucket, StatsQuery};
use serde_json::{Value, json};

use super::super::answer;
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
/// A day of rows; for more there are `aggregated` and the exports.
const MAX_LIMIT: u32 = 2_880;
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
                .query("limit", count().about("Of more rows the newest; 1000, at most 2880"))
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
        written(table.buckets(selection, interval).await?.iter(), bucket)
    } else {
        written(table.rows(selection).await?.iter(), row)
    };
    let text = format!("{{\"success\":true,\"history\":[{rows}],\"data\":[{rows}]}}");
    Ok(answer::rendered(text.into()))
}

/// Members of an array.
fn written<T>(rows: impl Iterator<Item = T>, write: fn(&mut String, T) -> fmt::Result) -> String {
    let mut text = String::new();
    for row in rows {
        if !text.is_empty() {
            text.push(',');
        }
        // To a text it cannot fail.
        let _ = write(&mut text, row);
    }
    text
}

/// Node's columns, and beside them the names that its page reads (R11).
fn row(text: &mut String, stat: &MiningStat) -> fmt::Result {
    let (id, timestamp, created_at) =
        (cell(&stat.id), cell(&stat.timestamp), cell(&stat.created_at));
    let (hashrate, temperature) = (cell(&stat.hash_rate), cell(&stat.temperature));
    let (accepted, rejected) = (cell(&stat.accepted_shares), cell(&stat.rejected_shares));
    let (power, fan, gpu) = (cell(&stat.power_usage), cell(&stat.fan_speed), cell(&stat.gpu_id));
    write!(
        text,
        "{{\"id\":{id},\"timestamp\":{timestamp},\"hash_rate\":{hashrate},\
         \"accepted_shares\":{accepted},\"rejected_shares\":{rejected},\
         \"power_usage\":{power},\"temperature\":{temperature},\"fan_speed\":{fan},\
         \"gpu_id\":{gpu},\"created_at\":{created_at},\"hashRate\":{hashrate},\
         \"acceptedShares\":{accepted},\"rejectedShares\":{rejected},\
         \"powerUsage\":{power},\"fanSpeed\":{fan},\"gpuId\":{gpu}}}"
    )
}

fn bucket(text: &mut String, bucket: &StatBucket) -> fmt::Result {
    let known = |number: Option<f64>| Value::from(number);
    write!(
        text,
        "{{\"time_bucket\":{start},\"timestamp\":{start},\"avg_hash_rate\":{},\
         \"max_hash_rate\":{},\"avg_temperature\":{},\"max_temperature\":{},\
         \"avg_power\":{},\"total_accepted\":{},\"total_rejected\":{}}}",
        known(bucket.avg_hash_rate),
        known(bucket.max_hash_rate),
        known(bucket.avg_temperature),
        known(bucket.max_temperature),
        known(bucket.avg_power),
        Value::from(bucket.total_accepted),
        Value::from(bucket.total_rejected),
        start = bucket.time_bucket,
    )
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
