//! The Node server and ours in turns on one file.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use serde_json::json;

use super::post_block;
use crate::support::node_server::VIEWER_PASSWORD;
use crate::support::{Home, node_server};

const TABLES: [&str; 8] = [
    "validated_blocks",
    "mining_stats",
    "users",
    "config",
    "notifications",
    "alert_rules",
    "alert_history",
    "alert_config",
];

/// Every row of Node's tables by table and key; a value has its type.
type Rows = BTreeMap<(&'static str, String), Vec<(String, Sql)>>;

fn rows(connection: &Connection) -> Rows {
    let mut all = Rows::new();
    for table in TABLES {
        let mut select = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names: Vec<String> = select.column_names().map(str::to_owned).collect();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = names.iter().enumerate().map(|(n, name)| (name.clone(), row.get(n)));
            let values: Vec<(String, Sql)> =
                values.map(|(name, value)| (name, value.unwrap())).collect();
            all.insert((table, format!("{:?}", values[0].1)), values);
        }
    }
    all
}

/// Rows may have been added, and some of the values that are meant to change
/// may have; everything else is as it was.
fn assert_kept(before: &Rows, after: &Rows, changed: &[(&str, &str)], when: &str) {
    for (key, values) in before {
        let now = after.get(key).unwrap_or_else(|| panic!("{key:?} is lost {when}"));
        for (value, now) in values.iter().zip(now) {
            let may_change = changed.contains(&(key.0, value.0.as_str()));
            assert!(may_change || value == now, "{key:?}: {value:?} became {now:?} {when}");
        }
    }
}

