//! The socket of the existing page, which dies of a wrong type.

use quaiminer_standin::{Behaviour, Miner, Node, Protocol};
use serde_json::{Value, json};
use tungstenite::Message;

use crate::support::{Dashboard, Home, eventually};

const GREETING: &str = r#"{"type":"connected","message":"WebSocket connection established"}"#;

fn numbers(object: &Value, names: &[&str]) {
    for name in names {
        assert!(object[*name].is_number(), "{name} is no number in {object}");
    }
}

/// Every member that the page reads, with the only type it survives.
fn check_update(update: &Value) {
    assert_eq!(update["type"], "update");
    assert!(update["timestamp"].as_i64().is_some_and(|at_ms| at_ms > 1_700_000_000_000));
    let data = &update["data"];
    numbers(data, &["hashRate"]);
    // A null there kills the page; it may be absent.
    assert!(data.get("profit").is_none_or(Value::is_number), "{data}");
    let mining = &data["miningData"];
    numbers(mining, &["hashRate", "acceptedShares", "rejectedShares", "powerUsage"]);
    numbers(mining, &["shareRate", "efficiency"]);
    assert!(mining["isMining"].is_boolean());
    for gpu in mining["gpus"].as_array().unwrap() {
        numbers(gpu, &["id", "hashRate", "temperature", "memoryTemp", "fanSpeed", "powerUsage"]);
        assert!(gpu["name"].is_string());
    }
    let network = &mining["network"];
    assert!(network["nodeSynced"].is_boolean() && network["currentChain"].is_string());
    numbers(
        network,
        &[
            "blockHeight",
            "difficulty",
            "gasPrice",
            "peerCount",
            "blockTime",
            "networkHashRate",
            "lastMetricsUpdate",
        ],
    );
    let rewards = &mining["rewards"];
    numbers(rewards, &["quaiEarnings", "qiEarnings", "blocksFound", "blockProbability"]);
    for time in ["lastBlockTime", "estimatedTimeToBlock"] {
        assert!(rewards[time].is_number() || rewards[time].is_null());
    }
    assert!(rewards.get("rewardHistory").is_none() && rewards.get("difficultyHistory").is_none());
}

fn rig(miner: &Miner, node: &Node) -> Home {
    Home::with_users().set("MINER_API_URL", &miner.url()).set("NODE_RPC_URL", &node.url())
}

fn with_readings(home: &Home) -> Dashboard {
    let dashboard = home.start();
    eventually("a reading of both", || {
        let snapshot = dashboard.snapshot();
        (snapshot["miners"][0]["state"] == "ok" && snapshot["node"]["state"] == "ok").then_some(())
    });
    dashboard
}

#[test]
fn two_browsers_are_told_all_at_once_and_every_two_seconds() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let node = Node::start().unwrap();
    let home = rig(&miner, &node);
    let dashboard = with_readings(&home);
    let mut browsers = [dashboard.owner().socket("/"), dashboard.viewer().socket("/ws")];
    for browser in &mut browsers {
        assert_eq!(browser.next(), Some(Message::text(GREETING)));
        let mut times = Vec::new();
        for _ in 0..3 {
            let update = browser.json();
            check_update(&update);
            let mining = &update["data"]["miningData"];
            assert_eq!(
                (&mining["isMining"], mining["gpus"].as_array().unwrap().len()),
                (&json!(true), 2)
            );
            assert!(mining["hashRate"].as_f64().unwrap() > 50.0, "in MH/s: {mining}");
            let per_watt =
                mining["hashRate"].as_f64().unwrap() / mining["powerUsage"].as_f64().unwrap();
            assert!((mining["efficiency"].as_f64().unwrap() - per_watt).abs() < 1e-5, "{mining}");
            assert!((1.0..100.0).contains(&mining["shareRate"].as_f64().unwrap()), "{mining}");
            assert_eq!(mining["network"]["nodeSynced"], true);
            assert_eq!(mining["network"]["gasPrice"], 1.2, "in Gwei");
            assert!(mining["network"].get("available").is_none(), "{mining}");
            let now_ms = update["timestamp"].as_i64().unwrap();
            let age_ms = now_ms - mining["network"]["lastMetricsUpdate"].as_i64().unwrap();
            assert!(
                (0..30_000).contains(&age_ms),
                "the page calls the node disconnected: {age_ms}"
            );
            times.push(now_ms);
        }
        // The second comes with the common beat, the third a whole beat later.
        let beat_ms = times[2] - times[1];
        assert!((1_000..5_000).contains(&beat_ms), "{times:?}");
    }
}

