//! Replies that are damaged, cut, mutated or made to harm: no adapter panics,
//! and none reports what was not told.

use proptest::prelude::*;
use quaiminer_miner::{ADAPTERS, Reply};
use serde_json::{Value, json};

use crate::honest::{assert_honest, numbers};
use crate::support::{fixture, read};

/// Good replies, to be spoiled: which adapter, and its files in order.
pub const GOOD: &[(&str, &[&str])] = &[
    ("kawpowminer", &["kawpowminer/1.2.4/getstatdetail.json", "kawpowminer/1.2.4/getstat1.json"]),
    ("kawpowminer", &["kawpowminer/1.2.4/pooldown_getstatdetail.json"]),
    ("kawpowminer", &["kawpowminer/1.2.4/unknown_method.json", "kawpowminer/1.2.4/getstat1.json"]),
    ("xmrig", &["xmrig/6.26.0/2_summary.json", "xmrig/6.26.0/2_backends.json"]),
    ("xmrig", &["xmrig/6.26.0/2_summary_pool_down.json"]),
    ("cpuminer", &["cpuminer/opt-26.1/summary.txt", "cpuminer/opt-26.1/threads.txt"]),
    ("rigel", &["rigel/1.23.2/stat.json"]),
    ("rigel", &["rigel/1.23.2/bare.json"]),
    ("rigel", &["rigel/1.13.0/stat.json"]),
    ("srbminer", &["srbminer/3.4.6/status.json"]),
    ("srbminer", &["srbminer/3.4.6/cpu_and_gpu.json"]),
    ("srbminer", &["srbminer/3.6.4/status.json"]),
    ("srbminer", &["srbminer/0.5.6/cpu.json"]),
    ("wildrig", &["wildrig/0.49.6/summary.json"]),
    ("wildrig", &["wildrig/0.49.6/uneven.json"]),
    ("wildrig", &["wildrig/0.10.0/summary.json"]),
    ("bzminer", &["bzminer/24.0.2/status.json"]),
    ("bzminer", &["bzminer/24.0.2/dual.json"]),
    ("bzminer", &["bzminer/9.0.4/status.json"]),
    ("gminer", &["gminer/3.44/stat.json"]),
    ("gminer", &["gminer/3.44/dual.json"]),
    ("gminer", &["gminer/2.73/stat.json"]),
    ("gminer", &["gminer/1.60/equihash.json"]),
    ("apool", &["apool/3.3.1/gpu.json", "apool/3.3.1/status.json"]),
    ("apool", &["apool/3.3.1/gpu.json", "apool/3.3.1/status_offline.json"]),
    ("stratumx", &["stratumx/orchard/pool_stats.json", "stratumx/orchard/pool_workers.json"]),
    ("stratumx", &["stratumx/orchard/pool_stats.json", "stratumx/orchard/pool_workers_none.json"]),
    ("stratumx", &["stratumx/documented/pool_stats.json"]),
    (
        "ccminer",
        &[
            "ccminer/2.3.1/summary.txt",
            "ccminer/2.3.1/threads.txt",
            "ccminer/2.3.1/hwinfo.txt",
            "ccminer/2.3.1/pool.txt",
        ],
    ),
    ("teamredminer", &["teamredminer/0.10.21/joined.json"]),
    ("teamredminer", &["teamredminer/0.3.10/devs.json"]),
    ("trex", &["trex/0.26.8/summary.json"]),
    ("nbminer", &["nbminer/42.0/status.json"]),
    ("lolminer", &["lolminer/1.98a/dual.json"]),
    ("lolminer", &["lolminer/1.16a/summary.json"]),
    ("onezerominer", &["onezerominer/1.8.0/dual_pool_down.json"]),
    ("generic", &["generic/node-server/nested.json"]),
    ("generic", &["generic/node-server/flat.json"]),
];

fn good() -> impl Iterator<Item = (&'static str, Vec<Vec<u8>>)> {
    GOOD.iter().map(|(name, files)| (*name, files.iter().map(|file| fixture(file)).collect()))
}

/// They speak in `KEY=VALUE`, all others in JSON.
const SPEAK_TEXT: &[&str] = &["cpuminer", "ccminer"];

fn good_json() -> impl Iterator<Item = (&'static str, Vec<Value>)> {
    let parse = |body: Vec<u8>| {
        let text = String::from_utf8(body).unwrap();
        serde_json::from_str(text.trim_end_matches('\0')).unwrap()
    };
    good()
        .filter(|(name, _)| !SPEAK_TEXT.contains(name))
        .map(move |(name, bodies)| (name, bodies.into_iter().map(parse).collect()))
}

