//! The owner's other rigs: a real one, and everything else that can be at an
//! address.

mod peer;

use std::collections::HashSet;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use peer::Peer;

use crate::support::{Client, Dashboard, Home, OWNER_KEY, VIEWER_KEY, eventually};

fn start() -> (Home, Dashboard) {
    let home = Home::with_users();
    let dashboard = home.start();
    (home, dashboard)
}

/// A rig on this machine; its id.
fn add(client: &Client, port: u16, key: Option<&str>) -> String {
    let body = json!({ "name": "rigA", "ip": "127.0.0.1", "port": port, "apiKey": key });
    let rig = client.post("/api/rigs", &body).ok()["rig"].clone();
    rig["id"].as_str().unwrap().to_owned()
}

fn status(client: &Client, id: &str) -> Value {
    let answer = client.get(&format!("/api/rigs/{id}/status")).ok();
    assert_eq!(answer["success"], true);
    answer["status"].clone()
}

fn control(client: &Client, id: &str, action: &str) -> crate::support::http::Response {
    client.post(&format!("/api/rigs/{id}/control"), &json!({ "action": action }))
}

/// The row that Node reads.
fn stored(home: &Home) -> String {
    let sql = "SELECT value FROM config WHERE key = 'rigs'";
    home.sqlite().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn json_answer(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn another_dashboard_is_a_rig() {
    let rig_home = Home::with_miner(&[]);
    let rig = rig_home.start();
    let (home, dashboard) = start();
    let owner = dashboard.owner();

    let locked = add(&owner, rig.address.port(), None);
    let told = status(&owner, &locked);
    assert_eq!(told["status"], "offline");
    assert!(told["reason"].as_str().unwrap().contains("API key"), "{told}");
    assert!(control(&owner, &locked, "start").refusal(502)["message"].is_string());
    assert!(rig_home.miners().is_empty());

    let looking = add(&owner, rig.address.port(), Some(VIEWER_KEY));
    assert_eq!(status(&owner, &looking)["status"], "online");
    control(&owner, &looking, "start").refusal(502);
    assert!(rig_home.miners().is_empty());

    let id = add(&owner, rig.address.port(), Some(OWNER_KEY));
    let told = status(&dashboard.viewer(), &id);
    assert_eq!((&told["status"], &told["name"]), (&json!("online"), &json!("rigA")));
    assert_eq!((&told["hashRate"], &told["gpuCount"]), (&json!(0), &json!(0)));
    assert_eq!(told["apiKey"], "********");
    control(&dashboard.viewer(), &id, "start").refusal(403);
    assert_eq!(control(&owner, &id, "start").ok(), json!({ "success": true }));
    eventually("its miner runs", || (!rig_home.miners().is_empty()).then_some(()));
    assert_eq!(control(&owner, &id, "stop").ok()["success"], true);
    eventually("its miner has ended", || rig_home.miners().is_empty().then_some(()));
    // What it could not do is not called done.
    rig_home.write_config(&json!({ "miner": { "command": ["/nowhere/miner"] } }));
    let failed = control(&owner, &id, "start").ok();
    assert_eq!(failed["success"], false, "{failed}");
    assert!(failed["error"].as_str().is_some_and(|why| !why.is_empty()), "{failed}");

    // Who did it is written down, and the key is nowhere to be read.
    let events = dashboard.events();
    assert!(events.iter().any(|event| event["kind"] == "rig.control" && event["actor"] == "admin"));
    let answers = [
        owner.get("/api/rigs").text(),
        owner.get(&format!("/api/rigs/{id}/status")).text(),
        format!("{events:?}"),
        stored(&home),
        dashboard.stderr().join("\n"),
    ];
    for answer in answers {
        assert!(!answer.contains(OWNER_KEY) && !answer.contains(VIEWER_KEY), "{answer}");
    }

    rig.stop();
    let told = status(&owner, &id);
    assert_eq!(told["status"], "offline");
    assert!(told["reason"].as_str().unwrap().contains("refused"), "{told}");
    control(&owner, &id, "restart").refusal(502);
}

#[test]
fn a_list_that_node_reads_too() {
    let (home, dashboard) = start();
    let owner = dashboard.owner();
    assert_eq!(owner.get("/api/rigs").ok(), json!({ "success": true, "rigs": [] }));
    let body = json!({ "name": "Tom's rig", "ip": "localhost" });
    let rig = owner.post("/api/rigs", &body).ok()["rig"].clone();
    let id = rig["id"].as_str().unwrap();
    let row: Value = serde_json::from_str(&stored(&home)).unwrap();
    assert_eq!(
        row,
        json!([{
            "id": id,
            "name": "Tom's rig",
            "ip": "localhost",
            "port": 3000,
            "status": "offline",
            "createdAt": rig["createdAt"],
        }])
    );
    assert_eq!(rig, row[0]);
    let listed = owner.get("/api/rigs").ok()["rigs"][0].clone();
    assert_eq!((&listed["id"], &listed["available"]), (&rig["id"], &json!(false)));

    owner.get("/api/rigs/1/status").refusal(404);
    assert_eq!(control(&owner, "1", "start").refusal(404)["error"], "Rig not found");
    for action in [json!({ "action": "bogus" }), json!({}), json!({ "action": 5 })] {
        let refusal = owner.post(&format!("/api/rigs/{id}/control"), &action).refusal(400);
        assert_eq!(refusal["field"], "action");
    }
    let path = format!("/api/rigs/{id}");
    dashboard.viewer().send("DELETE", &path, None).refusal(403);
    assert_eq!(owner.send("DELETE", &path, None).ok(), json!({ "success": true }));
    owner.send("DELETE", &path, None).refusal(404);
    assert_eq!(stored(&home), "[]");
}

#[test]
fn addresses_outside_the_house_are_refused() {
    let (home, dashboard) = start();
    let owner = dashboard.owner();
    for body in [
        json!({}),
        json!({ "name": "x" }),
        json!({ "ip": "10.0.0.1" }),
        json!({ "name": "", "ip": "" }),
    ] {
        let refusal = owner.post("/api/rigs", &body).refusal(400);
        assert_eq!(refusal["error"], "Name and IP are required");
    }
    let with = |name: &str, value: Value| {
        let mut body = json!({ "name": "rig", "ip": "127.0.0.1", "port": 4028 });
        body[name] = value;
        body
    };
    for ip in [
        "1.2.3.4",
        "8.8.8.8",
        "0.0.0.0",
        "100.64.0.1",
        "::ffff:8.8.8.8",
        "[2001:db8::1]",
        "evil.example/path?",
        "127.0.0.1:80",
        "user@127.0.0.1",
        "2130706433",
        "127.1",
        "[::1",
        "a b",
    ] {
        let refusal = owner.post("/api/rigs", &with("ip", json!(ip))).refusal(400);
        assert_eq!(refusal["field"], "ip", "{ip}");
    }
    for (field, value) in [
        ("ip", json!(["127.0.0.1"])),
        ("name", json!("<b>")),
        ("name", json!({ "a": 1 })),
        ("name", json!("x".repeat(101))),
        ("port", json!(0)),
        ("port", json!(65_536)),
        ("port", json!("x")),
        ("port", json!(80.5)),
        ("apiKey", json!("two words")),
        ("apiKey", json!("x\r\nHost: y")),
        ("apiKey", json!(5)),
    ] {
        let refusal = owner.post("/api/rigs", &with(field, value.clone())).refusal(400);
        assert_eq!(refusal["field"], field, "{value}");
    }
    for ip in ["127.0.0.1", "::1", "[fe80::1]", "10.1.2.3", "169.254.3.4", "LOCALHOST"] {
        owner.post("/api/rigs", &with("ip", json!(ip))).ok();
    }
    drop(dashboard);

    // An owner may know better.
    let home = home.set("ALLOWED_RIG_HOSTS", "192.0.2.7, rig.example");
    let dashboard = home.start();
    dashboard.owner().post("/api/rigs", &with("ip", json!("192.0.2.7"))).ok();
    dashboard.owner().post("/api/rigs", &with("ip", json!("Rig.Example"))).ok();
    dashboard.owner().post("/api/rigs", &with("ip", json!("192.0.2.8"))).refusal(400);
}

#[test]
fn many_at_the_same_moment_are_all_kept() {
    let (home, dashboard) = start();
    let owner = dashboard.owner();
    let ids: HashSet<String> = std::thread::scope(|scope| {
        let posts: Vec<_> =
            (0..20).map(|_| scope.spawn(|| add(&owner, 4028, Some("key")))).collect();
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 20);
    let row: Value = serde_json::from_str(&stored(&home)).unwrap();
    assert_eq!(row.as_array().unwrap().len(), 20);
    let keyed = owner.get("/api/rigs").ok();
    assert!(keyed["rigs"].as_array().unwrap().iter().all(|rig| rig["apiKey"] == "********"));
}

/// A rig that Node was given, with whatever it took for an address.
#[test]
fn what_node_stored_unseen_is_neither_shown_nor_visited() {
    let (home, dashboard) = start();
    let peer = Peer::saying(json_answer("{}"));
    let rows = json!([
        { "id": "1", "name": { "a": 1 }, "ip": ["1"], "port": "x", "status": "offline" },
        { "id": "2", "name": "<b>", "ip": "evil.example/path?", "port": 80, "createdAt": 5 },
        { "id": "3", "name": "n", "ip": format!("127.0.0.1:{}/x?", peer.address.port()), "port": 80 },
        { "id": "4", "name": "n", "ip": "8.8.8.8", "port": 80, "status": "<i>" },
        { "id": "5", "name": "n", "ip": "127.0.0.1", "port": peer.address.port(), "createdAt": 5 },
        "text",
    ]);
    home.sqlite()
        .execute("INSERT INTO config (key, value) VALUES ('rigs', ?)", [rows.to_string()])
        .unwrap();
    let owner = dashboard.owner();
    let listed = owner.get("/api/rigs");
    assert_eq!(listed.ok()["rigs"].as_array().unwrap().len(), 5);
    assert!(!listed.text().contains(['<', '>']), "{}", listed.text());
    for id in ["1", "2", "3", "4"] {
        let told = status(&owner, id);
        assert_eq!(told["status"], "offline");
        assert!(told["reason"].is_string(), "{told}");
        control(&owner, id, "stop").refusal(502);
    }
    assert_eq!(peer.visits(), 0);
    assert_eq!(status(&owner, "5")["status"], "online");
    assert_eq!(peer.visits(), 1);
}

#[test]
fn what_is_no_rig_is_offline_and_harmless() {
    let (_home, dashboard) = start();
    let owner = dashboard.owner();
    let secret = Peer::saying(json_answer(r#"{"hashRate":1,"secret":"inside"}"#));
    let elsewhere = format!("http://{}/api/stats", secret.address);
    let peers = [
        Peer::saying(format!(
            "HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
        )),
        Peer::saying(
            "HTTP/1.1 307 Moved\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 2\r\n\r\n{}",
        ),
        Peer::saying(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<!DOCTYPE html>",
        ),
        Peer::saying(json_answer("[1,2]")),
        Peer::saying(json_answer("{\"a\":")),
        Peer::saying(json_answer(&"[".repeat(10_000))),
        Peer::saying("SSH-2.0-OpenSSH_9.6\r\n"),
        Peer::saying(""),
        Peer::saying("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}"),
        // An answer without end.
        Peer::start(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
            while stream.write_all(&[b' '; 65_536]).is_ok() {}
        }),
    ];
    for peer in &peers {
        let id = add(&owner, peer.address.port(), None);
        let told = status(&owner, &id);
        assert_eq!(told["status"], "offline", "{told}");
        assert!(told["reason"].as_str().is_some_and(|why| !why.is_empty()), "{told}");
        assert!(!told.to_string().contains("inside"));
        control(&owner, &id, "start").refusal(502);
        assert_eq!(peer.visits(), 2);
    }
    assert_eq!(secret.visits(), 0, "a redirect was followed");

    let slow = Peer::start(|stream| {
        while stream.write_all(b"H").is_ok() {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let id = add(&owner, slow.address.port(), None);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        // More than are asked at one time.
        for _ in 0..12 {
            scope.spawn(|| assert_eq!(status(&owner, &id)["status"], "offline"));
        }
        // Nobody else waits for them.
        owner.get("/api/stats").ok();
        assert!(begun.elapsed() < Duration::from_secs(2));
    });
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn what_a_rig_says_is_cleaned() {
    let (_home, dashboard) = start();
    let owner = dashboard.owner();
    let said = json!({
        "id": "999",
        "ip": "8.8.8.8",
        "apiKey": "stolen",
        "status": "<script>alert(1)</script>",
        "hashRate": "<img src=x onerror=alert(1)>",
        "powerUsage": 150.5,
        "note": "<b>\"it's\" &amp; \u{1b}[31m\u{202e}",
        "<b>": 1,
        "gpus": [{ "name": "<i>RTX</i>", "temperature": 61 }],
        "deep": { "a": { "b": { "c": { "d": { "e": { "f": 1 } } } } } },
        "many": vec!["x".repeat(1000); 200],
    });
    let peer = Peer::saying(json_answer(&said.to_string()));
    let id = add(&owner, peer.address.port(), None);
    let answer = owner.get(&format!("/api/rigs/{id}/status"));
    let told = answer.ok()["status"].clone();
    assert_eq!((&told["status"], &told["id"]), (&json!("online"), &json!(id)));
    assert_eq!((&told["ip"], &told["powerUsage"]), (&json!("127.0.0.1"), &json!(150.5)));
    assert_eq!((&told["gpuCount"], &told["avgTemp"]), (&json!(1), &json!(61)));
    assert_eq!(told.get("hashRate"), None);
    assert_eq!(told["gpus"][0]["name"], "iRTX/i");
    assert!(!answer.text().contains(['<', '>', '&', '\'', '\u{1b}', '\u{202e}']));
    assert!(!answer.text().contains("stolen"));
    assert!(answer.body.len() < 32 * 1024, "{}", answer.body.len());

    let refusing = Peer::saying(json_answer(r#"{"success":false,"error":"<b>No miner</b>"}"#));
    let id = add(&owner, refusing.address.port(), None);
    assert_eq!(
        control(&owner, &id, "restart").ok(),
        json!({ "success": false, "error": "bNo miner/b" })
    );
}

/// Whoever looks at a demonstration cannot reach the network behind it.
#[test]
fn a_simulated_rig_asks_no_others() {
    let home = Home::new().argument("--demo");
    let dashboard = home.start();
    let peer = Peer::saying(json_answer("{}"));
    let visitor = dashboard.anonymous();
    let id = add(&visitor, peer.address.port(), None);
    assert_eq!(status(&visitor, &id)["status"], "offline");
    control(&visitor, &id, "stop").refusal(502);
    assert_eq!(peer.visits(), 0);
}
