//! Buckets of earlier questions. A month of rows takes a tenth of a second to
//! read; those that came since the last question take none.

use rusqlite::Connection;

use super::buckets::Buckets;
use super::{COLUMNS, stat};
use crate::error::StoreError;

/// Questions that are remembered: one for each view that somebody looks at.
const MEMOS: usize = 4;
/// Longer answers would be memory more than time.
const BUCKETS_MAX: usize = 2_000;
/// Rows to look back for where the counters of each GPU stood.
const LOOK_BACK: u32 = 100;

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
        if memo.buckets.len() <= BUCKETS_MAX {
            self.0.truncate(MEMOS - 1);
            self.0.insert(0, memo);
        }
    }
}

impl Memo {
    pub(super) fn read(connection: &Connection, question: Question) -> Result<Self, StoreError> {
        let mut memo = Memo {
            question,
            buckets: Buckets::new(question.interval_ms),
            last_id: last_id(connection)?,
            last_ms: f64::NEG_INFINITY,
        };
        let mut before = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM mining_stats
             WHERE timestamp < ?1 AND (?2 IS NULL OR gpu_id = ?2)
             ORDER BY timestamp DESC LIMIT ?3"
        ))?;
        let before = before.query_map((question.from_ms, question.gpu_id, LOOK_BACK), stat)?;
        for row in before.collect::<Result<Vec<_>, _>>()?.iter().rev() {
            memo.buckets.stand(row);
        }
        memo.add(connection, "timestamp >= ?1", "timestamp", question.from_ms)?;
        Ok(memo)
    }

    /// The same with the rows that came since; `None` if one of them belongs
    /// among the earlier ones.
    pub(super) fn catch_up(
        mut self,
        connection: &Connection,
        question: Question,
    ) -> Result<Option<Self>, StoreError> {
        let last_id = last_id(connection)?;
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

fn last_id(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM mining_stats")?
        .query_row([], |row| row.get(0))?)
}
