//! Databases of any age, with what years of unchecked requests left in them:
//! opened, read in every way, written to, and not a value changed.

use quaiminer_domain::access::Role;
use quaiminer_domain::history::Span;
use quaiminer_store::{Cell, NewBlock, NewNotification, NewUser, StatsQuery, StoreError};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::help::{Rig, now_ms, sample};

/// The tables of a first version: fewer of them, and fewer rules.
const FIRST_TABLES: &str = "
    CREATE TABLE validated_blocks (id INTEGER PRIMARY KEY AUTOINCREMENT, block_number INTEGER,
        block_hash TEXT, timestamp INTEGER, chain TEXT, reward REAL, tx_hash TEXT, created_at DATETIME,
        UNIQUE(block_number, chain));
    CREATE TABLE mining_stats (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER, hash_rate REAL,
        accepted_shares INTEGER, rejected_shares INTEGER, power_usage REAL, temperature REAL,
        fan_speed INTEGER, gpu_id INTEGER, created_at DATETIME);
    CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE, password_hash TEXT,
        api_key TEXT, role TEXT, created_at DATETIME, last_login DATETIME);
    CREATE TABLE config (key TEXT PRIMARY KEY, value TEXT, updated_at DATETIME);
    CREATE TABLE notifications (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, type TEXT,
        title TEXT, message TEXT, read BOOLEAN, created_at DATETIME);
";

/// Every wrong value that the columns of either version take.
const ROWS: &str = "
    INSERT INTO validated_blocks (block_number, block_hash, timestamp, chain, reward, tx_hash, created_at) VALUES
        (100.0, 5.0, 1700000000000.0, 'Prime', 2.0, NULL, '2024-01-02 03:04:05'),
        (101.5, 'x', 'yesterday', NULL, 0.5, 7, NULL),
        (1e20, '0xab', 9e999, 'Prime', 9e999, NULL, 'never'),
        (-1e20, NULL, -9e999, 'Prime', -9e999, x'00ff', 12345),
        ('many', NULL, '2024-01-01', 12.0, 'much', NULL, NULL),
        ('103', NULL, '1700000000001', 'Prime', '4.5', NULL, NULL),
        (x'ff', NULL, x'ff', '', x'ff', NULL, NULL);
    INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, rejected_shares, power_usage, temperature, fan_speed, gpu_id) VALUES
        (1700000000000.0, 'fast', 1.5, 'none', 9e999, NULL, 33.3, 0.0),
        (1700000000000.5, 1e300, -5, 9e18, -9e999, 'hot', x'ff', 'zero'),
        (9e999, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1e20),
        (-9e999, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('soon', 10.5, 123.0, 5.0, 150.0, 72.0, 65.0, 0.0);
    INSERT INTO users (username, password_hash, api_key, role) VALUES
        (12345.0, 5.0, 7.0, 0.0), ('bob', '', NULL, NULL), ('admin', 'not a hash', 'k', 'superuser');
    INSERT INTO config (key, value) VALUES
        ('flight_sheets', '[{\"id\":'), ('rigs', 5.0), ('gpu_presets', x'ff00'), ('active_flight_sheet', '');
    INSERT INTO notifications (user_id, type, title, message, read, created_at) VALUES
        (1, 'a', 'b', 'c', 0, '2024-01-02 03:04:05'), (1, 'a', 'b', 'c', 0, '2024-01-02 03:04:05'),
        (1, 'a', 'b', 'c', 'no', 'today'), (1, 5.0, 6.0, 7.0, 2, NULL);
";

/// And those that only a first version takes.
const FIRST_ROWS: &str = "
    INSERT INTO validated_blocks (block_number, timestamp) VALUES (NULL, NULL);
    INSERT INTO mining_stats (timestamp) VALUES (NULL);
    INSERT INTO users (username, password_hash) VALUES (NULL, NULL), ('nobody', NULL);
    INSERT INTO config (key, value) VALUES (NULL, NULL), ('staking_balances', NULL);
    INSERT INTO notifications (user_id) VALUES (NULL), (4711);
";

const TABLES: [&str; 5] = ["validated_blocks", "mining_stats", "users", "config", "notifications"];

/// All rows of Node's tables; a value has its type.
fn rows(connection: &Connection) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for table in TABLES {
        let mut select =
            connection.prepare(&format!("SELECT rowid, * FROM {table} ORDER BY rowid")).unwrap();
        let columns = select.column_count();
        let found = select.query_map([], |row| (0..columns).map(|n| row.get(n)).collect());
        all.extend(found.unwrap().map(|row: rusqlite::Result<Vec<Value>>| row.unwrap()));
    }
    all
}

