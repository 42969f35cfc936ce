//! The settings of the miner, in the file they are kept in, and what is kept
//! beside them: sheets, presets, cards.

mod files;
mod income;
mod sheets;

use serde_json::{Value, json};

use crate::support::{Client, Dashboard, Home, eventually};

const WALLET: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const OTHER_WALLET: &str = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";

/// What is in the file.
fn on_disk(home: &Home) -> Value {
    let bytes = std::fs::read(home.path("config/config.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Somebody who runs the rig and does not own it.
fn technician(home: &Home, dashboard: &Dashboard) -> Client {
    home.sqlite()
        .execute_batch(
            "INSERT OR IGNORE INTO users (username, password_hash, api_key)
                VALUES ('tim', '', 'key of tim');
             INSERT OR IGNORE INTO qm_roles
                SELECT id, 'technician' FROM users WHERE username = 'tim';",
        )
        .unwrap();
    dashboard.anonymous().with("X-API-Key", "key of tim")
}

fn config_events(dashboard: &Dashboard) -> Vec<Value> {
    dashboard.events().into_iter().filter(|event| event["kind"] == "config.change").collect()
}

#[test]
fn what_pages_and_scripts_read_and_write() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    let client = dashboard.anonymous();
    // Without a file: Node's defaults, under both families of names.
    let defaults = json!({
        "stratum_url": "stratum://localhost:3333",
        "miner": { "stratum": "stratum://localhost:3333", "wallet": "", "worker": "rig1" },
        "node_rpc": "http://localhost:8545",
        "node": { "rpcUrl": "http://localhost:8545" },
        "wallet": "",
        "worker": "rig1",
        "auto_start": false,
        "autoStart": false,
    });
    let answer = client.get("/api/miner/config").ok();
    assert_eq!(answer, json!({ "success": true, "config": defaults }));
    // Nothing new is not written.
    let answer = client.post("/api/miner/config", &json!({ "worker": "rig1" })).ok();
    assert_eq!((&answer["success"], &answer["changed"]), (&json!(true), &json!(false)));
    assert!(!home.path("config/config.json").exists());

    // The dialog of Node's page, which always leaves the wallet blank.
    home.write_config(&json!({ "rig_id": "r", "miner": { "wallet": WALLET, "args": ["-G"] } }));
    let dialog = json!({
        "stratum": "stratum+tcp://pool.example:1185",
        "nodeRpcUrl": "http://127.0.0.1:9200",
        "wallet": "",
        "worker": "garage",
        "autoStart": true,
    });
    let answer = client.post("/api/miner/config", &dialog).ok();
    assert_eq!(answer["config"]["miner"]["wallet"], WALLET);
    assert_eq!(answer["config"]["wallet"], WALLET);
    assert_eq!((&answer["changed"], &answer["restartRequired"]), (&json!(true), &json!(false)));
    let expected = json!({
        "rig_id": "r",
        "miner": {
            "wallet": WALLET,
            "args": ["-G"],
            "stratum": "stratum+tcp://pool.example:1185",
            "worker": "garage",
        },
        "stratum_url": "stratum+tcp://pool.example:1185",
        "node_rpc": "http://127.0.0.1:9200",
        "node": { "rpcUrl": "http://127.0.0.1:9200" },
        "worker": "garage",
        "auto_start": true,
        "autoStart": true,
    });
    assert_eq!(on_disk(&home), expected);
    let read = client.get("/api/miner/config").ok();
    assert_eq!(read["config"]["miner"], answer["config"]["miner"]);
    // Posting back what was read changes nothing.
    assert_eq!(client.post("/api/miner/config", &read["config"]).ok()["changed"], false);
    let events = config_events(&dashboard);
    assert_eq!(events.len(), 1, "{events:?}");
    let message = events[0]["message"].as_str().unwrap();
    assert!(message.contains("worker (none) → garage"), "{message}");
    assert_eq!(events[0]["actor"], "anonymous");
}

/// Settings that are refused leave the file as it is.
#[test]
fn what_cannot_be_is_refused_by_name() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    home.write_config(&json!({ "worker": "a" }));
    let before = home.files()[&home.path("config/config.json")].clone();
    for (posted, field) in [
        (json!({ "wallet": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed" }), "wallet"),
        (json!({ "wallet": 5 }), "wallet"),
        (json!({ "miner": { "stratum": "pool:1" } }), "stratum_url"),
        (json!({ "nodeRpcUrl": "ftp://node" }), "node_rpc"),
        (json!({ "worker": "-x" }), "worker"),
        (json!({ "autoStart": "yes" }), "auto_start"),
        (json!({ "miner": "x" }), "miner"),
        (json!({ "gpu": { "fanSpeed": 101 } }), "gpu.fanSpeed"),
        (json!({ "worker": "b", "mining": { "mode": "x" } }), "mining.mode"),
    ] {
        let refusal = dashboard.anonymous().post("/api/miner/config", &posted).refusal(400);
        assert_eq!(refusal["field"], field, "{posted}");
    }
    assert_eq!(home.files()[&home.path("config/config.json")], before);
    let large: Vec<String> = (0..990).map(|_| "x".repeat(1000)).collect();
    dashboard.anonymous().post("/api/miner/config", &json!({ "a": large })).ok();
    dashboard.anonymous().post("/api/miner/config", &json!({ "b": large })).refusal(409);
    assert_eq!(on_disk(&home)["a"].as_array().unwrap().len(), 990);
}

/// The miner that runs is left alone, and it is said that it does not know yet.
#[test]
fn a_change_waits_for_the_next_start() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    dashboard.owner().post("/api/miner/start", &json!({})).ok();
    let miners = home.miners();
    let answer = dashboard.owner().post("/api/miner/config", &json!({ "worker": "b" })).ok();
    assert_eq!(answer["restartRequired"], true);
    assert!(answer["note"].as_str().unwrap().contains("miner.command"), "{answer}");
    let same = dashboard.owner().post("/api/miner/config", &json!({ "worker": "b" })).ok();
    assert_eq!((&same["changed"], &same["restartRequired"]), (&json!(false), &json!(false)));
    assert_eq!(home.miners(), miners);
}

#[test]
fn cards_are_those_of_the_detector_s_list() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let gpus = json!([
        { "vendor": "nvidia", "model": "RTX 3080 <b>", "memory_mb": 10240, "temperature": 61,
          "pci_id": "03:00.0", "opencl_available": true },
        { "vendor": "amd", "model": "RX 580", "architecture": "polaris20", "power_watts": 99 },
    ]);
    let list = json!({ "gpus": gpus }).to_string();
    std::fs::write(home.path("config/hardware-info.json"), list).unwrap();
    let dashboard = home.start();
    let client = dashboard.anonymous();
    for path in ["/api/gpus", "/api/gpu/list"] {
        let answer = client.get(path).ok();
        let gpus = answer["gpus"].as_array().unwrap();
        let told: Vec<_> = gpus.iter().map(|gpu| (&gpu["index"], &gpu["model"])).collect();
        assert_eq!(told, [(&json!(0), &json!("RTX 3080 b")), (&json!(1), &json!("RX 580"))]);
        // The temperature of the day of the detection is not one of today.
        assert_eq!((&gpus[0]["temperature"], &gpus[0]["available"]), (&json!(0), &json!(false)));
        assert_eq!(
            (&gpus[1]["power_watts"], &gpus[1]["architecture"]),
            (&json!(0), &json!("polaris20"))
        );
    }
    let card = client.get("/api/hardware/detect").ok();
    assert_eq!(card["gpu"], json!({ "vendor": "nvidia", "model": "RTX 3080 b" }));
    let settings = client.get("/api/gpu/1/settings").ok();
    assert_eq!(
        (&settings["success"], &settings["settings"]["available"]),
        (&json!(true), &json!(false))
    );
    let none = client.get("/api/gpu/2/settings").ok();
    assert_eq!(
        (&none["settings"]["success"], &none["settings"]["settings"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(client.get("/api/gpu/x/settings").refusal(400)["field"], "id");
    let all = client.get("/api/gpu/settings").ok();
    assert_eq!((&all["gpus"][0]["vendor"], &all["optimal"]), (&json!("NVIDIA"), &json!({})));
    assert!(all["settings"]["1"]["fanSpeed"].is_number());

    // Nothing is tuned, and nobody is told that it was.
    for path in ["/api/gpu/0/settings", "/api/gpus/0/tune"] {
        let answer = client.post(path, &json!({ "powerLimit": 80, "fanSpeed": null })).ok();
        assert_eq!(
            (&answer["success"], &answer["result"]["success"]),
            (&json!(false), &json!(false))
        );
        let wrong = client.post(path, &json!({ "fanSpeed": 101 })).refusal(400);
        assert_eq!(wrong["field"], "fanSpeed");
    }
    for path in ["/api/gpu/0/reset", "/api/gpus/0/reset"] {
        assert_eq!(client.send("POST", path, None).ok()["success"], false);
    }
    // The number of cards decides on the set-up.
    assert_eq!(client.get("/api/setup/status").ok()["setupComplete"], false);
    let answer = client.send("POST", "/api/setup/auto", None).ok();
    assert_eq!(answer["hardware"], json!({ "gpuCount": 2 }));
    let mining = json!({ "mode": "solo", "mergedMining": { "enabled": true, "chains": [0] } });
    assert_eq!((&answer["config"]["mining"], &on_disk(&home)["mining"]), (&mining, &mining));
    assert_eq!(client.get("/api/setup/status").ok()["setupComplete"], true);
}

#[test]
fn pools_are_not_invented_and_chains_not_switched() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    let client = dashboard.anonymous();
    let pools = client.get("/api/pools").ok();
    assert_eq!(pools["pools"].as_array().unwrap().len(), 1);
    let solo = &pools["pools"][0];
    assert_eq!(
        (&solo["id"], &solo["port"], &solo["uptime"]),
        (&json!("solo"), &json!(3333), &json!(""))
    );
    home.write_config(&json!({ "stratum_url": "stratum+tcp://w:hush@pool.example:1185/x" }));
    let pools = client.get("/api/pools");
    assert!(!pools.text().contains("hush"));
    let pool = &pools.ok()["pools"][1];
    assert_eq!((&pool["host"], &pool["port"]), (&json!("pool.example"), &json!(1185)));
    assert_eq!(pool["available"], false);
    let exponent = client.get("/api/pools/recommended?hashRate=1e2").ok();
    assert_eq!(exponent["hashRate"], 100);
    let answer = client.get("/api/pools/recommended?hashRate=10.5").ok();
    assert_eq!((&answer["recommended"], &answer["hashRate"]), (&json!("solo"), &json!(10.5)));
    for wrong in ["abc", "-1", "1e30"] {
        let path = format!("/api/pools/recommended?hashRate={wrong}");
        assert_eq!(client.get(&path).refusal(400)["field"], "hashRate");
    }
    let chain = json!({ "chainId": 1, "chainKey": "cyprus", "chainName": "Cyprus" });
    let answer = client.post("/api/miner/switch-chain", &chain).ok();
    assert_eq!((&answer["success"], &answer["chain"]["name"]), (&json!(false), &json!("Cyprus")));
    let refusal = client.post("/api/miner/switch-chain", &json!({ "chainId": 0 })).refusal(400);
    assert_eq!(refusal["error"], "chainId and chainKey are required");
}

/// A simulated rig has cards of its own and no file.
#[test]
fn a_demo_changes_nothing_on_the_machine() {
    let home = Home::new().argument("--demo");
    home.write_config(&json!({ "worker": "real" }));
    let dashboard = home.start();
    let client = dashboard.anonymous();
    assert_eq!(client.get("/api/miner/config").ok()["config"]["worker"], "rig1");
    let gpus = eventually("cards", || {
        let gpus = client.get("/api/gpus").ok()["gpus"].clone();
        (!gpus.as_array().unwrap().is_empty()).then_some(gpus)
    });
    assert!(gpus[0]["temperature"].as_f64().unwrap() > 0.0, "{gpus}");
    client.post("/api/miner/config", &json!({ "worker": "b" })).refusal(409);
    client.post("/api/setup/auto", &json!({})).refusal(409);
    assert_eq!(on_disk(&home), json!({ "worker": "real" }));
}
