//! The languages that miners speak.

use quaiminer_standin::miner::Values;
use quaiminer_standin::{Miner, Node, Protocol};
use serde_json::{Value, json};

use super::{first_snapshot, source};
use crate::support::{Home, eventually};

/// A hashrate moves by up to 2 % between two looks.
fn is_about(told: &Value, expected: f64) {
    let told = told.as_f64().unwrap_or_else(|| panic!("{told} is no number"));
    assert!((told - expected).abs() <= expected * 0.05, "{told} instead of {expected}");
}

/// A counter was read between two looks.
fn is_between(told: &Value, before: u64, after: u64) {
    let told = told.as_u64().unwrap_or_else(|| panic!("{told} is no number"));
    assert!((before..=after).contains(&told), "{told} is not in {before}..={after}");
}

fn is_unknown(object: &Value, field: &str) {
    assert_eq!(object[field], Value::Null, "{object}");
    assert!(
        object["reasons"][field].as_str().is_some_and(|why| !why.is_empty()),
        "{field}: {object}"
    );
}

fn check_miner(told: &Value, protocol: Protocol, before: &Values, after: &Values) {
    let (program, algorithm) = match protocol {
        Protocol::Kawpowminer => ("kawpowminer", json!("kawpow")),
        Protocol::Xmrig => ("XMRig", json!("kawpow")),
        Protocol::Cpuminer => ("cpuminer-opt", json!("sha256d")),
        Protocol::Json => ("generic", Value::Null),
    };
    assert_eq!((&told["state"], &told["program"]), (&json!("ok"), &json!(program)), "{told}");
    assert_eq!(told["algorithm"], algorithm);
    assert_eq!(told["activity"], "mining");
    is_about(&told["hashrate_hs"], f64::from(before.hashrate_hs()));
    is_between(&told["shares"]["accepted"], before.accepted(), after.accepted());
    is_between(&told["uptime_s"], before.uptime.as_secs(), after.uptime.as_secs());
    let (wrong, wrong_after) = match protocol {
        // It counts what it calls invalid among the rejected.
        Protocol::Xmrig => {
            (before.rejected() + before.invalid(), after.rejected() + after.invalid())
        }
        _ => (before.rejected(), after.rejected()),
    };
    is_between(&told["shares"]["rejected"], wrong, wrong_after);
    let gpus = told["gpus"].as_array().unwrap();
    assert_eq!(gpus.len(), before.devices.len());
    for (gpu, device) in gpus.iter().zip(&before.devices) {
        assert_eq!(gpu["index"], device.index);
        is_about(&gpu["hashrate_hs"], device.hashrate_hs.into());
        if protocol == Protocol::Cpuminer {
            for field in ["name", "pci", "temp_c", "fan_percent", "power_w"] {
                is_unknown(gpu, field);
            }
            continue;
        }
        assert_eq!(gpu["name"], device.name);
        assert!((gpu["temp_c"].as_f64().unwrap() - f64::from(device.temp_c)).abs() <= 4.0, "{gpu}");
        assert_eq!(gpu["fan_percent"].as_f64(), Some(device.fan_percent.into()));
        is_about(&gpu["power_w"], device.power_w);
        match protocol {
            Protocol::Json => is_unknown(gpu, "pci"),
            _ => assert_eq!(gpu["pci"], format!("0000:{:02x}:00.0", device.bus)),
        }
    }
}

