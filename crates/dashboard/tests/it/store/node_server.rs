//! The file belongs to the Node server too: what it wrote is read, and what
//! we write it can read.

use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::post_block;
use crate::support::node_server::{OWNER_PASSWORD, VIEWER_PASSWORD};
use crate::support::{Home, OWNER_KEY, eventually};

/// Rows as years of unchecked requests leave them.
const ODDITIES: &str = "
    INSERT INTO validated_blocks (block_number, block_hash, timestamp, chain, reward, tx_hash, created_at) VALUES
        (101.0, '5.0', 1700000000000.0, 'Prime', 1.0, NULL, '2024-01-02 03:04:05'),
        (102.0, NULL, 'yesterday', '<img src=x onerror=alert(1)>', 0.5, '', '2024-01-02 03:04:05'),
        (1e20, NULL, 1700000000002.0, 'Prime', 0.0, NULL, '2023-11-14 22:13:20'),
        (-5.0, 'x', 9e999, NULL, -3.0, 'y', 'never'),
        (104.9, NULL, 1700000000001.0, 'Prime', 'much', x'00ff', NULL);
    INSERT INTO mining_stats (timestamp, hash_rate, accepted_shares, rejected_shares, power_usage, temperature, fan_speed, gpu_id) VALUES
        (1700000000000.0, 'fast', 1.5, 'none', 9e999, NULL, 33.3, 0.0),
        ('soon', 10.5, 123.0, 5.0, 150.0, 72.0, 65.0, 'zero');
    INSERT INTO users (username, password_hash, api_key, role) VALUES ('12345.0', 'no hash', NULL, NULL);
    INSERT INTO config (key, value) VALUES ('flight_sheets', '[{\"id\":\"1\"}]'), ('wallet_address', 'not an address');
    ALTER TABLE users ADD COLUMN theme TEXT DEFAULT 'dark';
    ALTER TABLE validated_blocks ADD COLUMN note TEXT;
    UPDATE validated_blocks SET note = 'of the owner';
    CREATE TABLE owners_own (a, b UNIQUE);
    INSERT INTO owners_own VALUES (1, 'kept'), (NULL, x'00');
    CREATE INDEX owners_index ON owners_own (a);
";

