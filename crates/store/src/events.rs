//! What happened, newest first.

use quaiminer_domain::event::{Event, NewEvent, Severity};
use rusqlite::{Connection, Row};

use crate::error::StoreError;
use crate::{MAX_ROWS, Store};

/// Years of an ordinary rig, weeks of one that crashes all the time.
const KEPT: i64 = 20_000;

pub struct Events<'a>(pub(crate) &'a Store);

impl Events<'_> {
    /// The number the event has got.
    pub async fn append(&self, event: NewEvent) -> Result<i64, StoreError> {
        self.0
            .write(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO qm_events (at_ms, severity, kind, actor, message)
                         VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute((
                        event.at_ms,
                        event.severity.name(),
                        event.kind,
                        event.actor,
                        event.message,
                    ))?;
                Ok(connection.last_insert_rowid())
            })
            .await
    }

    /// The newest events, or those before the one with the number `before`.
    pub async fn list(&self, before: Option<i64>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let (before, limit) = (before.unwrap_or(i64::MAX), limit.min(MAX_ROWS));
        self.0
            .read(move |connection| {
                let mut select = connection.prepare_cached(
                    "SELECT id, at_ms, severity, kind, actor, message FROM qm_events
                     WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
                )?;
                let events = select.query_map((before, limit), event)?;
                Ok(events.collect::<Result<_, _>>()?)
            })
            .await
    }
}

pub(crate) fn expire(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM qm_events WHERE id <= (SELECT max(id) FROM qm_events) - ?1")?
        .execute([KEPT])?;
    Ok(())
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let severity: String = row.get(2)?;
    Ok(Event {
        id: row.get(0)?,
        at_ms: row.get(1)?,
        // A later version may know more of them, all of them worth a look.
        severity: Severity::parse(&severity).unwrap_or(Severity::Warning),
        kind: row.get(3)?,
        actor: row.get(4)?,
        message: row.get(5)?,
    })
}
