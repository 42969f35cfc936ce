//! NODE-COMPAT: the rig's history as Node's `mining_stats` holds it, and what
//! that table does not hold yet.

mod buckets;
pub(crate) mod hours;
mod memo;

use std::cmp::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Row};

pub use buckets::StatBucket;
pub(crate) use memo::Memos;
use memo::{Memo, Question};

use crate::cell::Cell;
use crate::error::StoreError;
use crate::slots::{self, Slot, Slots};
use crate::{MAX_ROWS, Store, chores, history};

pub(crate) const COLUMNS: &str =
    "id, timestamp, hash_rate, accepted_shares, rejected_shares, power_usage,
    temperature, fan_speed, gpu_id, created_at";

const HOUR_MS: i64 = 3_600_000;
/// Rows to look back for where the counters of each GPU stood.
const LOOK_BACK: u32 = 100;

/// As the query of Node's route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatsQuery {
    pub now_ms: i64,
    pub hours: u32,
    /// Of more rows the newest.
    pub limit: u32,
    pub gpu_id: Option<i64>,
}

/// A row as it is stored; any column may hold anything. NULL is unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct MiningStat {
    pub id: Cell,
    pub timestamp: Cell,
    /// MH/s.
    pub hash_rate: Cell,
    /// Counters of the miners, added up.
    pub accepted_shares: Cell,
    pub rejected_shares: Cell,
    pub power_usage: Cell,
    pub temperature: Cell,
    pub fan_speed: Cell,
    pub gpu_id: Cell,
    pub created_at: Cell,
}

pub struct MiningStats<'a>(pub(crate) &'a Store);

impl MiningStats<'_> {
    /// By time, the oldest first.
    pub async fn rows(&self, query: StatsQuery) -> Result<Vec<MiningStat>, StoreError> {
        let query = StatsQuery { limit: query.limit.min(MAX_ROWS), ..query };
        let waiting = self.0.inbox().samples_of(0, slots::start_of(query.now_ms));
        self.0
            .read(move |connection| {
                let mut rows = stored(connection, query)?;
                rows.extend(live(connection, waiting, query)?);
                rows.sort_by(|left, right| order(&left.timestamp, &right.timestamp));
                let surplus = rows.len().saturating_sub(query.limit as usize);
                rows.drain(..surplus);
                Ok(rows)
            })
            .await
    }

    /// All rows of that time, with those of each `interval_min` minutes taken
    /// together, the first of them whole; of more buckets than the limit the
    /// newest.
    pub async fn buckets(
        &self,
        query: StatsQuery,
        interval_min: u32,
    ) -> Result<Vec<StatBucket>, StoreError> {
        let limit = query.limit as usize;
        let waiting = self.0.inbox().samples_of(0, slots::start_of(query.now_ms));
        let interval_ms = i64::from(interval_min.max(1)) * 60_000;
        let after_ms = after_ms(query);
        let from_ms = after_ms.saturating_sub(after_ms.rem_euclid(interval_ms));
        let question = Question { from_ms, interval_ms, gpu_id: query.gpu_id };
        let memos = self.0.memos();
        self.0
            .read(move |connection| {
                // Nobody waits for a lock while somebody reads.
                let memo = lock(&memos).take(question);
                let memo = match memo {
                    Some(memo) => memo.catch_up(connection, question)?,
                    None => None,
                };
                let memo = match memo {
                    Some(memo) => memo,
                    None => Memo::read(connection, question)?,
                };
                let mut buckets = memo.buckets.clone();
                lock(&memos).put(memo);
                live(connection, waiting, query)?.iter().for_each(|row| buckets.push(row));
                Ok(buckets.finish(limit))
            })
            .await
    }
}

fn lock(memos: &Mutex<Memos>) -> MutexGuard<'_, Memos> {
    memos.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stored(connection: &Connection, query: StatsQuery) -> Result<Vec<MiningStat>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM mining_stats
         WHERE timestamp > ?1 AND (?2 IS NULL OR gpu_id = ?2)
         ORDER BY timestamp DESC LIMIT ?3"
    ))?;
    let rows = select.query_map((after_ms(query), query.gpu_id, query.limit), stat)?;
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.reverse();
    Ok(rows)
}

/// The rows that the next commit will write.
fn live(
    connection: &Connection,
    waiting: history::Waiting,
    query: StatsQuery,
) -> Result<Vec<MiningStat>, StoreError> {
    if query.gpu_id.is_some_and(|gpu| gpu != 0) {
        return Ok(Vec::new());
    }
    let from_ms = chores::derived_until(connection, query.now_ms)?;
    let to_ms = slots::start_of(query.now_ms);
    let mut last_id: i64 = connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM mining_stats")?
        .query_row([], |row| row.get(0))?;
    let mut rows = Vec::new();
    let mut slots = Slots::new(|slot: Slot| {
        last_id += 1;
        rows.push((last_id, slot));
    });
    history::each(connection, &waiting, from_ms, to_ms, |sample| slots.push(sample))?;
    slots.finish();

    let after_ms = after_ms(query);
    let mut created_at = connection.prepare_cached("SELECT datetime(?1 / 1000, 'unixepoch')")?;
    rows.into_iter()
        .filter(|(_, slot)| slot.at_ms > after_ms)
        .map(|(id, slot)| {
            Ok(MiningStat {
                id: Cell::Integer(id),
                timestamp: Cell::Integer(slot.at_ms),
                hash_rate: real(slot.hashrate_mhs),
                accepted_shares: integer(slot.accepted),
                rejected_shares: integer(slot.rejected),
                power_usage: real(slot.power_w),
                temperature: real(slot.temp_c),
                fan_speed: integral(slot.fan_percent),
                gpu_id: Cell::Integer(0),
                created_at: created_at.query_row([slot.at_ms], |row| row.get(0))?,
            })
        })
        .collect()
}

pub(crate) fn after_ms(query: StatsQuery) -> i64 {
    query.now_ms.saturating_sub(i64::from(query.hours).saturating_mul(HOUR_MS))
}

/// As SQLite orders: numbers before text.
fn order(left: &Cell, right: &Cell) -> Ordering {
    match (left.number(), right.number()) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn real(number: Option<f64>) -> Cell {
    number.map_or(Cell::Null, Cell::Real)
}

/// A column of integers stores a number without a fraction as an integer.
fn integral(number: Option<f64>) -> Cell {
    match number {
        Some(number) if number.fract() == 0.0 => Cell::Integer(number as i64),
        number => real(number),
    }
}

fn integer(number: Option<i64>) -> Cell {
    number.map_or(Cell::Null, Cell::Integer)
}

pub(crate) fn stat(row: &Row<'_>) -> rusqlite::Result<MiningStat> {
    Ok(MiningStat {
        id: row.get(0)?,
        timestamp: row.get(1)?,
        hash_rate: row.get(2)?,
        accepted_shares: row.get(3)?,
        rejected_shares: row.get(4)?,
        power_usage: row.get(5)?,
        temperature: row.get(6)?,
        fan_speed: row.get(7)?,
        gpu_id: row.get(8)?,
        created_at: row.get(9)?,
    })
}
