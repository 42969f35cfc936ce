//! NODE-COMPAT: Node's tables of alert rules and of what they have told.

use rusqlite::Row;

use crate::cell::Cell;
use crate::error::StoreError;
use crate::{MAX_ROWS, Store};

/// As the file has it; `condition` and `channels` are JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRule {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub condition: String,
    pub enabled: bool,
    pub channels: String,
    pub cooldown_s: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AlertRecord {
    pub id: i64,
    pub rule_id: Cell,
    pub rule_name: Cell,
    pub kind: Cell,
    pub message: Cell,
    /// JSON.
    pub channels: Cell,
    pub timestamp: Cell,
}

pub struct Alerts<'a>(pub(crate) &'a Store);

impl Alerts<'_> {
    /// In the order in which they were made.
    pub async fn rules(&self) -> Result<Vec<AlertRule>, StoreError> {
        self.0
            .read(|connection| {
                let mut select = connection.prepare(
                    "SELECT CAST(id AS TEXT), CAST(name AS TEXT), CAST(type AS TEXT),
                        CAST(condition AS TEXT), enabled IS NOT 0, CAST(channels AS TEXT),
                        CAST(coalesce(cooldown, 300) AS INTEGER)
                     FROM alert_rules ORDER BY created_at, id LIMIT ?1",
                )?;
                let rules = select.query_map([MAX_ROWS], rule)?;
                Ok(rules.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }

    /// Makes a rule, or replaces the one of that id. `false` if there are as
    /// many as there may be.
    pub async fn put_rule(&self, rule: AlertRule, most: u32) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                let others: u32 = connection.query_row(
                    "SELECT count(*) FROM alert_rules WHERE id <> ?1",
                    [&rule.id],
                    |row| row.get(0),
                )?;
                if others >= most {
                    return Ok(false);
                }
                connection.execute(
                    "INSERT INTO alert_rules
                        (id, name, type, condition, enabled, channels, cooldown)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (id) DO UPDATE SET name = excluded.name, type = excluded.type,
                        condition = excluded.condition, enabled = excluded.enabled,
                        channels = excluded.channels, cooldown = excluded.cooldown,
                        updated_at = CURRENT_TIMESTAMP",
                    (
                        rule.id,
                        rule.name,
                        rule.kind,
                        rule.condition,
                        rule.enabled,
                        rule.channels,
                        rule.cooldown_s,
                    ),
                )?;
                Ok(true)
            })
            .await
    }

    /// With what it has told, as Node's tables want it. `false` if there is no
    /// such rule.
    pub async fn delete_rule(&self, id: String) -> Result<bool, StoreError> {
        self.0
            .write(move |connection| {
                connection.execute("DELETE FROM alert_history WHERE rule_id = ?1", [&id])?;
                Ok(connection.execute("DELETE FROM alert_rules WHERE id = ?1", [&id])? > 0)
            })
            .await
    }

    /// Newest first.
    pub async fn history(&self, limit: u32) -> Result<Vec<AlertRecord>, StoreError> {
        self.0
            .read(move |connection| {
                let mut select = connection.prepare(
                    "SELECT id, rule_id, rule_name, type, message, channels, timestamp
                     FROM alert_history ORDER BY timestamp DESC, id DESC LIMIT ?1",
                )?;
                let records = select.query_map([limit.min(MAX_ROWS)], record)?;
                Ok(records.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }
}

fn rule(row: &Row<'_>) -> rusqlite::Result<AlertRule> {
    Ok(AlertRule {
        id: row.get(0)?,
        name: row.get(1)?,
        kind: row.get(2)?,
        condition: row.get(3)?,
        enabled: row.get(4)?,
        channels: row.get(5)?,
        cooldown_s: row.get(6)?,
    })
}

fn record(row: &Row<'_>) -> rusqlite::Result<AlertRecord> {
    Ok(AlertRecord {
        id: row.get(0)?,
        rule_id: row.get(1)?,
        rule_name: row.get(2)?,
        kind: row.get(3)?,
        message: row.get(4)?,
        channels: row.get(5)?,
        timestamp: row.get(6)?,
    })
}
