//! Samples folded into minutes, so that a month of them need not be read for
//! a chart. They are made with the half-hourly commit, and again when a sample
//! comes late; whatever is not folded yet is read as it was recorded.

use quaiminer_domain::history::{Bucket, Fold, Mean, MinerSample, Numbers, Span};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::{samples, state};

pub(crate) const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// At a time: of twelve miners a day is 200 000 rows.
const DAY_MS: i64 = 24 * HOUR_MS;

/// The key in `qm_state` of the time up to which samples are folded.
const UNTIL: &str = "minutes.until_ms";

/// Rows to look back for where counters stood: an hour of twelve miners.
const LOOK_BACK: u32 = 10_000;

/// The time up to which all samples are folded.
pub(crate) fn until(connection: &Connection) -> Result<i64, StoreError> {
    let until_ms = state::get(connection, UNTIL)?.and_then(|text| text.parse().ok());
    Ok(until_ms.unwrap_or(0))
}

/// Samples that came late have their hours folded anew.
pub(crate) fn reopen(connection: &Connection, samples: &[MinerSample]) -> Result<(), StoreError> {
    let Some(first_ms) = samples.iter().map(|sample| sample.at_ms).min() else { return Ok(()) };
    if first_ms < until(connection)? {
        set_until(connection, start_of_minute(first_ms))?;
    }
    Ok(())
}

/// Folds up to a day; `true` if there is more to do.
pub(crate) fn fold(
    connection: &Connection,
    oldest_ms: i64,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let end_ms = start_of_minute(now_ms);
    let until_ms = until(connection)?;
    // Hours without samples take no time.
    let next = samples::next_time(connection, until_ms.max(oldest_ms))?;
    let Some(from_ms) = next.map(start_of_hour).filter(|from_ms| *from_ms < end_ms) else {
        if until_ms < end_ms {
            set_until(connection, end_ms)?;
        }
        return Ok(false);
    };
    let to_ms = end_ms.min(from_ms + DAY_MS);
    let Some(span) = Span::new(from_ms, to_ms, MINUTE_MS) else { return Ok(false) };
    let mut fold = Fold::new(span);
    samples::newest_before(connection, from_ms, LOOK_BACK)?
        .iter()
        .for_each(|sample| fold.stand(sample));
    samples::each(connection, from_ms, to_ms, |sample| fold.push(sample))?;

    let mut insert = connection
        .prepare_cached("INSERT OR REPLACE INTO qm_minutes (hour, minutes) VALUES (?1, ?2)")?;
    for (hour, minutes) in (from_ms / HOUR_MS..).zip(fold.into_buckets().chunks(60)) {
        let bytes = encode(minutes);
        if !bytes.is_empty() {
            insert.execute((hour, bytes))?;
        }
    }
    set_until(connection, to_ms)?;
    Ok(to_ms < end_ms)
}

pub(crate) fn expire(connection: &Connection, oldest_ms: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM qm_minutes WHERE hour < ?1")?
        .execute([oldest_ms.div_euclid(HOUR_MS)])?;
    Ok(())
}

/// Hands out the minutes of a time in order, those in which there was a sample.
pub(crate) fn each(
    connection: &Connection,
    from_ms: i64,
    to_ms: i64,
    mut take: impl FnMut(i64, &Bucket),
) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT hour, minutes FROM qm_minutes WHERE hour >= ?1 AND hour <= ?2 ORDER BY hour",
    )?;
    let mut rows = select.query((from_ms / HOUR_MS, to_ms / HOUR_MS))?;
    while let Some(row) = rows.next()? {
        let start_ms = row.get::<_, i64>(0)?.saturating_mul(HOUR_MS);
        let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
        for (record, n) in bytes.chunks_exact(RECORD).zip(0..) {
            let at_ms = start_ms.saturating_add(n * MINUTE_MS);
            if (from_ms..to_ms).contains(&at_ms)
                && let Some(bucket) = decode(record)
            {
                take(at_ms, &bucket);
            }
        }
    }
    Ok(())
}

