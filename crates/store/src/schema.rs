//! Which tables there are, and how a file gets them.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::StoreError;

/// NODE-COMPAT: creates what is missing of the Node server's tables.
const NODE_TABLES: &str = include_str!("node.sql");

const LOG_TABLE: &str = "CREATE TABLE IF NOT EXISTS qm_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_ms INTEGER NOT NULL
)";

pub(crate) struct Migration {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    sql: &'static str,
}

/// All migrations in their order. To add one: a file and a line here.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "samples", sql: include_str!("migrations/0001_samples.sql") },
    Migration { number: 2, name: "access", sql: include_str!("migrations/0002_access.sql") },
    Migration { number: 3, name: "control", sql: include_str!("migrations/0003_control.sql") },
    Migration {
        number: 4,
        name: "client_stats",
        sql: include_str!("migrations/0004_client_stats.sql"),
    },
];

/// The columns without which Node's tables are not Node's.
pub(crate) const NODE_COLUMNS: &[(&str, &[&str])] = &[
    (
        "validated_blocks",
        &[
            "id",
            "block_number",
            "block_hash",
            "timestamp",
            "chain",
            "reward",
            "tx_hash",
            "created_at",
        ],
    ),
    (
        "mining_stats",
        &[
            "id",
            "timestamp",
            "hash_rate",
            "accepted_shares",
            "rejected_shares",
            "power_usage",
            "temperature",
            "fan_speed",
            "gpu_id",
            "created_at",
        ],
    ),
    ("users", &["id", "username", "password_hash", "api_key", "role", "created_at", "last_login"]),
    ("config", &["key", "value", "updated_at"]),
    ("notifications", &["id", "user_id", "type", "title", "message", "read", "created_at"]),
];

/// The number of the newest migration this version knows.
pub(crate) fn newest() -> u32 {
    MIGRATIONS.iter().map(|migration| migration.number).max().unwrap_or(0)
}

/// The number of the newest migration a database has taken. Node leaves
/// `user_version` alone, so both places say the same; if something else has
/// changed one of them, the higher one counts, which errs towards refusing.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    let in_header: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(in_header.max(in_log(connection)?))
}

fn in_log(connection: &Connection) -> rusqlite::Result<u32> {
    let log: Option<String> = connection
        .query_row("SELECT name FROM sqlite_schema WHERE name = 'qm_migrations'", [], |row| {
            row.get(0)
        })
        .optional()?;
    match log {
        Some(_) => {
            connection.query_row("SELECT coalesce(max(number), 0) FROM qm_migrations", [], |row| {
                row.get(0)
            })
        }
        None => Ok(0),
    }
}

/// Brings a database up to `target`, in one transaction: a failure leaves it
/// as it was. Writes nothing where nothing is missing.
pub(crate) fn bring_up_to(
    connection: &mut Connection,
    target: u32,
    now_ms: i64,
) -> Result<(), StoreError> {
    let applied = in_log(connection)?;
    let due: Vec<_> = MIGRATIONS
        .iter()
        .filter(|migration| migration.number > applied && migration.number <= target)
        .collect();
    if due.is_empty() && !is_missing(connection)? {
        return Ok(());
    }
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    change.execute_batch(NODE_TABLES)?;
    change.execute_batch(LOG_TABLE)?;
    for migration in due {
        change.execute_batch(migration.sql)?;
        change.execute(
            "INSERT INTO qm_migrations (number, name, applied_ms) VALUES (?1, ?2, ?3)",
            (migration.number, migration.name, now_ms),
        )?;
        change.pragma_update(None, "user_version", migration.number)?;
    }
    change.commit()?;
    Ok(())
}

/// Whether one of Node's tables or indexes, or our log, is not there.
fn is_missing(connection: &Connection) -> rusqlite::Result<bool> {
    let mut find = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1")?;
    for name in node_names().chain(["qm_migrations"]) {
        if !find.exists([name])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The names of all that `node.sql` creates.
fn node_names() -> impl Iterator<Item = &'static str> {
    NODE_TABLES.lines().filter_map(|line| {
        let rest = line
            .strip_prefix("CREATE TABLE IF NOT EXISTS ")
            .or_else(|| line.strip_prefix("CREATE INDEX IF NOT EXISTS "))?;
        rest.split_whitespace().next()
    })
}