fn rows(connection: &Connection, select: &str) -> Vec<Vec<Sql>> {
    let mut select = connection.prepare(select).unwrap();
    let columns = select.column_count();
    let rows = select.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_node_left_is_read_as_it_is() {
    let home = Home::with_users();
    home.sqlite().execute_batch(ODDITIES).unwrap();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let list = owner.get("/api/blocks/validated").ok();
    assert_eq!(list["total"], 5);
    let blocks = list["blocks"].as_array().unwrap();
    let column =
        |name: &str| -> Vec<Value> { blocks.iter().map(|block| block[name].clone()).collect() };
    assert_eq!(
        column("block_number"),
        [json!(1e20), json!(104.9), json!(102), json!(101), json!(-5)]
    );
    assert_eq!(column("blockNumber"), column("block_number"));
    assert_eq!(
        column("block_hash"),
        [json!(null), json!(null), json!(null), json!("5.0"), json!("x")]
    );
    assert_eq!(column("timestamp")[2], "yesterday");
    assert_eq!(column("timestamp")[4], json!(null), "JSON has no infinity");
    assert_eq!(column("chain")[2], "<img src=x onerror=alert(1)>");
    assert_eq!(column("reward")[1], "much");
    let stats = owner.get("/api/blocks/stats").ok();
    assert_eq!(stats["total"], 5);
    assert_eq!(stats["lastBlock"]["block_number"], 1e20);
    // Text and infinity are later than any number, for SQLite as for Node.
    assert_eq!((&stats["last24h"], &stats["last7d"]), (&json!(2), &json!(2)));
    let history = owner.get("/api/stats/history?hours=8784").ok();
    assert_eq!(history["history"], history["data"]);
    let strange = &history["data"][0];
    assert_eq!(
        (&strange["timestamp"], &strange["gpu_id"]),
        (&json!("soon"), &json!("zero")),
        "{history}"
    );
    owner.get("/api/stats/history?hours=8784&aggregated=true").ok();
    // Users sign in with the passwords and keys that they had there.
    for (name, password) in [("admin", OWNER_PASSWORD), ("vera", VIEWER_PASSWORD)] {
        dashboard.anonymous().signed_in(name, password);
    }
    let body = json!({ "username": "12345.0", "password": "no hash" });
    dashboard.anonymous().post("/api/v1/session", &body).refusal(401);
}

#[test]
fn node_can_go_on_with_the_file() {
    let home = Home::with_users();
    home.sqlite().execute_batch(ODDITIES).unwrap();
    let of_the_owner = [
        "SELECT * FROM owners_own",
        "SELECT theme FROM users ORDER BY id",
        "SELECT id, note FROM validated_blocks WHERE id <= 5 ORDER BY id",
        "SELECT * FROM config ORDER BY key",
        "SELECT * FROM mining_stats ORDER BY id",
        "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'qm\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name",
    ];
    let before: Vec<_> = of_the_owner.iter().map(|select| rows(&home.sqlite(), select)).collect();

    let dashboard = home.start();
    let answer = post_block(&dashboard, 7_000_001);
    assert_eq!((&answer["success"], &answer["block"]["chain"]), (&json!(true), &json!("Cyprus-1")));
    let twice = dashboard
        .owner()
        .post("/api/blocks/validated", &json!({ "blockNumber": 7_000_001, "chain": "Cyprus-1" }));
    assert_eq!(
        (&twice.ok()["success"], &twice.ok()["error"]),
        (&json!(false), &json!("Block already exists"))
    );
    // The same number on another chain is another block.
    dashboard.owner().post("/api/blocks/validated", &json!({ "blockNumber": "7000001" })).ok();
    let posted = json!({ "timestamp": 1, "hashRate": 1e6, "acceptedShares": 7 });
    assert_eq!(dashboard.owner().post("/api/stats/history", &posted).ok()["success"], true);
    dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    assert_eq!(dashboard.stop().code, Some(0));

    let node = home.sqlite();
    for (select, before) in of_the_owner.iter().zip(before) {
        assert_eq!(rows(&node, select), before, "{select}");
    }
    // Node's start, and then its statements one after the other.
    node.execute_batch(include_str!("../../fixtures/node_server.sql")).unwrap();
    let blocks = rows(&node, "SELECT * FROM validated_blocks ORDER BY block_number DESC LIMIT 3");
    let hash = format!("0x{:064x}", 7_000_001);
    let ours = blocks.iter().find(|row| row[4] == Sql::Text("Cyprus-1".into())).unwrap();
    assert_eq!(
        (&ours[1], &ours[2], &ours[5]),
        (&Sql::Integer(7_000_001), &Sql::Text(hash), &Sql::Real(2.5))
    );
    assert!(matches!(&ours[3], Sql::Integer(at_ms) if *at_ms > 1_700_000_000_000), "{ours:?}");
    assert!(matches!(&ours[7], Sql::Text(created) if created.len() == 19), "{ours:?}");
    node.execute(
        "INSERT INTO validated_blocks (block_number, block_hash, timestamp, chain, reward, tx_hash)
         VALUES (?, ?, ?, ?, ?, ?)",
        (7_000_002.0, "0xab", 1_795_424_714_064.0, "Prime", 0.0, None::<String>),
    )
    .unwrap();
    let duplicate = node.execute(
        "INSERT INTO validated_blocks (block_number, timestamp, chain) VALUES (?, ?, ?)",
        (7_000_001.0, 1.0, "Cyprus-1"),
    );
    assert!(duplicate.unwrap_err().to_string().contains("UNIQUE constraint failed"));
    let notes = rows(
        &node,
        "SELECT type, title, message FROM notifications WHERE user_id = 1 AND read = 0 ORDER BY created_at DESC",
    );
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert_eq!(notes[0][0], Sql::Text("block_found".into()));
    let id: i64 = node
        .query_row("SELECT id FROM users WHERE api_key = ?", [OWNER_KEY], |row| row.get(0))
        .unwrap();
    assert_eq!(id, 1);
    let login = rows(&node, "SELECT last_login FROM users WHERE username = 'vera'");
    assert!(matches!(&login[0][0], Sql::Text(at) if at.len() == 19), "{login:?}");
    node.execute(
        "INSERT INTO config (key, value) VALUES (?, ?)
         ON CONFLICT(key) DO UPDATE SET value = excluded.value, updated_at = CURRENT_TIMESTAMP",
        ("flight_sheets", "[]"),
    )
    .unwrap();
    node.execute(
        "INSERT INTO users (username, password_hash, api_key, role) VALUES (?, ?, ?, 'user')",
        ("norbert", "$2a$10$abc", "feed".repeat(16)),
    )
    .unwrap();
    for check in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
        let found = rows(&node, check);
        assert!(found.is_empty() || found == [[Sql::Text("ok".into())]], "{check}: {found:?}");
    }
    drop(node);

    // And what Node wrote meanwhile is there with us.
    let dashboard = home.start();
    let newest = &dashboard.owner().get("/api/blocks/validated?limit=2").ok()["blocks"][1];
    assert_eq!(
        (&newest["block_number"], &newest["block_hash"]),
        (&json!(7_000_002), &json!("0xab"))
    );
    let newcomer = dashboard.anonymous().with("X-API-Key", &"feed".repeat(16));
    assert_eq!(
        newcomer.get("/api/v1/session").ok()["user"],
        json!({ "name": "norbert", "role": "viewer" })
    );
}

