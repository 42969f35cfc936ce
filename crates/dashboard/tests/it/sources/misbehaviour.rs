//! Miners that hang, flood, lie and break off.

use std::time::Duration;

use quaiminer_standin::{Behaviour, Miner, MinerOptions, Protocol};
use serde_json::{Value, json};

use super::{first_snapshot, source};
use crate::support::{Home, eventually};

fn start_all(behaviours: &[Behaviour]) -> Vec<(Protocol, Behaviour, Miner)> {
    let each = |behaviour: &Behaviour| {
        let behaviour = *behaviour;
        Protocol::ALL.into_iter().map(move |protocol| {
            let miner = Miner::start(protocol).unwrap();
            miner.set(behaviour);
            (protocol, behaviour, miner)
        })
    };
    behaviours.iter().flat_map(each).collect()
}

fn urls<'a>(miners: impl Iterator<Item = &'a Miner>) -> String {
    miners.map(Miner::url).collect::<Vec<_>>().join(",")
}

/// Sixteen miners that give no usable answer, and one that does: it is there
/// at once and stays on time, the others say what is wrong with them.
#[test]
fn a_bad_miner_delays_nobody_and_says_why() {
    let bad = start_all(&[
        Behaviour::Hang,
        Behaviour::Flood,
        Behaviour::Truncate,
        Behaviour::Garbage,
        Behaviour::Refuse,
    ]);
    let gone = Miner::start(Protocol::Xmrig).unwrap().url();
    let good = Miner::start(Protocol::Kawpowminer).unwrap();
    let all = format!("{},{gone},{}", urls(bad.iter().map(|(_, _, miner)| miner)), good.url());
    let home = Home::with_users().set("MINER_API_URL", &all);
    let dashboard = home.start();
    let early = eventually("the good one", || {
        let snapshot = dashboard.snapshot();
        (source(&snapshot, &good.url())["state"] == "ok").then_some(snapshot)
    });
    let hanging = &bad[0].2;
    assert_eq!(source(&early, &hanging.url())["reason"], "Not asked yet", "{early}");

    let snapshot = first_snapshot(&dashboard);
    for (protocol, behaviour, miner) in &bad {
        let told = source(&snapshot, &miner.url());
        assert_eq!(told["state"], "no_data", "{protocol:?} {behaviour:?}: {told}");
        let reason = told["reason"].as_str().unwrap();
        let possible: &[&str] = match behaviour {
            Behaviour::Hang => &["No answer within 2 s"],
            // On a busy machine even a flood can be slow.
            Behaviour::Flood => &["larger than 1024 KiB", "No answer within 2 s"],
            Behaviour::Truncate => &["closed before the answer was complete", "cut short"],
            Behaviour::Garbage => &["not JSON", "not a summary", "cut short"],
            _ => &["closed before the answer was complete"],
        };
        assert!(
            possible.iter().any(|one| reason.contains(one)),
            "{protocol:?} {behaviour:?}: {reason}"
        );
        let since_ms = told["since_ms"].as_i64().unwrap();
        assert!(since_ms > 0 && since_ms <= snapshot["at_ms"].as_i64().unwrap());
    }
    assert!(source(&snapshot, &gone)["reason"].as_str().unwrap().contains("Connection refused"));

    let first_ms = source(&early, &good.url())["at_ms"].as_i64().unwrap();
    let mut times = vec![first_ms];
    eventually("two more readings of the good one", || {
        let at_ms = source(&dashboard.snapshot(), &good.url())["at_ms"].as_i64().unwrap();
        if times.last() != Some(&at_ms) {
            times.push(at_ms);
        }
        (times.len() == 3).then_some(())
    });
    // The second reading waits for the common beat of five seconds.
    let period_ms = times[2] - times[1];
    assert!((3_000..8_000).contains(&period_ms), "{times:?}");
}

#[test]
fn a_slow_miner_is_waited_for() {
    let miners: Vec<Miner> = Protocol::ALL.iter().map(|one| Miner::start(*one).unwrap()).collect();
    for miner in &miners {
        miner.set(Behaviour::Slow(Duration::from_millis(500)));
    }
    let home = Home::with_users().set("MINER_API_URL", &urls(miners.iter()));
    let snapshot = first_snapshot(&home.start());
    for miner in &miners {
        assert_eq!(source(&snapshot, &miner.url())["state"], "ok", "{}", miner.url());
    }
}

/// A miner that works but does not mine is no failure.
#[test]
fn a_miner_that_mines_nothing_says_what_it_does() {
    let miners = start_all(&[Behaviour::PoolDown, Behaviour::Paused, Behaviour::Starting]);
    let home =
        Home::with_users().set("MINER_API_URL", &urls(miners.iter().map(|(_, _, miner)| miner)));
    let dashboard = home.start();
    let snapshot = first_snapshot(&dashboard);
    for (protocol, behaviour, miner) in &miners {
        let told = source(&snapshot, &miner.url());
        assert_eq!(told["state"], "ok", "{protocol:?} {behaviour:?}: {told}");
        let activity = told["activity"].as_str().unwrap();
        match (protocol, behaviour) {
            (Protocol::Kawpowminer | Protocol::Xmrig, Behaviour::PoolDown) => {
                assert_eq!(activity, "no_pool", "{told}");
                assert_eq!(told["pool"]["connected"], false, "{told}");
            }
            (Protocol::Kawpowminer, Behaviour::Paused) => {
                // One of two devices.
                assert_eq!(activity, "mining");
                assert_eq!(told["gpus"][0]["paused"], Value::Null);
                assert!(told["gpus"][1]["paused"].as_str().is_some_and(|why| !why.is_empty()));
                assert_eq!(told["gpus"][1]["hashrate_hs"], 0.0);
            }
            (Protocol::Xmrig, Behaviour::Paused) => {
                assert_eq!(activity, "paused");
                assert!(told["activity_reason"].as_str().is_some_and(|why| !why.is_empty()));
            }
            (Protocol::Kawpowminer | Protocol::Xmrig, _) => {
                assert_eq!(activity, "starting", "{told}")
            }
            // The other two languages have fewer words.
            (_, Behaviour::PoolDown) => assert_ne!(activity, "mining", "{told}"),
            _ => {}
        }
    }
}

