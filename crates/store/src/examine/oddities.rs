//! Values that a column was not made for. SQLite stores them, the Node server
//! wrote them, and both read them as they are.

use rusqlite::{Connection, OptionalExtension};

use super::Finding;
use crate::error::StoreError;
use crate::schema;

/// NODE-COMPAT: the settings that Node parses as JSON.
const JSON_SETTINGS: &str = "'gpu_presets', 'profit_optimizer', 'difficulty_adjustor',
    'staking_balances', 'miner_config', 'rigs', 'alert_settings', 'flight_sheets'";

/// What is counted, and the condition that is counted, table by table.
const COUNTED: &[(&str, &str, &str)] = &[
    ("validated_blocks", "chain IS NULL", "without a chain"),
    (
        "validated_blocks",
        "typeof(block_number) <> 'text' AND NOT block_number BETWEEN 0 AND 9007199254740991",
        "with an impossible number",
    ),
    ("users", "coalesce(password_hash, '') = ''", "without a password"),
    ("users", "username IS NULL", "without a name"),
];

pub(super) fn find(connection: &Connection) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for table in schema::node_tables() {
        findings.extend(types(connection, table)?);
    }
    for (table, condition, text) in COUNTED {
        if columns(connection, table)?.is_empty() {
            continue;
        }
        let count = count(connection, &format!("SELECT count(*) FROM {table} WHERE {condition}"))?;
        if count > 0 {
            findings.push(Finding::note("oddity", format!("{table}: {count} rows {text}")));
        }
    }
    findings.extend(notifications(connection)?);
    findings.extend(settings(connection)?);
    Ok(findings)
}

/// Names and types of the columns of a table; none where there is no table.
pub(super) fn columns(
    connection: &Connection,
    table: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut list = connection.prepare_cached("SELECT name, type FROM pragma_table_info(?1)")?;
    let columns = list.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(columns.collect::<Result<_, _>>()?)
}

/// Text where numbers belong, and fractions where whole numbers do. All
/// columns of a table are counted in one pass.
fn types(connection: &Connection, table: &str) -> Result<Vec<Finding>, StoreError> {
    let mut counted = Vec::new();
    for (column, kind) in columns(connection, table)? {
        let quoted = column.replace('"', "\"\"");
        let mut count = |types: &str, text: &str| {
            let sum = format!("sum(typeof(\"{quoted}\") IN ({types}))");
            counted.push((sum, format!("{table}.{column}: {text}")));
        };
        if matches!(kind.as_str(), "INTEGER" | "REAL") {
            count("'text', 'blob'", "text in place of a number");
        }
        if kind == "INTEGER" {
            count("'real'", "a fraction, or a number too large");
        }
    }
    if counted.is_empty() {
        return Ok(Vec::new());
    }
    let sums: Vec<&str> = counted.iter().map(|(sum, _)| sum.as_str()).collect();
    let counts: Vec<Option<i64>> =
        connection.query_row(&format!("SELECT {} FROM {table}", sums.join(", ")), [], |row| {
            (0..sums.len()).map(|column| row.get(column)).collect()
        })?;
    let found = counts.into_iter().zip(&counted).filter_map(|(count, (_, text))| {
        let count = count.filter(|count| *count > 0)?;
        Some(Finding::note("oddity", format!("{text}, in {count} rows")))
    });
    Ok(found.collect())
}

/// The Node server's alert monitor ran twice.
fn notifications(connection: &Connection) -> Result<Option<Finding>, StoreError> {
    if columns(connection, "notifications")?.is_empty() {
        return Ok(None);
    }
    let count = count(
        connection,
        "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM notifications
             GROUP BY user_id, type, title, message, created_at HAVING n > 1)",
    )?;
    let text = format!("notifications: {count} are there twice");
    Ok((count > 0).then(|| Finding::note("oddity", text)))
}

fn settings(connection: &Connection) -> Result<Option<Finding>, StoreError> {
    if columns(connection, "config")?.is_empty() {
        return Ok(None);
    }
    let keys: Option<String> = connection
        .query_row(
            &format!(
                "SELECT group_concat(key, ', ') FROM config
                 WHERE key IN ({JSON_SETTINGS}) AND NOT json_valid(value)"
            ),
            [],
            |row| row.get(0),
        )
        .optional()?
        .flatten();
    Ok(keys.map(|keys| Finding::note("oddity", format!("config: not JSON: {keys}"))))
}

fn count(connection: &Connection, select: &str) -> Result<i64, StoreError> {
    Ok(connection.query_row(select, [], |row| row.get(0))?)
}
