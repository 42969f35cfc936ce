//! What the miners did, from the database and from what still waits for it.

use std::collections::VecDeque;

use quaiminer_domain::history::{Fold, History, MinerSample, Span};
use rusqlite::Connection;

use crate::Store;
use crate::error::StoreError;
use crate::samples;

/// Samples that were not committed when the reading began, in order of time.
pub(crate) type Waiting = VecDeque<MinerSample>;

/// Rows to look back for where the counters of each miner stood: ten minutes
/// of eight miners.
const LOOK_BACK: u32 = 1_000;

impl Store {
    /// The points of a chart, up to the last sample that was recorded.
    pub async fn history(&self, span: Span) -> Result<History, StoreError> {
        // These first: what is committed in between is seen twice, not never.
        let waiting = self.inbox().samples_of(0, span.to_ms());
        self.read(move |connection| {
            let mut fold = Fold::new(span);
            let (before, within): (Waiting, Waiting) =
                waiting.into_iter().partition(|sample| sample.at_ms < span.from_ms());
            let mut seen = samples::newest_before(connection, span.from_ms(), LOOK_BACK)?;
            seen.extend(before);
            seen.sort_by_key(|sample| sample.at_ms);
            seen.iter().for_each(|sample| fold.push(sample));
            each(connection, within, span.from_ms(), span.to_ms(), |sample| fold.push(sample))?;
            Ok(fold.finish())
        })
        .await
    }
}

/// Hands out all samples of a time in order, those of the database and those
/// that wait, each once.
pub(crate) fn each(
    connection: &Connection,
    mut waiting: Waiting,
    from_ms: i64,
    to_ms: i64,
    mut take: impl FnMut(&MinerSample),
) -> Result<(), StoreError> {
    waiting.retain(|sample| (from_ms..to_ms).contains(&sample.at_ms));
    samples::each(connection, from_ms, to_ms, |stored| {
        while waiting.front().is_some_and(|next| next.at_ms < stored.at_ms) {
            if let Some(next) = waiting.pop_front() {
                take(&next);
            }
        }
        let same_time = waiting.iter().take_while(|next| next.at_ms == stored.at_ms);
        if let Some(twin) = same_time.into_iter().position(|next| next.miner == stored.miner) {
            waiting.remove(twin);
        }
        take(stored);
    })?;
    waiting.iter().for_each(take);
    Ok(())
}