#[test]
fn a_miner_with_a_password_says_that_it_has_one() {
    let options = |protocol| MinerOptions {
        password: Some("its secret".to_owned()),
        ..MinerOptions::new(protocol)
    };
    let miners: Vec<Miner> = [Protocol::Kawpowminer, Protocol::Xmrig]
        .into_iter()
        .map(|protocol| Miner::start_with(options(protocol)).unwrap())
        .collect();
    let home = Home::with_users().set("MINER_API_URL", &urls(miners.iter()));
    let snapshot = first_snapshot(&home.start());
    for miner in &miners {
        let told = source(&snapshot, &miner.url());
        assert_eq!(told["state"], "no_data");
        let reason = told["reason"].as_str().unwrap().to_lowercase();
        assert!(reason.contains("password") || reason.contains("token"), "{reason}");
    }
}

/// Names are attacks on whoever shows them; they arrive as text that moves no
/// cursor, ends no script and turns no reading.
#[test]
fn hostile_texts_stay_texts() {
    let miners = start_all(&[Behaviour::HostileText]);
    let home =
        Home::with_users().set("MINER_API_URL", &urls(miners.iter().map(|(_, _, miner)| miner)));
    let dashboard = home.start();
    let snapshot = first_snapshot(&dashboard);
    for (protocol, _, miner) in &miners {
        assert_eq!(source(&snapshot, &miner.url())["state"], "ok", "{protocol:?}");
    }
    assert!(snapshot.to_string().contains("<script>alert('x')</script>"), "{snapshot}");
    let update = dashboard.owner().socket("/ws").find(|message| message["type"] == "update");
    for told in [&snapshot, &dashboard.owner().get("/api/stats").ok(), &update] {
        check_texts(told);
    }
    let scripts = |page: &str| page.to_lowercase().matches("<script").count();
    let quiet = Home::with_users();
    let expected = scripts(&quiet.start().owner().get("/").text());
    let page = dashboard.owner().get("/").text();
    assert_eq!(scripts(&page), expected);
    assert!(page.contains("\\u003c/script>"), "the texts are in the page");
    let log = dashboard.stderr().join("\n");
    assert!(!log.contains('\u{1b}'), "{log}");
}

fn check_texts(value: &Value) {
    match value {
        Value::String(text) => assert!(
            !text.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')),
            "{text:?}"
        ),
        Value::Array(list) => list.iter().for_each(check_texts),
        Value::Object(fields) => fields.values().for_each(check_texts),
        _ => {}
    }
}

/// Other lies with every request; whatever they are, what is shown can be
/// true, and everything goes on.
#[test]
fn lies_become_unknown() {
    let liars = start_all(&[Behaviour::Lie, Behaviour::Lie, Behaviour::Lie]);
    let home =
        Home::with_users().set("MINER_API_URL", &urls(liars.iter().map(|(_, _, miner)| miner)));
    let dashboard = home.start();
    let mut seen = Vec::new();
    // With each beat twelve lies more.
    eventually("three beats", || {
        let snapshot = dashboard.snapshot();
        let at_ms = snapshot["host"]["at_ms"].clone();
        if !seen.contains(&at_ms) {
            seen.push(at_ms);
            check_numbers(&snapshot, "snapshot");
            check_numbers(&dashboard.owner().get("/api/stats").ok(), "stats");
        }
        (seen.len() >= 3).then_some(())
    });
    assert!(liars.iter().all(|(_, _, miner)| miner.requests() >= 2));
    assert!(!dashboard.stderr().iter().any(|line| line.contains("panicked")));
}

fn check_numbers(value: &Value, name: &str) {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            let range = match name {
                "temp_c" | "memory_temp_c" | "hottest_c" | "temperature" | "memoryTemp" => {
                    -40.0..=200.0
                }
                "fan_percent" | "cpu_percent" | "fanSpeed" => 0.0..=100.0,
                "power_w" | "powerUsage" => 0.0..=1e6,
                "hashrate_hs" => 0.0..=1e17,
                "hashRate" => 0.0..=1e11,
                "difficulty" => 0.0..=1e80,
                _ => 0.0..=9_007_199_254_740_992.0,
            };
            assert!(range.contains(&number), "{name} is {number}");
        }
        Value::Array(list) => list.iter().for_each(|value| check_numbers(value, name)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| check_numbers(value, name)),
        Value::String(text) => assert!(text.chars().count() <= 300, "{name}"),
        _ => {}
    }
    if let Value::Object(fields) = value
        && let Some(reasons) = fields.get("reasons")
    {
        for (field, why) in reasons.as_object().unwrap() {
            assert_eq!(fields[field], json!(null), "{field}");
            assert!(why.as_str().is_some_and(|why| !why.is_empty()));
        }
    }
}
