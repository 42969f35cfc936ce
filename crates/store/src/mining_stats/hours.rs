//! Rows of `mining_stats` folded into hours. They are made with the half-hourly
//! commit; whatever is not folded yet, and hours into which somebody has
//! written since, are read row by row. Nobody changes or deletes rows.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::buckets::{Numbers, Part, Standing};
use super::{COLUMNS, HOUR_MS, LOOK_BACK, stat};
use crate::cell::Cell;
use crate::error::StoreError;
use crate::state;

/// At a time: of a row every 30 s for each of twelve GPUs 35 000.
const DAY_MS: i64 = 24 * HOUR_MS;

/// The keys in `qm_state` of the time up to which rows are folded, and of the
/// last row that there was.
const UNTIL: &str = "stat_hours.until_ms";
const LAST_ID: &str = "stat_hours.last_id";

/// In place of a GPU's number: the rows of all of them.
const ALL: i64 = i64::MIN;

/// The time up to which hours can be read.
pub(crate) fn until(connection: &Connection) -> Result<i64, StoreError> {
    let (until_ms, folded_id) = (number(connection, UNTIL)?, number(connection, LAST_ID)?);
    if last_id(connection)? < folded_id {
        // Another table than that which was folded.
        return Ok(0);
    }
    // The plus sign keeps SQLite from walking through the index of times.
    let late: Option<Cell> = connection
        .prepare_cached(
            "SELECT timestamp FROM mining_stats WHERE id > ?1 AND +timestamp < ?2
             ORDER BY +timestamp LIMIT 1",
        )?
        .query_row((folded_id, until_ms), |row| row.get(0))
        .optional()?;
    Ok(match late.and_then(|late| late.number()) {
        Some(late_ms) => start_of_hour(late_ms as i64).max(0),
        None => until_ms,
    })
}

fn number(connection: &Connection, key: &str) -> Result<i64, StoreError> {
    Ok(state::get(connection, key)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Folds up to a day; `true` if there is more to do.
pub(crate) fn fold(connection: &Connection, now_ms: i64) -> Result<bool, StoreError> {
    let end_ms = start_of_hour(now_ms);
    let until_ms = until(connection)?;
    let last_id = last_id(connection)?;
    if until_ms >= end_ms && last_id == number(connection, LAST_ID)? {
        return Ok(false);
    }
    let next: Option<Cell> = connection
        .prepare_cached(
            "SELECT timestamp FROM mining_stats WHERE timestamp >= ?1 AND timestamp < ?2
             ORDER BY timestamp LIMIT 1",
        )?
        .query_row((until_ms, end_ms), |row| row.get(0))
        .optional()?;
    let from_ms = next.and_then(|at| at.number()).map(|at_ms| start_of_hour(at_ms as i64));
    let to_ms = from_ms.map_or(end_ms, |from_ms| end_ms.min(from_ms + DAY_MS));
    connection
        .prepare_cached("DELETE FROM qm_stat_hours WHERE hour >= ?1 AND hour < ?2")?
        .execute((until_ms / HOUR_MS, to_ms / HOUR_MS))?;
    if let Some(from_ms) = from_ms {
        fold_day(connection, from_ms, to_ms)?;
    }
    state::set(connection, UNTIL, &to_ms.max(until_ms).to_string())?;
    state::set(connection, LAST_ID, &last_id.to_string())?;
    Ok(to_ms < end_ms)
}

fn fold_day(connection: &Connection, from_ms: i64, to_ms: i64) -> Result<(), StoreError> {
    let mut standing = stand(connection, from_ms, None)?;
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM mining_stats WHERE timestamp >= ?1 AND timestamp < ?2
         ORDER BY timestamp"
    ))?;
    let mut insert = connection
        .prepare_cached("INSERT OR REPLACE INTO qm_stat_hours (hour, records) VALUES (?1, ?2)")?;
    let (mut hour, mut parts) = (0, BTreeMap::<i64, Part>::new());
    let mut rows = select.query((from_ms, to_ms))?;
    while let Some(row) = rows.next()? {
        let row = stat(row)?;
        let Some(at_ms) = row.timestamp.number() else { continue };
        let of_hour = (at_ms as i64).div_euclid(HOUR_MS);
        if of_hour != hour && !parts.is_empty() {
            insert.execute((hour, encode(&std::mem::take(&mut parts))))?;
        }
        hour = of_hour;
        let found = standing.stand(&row);
        parts.entry(ALL).or_default().add(&row, found);
        if let Cell::Integer(gpu) = row.gpu_id {
            parts.entry(gpu).or_default().add(&row, found);
        }
    }
    if !parts.is_empty() {
        insert.execute((hour, encode(&parts)))?;
    }
    Ok(())
}

