//! Miner processes that are wanted or not gone yet, so that the next dashboard
//! finds them.

use rusqlite::Row;

use crate::Store;
use crate::error::StoreError;

/// One miner process. `start_ticks` (field 22 of `/proc/PID/stat`) and
/// `boot_id` make sure that it is not another one with the same pid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRecord {
    /// See `domain::control::Instance`.
    pub instance: String,
    pub gpu: Option<u32>,
    /// `None`: about to be started.
    pub pid: Option<u32>,
    pub start_ticks: Option<u64>,
    pub boot_id: String,
    pub started_ms: i64,
    /// `false`: it was told to stop and has not ended yet.
    pub wanted: bool,
}

pub struct Processes<'a>(pub(crate) &'a Store);

impl Processes<'_> {
    /// Replaces what was known of the same instance.
    pub async fn put(&self, process: ProcessRecord) -> Result<(), StoreError> {
        let start_ticks = process.start_ticks.and_then(|ticks| i64::try_from(ticks).ok());
        self.0
            .write(move |connection| {
                connection.execute(
                    "INSERT OR REPLACE INTO qm_processes
                        (instance, gpu, pid, start_ticks, boot_id, started_ms, wanted)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    (
                        process.instance,
                        process.gpu,
                        process.pid,
                        start_ticks,
                        process.boot_id,
                        process.started_ms,
                        process.wanted,
                    ),
                )?;
                Ok(())
            })
            .await
    }

    /// `false` if nothing was known of the instance.
    pub async fn remove(&self, instance: &str) -> Result<bool, StoreError> {
        let instance = instance.to_owned();
        self.0
            .write(move |connection| {
                let removed = connection
                    .execute("DELETE FROM qm_processes WHERE instance = ?1", [instance])?;
                Ok(removed > 0)
            })
            .await
    }

    pub async fn list(&self) -> Result<Vec<ProcessRecord>, StoreError> {
        self.0
            .read(|connection| {
                let mut select = connection.prepare(
                    "SELECT instance, gpu, pid, start_ticks, boot_id, started_ms, wanted
                     FROM qm_processes ORDER BY instance",
                )?;
                let processes = select.query_map([], process)?;
                Ok(processes.collect::<Result<_, _>>()?)
            })
            .await
    }
}

fn process(row: &Row<'_>) -> rusqlite::Result<ProcessRecord> {
    Ok(ProcessRecord {
        instance: row.get(0)?,
        gpu: row.get(1)?,
        pid: row.get(2)?,
        start_ticks: row.get::<_, Option<i64>>(3)?.and_then(|ticks| u64::try_from(ticks).ok()),
        boot_id: row.get(4)?,
        started_ms: row.get(5)?,
        wanted: row.get(6)?,
    })
}
