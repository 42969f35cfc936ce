//! Rows of `qm_samples`.

use std::collections::HashMap;

use quaiminer_domain::history::MinerSample;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::StoreError;
use crate::minutes;

/// A key is the time shifted by this, and below it the number of the miner.
const MINER_BITS: u32 = 12;
const MINERS_MAX: i64 = (1 << MINER_BITS) - 1;

/// The last time for which there is a key, about the year 73000.
pub(crate) const LAST_MS: i64 = i64::MAX >> MINER_BITS;

const COLUMNS: &str =
    "key, uptime_s, hashrate_hs, accepted, rejected, invalid, power_w, temp_c, fan_percent";

/// The first key of a time.
pub(crate) fn key_of(at_ms: i64) -> i64 {
    at_ms.clamp(0, LAST_MS) << MINER_BITS
}

/// The time of a key.
pub(crate) fn time_of(key: i64) -> i64 {
    key >> MINER_BITS
}

/// Addresses and their numbers in the database, as far as they have come by.
#[derive(Default)]
pub(crate) struct Miners {
    numbers: HashMap<String, i64>,
}

impl Miners {
    /// A number that was given within a transaction is void if that fails.
    pub(crate) fn forget(&mut self) {
        self.numbers.clear();
    }

    /// `None` when more addresses were ever seen than a key has numbers for.
    fn number_of(
        &mut self,
        connection: &Connection,
        address: &str,
    ) -> Result<Option<i64>, StoreError> {
        if let Some(number) = self.numbers.get(address) {
            return Ok(Some(*number));
        }
        let known: Option<Option<i64>> = connection
            .prepare_cached("SELECT id FROM qm_miners WHERE address = ?1")?
            .query_row([address], |row| row.get(0))
            .optional()?;
        let number = match known {
            Some(number) => number,
            None => connection
                .prepare_cached(
                    "INSERT INTO qm_miners (address) SELECT ?1
                     WHERE (SELECT count(*) FROM qm_miners) < ?2 RETURNING id",
                )?
                .query_row((address, MINERS_MAX), |row| row.get(0))
                .optional()?,
        };
        if let Some(number) = number {
            self.numbers.insert(address.into(), number);
        }
        Ok(number)
    }
}

/// Adds samples. One that is there already stays as it is: it was read back
/// after a kill, or the clock was set back.
pub(crate) fn insert(
    connection: &Connection,
    miners: &mut Miners,
    samples: &[MinerSample],
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(&format!(
        "INSERT OR IGNORE INTO qm_samples ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    ))?;
    for sample in samples {
        let Some(number) = miners.number_of(connection, &sample.miner)? else {
            continue;
        };
        insert.execute((
            key_of(sample.at_ms) | number,
            sample.uptime_s.map(storable),
            sample.hashrate_hs,
            sample.accepted.map(storable),
            sample.rejected.map(storable),
            sample.invalid.map(storable),
            sample.power_w,
            sample.temp_c,
            sample.fan_percent,
        ))?;
    }
    minutes::reopen(connection, samples)
}

/// The time of the first sample from a time on.
pub(crate) fn next_time(connection: &Connection, from_ms: i64) -> Result<Option<i64>, StoreError> {
    let key: Option<i64> = connection
        .prepare_cached("SELECT key FROM qm_samples WHERE key >= ?1 ORDER BY key LIMIT 1")?
        .query_row([key_of(from_ms)], |row| row.get(0))
        .optional()?;
    Ok(key.map(|key| key >> MINER_BITS))
}

/// Hands out the samples of a time in order, one after the other in the same
/// place: a month of them never is in memory.
pub(crate) fn each(
    connection: &Connection,
    from_ms: i64,
    to_ms: i64,
    mut take: impl FnMut(&MinerSample),
) -> Result<(), StoreError> {
    let addresses = addresses(connection)?;
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM qm_samples WHERE key >= ?1 AND key < ?2 ORDER BY key"
    ))?;
    let mut rows = select.query((key_of(from_ms), key_of(to_ms)))?;
    let mut sample = MinerSample::default();
    while let Some(row) = rows.next()? {
        if read_into(&mut sample, row, &addresses)? {
            take(&sample);
        }
    }
    Ok(())
}

/// The newest sample of each miner from before a time, in order of time. Only
/// `count` rows are looked at: a miner that is not among them has been gone
/// for long.
pub(crate) fn newest_before(
    connection: &Connection,
    before_ms: i64,
    count: u32,
) -> Result<Vec<MinerSample>, StoreError> {
    let addresses = addresses(connection)?;
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM qm_samples WHERE key < ?1 ORDER BY key DESC LIMIT ?2"
    ))?;
    let mut rows = select.query((key_of(before_ms), count))?;
    let miners = addresses.count();
    let mut newest: Vec<MinerSample> = Vec::new();
    let mut sample = MinerSample::default();
    while let Some(row) = rows.next()? {
        if read_into(&mut sample, row, &addresses)?
            && !newest.iter().any(|known| known.miner == sample.miner)
        {
            newest.push(sample.clone());
            if newest.len() == miners {
                break;
            }
        }
    }
    newest.reverse();
    Ok(newest)
}

/// By number, as far as there are any.
struct Addresses(Vec<String>);

impl Addresses {
    fn of(&self, number: i64) -> Option<&String> {
        self.0.get(usize::try_from(number).ok()?).filter(|address| !address.is_empty())
    }

    fn count(&self) -> usize {
        self.0.iter().filter(|address| !address.is_empty()).count()
    }
}

fn addresses(connection: &Connection) -> Result<Addresses, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT id, address FROM qm_miners WHERE id <= ?1")?;
    let mut rows = select.query([MINERS_MAX])?;
    let mut addresses = Vec::new();
    while let Some(row) = rows.next()? {
        let Ok(number) = usize::try_from(row.get::<_, i64>(0)?) else { continue };
        if number >= addresses.len() {
            addresses.resize(number + 1, String::new());
        }
        if let Some(address) = addresses.get_mut(number) {
            *address = row.get(1)?;
        }
    }
    Ok(Addresses(addresses))
}

/// `false` for a row of a miner that has no address.
fn read_into(
    sample: &mut MinerSample,
    row: &Row<'_>,
    addresses: &Addresses,
) -> Result<bool, StoreError> {
    let key: i64 = row.get(0)?;
    let Some(address) = addresses.of(key & MINERS_MAX) else {
        return Ok(false);
    };
    sample.at_ms = time_of(key);
    sample.miner.clone_from(address);
    sample.uptime_s = row.get::<_, Option<i64>>(1)?.map(count);
    sample.hashrate_hs = row.get(2)?;
    sample.accepted = row.get::<_, Option<i64>>(3)?.map(count);
    sample.rejected = row.get::<_, Option<i64>>(4)?.map(count);
    sample.invalid = row.get::<_, Option<i64>>(5)?.map(count);
    sample.power_w = row.get(6)?;
    sample.temp_c = row.get(7)?;
    sample.fan_percent = row.get(8)?;
    Ok(true)
}

/// SQLite's integers have a sign; a counter beyond is stored as the largest.
fn storable(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}
