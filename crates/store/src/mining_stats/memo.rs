//! Buckets of earlier questions. A month of rows takes a tenth of a second to
//! read; those that came since the last question take none.

use rusqlite::{Connection, OptionalExtension};

use super::buckets::{BUCKETS_MAX, Buckets};
use super::{COLUMNS, HOUR_MS, hours, stat};
use crate::cell::Cell;
use crate::error::StoreError;

/// Questions that are remembered: one for each view that somebody looks at.
const MEMOS: usize = 4;

/// What is asked for, whole buckets from a time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) from_ms: i64,
    pub(super) interval_ms: i64,
    pub(super) gpu_id: Option<i64>,
}

#[derive(Default)]
pub(crate) struct Memos(Vec<Memo>);

#[derive(Clone)]
pub(super) struct Memo {
    question: Question,
    pub(super) buckets: Buckets,
    /// All rows up to this one are in the buckets.
    last_id: i64,
    last_ms: f64,
}

impl Memos {
    /// One that answers the question when it has caught up.
    pub(super) fn take(&mut self, question: Question) -> Option<Memo> {
        let fits = |memo: &Memo| {
            let Question { from_ms, interval_ms, gpu_id } = memo.question;
            from_ms <= question.from_ms
                && interval_ms == question.interval_ms
                && gpu_id == question.gpu_id
        };
        let place = self.0.iter().position(fits)?;
        Some(self.0.remove(place))
    }

    pub(super) fn put(&mut self, memo: Memo) {
        self.0.truncate(MEMOS - 1);
        self.0.insert(0, memo);
    }
}

impl Memo {
    /// Where there are more rows than can be shown, those that could not are
    /// left alone.
    pub(super) fn read(connection: &Connection, question: Question) -> Result<Self, StoreError> {
        let newest: Option<f64> = connection
            .prepare_cached(
                "SELECT timestamp FROM mining_stats WHERE timestamp <= ?1
                 ORDER BY timestamp DESC LIMIT 1",
            )?
            .query_row([i64::MAX], |row| Ok(row.get::<_, Cell>(0)?.number()))
            .optional()?
            .flatten();
        let most_ms = question.interval_ms.saturating_mul(BUCKETS_MAX as i64);
        let shown_ms = newest.map_or(i64::MIN, |newest| (newest as i64).saturating_sub(most_ms));
        let shown_ms = shown_ms.saturating_sub(shown_ms.rem_euclid(question.interval_ms));
        if shown_ms > question.from_ms {
            let memo = Memo::read_from(connection, question, shown_ms)?;
            if memo.buckets.is_full() {
                return Ok(memo);
            }
            // Of some of the time there are no rows.
        }
        Memo::read_from(connection, question, question.from_ms)
    }

    fn read_from(
        connection: &Connection,
        question: Question,
        from_ms: i64,
    ) -> Result<Self, StoreError> {
        let mut memo = Memo {
            question,
            buckets: Buckets::new(question.interval_ms),
            last_id: hours::last_id(connection)?,
            last_ms: f64::NEG_INFINITY,
        };
        // Whole hours are added up already.
        let mut rows_from_ms = from_ms;
        let hours_until_ms = hours::until(connection)?;
        if question.interval_ms % HOUR_MS == 0 && hours_until_ms > from_ms {
            hours::each(connection, (from_ms, hours_until_ms), question.gpu_id, |at_ms, part| {
                memo.buckets.push_part(at_ms, part);
            })?;
            rows_from_ms = hours_until_ms;
            memo.last_ms = hours_until_ms as f64;
        }
        memo.buckets.stand(hours::stand(connection, rows_from_ms, question.gpu_id)?);
        memo.add(connection, "timestamp >= ?1", "timestamp", rows_from_ms)?;
        Ok(memo)
    }

    /// The same with the rows that came since; `None` if one of them belongs
    /// among the earlier ones.
    pub(super) fn catch_up(
        mut self,
        connection: &Connection,
        question: Question,
    ) -> Result<Option<Self>, StoreError> {
        let last_id = hours::last_id(connection)?;
        // The plus signs keep SQLite from walking through the index of times.
        let is_late = "SELECT 1 FROM mining_stats WHERE id > ?1 AND +timestamp < ?2";
        if last_id < self.last_id
            || connection.prepare_cached(is_late)?.exists((self.last_id, self.last_ms))?
        {
            return Ok(None);
        }
        self.add(connection, "id > ?1", "+timestamp", self.last_id)?;
        self.last_id = last_id;
        self.question = question;
        self.buckets.forget_before(question.from_ms);
        Ok(Some(self))
    }

    fn add(
        &mut self,
        connection: &Connection,
        condition: &str,
        order: &str,
        parameter: i64,
    ) -> Result<(), StoreError> {
        let mut select = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM mining_stats
             WHERE {condition} AND (?2 IS NULL OR gpu_id = ?2) ORDER BY {order}"
        ))?;
        let mut rows = select.query((parameter, self.question.gpu_id))?;
        while let Some(row) = rows.next()? {
            let row = stat(row)?;
            if let Some(at_ms) = row.timestamp.number().filter(|at_ms| at_ms.is_finite()) {
                self.last_ms = at_ms;
                self.buckets.push(&row);
            }
        }
        Ok(())
    }
}
