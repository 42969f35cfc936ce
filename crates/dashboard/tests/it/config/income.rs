//! Who is paid is changed by the owner alone, and only by themselves.

use serde_json::{Value, json};

use super::{OTHER_WALLET, WALLET, config_events, on_disk, technician};
use crate::support::node_server::OWNER_PASSWORD;
use crate::support::{Client, Home};

fn post(client: &Client, body: &Value) -> crate::support::http::Response {
    client.post("/api/miner/config", body)
}

#[test]
fn wallet_pool_and_node_are_the_owner_s_with_the_password() {
    let home = Home::with_users();
    home.write_config(&json!({ "wallet": WALLET, "stratum_url": "stratum://u:hush@pool:1" }));
    let dashboard = home.start();
    let (tim, owner) = (technician(&home, &dashboard), dashboard.owner());
    for income in [
        json!({ "wallet": OTHER_WALLET }),
        json!({ "miner": { "stratum": "stratum://pool:2" } }),
        json!({ "nodeRpcUrl": "http://other:1" }),
        json!({ "pool": { "url": "x" } }),
        json!({ "mining": { "mergedMining": { "enabled": true,
            "wallets": { "prime": OTHER_WALLET } } } }),
    ] {
        let refusal = post(&tim, &income).refusal(403);
        assert!(refusal["message"].as_str().unwrap().contains("owner"), "{refusal}");
        assert_eq!(post(&owner, &income).refusal(403)["confirm"], "password", "{income}");
        let wrong = owner.clone().with("X-Confirm-Password", "not it at all");
        post(&wrong, &income).refusal(403);
        // A sheet would be the same by a detour.
        let sheet = json!({ "name": "s", "config": income });
        tim.post("/api/flight-sheets", &sheet).refusal(403);
        assert_eq!(owner.post("/api/flight-sheets", &sheet).refusal(403)["confirm"], "password");
    }
    assert_eq!(on_disk(&home)["wallet"], WALLET);

    // What leaves them as they are needs neither.
    let read = tim.get("/api/miner/config").ok()["config"].clone();
    assert_eq!(read["stratum_url"], "stratum://u:********@pool:1");
    let mut tuned = read.clone();
    tuned["worker"] = json!("w2");
    tuned["gpu"] = json!({ "powerLimit": -20 });
    assert_eq!(post(&tim, &tuned).ok()["changed"], true);
    assert_eq!(on_disk(&home)["stratum_url"], "stratum://u:hush@pool:1");

    let change = json!({ "wallet": OTHER_WALLET });
    let confirmed = owner.clone().with("X-Confirm-Password", OWNER_PASSWORD);
    assert_eq!(post(&confirmed, &change).ok()["config"]["wallet"], OTHER_WALLET);
    // Whoever has signed in a moment ago is still there.
    let fresh = dashboard.anonymous().signed_in("admin", OWNER_PASSWORD);
    post(&fresh, &json!({ "wallet": WALLET, "stratum": "stratum://u:hush2@pool:1" })).ok();
    assert_eq!(on_disk(&home)["wallet"], WALLET);

    let events = config_events(&dashboard);
    let told: Vec<_> = events
        .iter()
        .rev()
        .map(|event| (event["actor"].as_str().unwrap(), event["message"].as_str().unwrap()))
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0].0, "tim");
    assert_eq!(told[1], ("admin", "Miner settings changed: wallet 0x5aAe…eAed → 0xfB69…d359"));
    assert!(!told.iter().any(|(_, message)| message.contains("hush")), "{told:?}");
}

/// A stolen session must not run programs.
#[test]
fn what_is_started_is_changed_on_the_rig_only() {
    let home = Home::with_miner(&["-P", "stratum://u:hush@p:1"]);
    let dashboard = home.start();
    let fresh = dashboard.anonymous().signed_in("admin", OWNER_PASSWORD);
    let before = on_disk(&home);
    for posted in [
        json!({ "miner": { "command": ["/bin/true"] } }),
        json!({ "miner": { "binary": "/bin/true", "args": [] } }),
        json!({ "gpu": { "environment": { "LD_PRELOAD": "/x.so" } } }),
    ] {
        post(&fresh, &posted).refusal(403);
        let sheet = json!({ "name": "s", "config": posted });
        fresh.post("/api/flight-sheets", &sheet).refusal(403);
    }
    assert_eq!(on_disk(&home), before);
    let told = fresh.get("/api/miner/config");
    assert!(!told.text().contains("hush"), "{}", told.text());
    // A sheet from the Node server's days neither.
    let sheets =
        json!([{ "id": "7", "name": "old", "config": { "miner": { "command": ["/x"] } } }]);
    home.sqlite()
        .execute(
            "INSERT INTO config (key, value) VALUES ('flight_sheets', ?1)",
            [sheets.to_string()],
        )
        .unwrap();
    fresh.post("/api/flight-sheets/7/apply", &json!({})).refusal(403);
    assert_eq!(on_disk(&home), before);
}
