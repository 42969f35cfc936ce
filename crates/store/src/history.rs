//! What the miners did, from the database and from what still waits for it.

use std::collections::VecDeque;

use quaiminer_domain::history::{Fold, History, MinerSample, Span};
use rusqlite::Connection;

use crate::Store;
use crate::error::StoreError;
use crate::minutes::{self, MINUTE_MS};
use crate::recent::Recent;
use crate::samples;

/// Samples that were not committed when the reading began, in order of time.
pub(crate) type Waiting = VecDeque<MinerSample>;

/// Rows to look back for where the counters of each miner stood: ten minutes
/// of eight miners.
const LOOK_BACK: u32 = 1_000;

impl Store {
    /// The points of a chart, up to the last sample that was recorded.
    pub async fn history(&self, span: Span) -> Result<History, StoreError> {
        // In this order: what is committed in between is seen twice, not never.
        let times = self.inbox().times();
        let waiting = self.inbox().samples_of(0, span.to_ms());
        let kept = self.recent();
        self.read(move |connection| {
            let mut fold = Fold::new(span);
            let from_ms = unfolded_from(connection, &waiting, span)?;
            minutes::each(connection, span.from_ms(), from_ms, |at_ms, minute| {
                fold.push_bucket(at_ms, minute);
            })?;
            let recent = Recent::of(&kept, connection, &waiting, times, (from_ms, span))?;
            let until_ms = match recent {
                Some(mut recent) => {
                    let until_ms = recent.add_to(&mut fold, from_ms);
                    kept.put(recent);
                    until_ms
                }
                None => {
                    stand(&mut fold, connection, &waiting, from_ms)?;
                    from_ms
                }
            };
            each(connection, &waiting, until_ms, span.to_ms(), |sample| fold.push(sample))?;
            Ok(fold.finish())
        })
        .await
    }
}

/// Tells a fold where the counters stood before a time.
pub(crate) fn stand(
    fold: &mut Fold,
    connection: &Connection,
    waiting: &Waiting,
    before_ms: i64,
) -> Result<(), StoreError> {
    let mut seen = samples::newest_before(connection, before_ms, LOOK_BACK)?;
    seen.extend(waiting.iter().filter(|sample| sample.at_ms < before_ms).cloned());
    seen.sort_by_key(|sample| sample.at_ms);
    seen.iter().for_each(|sample| fold.stand(sample));
    Ok(())
}

/// The time within a span from which on its samples have to be read one by one.
fn unfolded_from(
    connection: &Connection,
    waiting: &Waiting,
    span: Span,
) -> Result<i64, StoreError> {
    if span.step_ms() % MINUTE_MS != 0 {
        return Ok(span.from_ms());
    }
    let mut until_ms = minutes::until(connection)?;
    // One that waits may be late, and is not in its minute yet.
    let in_span = |sample: &&MinerSample| sample.at_ms >= span.from_ms();
    if let Some(first) = waiting.iter().find(in_span) {
        until_ms = until_ms.min(minutes::start_of_minute(first.at_ms));
    }
    Ok(until_ms.clamp(span.from_ms(), span.to_ms()))
}

/// Hands out all samples of a time in order, those of the database and those
/// that wait, each once.
pub(crate) fn each(
    connection: &Connection,
    waiting: &Waiting,
    from_ms: i64,
    to_ms: i64,
    mut take: impl FnMut(&MinerSample),
) -> Result<(), StoreError> {
    let in_time = |sample: &&MinerSample| (from_ms..to_ms).contains(&sample.at_ms);
    let mut waiting: VecDeque<&MinerSample> = waiting.iter().filter(in_time).collect();
    samples::each(connection, from_ms, to_ms, |stored| {
        while waiting.front().is_some_and(|next| next.at_ms < stored.at_ms) {
            if let Some(next) = waiting.pop_front() {
                take(next);
            }
        }
        let same_time = waiting.iter().take_while(|next| next.at_ms == stored.at_ms);
        if let Some(twin) = same_time.into_iter().position(|next| next.miner == stored.miner) {
            waiting.remove(twin);
        }
        take(stored);
    })?;
    waiting.into_iter().for_each(take);
    Ok(())
}
