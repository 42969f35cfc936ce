//! The last hours as moments, kept in memory: the chart of an hour of twelve
//! miners would be made from 8 640 rows each time that it is looked at.

use std::sync::{Mutex, PoisonError};

use quaiminer_domain::history::{Fold, MAX_BUCKETS, SAMPLE_PERIOD_MS, Span};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::history::{self, Waiting};
use crate::inbox::{LATE_MS, Times};

/// How far back it reaches at most: almost three hours, 200 kB.
const REACH_MS: i64 = MAX_BUCKETS * SAMPLE_PERIOD_MS;

pub(crate) struct Recent {
    /// Of [`Times`]; when more samples have come late, it is void.
    late: u64,
    span: Span,
    fold: Fold,
    /// All samples of the span up to here are in it.
    until_ms: i64,
}

/// The one that is kept while nobody reads.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<Recent>>);

impl Kept {
    pub(crate) fn take(&self) -> Option<Recent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn put(&self, recent: Recent) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(recent);
    }
}

impl Recent {
    /// The moments from a time on, up to the end of what is asked for or the
    /// last that is settled; made anew where those that were kept do not
    /// reach. `None` where it is not worth it: long ago, or uneven steps.
    pub(crate) fn of(
        kept: &Kept,
        connection: &Connection,
        waiting: &Waiting,
        times: Times,
        (from_ms, asked): (i64, Span),
    ) -> Result<Option<Self>, StoreError> {
        let Some(newest_ms) = times.newest_ms else { return Ok(None) };
        let settled_ms = newest_ms.saturating_sub(LATE_MS);
        let until_ms = settled_ms.min(asked.to_ms());
        let until_ms = until_ms - until_ms.rem_euclid(SAMPLE_PERIOD_MS);
        if asked.step_ms() % SAMPLE_PERIOD_MS != 0
            || until_ms <= from_ms
            || settled_ms.saturating_sub(from_ms) > REACH_MS
        {
            return Ok(None);
        }
        let reaches = |kept: &Recent| {
            kept.late == times.late
                && kept.span.from_ms() <= from_ms
                && until_ms <= kept.span.to_ms()
        };
        let mut recent = match kept.take().filter(reaches) {
            Some(kept) => kept,
            None => {
                let span = Span::new(from_ms, from_ms.saturating_add(REACH_MS), SAMPLE_PERIOD_MS);
                let Some(span) = span else { return Ok(None) };
                let mut fold = Fold::new(span);
                history::stand(&mut fold, connection, waiting, from_ms)?;
                Recent { late: times.late, span, fold, until_ms: from_ms }
            }
        };
        let Recent { fold, until_ms: known_ms, .. } = &mut recent;
        history::each(connection, waiting, *known_ms, until_ms, |sample| fold.push(sample))?;
        *known_ms = until_ms.max(*known_ms);
        Ok(Some(recent))
    }

    /// Adds its moments from a time on to a chart, and where counters stand at
    /// their end, which it tells.
    pub(crate) fn add_to(&mut self, chart: &mut Fold, from_ms: i64) -> i64 {
        let starts = (self.span.from_ms()..).step_by(SAMPLE_PERIOD_MS.unsigned_abs() as usize);
        for (at_ms, moment) in starts.zip(self.fold.buckets()) {
            if at_ms >= from_ms && moment.moments > 0 {
                chart.push_bucket(at_ms, moment);
            }
        }
        chart.stand_as(&self.fold);
        self.until_ms
    }
}