/// Reads the bodies, both as plain bytes and as HTTP, and checks what is read.
fn read_checked(name: &str, bodies: &[Vec<u8>]) {
    let bytes: Vec<Reply> = bodies.iter().cloned().map(Reply::Bytes).collect();
    let http: Vec<Reply> =
        bodies.iter().cloned().map(|body| Reply::Http { status: 200, body }).collect();
    let (reading, mut again) = (read(name, &bytes), read(name, &http));
    // Where it is told by the reader's clock, that may have gone on.
    if let (Ok(reading), Ok(again)) = (&reading, &mut again)
        && let [Some(one), Some(other)] = [reading.uptime_s.get(), again.uptime_s.get()]
        && one.abs_diff(other) <= 1
    {
        again.uptime_s = reading.uptime_s.clone();
    }
    assert_eq!(reading, again);
    match reading {
        Ok(reading) => assert_honest(&reading),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn junk() -> Vec<Value> {
    let huge = "9".repeat(100_000);
    vec![
        json!(null),
        json!(-1),
        json!("-1"),
        json!("nan"),
        json!("inf"),
        json!({}),
        json!([]),
        json!(1e308),
        json!(-1e308),
        json!("1e999"),
        json!(huge),
        json!("\u{1b}[31m\u{0}\r\n\u{202e}"),
    ]
}

fn leaves(value: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(list) if !list.is_empty() => list.iter_mut().for_each(|v| leaves(v, visit)),
        Value::Object(map) if !map.is_empty() => map.values_mut().for_each(|v| leaves(v, visit)),
        leaf => visit(leaf),
    }
}

#[test]
fn cut_anywhere() {
    for (name, bodies) in good() {
        for (at, body) in bodies.iter().enumerate() {
            for length in 0..body.len() {
                let mut bodies = bodies.clone();
                bodies[at].truncate(length);
                read_checked(name, &bodies);
            }
        }
    }
}

#[test]
fn every_single_leaf_spoiled() {
    for (name, values) in good_json() {
        let bodies: Vec<Vec<u8>> = values.iter().map(|v| v.to_string().into_bytes()).collect();
        for (at, whole) in values.iter().enumerate() {
            let mut count = 0;
            leaves(&mut whole.clone(), &mut |_| count += 1);
            for spoiled in 0..count {
                for junk in junk() {
                    let mut value = whole.clone();
                    let mut here = 0;
                    leaves(&mut value, &mut |leaf| {
                        if here == spoiled {
                            *leaf = junk.clone();
                        }
                        here += 1;
                    });
                    let mut bodies = bodies.clone();
                    bodies[at] = value.to_string().into_bytes();
                    read_checked(name, &bodies);
                }
            }
        }
    }
}

/// With all values gone nothing may be known: no default, no guess.
#[test]
fn all_leaves_spoiled() {
    for (name, values) in good_json() {
        for junk in junk() {
            let spoil = |value: &Value| {
                let mut value = value.clone();
                leaves(&mut value, &mut |leaf| *leaf = junk.clone());
                Reply::Http { status: 200, body: value.to_string().into_bytes() }
            };
            if let Ok(reading) = read(name, &values.iter().map(spoil).collect::<Vec<_>>()) {
                assert_honest(&reading);
                for (number, value, ..) in numbers(&reading) {
                    assert_eq!(value, None, "{name} knows its {number} from {junk:.50}");
                }
                // An address of null is how XMRig says that it has no connection;
                // Rigel says that it has one with the name of a value.
                assert!(name == "rigel" || reading.pool.connected.get() != Some(true));
            }
        }
    }
}

#[test]
fn all_values_of_the_text_spoiled() {
    let texts = ["", "-1", "nan", "inf", "1e308", "-1e308", "{}", "\u{1b}[31m", ";", "|", "="];
    let huge = "9".repeat(100_000);
    for junk in texts.into_iter().chain([huge.as_str()]) {
        let spoil = |file: &str| {
            let text = String::from_utf8(fixture(file)).unwrap();
            let parts = text.split_inclusive([';', '|']).map(|part| match part.split_once('=') {
                // The name is what tells the program from others.
                Some((key, value)) if key != "NAME" => {
                    let end = value.chars().next_back().unwrap_or(';');
                    format!("{key}={junk}{end}")
                }
                _ => part.to_owned(),
            });
            Reply::Bytes(parts.collect::<String>().into_bytes())
        };
        for (name, files) in GOOD.iter().filter(|(name, _)| SPEAK_TEXT.contains(name)) {
            let replies: Vec<Reply> = files.iter().map(|file| spoil(file)).collect();
            let reading = read(name, &replies).unwrap();
            assert_honest(&reading);
            for (number, value, ..) in numbers(&reading) {
                assert_eq!(value, None, "{name} knows its {number} from {junk:.50}");
            }
        }
    }
}

/// What a transport with a cap of 1 MiB lets through at most.
#[test]
fn as_long_as_it_can_be() {
    const CAP: usize = 1 << 20;
    let repeat = |unit: &str| unit.repeat(CAP / unit.len()).into_bytes();
    let list = |head: &str, unit: &str, tail: &str| {
        format!("{head}{}{unit}{tail}", format!("{unit},").repeat(CAP / (unit.len() + 1)))
            .into_bytes()
    };
    let bodies = [
        repeat("["),
        repeat("{\"a\":"),
        repeat("NAME=x;"),
        repeat("|"),
        repeat("CPU=0;MH/s=1|"),
        repeat("\0"),
        repeat("\u{ff}"),
        list("[", "{}", "]"),
        list("[{\"type\":\"cuda\",\"enabled\":true,\"threads\":[", "{\"index\":0}", "]}]"),
        list("{\"hashrate\":1,\"gpus\":[", "{}", "]}"),
        list("{\"result\":{\"host\":{},\"mining\":{},\"devices\":[", "{}", "]}}"),
        format!("{{\"hashrate\":{}}}", "9".repeat(CAP)).into_bytes(),
        format!("{{\"hashrate\":\"{}\"}}", "9".repeat(CAP)).into_bytes(),
    ];
    for adapter in ADAPTERS {
        for body in &bodies {
            let reply = Reply::Http { status: 200, body: body.clone() };
            if let Ok(reading) = adapter.read(&[reply.clone(), reply]) {
                assert_honest(&reading);
            }
        }
    }
}

/// Devices beyond what a board can carry are not listed.
#[test]
fn a_list_without_end() {
    for (name, head, unit, tail) in [
        ("generic", r#"{"hashrate":1,"gpus":["#, "{}", "]}"),
        ("rigel", r#"{"hashrate":{},"solution_stat":{},"devices":["#, "{}", "]}"),
        ("srbminer", r#"{"algorithms":[{}],"gpu_devices":["#, "{}", "]}"),
        ("wildrig", r#"{"kind":"opencl/cuda","results":{},"hashrate":{"threads":["#, "[1]", "]}}"),
        ("bzminer", r#"{"method":"fullstatus","devices":["#, "{}", "]}"),
        ("gminer", r#"{"miner":"GMiner 1","devices":["#, "{}", "]}"),
        ("apool", r#"{"code":200,"data":{"gpus":["#, "{}", "]}}"),
        ("teamredminer", r#"{"devs":[{"DEVS":["#, r#"{"KHS 30s":1}"#, "]}]}"),
        ("trex", r#"{"accepted_count":1,"gpus":["#, r#"{"hashrate":1}"#, "]}"),
        ("nbminer", r#"{"miner":{"devices":["#, "{}", "]}}"),
        ("lolminer", r#"{"Software":"lolMiner 1","Algorithms":[],"Workers":["#, "{}", "]}"),
        ("lolminer", r#"{"Software":"lolMiner 1","GPUs":["#, "{}", "]}"),
        ("onezerominer", r#"{"algos":[],"devices":["#, "{}", "]}"),
    ] {
        let body = format!("{head}{}{tail}", vec![unit; 5000].join(",")).into_bytes();
        let reading = read(name, &[Reply::Http { status: 200, body }]).unwrap();
        assert_honest(&reading);
        assert_eq!(reading.gpus.len(), 128, "{name}");
    }
}

proptest! {
    #[test]
    fn any_bytes(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..3)) {
        for adapter in ADAPTERS {
            read_checked(adapter.name(), &bodies);
        }
    }

    #[test]
    fn any_status(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..50)) {
        for adapter in ADAPTERS {
            let reading = adapter.read(&[Reply::Http { status, body: body.clone() }]);
            prop_assert!(reading.is_err() || (200..300).contains(&status));
        }
    }

    #[test]
    fn some_bytes_changed(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..8),
    ) {
        for (name, mut bodies) in good() {
            for body in &mut bodies {
                for (at, byte, edit) in &edits {
                    let at = at.index(body.len());
                    match edit {
                        0 => body[at] = *byte,
                        1 => body.insert(at, *byte),
                        _ if body.len() > 1 => drop(body.remove(at)),
                        _ => {}
                    }
                }
            }
            read_checked(name, &bodies);
        }
    }
}
