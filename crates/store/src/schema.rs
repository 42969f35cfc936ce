//! Which tables there are, and how a file gets them.

use rusqlite::{Connection, TransactionBehavior};

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
    Migration { number: 5, name: "users", sql: include_str!("migrations/0005_users.sql") },
    Migration { number: 6, name: "minutes", sql: include_str!("migrations/0006_minutes.sql") },
    Migration {
        number: 7,
        name: "stat_hours",
        sql: include_str!("migrations/0007_stat_hours.sql"),
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
    Ok(taken(connection)?.into_iter().fold(in_header, u32::max))
}

/// The numbers of the migrations a database has taken.
pub(crate) fn taken(connection: &Connection) -> rusqlite::Result<Vec<u32>> {
    let log = "SELECT 1 FROM sqlite_schema WHERE name = 'qm_migrations'";
    if !connection.prepare(log)?.exists([])? {
        return Ok(Vec::new());
    }
    let mut numbers = connection.prepare("SELECT number FROM qm_migrations ORDER BY number")?;
    numbers.query_map([], |row| row.get(0))?.collect()
}

/// Those up to `target` that it has not taken.
pub(crate) fn due(taken: &[u32], target: u32) -> impl Iterator<Item = &'static Migration> {
    MIGRATIONS
        .iter()
        .filter(move |migration| migration.number <= target && !taken.contains(&migration.number))
}

/// Brings a database up to `target`, in one transaction: a failure leaves it
/// as it was. Writes nothing where nothing is missing.
pub(crate) fn bring_up_to(
    connection: &mut Connection,
    target: u32,
    now_ms: i64,
) -> Result<(), StoreError> {
    let due: Vec<_> = due(&taken(connection)?, target).collect();
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
    }
    let version = version(&change)?;
    change.pragma_update(None, "user_version", version)?;
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
    node_tables().chain(created("CREATE INDEX IF NOT EXISTS "))
}

pub(crate) fn node_tables() -> impl Iterator<Item = &'static str> {
    created("CREATE TABLE IF NOT EXISTS ")
}

fn created(what: &'static str) -> impl Iterator<Item = &'static str> {
    let rest = NODE_TABLES.lines().filter_map(move |line| line.strip_prefix(what));
    rest.filter_map(|rest| rest.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(connection: &Connection) -> Vec<(String, String, Option<String>)> {
        connection
            .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    #[test]
    fn afresh_is_the_same_as_step_by_step() {
        let mut fresh = Connection::open_in_memory().unwrap();
        bring_up_to(&mut fresh, newest(), 1).unwrap();
        let mut stepwise = Connection::open_in_memory().unwrap();
        for number in std::iter::once(0).chain(MIGRATIONS.iter().map(|one| one.number)) {
            bring_up_to(&mut stepwise, number, 1).unwrap();
            assert_eq!(version(&stepwise).unwrap(), number);
        }
        assert_eq!(schema(&stepwise), schema(&fresh));
        assert_eq!(version(&fresh).unwrap(), newest());
    }

    #[test]
    fn migrations_are_numbered_and_named_like_their_files() {
        let files = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migrations");
        let mut names: Vec<_> = std::fs::read_dir(files)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        names.sort();
        let listed: Vec<_> = MIGRATIONS
            .iter()
            .map(|migration| format!("{:04}_{}.sql", migration.number, migration.name))
            .collect();
        assert_eq!(listed, names);
        assert!(MIGRATIONS.is_sorted_by(|one, next| one.number < next.number));
    }

    /// The rules of `migrations/README.md`, as far as a test can tell.
    #[test]
    fn ours_are_plain_tables_with_our_prefix() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(NODE_TABLES).unwrap();
        let nodes = schema(&connection);
        bring_up_to(&mut connection, newest(), 1).unwrap();
        let ours: Vec<_> =
            schema(&connection).into_iter().filter(|entry| !nodes.contains(entry)).collect();
        assert!(!ours.is_empty());
        for (kind, name, sql) in ours {
            let bare = name.trim_start_matches("sqlite_autoindex_");
            assert!(bare.starts_with("qm_"), "{name}");
            assert!(kind == "table" || kind == "index", "{name} is a {kind}");
            let sql = sql.unwrap_or_default().to_uppercase();
            for word in ["STRICT", "GENERATED", "REFERENCES", "TRIGGER", "VIRTUAL"] {
                assert!(!sql.contains(word), "{name}: {word}");
            }
        }
    }

    #[test]
    fn a_failure_leaves_everything_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE qm_roles (other)").unwrap();
        let before = schema(&connection);
        assert!(bring_up_to(&mut connection, newest(), 1).is_err());
        assert_eq!(schema(&connection), before);
        assert_eq!(version(&connection).unwrap(), 0);
    }
}
