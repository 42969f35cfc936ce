//! Statistics that pages of Node's frontend post (`source:"client"`): what a
//! page displayed, never mixed into what was measured.

use rusqlite::{Connection, Row};

use crate::error::StoreError;
use crate::{MAX_ROWS, Store};

/// A week of one page that posts every 30 s.
const KEPT: i64 = 20_000;

#[derive(Debug, Clone, PartialEq)]
pub struct ClientStat {
    pub at_ms: i64,
    pub hashrate_mhs: f64,
    pub accepted: i64,
    pub rejected: i64,
    pub power_w: f64,
    pub temp_c: f64,
    pub fan_percent: f64,
    pub gpu: i64,
}

pub struct ClientStats<'a>(pub(crate) &'a Store);

impl ClientStats<'_> {
    /// Reaches the disk with the next commit.
    pub fn record(&self, stat: ClientStat) {
        self.0.inbox().add_client_stat(stat);
    }

    /// What is on the disk, oldest first; of more than `limit` the newest.
    pub async fn list(&self, from_ms: i64, limit: u32) -> Result<Vec<ClientStat>, StoreError> {
        let limit = limit.min(MAX_ROWS);
        self.0
            .read(move |connection| {
                let mut select = connection.prepare(
                    "SELECT at_ms, hashrate_mhs, accepted, rejected, power_w, temp_c, fan_percent,
                        gpu
                     FROM qm_client_stats WHERE at_ms >= ?1 ORDER BY id DESC LIMIT ?2",
                )?;
                let stats = select.query_map((from_ms, limit), stat)?;
                let mut stats = stats.collect::<Result<Vec<_>, _>>()?;
                stats.reverse();
                Ok(stats)
            })
            .await
    }
}

pub(crate) fn insert(connection: &Connection, stats: &[ClientStat]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO qm_client_stats
            (at_ms, hashrate_mhs, accepted, rejected, power_w, temp_c, fan_percent, gpu)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for stat in stats {
        insert.execute((
            stat.at_ms,
            storable(stat.hashrate_mhs),
            stat.accepted,
            stat.rejected,
            storable(stat.power_w),
            storable(stat.temp_c),
            storable(stat.fan_percent),
            stat.gpu,
        ))?;
    }
    Ok(())
}

pub(crate) fn expire(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM qm_client_stats
             WHERE id <= (SELECT max(id) FROM qm_client_stats) - ?1",
        )?
        .execute([KEPT])?;
    Ok(())
}

/// SQLite takes what is not a number for NULL, which would stop the batch.
fn storable(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number }
}

fn stat(row: &Row<'_>) -> rusqlite::Result<ClientStat> {
    Ok(ClientStat {
        at_ms: row.get(0)?,
        hashrate_mhs: row.get(1)?,
        accepted: row.get(2)?,
        rejected: row.get(3)?,
        power_w: row.get(4)?,
        temp_c: row.get(5)?,
        fan_percent: row.get(6)?,
        gpu: row.get(7)?,
    })
}