#[test]
fn four_languages_in_one_rig() {
    let miners: Vec<(Protocol, Miner)> =
        Protocol::ALL.iter().map(|one| (*one, Miner::start(*one).unwrap())).collect();
    let node = Node::start().unwrap();
    let before: Vec<Values> = miners.iter().map(|(_, miner)| miner.values()).collect();
    let urls: Vec<String> = miners.iter().map(|(_, miner)| miner.url()).collect();
    let home =
        Home::with_users().set("MINER_API_URL", &urls.join(" , ")).set("NODE_RPC_URL", &node.url());
    let dashboard = home.start();
    let snapshot = first_snapshot(&dashboard);
    assert_eq!(snapshot["miners"].as_array().unwrap().len(), 4);
    for ((protocol, miner), before) in miners.iter().zip(&before) {
        check_miner(source(&snapshot, &miner.url()), *protocol, before, &miner.values());
    }

    let summary = &snapshot["summary"];
    is_about(&summary["hashrate_hs"], before.iter().map(|one| f64::from(one.hashrate_hs())).sum());
    let accepted: u64 = snapshot["miners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|miner| miner["shares"]["accepted"].as_u64().unwrap())
        .sum();
    assert_eq!(summary["accepted"], accepted);
    assert_eq!(summary["mining"], true);
    assert_eq!((&summary["gpus"], &summary["gpus_mining"]), (&json!(8), &json!(8)));
    // One of them does not tell, and a sum of the others would be wrong.
    for field in ["power_w", "invalid", "stale"] {
        is_unknown(summary, field);
    }
}

/// The two APIs say the same, in their own ways.
#[test]
fn the_old_and_the_new_numbers_agree() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let node = Node::start().unwrap();
    let home =
        Home::with_users().set("MINER_API_URL", &miner.url()).set("NODE_RPC_URL", &node.url());
    let dashboard = home.start();
    first_snapshot(&dashboard);
    let owner = dashboard.owner();
    let mut socket = owner.socket("/");
    let (new, old, status) = eventually("all of the same moment", || {
        let before = dashboard.snapshot();
        let old = owner.get("/api/stats").ok();
        let status = owner.get("/api/miner/status").ok();
        (dashboard.snapshot() == before).then_some((before, old, status))
    });
    let (summary, miner) = (&new["summary"], &new["miners"][0]);
    // Rounding apart.
    let mhs = |value: &Value| (value.as_f64().unwrap() * 1e6).round();
    assert_eq!(mhs(&old["hashRate"]), summary["hashrate_hs"].as_f64().unwrap());
    assert_eq!(mhs(&status["total_hash_rate"]), summary["hashrate_hs"].as_f64().unwrap());
    assert_eq!(old["powerUsage"].as_f64(), summary["power_w"].as_f64());
    assert_eq!(old["shares"]["accepted"], summary["accepted"]);
    assert_eq!(old["shares"]["rejected"], summary["rejected"]);
    assert_eq!((&old["isMining"], old.get("available")), (&json!(true), None));
    assert_eq!(status["status"], "running");
    let (gpus, told) = (miner["gpus"].as_array().unwrap(), old["gpus"].as_array().unwrap());
    assert_eq!(gpus.len(), told.len());
    for (gpu, told) in gpus.iter().zip(told) {
        assert_eq!(told["name"], gpu["name"]);
        assert_eq!(mhs(&told["hashRate"]), gpu["hashrate_hs"].as_f64().unwrap());
        assert_eq!(told["temperature"].as_f64(), gpu["temp_c"].as_f64());
        assert_eq!(told["powerUsage"].as_f64(), gpu["power_w"].as_f64());
        // It has no sensor for its memory; the old page needs a number.
        is_unknown(gpu, "memory_temp_c");
        assert_eq!(told["memoryTemp"], 0);
    }
    let network = &old["network"];
    assert_eq!(network["nodeSynced"], true);
    assert_eq!(network["blockHeight"], new["node"]["height"]);
    assert_eq!(network["peerCount"], new["node"]["peers"]);
    assert_eq!(
        mhs(&network["networkHashRate"]),
        new["node"]["mining"]["kawpow_hashrate_hs"].as_f64().unwrap()
    );
    // And so does the socket of the old page.
    let update = socket.find(|message| message["type"] == "update");
    let mining = &update["data"]["miningData"];
    assert_eq!(mining["gpus"][0]["name"], miner["gpus"][0]["name"]);
    assert_eq!(
        mining["network"]["blockHeight"].as_u64().unwrap() / 100,
        new["node"]["height"].as_u64().unwrap() / 100
    );
}

/// Whoever answers at an `http://` address is found out.
#[test]
fn an_address_of_http_is_probed() {
    let (xmrig, json) =
        (Miner::start(Protocol::Xmrig).unwrap(), Miner::start(Protocol::Json).unwrap());
    let probed = format!("http://{}", xmrig.address());
    let with_path = format!("http://{}/stats?key=secret", json.address());
    let home = Home::with_users().set("MINER_API_URL", &format!("{probed},{with_path}"));
    let dashboard = home.start();
    let snapshot = first_snapshot(&dashboard);
    assert_eq!(source(&snapshot, &probed)["program"], "XMRig");
    // A query may hold a key, which is nobody's business.
    let shown = format!("http://{}/stats", json.address());
    assert_eq!(source(&snapshot, &shown)["program"], "generic");
    assert!(!snapshot.to_string().contains("secret"));
}

/// Nothing answers: the old API has zeros that say so, the new one has nulls.
#[test]
fn without_any_source_nothing_is_invented() {
    let home = Home::with_users();
    let dashboard = home.start();
    let snapshot = first_snapshot(&dashboard);
    assert_eq!(snapshot["miners"][0]["state"], "no_data");
    assert!(snapshot["miners"][0]["reason"].as_str().unwrap().contains("refused"));
    for field in ["hashrate_hs", "accepted", "rejected", "power_w", "hottest_c"] {
        is_unknown(&snapshot["summary"], field);
    }
    let old = dashboard.owner().get("/api/stats").ok();
    assert_eq!(
        (&old["hashRate"], &old["isMining"], &old["gpus"]),
        (&json!(0), &json!(false), &json!([]))
    );
    assert_eq!(old["shares"], json!({ "accepted": 0, "rejected": 0 }));
    for object in [&old, &old["network"], &old["poem"]] {
        assert_eq!(object["available"], false, "{object}");
        assert!(object["reason"].as_str().is_some_and(|why| !why.is_empty()), "{object}");
    }
    let status = dashboard.owner().get("/api/miner/status").ok();
    assert_eq!((&status["status"], &status["installed"]), (&json!("stopped"), &json!(false)));
    // The machine itself is always there.
    let host = &snapshot["host"];
    assert_eq!(host["state"], "ok");
    assert!(
        host["memory_total_bytes"].as_u64().unwrap()
            > host["memory_available_bytes"].as_u64().unwrap()
    );
    assert!(
        host["disk_free_bytes"].as_u64().unwrap() > 0 && host["uptime_s"].as_u64().unwrap() > 0
    );
    // Health says so to those who are signed in.
    let health = dashboard.owner().get("/api/health").ok();
    let sources = health["sources"].as_array().unwrap();
    let states: Vec<_> = sources.iter().map(|source| source["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["no_data", "no_data", "ok"]);
}