/// Node's start and each of its statements, with numbers as it binds them.
fn node(home: &Home, round: u32) {
    let node = home.sqlite();
    node.execute_batch(include_str!("../../fixtures/node_server.sql")).unwrap();
    node.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let n = f64::from(round);
    let insert =
        "INSERT INTO validated_blocks (block_number, block_hash, timestamp, chain, reward, tx_hash)
        VALUES (?, ?, ?, ?, ?, ?)";
    let none = None::<String>;
    node.execute(insert, (1_000.0 + n, "0xab", 1_795_424_714_064.0 + n, "Prime", 2.0, &none))
        .unwrap();
    let odd = format!("odd {round}");
    node.execute(insert, (1e20, 5.0, "yesterday", &odd, 0.5, 7.0)).unwrap();
    let twice =
        node.execute(insert, (1_000.0 + n, "0xab", 1_795_424_714_064.0, "Prime", 2.0, &none));
    assert!(twice.unwrap_err().to_string().contains("UNIQUE constraint failed"));
    let stat = "INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, rejected_shares,
        power_usage, temperature, fan_speed, gpu_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    node.execute(stat, (1_795_424_714_064.0 + n, "fast", 1.5, 0.0, 150.0, 72.5, 33.3, 0.0))
        .unwrap();
    node.execute(
        "INSERT INTO users (username, password_hash, api_key, role) VALUES (?, ?, ?, ?)",
        (format!("user {round}"), "$2a$10$abc", format!("{round:064x}"), "user"),
    )
    .unwrap();
    let notify = "INSERT INTO notifications (user_id, type, title, message) VALUES (?, ?, ?, ?)";
    for _ in 0..2 {
        node.execute(notify, (1.0, "alert", "Twice", &odd)).unwrap();
    }
    assert!(node.execute(notify, (4711.0, "alert", "Nobody's", &odd)).is_err());
    let unread =
        "SELECT id FROM notifications WHERE user_id = ? AND read = 0 ORDER BY created_at DESC";
    let id: i64 = node.query_row(unread, [1.0], |row| row.get(0)).unwrap();
    let read = "UPDATE notifications SET read = 1 WHERE id = ? AND user_id = ?";
    assert_eq!(node.execute(read, (id as f64, 1.0)).unwrap(), 1);
    let set = "INSERT INTO config (key, value) VALUES (?, ?)
        ON CONFLICT(key) DO UPDATE SET value = excluded.value, updated_at = CURRENT_TIMESTAMP";
    node.execute(set, (format!("key {round}"), json!({ "round": round }).to_string())).unwrap();
    node.execute(set, ("shared", round.to_string())).unwrap();
    node.execute("UPDATE users SET last_login = CURRENT_TIMESTAMP WHERE id = ?", [1.0]).unwrap();
    let rule =
        "INSERT INTO alert_rules (id, name, type, condition, channels) VALUES (?, ?, ?, ?, ?)";
    node.execute(rule, (&odd, "Hot", "temperature", "{\"above\":80}", "[\"telegram\"]")).unwrap();

    // What both wrote in earlier rounds, as Node reads it.
    let list = "SELECT block_number FROM validated_blocks ORDER BY block_number DESC LIMIT ?";
    let mut list = node.prepare(list).unwrap();
    let numbers: Vec<f64> =
        list.query_map([500.0], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for earlier in 0..round {
        assert!(numbers.contains(&(1_000.0 + f64::from(earlier))), "{numbers:?}");
        assert!(numbers.contains(&(2_000.0 + f64::from(earlier))), "{numbers:?}");
    }
    let count: i64 =
        node.query_row("SELECT COUNT(*) FROM validated_blocks", [], |row| row.get(0)).unwrap();
    assert!(count < 1_000, "or it would prune");
    for (check, fine) in [("integrity_check", vec!["ok"]), ("foreign_key_check", vec![])] {
        let mut check = node.prepare(&format!("PRAGMA {check}")).unwrap();
        let said: Vec<String> =
            check.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(said, fine);
    }
}

fn ours(home: &Home, round: u32) {
    let dashboard = home.start();
    let owner = dashboard.owner();
    assert_eq!(post_block(&dashboard, 2_000 + u64::from(round))["success"], true);
    let twice = owner.post("/api/blocks/validated", &json!({ "blockNumber": 1_000 + round })).ok();
    assert_eq!(twice["success"], false, "Node has it already: {twice}");
    let stat = json!({ "timestamp": 1, "hashRate": 1e6, "gpuId": 0 });
    owner.post("/api/stats/history", &stat).ok();
    dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    let list = owner.get("/api/blocks/validated?limit=500").ok();
    let expected = 3 * (u64::from(round) + 1);
    assert_eq!(list["total"], expected, "{list}");
    let key = format!("{round:064x}");
    dashboard.anonymous().with("X-API-Key", &key).get("/api/v1/session").ok();
    // Once in the middle of everything.
    match round {
        5 => dashboard.kill(),
        _ => assert_eq!(dashboard.stop().code, Some(0)),
    }
}

#[test]
fn node_and_ours_in_turns() {
    let home = Home::new();
    node_server::create(&home.sqlite());
    let mut before = rows(&home.sqlite());
    for round in 0..10 {
        node(&home, round);
        let by_node = rows(&home.sqlite());
        let of_node = [
            ("users", "last_login"),
            ("notifications", "read"),
            ("config", "value"),
            ("config", "updated_at"),
        ];
        assert_kept(&before, &by_node, &of_node, &format!("in Node's round {round}"));
        ours(&home, round);
        before = rows(&home.sqlite());
        let of_ours = [("users", "last_login")];
        assert_kept(&by_node, &before, &of_ours, &format!("in our round {round}"));
        // One block, one note about it, and not a row more.
        assert_eq!(before.len(), by_node.len() + 2, "round {round}");
    }

    let column = |table, key: Sql, name: &str| -> Sql {
        let row = &before[&(table, format!("{key:?}"))];
        row.iter().find(|(column, _)| column == name).unwrap().1.clone()
    };
    let ids = before.iter().filter(|((table, _), _)| *table == "validated_blocks");
    let (mut nodes, mut odd, mut our) = (0, 0, 0);
    for (_, row) in ids {
        let id = row[0].1.clone();
        let of = |name| column("validated_blocks", id.clone(), name);
        match of("block_number") {
            Sql::Real(1e20) => {
                odd += 1;
                assert_eq!(of("block_hash"), Sql::Text("5.0".into()));
                assert_eq!(of("timestamp"), Sql::Text("yesterday".into()));
            }
            Sql::Integer(1_000..=1_009) => {
                nodes += 1;
                assert!(matches!(of("timestamp"), Sql::Integer(_)));
            }
            Sql::Integer(2_000..=2_009) => {
                our += 1;
                assert!(matches!(of("timestamp"), Sql::Integer(_)));
                assert_eq!(of("reward"), Sql::Real(2.5));
                assert_eq!(of("chain"), Sql::Text("Cyprus-1".into()));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((nodes, odd, our), (10, 10, 10));
    assert_eq!(column("config", Sql::Text("shared".into()), "value"), Sql::Text("9".into()));
    assert!(
        matches!(column("users", Sql::Integer(2), "last_login"), Sql::Text(at) if at.len() == 19)
    );
}
