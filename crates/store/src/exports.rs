//! Whole tables, handed out in pages: each page is read in a transaction of
//! its own, so that a slow client keeps neither the log of the database from
//! being put away nor a month of rows in memory.

use quaiminer_domain::history::MinerSample;
use rusqlite::OptionalExtension;

use crate::blocks::{self, Block};
use crate::cell::Cell;
use crate::error::StoreError;
use crate::mining_stats::{self, MiningStat, StatsQuery};
use crate::{Store, history, samples};

/// Rows of a page, about 100 kB of text.
const ROWS: u32 = 1_000;
/// Stretches of time that are looked at for as many samples.
const LEAST_MS: i64 = 60_000;
const MOST_MS: i64 = 24 * 3_600_000;
/// More than the next commit will write.
const LIVE_ROWS: u32 = 1_000;

/// The last row of a page: what it is ordered by, and its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    value: Cell,
    id: i64,
}

/// Where an export of statistics has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct StatsPlace {
    after: Place,
    /// Rows that came later are not in the table's pages.
    last_id: i64,
    /// Only what the table does not hold yet is left.
    table_done: bool,
}

/// Where an export of samples has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplesPlace {
    from_ms: i64,
    /// How much time the next page looks at.
    window_ms: i64,
}

pub struct Exports<'a>(pub(crate) &'a Store);

impl Exports<'_> {
    /// The next blocks, the highest number first. Gives back `state` and where
    /// to go on; `None` at the end.
    pub async fn blocks<T: Send + 'static>(
        &self,
        after: Option<Place>,
        mut state: T,
        mut take: impl FnMut(&mut T, &Block) + Send + 'static,
    ) -> Result<(T, Option<Place>), StoreError> {
        self.0
            .read(move |connection| {
                let mut select = connection.prepare_cached(&format!(
                    "SELECT {} FROM validated_blocks
                     WHERE ?1 IS NULL OR (block_number, id) < (?1, ?2)
                     ORDER BY block_number DESC, id DESC LIMIT ?3",
                    blocks::COLUMNS
                ))?;
                let (value, id) = after.map_or((Cell::Null, 0), |place| (place.value, place.id));
                let mut rows = select.query((value, id, ROWS))?;
                let (mut count, mut last) = (0, None);
                while let Some(row) = rows.next()? {
                    let block = blocks::block(row)?;
                    take(&mut state, &block);
                    count += 1;
                    last = Some(Place { value: block.block_number, id: block.id });
                }
                Ok((state, last.filter(|_| count == ROWS)))
            })
            .await
    }

    /// The next rows of Node's history, the oldest first, and at the end those
    /// that its table does not hold yet.
    pub async fn stats<T: Send + 'static>(
        &self,
        query: StatsQuery,
        after: Option<StatsPlace>,
        mut state: T,
        mut take: impl FnMut(&mut T, &MiningStat) + Send + 'static,
    ) -> Result<(T, Option<StatsPlace>), StoreError> {
        if let Some(place) = after.as_ref().filter(|place| place.table_done) {
            let query = StatsQuery { limit: LIVE_ROWS, ..query };
            for row in self.0.mining_stats().rows(query).await? {
                if row.id.number().is_some_and(|id| id > place.last_id as f64) {
                    take(&mut state, &row);
                }
            }
            return Ok((state, None));
        }
        self.0
            .read(move |connection| {
                let last_id = match &after {
                    Some(place) => place.last_id,
                    None => connection
                        .prepare_cached("SELECT coalesce(max(id), 0) FROM mining_stats")?
                        .query_row([], |row| row.get(0))?,
                };
                let mut place = after.map_or_else(
                    || Place { value: Cell::Integer(mining_stats::after_ms(query)), id: i64::MAX },
                    |place| place.after,
                );
                let mut select = connection.prepare_cached(&format!(
                    "SELECT {} FROM mining_stats
                     WHERE (timestamp, id) > (?1, ?2) AND id <= ?3 AND (?4 IS NULL OR gpu_id = ?4)
                     ORDER BY timestamp, id LIMIT ?5",
                    mining_stats::COLUMNS
                ))?;
                let mut rows =
                    select.query((&place.value, place.id, last_id, query.gpu_id, ROWS))?;
                let mut count = 0;
                while let Some(row) = rows.next()? {
                    let stat = mining_stats::stat(row)?;
                    take(&mut state, &stat);
                    count += 1;
                    place = Place { value: stat.timestamp, id: row.get(0)? };
                }
                let next = StatsPlace { after: place, last_id, table_done: count < ROWS };
                Ok((state, Some(next)))
            })
            .await
    }

    /// The next samples as they were measured, the oldest first, those that
    /// wait for the disk included.
    pub async fn samples<T: Send + 'static>(
        &self,
        (from_ms, to_ms): (i64, i64),
        after: Option<SamplesPlace>,
        mut state: T,
        mut take: impl FnMut(&mut T, &MinerSample) + Send + 'static,
    ) -> Result<(T, Option<SamplesPlace>), StoreError> {
        let place = after.unwrap_or(SamplesPlace { from_ms, window_ms: LEAST_MS });
        let waiting = self.0.inbox().samples_of(place.from_ms, to_ms);
        self.0
            .read(move |connection| {
                // Nothing is before the oldest.
                let oldest: Option<i64> = connection
                    .prepare_cached(
                        "SELECT key FROM qm_samples WHERE key >= ?1 ORDER BY key LIMIT 1",
                    )?
                    .query_row([samples::key_of(place.from_ms)], |row| row.get(0))
                    .optional()?;
                let oldest = oldest.map(samples::time_of);
                let first = waiting.front().map(|sample| sample.at_ms);
                let Some(start_ms) = oldest.into_iter().chain(first).min() else {
                    return Ok((state, None));
                };
                let end_ms = start_ms.saturating_add(place.window_ms).min(to_ms);
                let mut count: i64 = 0;
                history::each(connection, &waiting, start_ms, end_ms, |sample| {
                    count += 1;
                    take(&mut state, sample);
                })?;
                let window_ms = place.window_ms.saturating_mul(i64::from(ROWS)) / count.max(1);
                let window_ms = window_ms.clamp(LEAST_MS, MOST_MS);
                let next = SamplesPlace { from_ms: end_ms, window_ms };
                Ok((state, (end_ms < to_ms).then_some(next)))
            })
            .await
    }
}
