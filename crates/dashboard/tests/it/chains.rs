//! Chains, their difficulty and what they pay: from a node, without one, and
//! after the Node server. The staking ledger, the settings of the page's
//! helpers, and the ranking of one.

mod staking;

use quaiminer_standin::{Miner, Node, NodeBehaviour, Protocol};
use serde_json::{Value, json};

use crate::support::{Client, Dashboard, Home, eventually};

fn start() -> (Home, Dashboard) {
    let home = Home::with_users();
    let dashboard = home.start();
    (home, dashboard)
}

/// A dashboard whose node has told everything.
fn start_with_node() -> (Node, Home, Dashboard) {
    let node = Node::start().unwrap();
    let home = Home::with_users().set("NODE_RPC_URL", &node.url());
    let dashboard = home.start();
    eventually("the node has told of the network", || {
        let snapshot = dashboard.snapshot();
        snapshot["node"]["mining"]["block_time_s"].is_number().then_some(())
    });
    (node, home, dashboard)
}

/// What a row of Node's table of settings holds.
fn stored(home: &Home, key: &str) -> Value {
    let sql = "SELECT value FROM config WHERE key = ?";
    let text: String = home.sqlite().query_row(sql, [key], |row| row.get(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// As Node writes it.
fn store(home: &Home, key: &str, value: &str) {
    let sql = "INSERT INTO config (key, value) VALUES (?, ?)
        ON CONFLICT(key) DO UPDATE SET value = excluded.value, updated_at = CURRENT_TIMESTAMP";
    home.sqlite().execute(sql, (key, value)).unwrap();
}

fn is_unavailable(object: &Value) {
    assert_eq!(object["available"], false, "{object}");
    assert!(object["reason"].as_str().is_some_and(|why| !why.is_empty()), "{object}");
}

/// That it is refused, and for this field.
fn is_refused(client: &Client, path: &str, body: Value, field: &str) {
    let refusal = client.post(path, &body).refusal(400);
    assert_eq!(refusal["field"], field, "{path} {body}");
}

fn about(told: &Value, expected: f64) {
    let told = told.as_f64().unwrap_or_else(|| panic!("{told} is no number"));
    assert!((told - expected).abs() <= expected.abs() * 1e-9, "{told} instead of {expected}");
}

#[test]
fn without_a_node_nothing_is_known_and_nothing_invented() {
    let (_home, dashboard) = start();
    let owner = dashboard.owner();
    let difficulties = &owner.get("/api/difficulty/current").ok()["difficulties"];
    assert_eq!(difficulties["Prime"], Value::Null);
    assert_eq!((&difficulties["Regions"], &difficulties["Zones"]), (&json!({}), &json!({})));
    is_unavailable(difficulties);
    for chain in ["Prime", "Cyprus", "Cyprus-1", "cyprus-1", "Nope", "%3Cb%3E"] {
        let refusal = owner.get(&format!("/api/difficulty/chain/{chain}")).refusal(404);
        assert_eq!(refusal["error"], "Chain not found or difficulty not available");
    }
    owner.get("/api/difficulty/chain/%ff").refusal(400);
    let profitable = owner.get("/api/difficulty/profitable").ok();
    assert_eq!((&profitable["chain"], &profitable["profitability"]), (&Value::Null, &json!(0)));
    is_unavailable(&profitable);
    let history = eventually("a first entry", || {
        let history = owner.get("/api/difficulty/history").ok();
        history["history"].get(0).cloned()
    });
    assert_eq!(history["difficulties"], json!({ "Prime": null, "Regions": {}, "Zones": {} }));
    assert!(history["timestamp"].is_i64());
    assert_eq!(owner.get("/api/difficulty/trends").ok()["trends"], json!({}));
    assert_eq!(owner.get("/api/difficulty/trends?chain=Prime").ok()["trend"], Value::Null);

    let chain = owner.post("/api/chain/metrics", &json!({ "chainId": 0, "chainKey": "prime" }));
    let chain = chain.ok();
    is_unavailable(&chain);
    for name in ["difficulty", "blockReward", "networkHashRate", "blockTime", "price", "stakingAPY"]
    {
        assert_eq!(chain[name], 0, "{name}");
    }
    let metrics = &owner
        .get("/api/quai/metrics?hashRate=100&powerUsage=200&electricityCost=0.2")
        .ok()["metrics"];
    assert_eq!(metrics["network"]["averageBlockTime"], 0);
    is_unavailable(&metrics["network"]);
    let total = &metrics["totalProfitability"];
    about(&total["dailyCost"], 0.96);
    assert_eq!((&total["dailyProfit"], &total["miningRevenue"]), (&json!(0), &json!(0)));
    is_unavailable(total);
    assert_eq!(metrics["efficiency"]["hashPerWatt"], 0.5);
    assert_eq!(metrics["chainProfitability"].as_object().unwrap().len(), 13);
    is_unavailable(&owner.get("/api/quai/soap").ok()["soap"]);
    let none = owner.get("/api/quai/metrics").ok();
    assert_eq!(none["metrics"]["electricityCost"], 0.1);
    assert_eq!(none["metrics"]["efficiency"]["hashPerWatt"], Value::Null);

    for query in ["hours=-1", "hours=1.5", "hours=x"] {
        owner.get(&format!("/api/difficulty/history?{query}")).refusal(400);
    }
    for query in ["notjson", "null", "[1]", "5", "%22a%22", "%7B%22Prime%22%3A%22x%22%7D"] {
        let path = format!("/api/difficulty/profitable?rewards={query}");
        assert!(owner.get(&path).refusal(400)["field"].is_string());
    }
    for query in ["hashRate=abc", "hashRate=-1", "powerUsage=inf", "electricityCost=1e9"] {
        owner.get(&format!("/api/quai/metrics?{query}")).refusal(400);
    }
    owner.get("/api/difficulty/trends?chain=%3Cb%3E").refusal(400);
    is_refused(&owner, "/api/chain/metrics", json!({ "chainKey": "<b>" }), "chainKey");
    is_refused(&owner, "/api/chain/metrics", json!({ "chainId": {} }), "chainId");
}

#[test]
fn a_node_tells_of_its_zone() {
    let (node, _home, dashboard) = start_with_node();
    let owner = dashboard.owner();
    let difficulties = &owner.get("/api/difficulty/current").ok()["difficulties"];
    assert_eq!(difficulties["Zones"], json!({ "Cyprus-1": 2.0e12 as i64 }));
    // The other twelve are as unknown as before.
    assert_eq!(difficulties["Prime"], Value::Null);
    is_unavailable(difficulties);
    let zone = owner.get("/api/difficulty/chain/Cyprus-1").ok();
    assert_eq!((&zone["chain"], &zone["difficulty"]), (&json!("Cyprus-1"), &json!(2.0e12 as i64)));
    owner.get("/api/difficulty/chain/Prime").refusal(404);
    let best = owner.get("/api/difficulty/profitable?rewards=%7B%22Cyprus-1%22%3A5%7D").ok();
    assert_eq!(best["chain"], "Cyprus-1");
    about(&best["profitability"], 2.5e-12);
    let entry = eventually("the first entry", || {
        let history = owner.get("/api/difficulty/history?hours=1").ok();
        let entry = history["history"].get(0)?.clone();
        entry["difficulties"]["Zones"]["Cyprus-1"].is_number().then_some(entry)
    });
    assert_eq!(entry["difficulties"]["Zones"]["Cyprus-1"], 2.0e12 as i64);

    let chain = owner.post("/api/chain/metrics", &json!({ "chainId": 0, "chainKey": "prime" }));
    let chain = chain.ok();
    assert_eq!(chain["chain"], "Cyprus-1");
    about(&chain["difficulty"], 2.0e12);
    about(&chain["blockReward"], 3.15);
    about(&chain["networkHashRate"], 3_512_345.678_901);
    about(&chain["blockTime"], 5.034);
    assert_eq!(chain["price"], 0);
    is_unavailable(&chain);

    let metrics = &owner.get("/api/quai/metrics?hashRate=30").ok()["metrics"];
    let network = &metrics["network"];
    about(&network["networkHashRate"], 3_512_345.678_901);
    about(&network["averageBlockTime"], 5.034);
    assert!(network["blockHeight"].as_u64().unwrap() > 6_000_000);
    assert_eq!(network.get("available"), None);
    // 30 MH/s for a day, at 2e12 hashes for 0.35 QUAI.
    let daily = 30.0e6 * 86_400.0 * 0.35 / 2.0e12;
    let total = &metrics["totalProfitability"];
    about(&total["dailyQuai"], daily);
    assert_eq!((&total["chain"], &total["dailyRevenue"]), (&json!("Cyprus-1"), &json!(0)));
    // The old page's calculator: share of the network, times blocks, times this.
    let share = 30.0 / 3_512_345.678_901;
    let blocks = 86_400.0 / 5.034;
    about(&total["miningRevenue"], daily / share / blocks);
    about(&metrics["chainProfitability"]["Cyprus-1"]["dailyQuai"], daily);
    assert_eq!(metrics["chainProfitability"]["Prime"].get("dailyQuai"), None);

    // A node that is gone takes its numbers with it.
    node.set(NodeBehaviour::Down);
    eventually("the difficulty is gone", || {
        (owner.get("/api/difficulty/chain/Cyprus-1").status == 404).then_some(())
    });
    assert_eq!(owner.post("/api/chain/metrics", &json!({})).ok()["difficulty"], 0);
}

#[test]
fn the_wish_to_switch_is_kept_and_nothing_is_switched() {
    let home = Home::with_users();
    home.write_config(&json!({ "mining": { "mergedMining": { "enabled": true } } }));
    let before = std::fs::read(home.path("config/config.json")).unwrap();
    let dashboard = home.start();
    let owner = dashboard.owner();
    let status = owner.get("/api/auto-switch/status").ok();
    assert_eq!((&status["enabled"], &status["lastCheck"]), (&json!(false), &Value::Null));
    is_unavailable(&status);
    for (path, body, message) in [
        ("start", json!({}), "Auto chain switching started"),
        ("sharding/enable", json!({ "zones": ["Cyprus-1", "Paxos-2"] }), "Zone sharding enabled"),
        (
            "config",
            json!({ "threshold": 7, "blockRewards": { "Cyprus-1": 4, "Nope": "x" } }),
            "Configuration updated",
        ),
    ] {
        let done = owner.post(&format!("/api/auto-switch/{path}"), &body).ok();
        assert_eq!((&done["success"], &done["message"]), (&json!(true), &json!(message)));
        assert!(done["note"].as_str().unwrap().contains("only chain"), "{done}");
    }
    let switch = |chain: Value| owner.post("/api/auto-switch/switch", &json!({ "chain": chain }));
    let other = switch(json!("Paxos-2")).ok();
    assert_eq!(other["success"], false);
    assert!(other["error"].as_str().unwrap().contains("Cyprus-1"), "{other}");
    let same = switch(json!("Cyprus-1")).ok();
    assert_eq!(same["success"], true);
    assert!(same["message"].as_str().unwrap().starts_with("Nothing to switch"), "{same}");
    for wrong in [json!("Bogus"), json!({ "a": 1 }), json!(7)] {
        assert_eq!(switch(wrong).refusal(400)["field"], "chain");
    }
    for nothing in [json!(null), json!(""), json!(0)] {
        assert_eq!(switch(nothing).refusal(400)["error"], "Chain name required");
    }
    for (path, body, field) in [
        ("config", json!({ "threshold": "x" }), "threshold"),
        ("config", json!({ "blockRewards": "x" }), "blockRewards"),
        ("config", json!({ "blockRewards": { "Prime": -1 } }), "Prime"),
        ("sharding/enable", json!({ "zones": "Cyprus-1" }), "zones"),
        ("sharding/enable", json!({ "zones": ["<b>"] }), "zones"),
    ] {
        is_refused(&owner, &format!("/api/auto-switch/{path}"), body, field);
    }
    drop(owner);
    dashboard.stop();

    let dashboard = home.start();
    let status = dashboard.viewer().get("/api/auto-switch/status").ok();
    assert_eq!((&status["enabled"], &status["shardingEnabled"]), (&json!(true), &json!(true)));
    assert_eq!(status["zonePreferences"], json!(["Cyprus-1", "Paxos-2"]));
    assert_eq!(status["blockRewards"], json!({ "Cyprus-1": 4 }));
    assert_eq!((&status["threshold"], &status["switchHistory"]), (&json!(1), &json!([])));
    assert!(status["lastCheck"].is_i64());
    dashboard.owner().send("POST", "/api/auto-switch/sharding/disable", None).ok();
    dashboard.owner().send("POST", "/api/auto-switch/stop", None).ok();
    let status = dashboard.viewer().get("/api/auto-switch/status").ok();
    assert_eq!((&status["enabled"], &status["zonePreferences"]), (&json!(false), &json!([])));
    assert!(status["lastCheck"].is_i64());
    assert_eq!(std::fs::read(home.path("config/config.json")).unwrap(), before);
    let kinds: Vec<Value> = dashboard.events().iter().map(|event| event["kind"].clone()).collect();
    assert!(kinds.contains(&json!("auto_switch.change")), "{kinds:?}");
}

#[test]
fn what_a_block_pays_makes_a_chain_profitable() {
    let (_node, _home, dashboard) = start_with_node();
    let status = || dashboard.owner().get("/api/auto-switch/status").ok();
    about(&status()["profitability"], 3.15 / 2.0e12);
    assert_eq!(status()["mostProfitableChain"], "Cyprus-1");
    assert_eq!(status()["currentChain"], Value::Null);
    let rewards = json!({ "blockRewards": { "Cyprus-1": 4 } });
    dashboard.owner().post("/api/auto-switch/config", &rewards).ok();
    about(&status()["profitability"], 4.0 / 2.0e12);
}

/// The routes for which Node wants a user, and everything else open.
#[test]
fn in_open_mode_somebody_must_still_be_somebody() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    let stranger = dashboard.anonymous();
    for path in [
        "/api/auto-switch/start",
        "/api/auto-switch/stop",
        "/api/auto-switch/switch",
        "/api/auto-switch/sharding/enable",
        "/api/auto-switch/sharding/disable",
        "/api/auto-switch/config",
        "/api/quai/lmt-lmr",
    ] {
        stranger.post(path, &json!({ "chain": "Cyprus-1" })).refusal(401);
        dashboard.viewer().post(path, &json!({ "chain": "Cyprus-1" })).ok();
    }
    stranger.post("/api/optimizer/settings", &json!({})).ok();
    stranger.post("/api/staking/stake", &json!({})).refusal(400);
}

#[test]
fn settings_of_the_page_are_stored_as_node_stores_them() {
    let (home, dashboard) = start();
    let owner = dashboard.owner();
    for (path, key, defaults) in [
        (
            "/api/optimizer/settings",
            "profit_optimizer",
            json!({
                "enabled": false,
                "strategy": "profitability",
                "minSwitchThreshold": 0.05,
                "checkInterval": 300_000,
            }),
        ),
        (
            "/api/difficulty-adjustor/settings",
            "difficulty_adjustor",
            json!({
                "enabled": false,
                "checkInterval": 10_000,
                "minDifficultyThreshold": 0,
                "minSwitchThreshold": 0.05,
                "minSwitchCooldown": 30_000,
            }),
        ),
    ] {
        let shown = || owner.get(path).ok()["settings"].clone();
        assert_eq!(shown(), defaults);
        let given = json!({ "enabled": true, "checkInterval": 60_000, "theme": "dark" });
        assert_eq!(owner.post(path, &given).ok(), json!({ "success": true }));
        assert_eq!(stored(&home, key), given);
        assert_eq!(
            (&shown()["checkInterval"], &shown()["theme"]),
            (&json!(60_000), &json!("dark"))
        );
        is_refused(&owner, path, json!({ "enabled": "yes" }), "enabled");
        is_refused(&owner, path, json!({ "checkInterval": 5 }), "checkInterval");
        is_refused(&owner, path, json!({ "extra": "<script>" }), "extra");
        assert_eq!(stored(&home, key), given);
        owner.send("POST", path, None).ok();
        assert_eq!(shown(), defaults);
        // What Node takes from anybody.
        for odd in [r#"{"enabled":"yes","extra":"<script>"}"#, "[1,2]", "5"] {
            store(&home, key, odd);
            assert_eq!(shown(), defaults, "{odd}");
        }
        store(&home, key, "{");
        owner.get(path).refusal(503);
    }
}

#[test]
fn what_is_written_down_of_tokens_is_not_called_measured() {
    let (_home, dashboard) = start();
    let owner = dashboard.owner();
    let shown = || owner.get("/api/quai/lmt-lmr").ok()["lmtLmr"].clone();
    assert_eq!(shown()["liquidBalance"], 0);
    is_unavailable(&shown());
    owner.post("/api/quai/lmt-lmr", &json!({ "liquidBalance": 5, "extra": "x" })).ok();
    owner.post("/api/quai/lmt-lmr", &json!({ "lockedBalance": "7" })).ok();
    assert_eq!(
        shown(),
        json!({
            "liquidBalance": 5,
            "lockedBalance": 7,
            "stakingRewards": 0,
            "lockupPeriod": 0,
            "extra": "x",
        })
    );
    let metrics = owner.get("/api/quai/metrics").ok();
    assert_eq!(metrics["metrics"]["lmtLmr"]["liquidBalance"], 5);
    is_refused(&owner, "/api/quai/lmt-lmr", json!({ "liquidBalance": "much" }), "liquidBalance");
    for part in 0..4 {
        let more = (0..10).map(|n| (format!("m{part}_{n}"), json!(n)));
        let answer = owner.post("/api/quai/lmt-lmr", &Value::Object(more.collect()));
        // It does not grow for ever, not even little by little.
        assert_eq!(answer.status, if part < 3 { 200 } else { 409 });
    }
}

#[test]
fn the_ranking_knows_this_rig_alone() {
    let (_home, dashboard) = start();
    let alone = dashboard.owner().get("/api/leaderboard").ok();
    assert_eq!(alone["blocks"], json!([{ "rank": 1, "isYou": true, "blocks": 0 }]));
    assert_eq!(alone["hashRate"], json!([]));
    is_unavailable(&alone);

    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let home = Home::with_users().set("MINER_API_URL", &miner.url());
    let dashboard = home.start();
    let owner = dashboard.owner();
    owner.post("/api/blocks/validated", &json!({ "blockNumber": 5 })).ok();
    let ranking = eventually("the miner is in it", || {
        let ranking = owner.get("/api/leaderboard").ok();
        (ranking["hashRate"] != json!([])).then_some(ranking)
    });
    assert_eq!(ranking["blocks"][0]["blocks"], 1);
    for list in ["uptime", "efficiency", "hashRate"] {
        let entry = &ranking[list][0];
        assert_eq!((&entry["rank"], &entry["isYou"]), (&json!(1), &json!(true)));
        assert!(entry[list].as_f64().is_some_and(|value| value > 0.0), "{ranking}");
        assert_eq!(ranking[list].as_array().unwrap().len(), 1);
    }
}
