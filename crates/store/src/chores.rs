//! What the writer does besides, together with its half-hourly commit: rows
//! for Node, and an end to everything that would grow for ever.

use rusqlite::{Connection, OptionalExtension};

use crate::error::StoreError;
use crate::mining_stats::hours;
use crate::slots::{self, Slot, Slots};
use crate::{client_stats, events, minutes, samples, sessions, state};

const DAY_MS: i64 = 24 * 3_600_000;

/// Charts reach back a month.
const SAMPLES_KEPT_MS: i64 = 30 * DAY_MS;

/// The key in `qm_state` of the time up to which `mining_stats` has its rows.
pub(crate) const DERIVED_UNTIL: &str = "mining_stats.derived_until_ms";

pub(crate) fn run(connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
    derive(connection, now_ms)?;
    expire_samples(connection, now_ms)?;
    minutes::expire(connection, now_ms - SAMPLES_KEPT_MS)?;
    sessions::expire(connection, now_ms)?;
    events::expire(connection)?;
    client_stats::expire(connection)?;
    Ok(())
}

/// A day of the minutes of charts and of Node's hours; `true` if there is more to do, as with the
/// first start on a database that has none.
pub(crate) fn fold(connection: &Connection, now_ms: i64) -> Result<bool, StoreError> {
    let minutes = minutes::fold(connection, now_ms - SAMPLES_KEPT_MS, now_ms)?;
    let hours = hours::fold(connection, now_ms)?;
    Ok(minutes || hours)
}

/// NODE-COMPAT: writes a row of `mining_stats` for each slot that is over and
/// has none yet. How far it has come is written in the same transaction, so
/// that no slot is ever written twice or left out.
pub(crate) fn derive(connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
    let from_ms = derived_until(connection, now_ms)?;
    let to_ms = slots::start_of(now_ms);
    let mut insert = connection.prepare_cached(
        "INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, rejected_shares,
            power_usage, temperature, fan_speed, gpu_id, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, datetime(?1 / 1000, 'unixepoch'))",
    )?;
    let mut derived_until_ms = from_ms;
    let mut outcome = Ok(());
    let mut slots = Slots::new(|slot: Slot| {
        if outcome.is_ok() {
            derived_until_ms = slot.end_ms();
            outcome = insert
                .execute((
                    slot.at_ms,
                    slot.hashrate_mhs,
                    slot.accepted,
                    slot.rejected,
                    slot.power_w,
                    slot.temp_c,
                    slot.fan_percent,
                ))
                .map(drop);
        }
    });
    samples::each(connection, from_ms, to_ms, |sample| slots.push(sample))?;
    slots.finish();
    outcome?;
    if derived_until_ms != from_ms {
        state::set(connection, DERIVED_UNTIL, &derived_until_ms.to_string())?;
    }
    Ok(())
}

/// Where the next row of `mining_stats` begins.
pub(crate) fn derived_until(connection: &Connection, now_ms: i64) -> Result<i64, StoreError> {
    /// A clock that was further ahead than this was wrong; waiting for its
    /// time to come would leave Node without rows for that long.
    const AHEAD_MAX_MS: i64 = 3_600_000;
    let until_ms = state::get(connection, DERIVED_UNTIL)?.and_then(|text| text.parse().ok());
    Ok(match until_ms {
        Some(until_ms) if until_ms > now_ms.saturating_add(AHEAD_MAX_MS) => slots::start_of(now_ms),
        Some(until_ms) => until_ms,
        None => 0,
    })
}

/// At most a day's worth at a time, and nothing that Node has no row of yet.
fn expire_samples(connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
    let oldest: Option<i64> = connection
        .prepare_cached("SELECT key FROM qm_samples ORDER BY key LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(oldest) = oldest else { return Ok(()) };
    let until = samples::key_of(now_ms - SAMPLES_KEPT_MS)
        .min(samples::key_of(derived_until(connection, now_ms)?))
        .min(oldest.saturating_add(samples::key_of(DAY_MS)));
    connection.prepare_cached("DELETE FROM qm_samples WHERE key < ?1")?.execute([until])?;
    Ok(())
}