/// Where the counters of each GPU stood before a time.
pub(super) fn stand(
    connection: &Connection,
    before_ms: i64,
    gpu_id: Option<i64>,
) -> Result<Standing, StoreError> {
    let mut before = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM mining_stats
         WHERE timestamp < ?1 AND (?2 IS NULL OR gpu_id = ?2)
         ORDER BY timestamp DESC LIMIT ?3"
    ))?;
    let before = before.query_map((before_ms, gpu_id, LOOK_BACK), stat)?;
    let mut standing = Standing::default();
    for row in before.collect::<Result<Vec<_>, _>>()?.iter().rev() {
        standing.stand(row);
    }
    Ok(standing)
}

/// Hands out the hours of a time in order, those in which there was a row.
pub(super) fn each(
    connection: &Connection,
    (from_ms, to_ms): (i64, i64),
    gpu_id: Option<i64>,
    mut take: impl FnMut(i64, &Part),
) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT hour, records FROM qm_stat_hours WHERE hour >= ?1 AND hour < ?2 ORDER BY hour",
    )?;
    let mut rows = select.query((from_ms.div_euclid(HOUR_MS), to_ms.div_euclid(HOUR_MS)))?;
    while let Some(row) = rows.next()? {
        let start_ms = row.get::<_, i64>(0)?.saturating_mul(HOUR_MS);
        let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
        let wanted = gpu_id.unwrap_or(ALL).to_le_bytes();
        let found = bytes.chunks_exact(RECORD).find_map(|record| record.strip_prefix(&wanted));
        if let Some(part) = found.and_then(decode) {
            take(start_ms, &part);
        }
    }
    Ok(())
}

pub(super) fn last_id(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM mining_stats")?
        .query_row([], |row| row.get(0))?)
}

fn start_of_hour(at_ms: i64) -> i64 {
    at_ms.saturating_sub(at_ms.rem_euclid(HOUR_MS))
}

/// Bytes of a record: the GPU, and eleven numbers; the lowest byte first.
const RECORD: usize = 12 * 8;

fn encode(parts: &BTreeMap<i64, Part>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.len() * RECORD);
    for (gpu, part) in parts {
        bytes.extend(gpu.to_le_bytes());
        for Numbers { count, sum, max } in [&part.hash_rate, &part.temperature, &part.power] {
            bytes.extend(u64::from(*count).to_le_bytes());
            bytes.extend(sum.to_le_bytes());
            bytes.extend(max.unwrap_or(0.0).to_le_bytes());
        }
        bytes.extend(part.accepted.to_le_bytes());
        bytes.extend(part.rejected.to_le_bytes());
    }
    bytes
}

/// What follows the GPU.
fn decode(record: &[u8]) -> Option<Part> {
    let fields = record.as_chunks().0;
    let number = |at: usize| fields.get(at).copied().map(f64::from_le_bytes);
    let numbers = |at: usize| {
        let count = u32::try_from(u64::from_le_bytes(*fields.get(at)?)).ok()?;
        let max = number(at + 2)?;
        Some(Numbers { count, sum: number(at + 1)?, max: (count > 0).then_some(max) })
    };
    Some(Part {
        hash_rate: numbers(0)?,
        temperature: numbers(3)?,
        power: numbers(6)?,
        accepted: number(9)?,
        rejected: number(10)?,
    })
}