fn set_until(connection: &Connection, until_ms: i64) -> Result<(), StoreError> {
    state::set(connection, UNTIL, &until_ms.to_string())
}

pub(crate) fn start_of_minute(at_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(MINUTE_MS)
}

fn start_of_hour(at_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(HOUR_MS)
}

/// Bytes of a minute: how many moments, hashrates and powers there were, which
/// of the optional numbers are known, and the numbers; the lowest byte first.
const RECORD: usize = 4 + 5 * 8 + 2 * 4;

const TEMP: u8 = 1;
const ACCEPTED: u8 = 2;
const REJECTED: u8 = 4;

/// Minutes behind the last sample are left out.
fn encode(minutes: &[Bucket]) -> Vec<u8> {
    let count = minutes.iter().rposition(|minute| minute.moments > 0).map_or(0, |last| last + 1);
    let mut bytes = Vec::with_capacity(count * RECORD);
    for minute in minutes.iter().take(count) {
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let Numbers { all: hashrate, min, max } = minute.hashrate_hs;
        let known = |is_known: bool, flag: u8| if is_known { flag } else { 0 };
        bytes.extend([
            byte(minute.moments),
            byte(hashrate.count),
            byte(minute.power_w.count),
            known(minute.temp_c.is_some(), TEMP)
                | known(minute.accepted.is_some(), ACCEPTED)
                | known(minute.rejected.is_some(), REJECTED),
        ]);
        let temp_c = minute.temp_c.unwrap_or(0.0);
        for number in [hashrate.sum, min, max, minute.power_w.sum, temp_c] {
            bytes.extend(number.to_le_bytes());
        }
        for count in [minute.accepted, minute.rejected] {
            bytes.extend(u32::try_from(count.unwrap_or(0)).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
    bytes
}

/// `None` for a minute without a sample.
fn decode(record: &[u8]) -> Option<Bucket> {
    let ([moments, hashrates, powers, known], numbers) = record.split_first_chunk()?;
    if *moments == 0 {
        return None;
    }
    let (numbers, counts) = numbers.split_at_checked(5 * 8)?;
    let (numbers, counts) = (numbers.as_chunks().0, counts.as_chunks().0);
    let number = |at: usize| numbers.get(at).copied().map(f64::from_le_bytes);
    let count = |at: usize| counts.get(at).copied().map(|bytes| u32::from_le_bytes(bytes).into());
    Some(Bucket {
        moments: u32::from(*moments),
        hashrate_hs: Numbers {
            all: Mean { count: u32::from(*hashrates), sum: number(0)? },
            min: number(1)?,
            max: number(2)?,
        },
        power_w: Mean { count: u32::from(*powers), sum: number(3)? },
        temp_c: number(4).filter(|_| known & TEMP != 0),
        accepted: count(0).filter(|_| known & ACCEPTED != 0),
        rejected: count(1).filter(|_| known & REJECTED != 0),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minute() -> impl Strategy<Value = Bucket> {
        let number = || -1e12..1e12_f64;
        let count = || prop::option::of(0..u64::from(u32::MAX));
        (0..13_u32, (0..13_u32, number(), number(), number()), (0..13_u32, number())).prop_flat_map(
            move |(moments, hashrate, power)| {
                (prop::option::of(number()), count(), count()).prop_map(
                    move |(temp_c, accepted, rejected)| Bucket {
                        moments,
                        hashrate_hs: Numbers {
                            all: Mean { count: hashrate.0, sum: hashrate.1 },
                            min: hashrate.2,
                            max: hashrate.3,
                        },
                        power_w: Mean { count: power.0, sum: power.1 },
                        temp_c,
                        accepted,
                        rejected,
                    },
                )
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minutes in prop::collection::vec(minute(), 0..60)) {
            let bytes = encode(&minutes);
            prop_assert_eq!(bytes.len() % RECORD, 0);
            let read = bytes.chunks_exact(RECORD).map(decode).chain(std::iter::repeat(None));
            for (minute, read) in minutes.iter().zip(read) {
                prop_assert_eq!(read, Some(minute.clone()).filter(|minute| minute.moments > 0));
            }
        }
    }
}