/// What a page displayed is no measurement.
#[test]
fn posted_statistics_stay_apart_from_what_was_measured() {
    let home = Home::with_users();
    let dashboard = home.start();
    for n in 0..3 {
        let posted = json!({ "hashRate": 666.0 + f64::from(n), "acceptedShares": "12", "temperature": null });
        assert_eq!(
            dashboard.owner().post("/api/stats/history", &posted).ok(),
            json!({ "success": true })
        );
    }
    assert_eq!(dashboard.owner().get("/api/stats/history").ok()["data"], json!([]));
    let history = dashboard.owner().get("/api/v1/history").ok();
    assert!(!history.to_string().contains("666"), "{history}");
    dashboard.stop();
    let kept =
        rows(&home.sqlite(), "SELECT hashrate_mhs, accepted FROM qm_client_stats ORDER BY id");
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[0], [Sql::Real(666.0), Sql::Integer(12)]);
    assert!(rows(&home.sqlite(), "SELECT 1 FROM mining_stats").is_empty());
}

/// The list is bounded as in Node, whatever is asked for.
#[test]
fn lists_are_bounded() {
    let home = Home::with_users();
    home.sqlite()
        .execute_batch(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 700)
             INSERT INTO validated_blocks (block_number, timestamp) SELECT n, 1700000000000 + n FROM n",
        )
        .unwrap();
    let dashboard = home.start();
    for (query, expected) in [("", 100), ("?limit=3", 3), ("?limit=0", 100), ("?limit=99999", 500)]
    {
        let list = dashboard.owner().get(&format!("/api/blocks/validated{query}")).ok();
        assert_eq!(
            (list["blocks"].as_array().unwrap().len(), &list["total"]),
            (expected, &json!(700)),
            "{query}"
        );
        assert_eq!(list["blocks"][0]["blockNumber"], 700);
    }
}

#[test]
fn events_are_turned_over_page_by_page() {
    let home = Home::with_users();
    let dashboard = home.start();
    for _ in 0..4 {
        dashboard.anonymous().signed_in("vera", VIEWER_PASSWORD);
    }
    let all = eventually("all events", || {
        let events = dashboard.events();
        (events.len() >= 5).then_some(events)
    });
    let ids = |events: &[Value]| -> Vec<i64> {
        events.iter().map(|event| event["id"].as_i64().unwrap()).collect()
    };
    let mut paged = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let answer = dashboard.owner().get(&format!("/api/v1/events{query}")).ok();
        let page = answer["events"].as_array().unwrap();
        assert!(page.len() <= 2);
        paged.extend(ids(page));
        match (answer["more"] == true, paged.last()) {
            (true, Some(last)) => query = format!("?limit=2&before={last}"),
            _ => break,
        }
    }
    assert_eq!(paged, ids(&all));
    assert!(paged.windows(2).all(|pair| pair[0] > pair[1]));
}