#[test]
fn blocks_that_were_found_and_how_long_the_next_takes() {
    let miner = Miner::start(Protocol::Kawpowminer).unwrap();
    let node = Node::start().unwrap();
    let home = rig(&miner, &node);
    let dashboard = with_readings(&home);
    let mut browser = dashboard.owner().socket("/");
    browser.json();
    let update = browser.json();
    let rewards = &update["data"]["miningData"]["rewards"];
    let nothing =
        json!({ "quaiEarnings": 0, "qiEarnings": 0, "blocksFound": 0, "lastBlockTime": null });
    for (name, value) in nothing.as_object().unwrap() {
        assert_eq!(&rewards[name], value, "{name}");
    }
    // The difficulty is in hashes for a block; one comes every five seconds.
    let mining = &update["data"]["miningData"];
    let difficulty = mining["network"]["difficulty"].as_f64().unwrap();
    let seconds = rewards["estimatedTimeToBlock"].as_f64().unwrap();
    let hashes = seconds * mining["hashRate"].as_f64().unwrap() * 1e6;
    assert!((0.999..1.001).contains(&(hashes / difficulty)), "{mining}");
    let every_s = rewards["blockProbability"].as_f64().unwrap() * seconds;
    assert!((4.9..5.2).contains(&every_s), "{rewards}");

    // As the Node server may have stored them: times that are none, too.
    for (number, time) in [(9, "1795395600000"), (8, "1795395700000"), (7, "'yesterday'")] {
        let insert = format!(
            "INSERT INTO validated_blocks (block_number, timestamp) VALUES ({number}, {time})"
        );
        home.sqlite().execute(&insert, []).unwrap();
    }
    let found = eventually("the blocks", || {
        let rewards = browser.json()["data"]["miningData"]["rewards"].clone();
        (rewards["blocksFound"] == 3).then_some(rewards)
    });
    assert_eq!(found["lastBlockTime"], 1_795_395_700_000_i64);
    // Of hashes of another kind no such block is made.
    let other = Miner::start(Protocol::Cpuminer).unwrap();
    let home = rig(&other, &node);
    let dashboard = with_readings(&home);
    let mut browser = dashboard.owner().socket("/");
    browser.json();
    let rewards = browser.json()["data"]["miningData"]["rewards"].clone();
    assert_eq!(
        (&rewards["blockProbability"], &rewards["estimatedTimeToBlock"]),
        (&json!(0), &json!(null))
    );
}

/// Without any card the page shows one that it has made up.
#[test]
fn cards_that_no_miner_tells_of() {
    let home = Home::with_users();
    let list = json!({ "gpus": [{ "index": 0, "vendor": "amd", "model": "RX <b>580</b>" }, { "vendor": "nvidia" }] });
    std::fs::write(home.path("config/hardware-info.json"), list.to_string()).unwrap();
    let dashboard = home.start();
    let mut browser = dashboard.owner().socket("/");
    browser.json();
    for _ in 0..2 {
        let update = browser.json();
        check_update(&update);
        let gpus = &update["data"]["miningData"]["gpus"];
        assert_eq!(
            (&gpus[0]["name"], &gpus[1]["name"]),
            (&json!("RX b580/b"), &json!("NVIDIA GPU"))
        );
        assert_eq!((&gpus[0]["hashRate"], &gpus[0]["available"]), (&json!(0), &json!(false)));
    }
}

#[test]
fn the_types_hold_when_nothing_is_known_or_all_is_strange() {
    let liar = Miner::start(Protocol::Json).unwrap();
    liar.set(Behaviour::Lie);
    for home in [Home::with_users(), Home::with_users().set("MINER_API_URL", &liar.url())] {
        let dashboard = home.start();
        let mut browser = dashboard.owner().socket("/");
        browser.json();
        for _ in 0..2 {
            check_update(&browser.json());
        }
    }
}

#[test]
fn what_a_page_may_send() {
    let home = Home::with_users();
    let dashboard = home.start();
    for path in ["/", "/ws", "/api/v1/stream"] {
        let mut browser = dashboard.owner().socket(path);
        browser.send(Message::Ping(b"are you there".to_vec().into()));
        eventually("the answer", || {
            (browser.next() == Some(Message::Pong(b"are you there".to_vec().into()))).then_some(())
        });
        // Whatever it says, nobody listens, and the dialogue goes on.
        browser.send(Message::text("{\"type\":\"subscribe\"}"));
        browser.send(Message::Binary(vec![0xff; 100].into()));
        browser.send(Message::Ping(b"still".to_vec().into()));
        eventually("the second answer", || {
            (browser.next() == Some(Message::Pong(b"still".to_vec().into()))).then_some(())
        });
        // Who leaves is answered, and then the connection ends.
        browser.send(Message::Close(None));
        browser.close_code();
        assert_eq!(browser.next(), None);
        // What is large is not taken.
        let mut shouter = dashboard.owner().socket(path);
        shouter.send(Message::Binary(vec![0; 100_000].into()));
        shouter.close_code();
        assert_eq!(shouter.next(), None);
    }
}

/// As with Node any address is a socket, but the addresses of the API.
#[test]
fn open_to_all_any_path_will_do() {
    let home = Home::new().set("AUTH_MODE", "open");
    let dashboard = home.start();
    for path in ["/", "/ws", "/anything/at?all=1"] {
        let mut browser = dashboard.anonymous().socket(path);
        assert_eq!(browser.next(), Some(Message::text(GREETING)), "{path}");
        check_update(&browser.json());
    }
    for path in ["/api/nothing", "/api"] {
        assert_eq!(dashboard.anonymous().try_socket(path).err(), Some(404), "{path}");
    }
    let required = Home::with_users();
    let dashboard = required.start();
    assert_eq!(dashboard.owner().try_socket("/anything").err(), Some(404));
}