#[tokio::test]
async fn a_node_database_of_any_age() {
    for is_first in [true, false] {
        let rig = Rig::new();
        let node = rig.sqlite();
        if is_first {
            node.execute_batch(&[FIRST_TABLES, ROWS, FIRST_ROWS].concat()).unwrap();
        } else {
            let tables = include_str!("../../../dashboard/tests/fixtures/node_server.sql");
            node.execute_batch(&[tables, ROWS].concat()).unwrap();
        }
        let before = rows(&node);
        drop(node);

        let store = rig.open();
        let now_ms = now_ms();
        let total = if is_first { 8 } else { 7 };
        let list = store.blocks().list(None).await.unwrap();
        assert_eq!((list.blocks.len(), list.total), (total, total as u64));
        let numbers: Vec<_> = list.blocks.iter().map(|block| block.block_number.clone()).collect();
        assert!(numbers.contains(&Cell::Real(101.5)) && numbers.contains(&Cell::Real(1e20)));
        assert!(numbers.contains(&Cell::Integer(103)) && numbers.contains(&Cell::Integer(100)));
        let stats = store.blocks().stats(now_ms).await.unwrap();
        assert_eq!((stats.total, stats.total_reward), (total as u64, 0.0), "infinities cancel");
        assert_eq!(stats.last_24h, 4, "text and infinity are later than any number");

        for hours in [24, 8_784, u32::MAX] {
            for gpu_id in [None, Some(0), Some(7)] {
                let query = StatsQuery { now_ms, hours, limit: 10_000, gpu_id };
                let found = store.mining_stats().rows(query).await.unwrap();
                assert_eq!(found.is_empty(), gpu_id == Some(7));
                for interval in [0, 1, 60, u32::MAX] {
                    store.mining_stats().buckets(query, interval).await.unwrap();
                }
            }
        }

        let users = store.users().list(100).await.unwrap();
        assert_eq!(users.len(), if is_first { 5 } else { 3 });
        assert_eq!(
            (users[0].account.user.name.as_str(), users[0].account.user.role),
            ("12345.0", Role::Viewer)
        );
        for name in ["12345.0", "bob", "admin", "nobody", ""] {
            store.users().by_name(name).await.unwrap();
        }
        let admin = store.users().by_api_key("k").await.unwrap().unwrap();
        assert_eq!(admin.user.role, Role::Owner);
        assert_eq!(store.users().count_with_password().await, Ok(2));
        assert_eq!(store.config().get("flight_sheets").await, Ok(Some("[{\"id\":".into())));
        assert_eq!(store.config().get("rigs").await, Ok(Some("5.0".into())));
        for key in ["gpu_presets", "active_flight_sheet", "staking_balances", "alert_settings"] {
            store.config().get(key).await.unwrap();
        }
        let span = Span::new(now_ms - 86_400_000, now_ms, 60_000).unwrap();
        store.history(span).await.unwrap();

        // Everything we write goes beside it.
        store.record((1..=20).map(|n| sample(now_ms - n * 30_000, "xmrig://a:1", 1)));
        let block = |number| NewBlock {
            number,
            hash: None,
            timestamp_ms: now_ms,
            chain: "Prime".into(),
            reward: 1.0,
            tx_hash: None,
        };
        store.blocks().insert(block(7)).await.unwrap();
        assert_eq!(store.blocks().insert(block(100)).await, Err(StoreError::Duplicate));
        let new = NewUser {
            name: "eve".into(),
            password_hash: "x".into(),
            api_key: None,
            role: Role::Viewer,
        };
        store.users().create(new).await.unwrap();
        store.config().set("setup_complete", "true".into()).await.unwrap();
        let notification = NewNotification {
            user_id: 1,
            kind: "a".into(),
            title: "b".into(),
            message: "c".into(),
        };
        store.notifications().insert(notification).await.unwrap();
        store.flush().await.unwrap();
        store.close().await.unwrap();

        let after = rows(&rig.sqlite());
        for row in &before {
            assert!(after.contains(row), "{row:?} has changed");
        }
        assert!(after.len() >= before.len() + 4 + 19);
        let store = rig.open();
        assert_eq!(store.blocks().list(None).await.unwrap().total, total as u64 + 1);
        store.close().await.unwrap();
    }
}
