//! One miner per GPU, and command lines.

use serde_json::{Value, json};

use super::order;
use crate::support::{Dashboard, Home, eventually, process};

/// Node's files for three GPUs, and a stand-in as Node's fixed program.
fn three_gpus() -> Home {
    let home = Home::with_users()
        .set("MINER_PATH", &process::standin_miner().display().to_string())
        .set("STANDIN_PORT", "none");
    home.write_config(&json!({
        "stratum_url": "stratum://pool.example:3333",
        "node_rpc": "http://localhost:9200",
        "wallet": "0x0011223344556677889900112233445566778899",
        "worker": "shed",
        "auto_start": false,
    }));
    let hardware = json!({ "gpus": [
        { "index": 0, "vendor": "nvidia", "model": "RTX 3080" },
        { "index": 1, "vendor": "amd", "model": "RX 580", "architecture": "polaris20" },
        { "index": 2, "vendor": "amd", "model": "RX 6800", "architecture": "navi21" },
    ] });
    std::fs::write(home.path("config/hardware-info.json"), hardware.to_string()).unwrap();
    home
}

fn post(dashboard: &Dashboard, what: &str, body: &Value) -> Value {
    dashboard.owner().post(&format!("/api/miner/{what}"), body).ok()
}

/// Instances and their phases.
fn phases(dashboard: &Dashboard) -> Vec<(String, String)> {
    let snapshot = dashboard.snapshot();
    let instances = snapshot["control"]["instances"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    instances.iter().map(|one| (text(&one["name"]), text(&one["phase"]))).collect()
}

#[test]
fn gpus_are_started_and_stopped_one_by_one() {
    let home = three_gpus();
    let dashboard = home.start();
    let answer = post(&dashboard, "start", &json!({ "gpu_indices": [0, 2] }));
    assert_eq!(
        (&answer["success"], &answer["started_gpus"]),
        (&json!(true), &json!([0, 2])),
        "{answer}"
    );
    assert_eq!(answer["message"], "Started mining on 2 GPU(s)");
    assert_eq!(home.miners().len(), 2);
    let answer = post(&dashboard, "start", &json!({ "gpu_indices": [0, 1, 99] }));
    assert_eq!(answer["started_gpus"], json!([1]));
    let answer = post(&dashboard, "start", &json!({ "gpu_indices": [99] }));
    assert_eq!((&answer["success"], &answer["started_gpus"]), (&json!(true), &json!([])));
    assert_eq!(answer["message"], "Started mining on 0 GPU(s)");
    assert_eq!(post(&dashboard, "start", &json!({})), answer, "they run already");
    let status = dashboard.owner().get("/api/miner/status").ok();
    assert_eq!((&status["gpu_count"], &status["running_gpus"]), (&json!(3), &json!(3)));
    assert_eq!(status["gpus"][1]["architecture"], "polaris20");

    let answer = post(&dashboard, "stop", &json!({ "gpu_index": 0 }));
    assert_eq!(
        (&answer["success"], &answer["message"]),
        (&json!(true), &json!("Stopped GPU 0")),
        "{answer}"
    );
    assert_eq!(answer["stopped_gpus"], json!(null));
    for index in [json!(0), json!("0"), json!(99)] {
        let answer = post(&dashboard, "stop", &json!({ "gpu_index": index }));
        assert_eq!(answer["success"], false, "{index}: {answer}");
        let number = index.as_str().map_or_else(|| index.to_string(), str::to_owned);
        assert_eq!(answer["error"], format!("GPU {number} not running"));
    }
    eventually("two run", || {
        let phases = phases(&dashboard);
        let expected = [("gpu0", "stopped"), ("gpu2", "running"), ("gpu1", "running")];
        let expected: Vec<_> =
            expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        (phases == expected).then_some(())
    });
    let mining = || {
        let gpus = dashboard.owner().get("/api/miner/status").ok()["gpus"].clone();
        gpus.as_array().unwrap().iter().map(|gpu| gpu["mining"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(mining(), [false, true, true]);
    let answer = post(&dashboard, "start", &json!({}));
    assert_eq!(answer["started_gpus"], json!([0]));
    post(&dashboard, "stop", &json!({ "gpu_index": 1 }));
    let answer = post(&dashboard, "restart", &json!({}));
    assert_eq!(
        (&answer["success"], &answer["started_gpus"], &answer["message"]),
        (&json!(true), &json!([0, 1, 2]), &json!("Started mining on 3 GPU(s)"))
    );
    eventually("three run", || {
        phases(&dashboard).iter().all(|(_, phase)| phase == "running").then_some(())
    });
    let logs = dashboard.owner().get("/api/miner/logs").ok();
    let names: Vec<_> = logs["logs"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["0", "2", "1"]);
    let log = dashboard.owner().get("/api/miner/logs?gpu_index=2&lines=5").ok();
    assert_eq!((&log["success"], &log["gpu_index"]), (&json!(true), &json!(2)));
    let answer = post(&dashboard, "stop", &json!({}));
    assert_eq!(
        (&answer["stopped_gpus"], &answer["message"]),
        (&json!([0, 2, 1]), &json!("Stopped 3 GPU(s)"))
    );
    assert!(home.miners().is_empty());
    // Also of what the next run of the dashboard has not started.
    drop(dashboard);
    std::fs::remove_file(home.path("logs/miner-gpu1.log")).unwrap();
    let logs = home.start().owner().get("/api/miner/logs?lines=2").ok()["logs"].clone();
    assert_eq!((logs.as_object().unwrap().len(), &logs["1"]), (3, &json!("No logs available")));
    assert!(logs["0"].as_str().unwrap().len() > 5 && logs["0"] != logs["1"], "{logs}");
}

#[test]
fn each_gets_nodes_arguments_and_environment() {
    let home = three_gpus();
    let dashboard = home.start();
    order(&dashboard, "start");
    let mut lines: Vec<(Vec<String>, Vec<String>)> = home
        .miners()
        .into_iter()
        .map(|pid| (process::arguments(pid), process::environment(pid)))
        .collect();
    lines.sort();
    assert_eq!(lines.len(), 3);
    for (index, (arguments, environment)) in lines.iter().enumerate() {
        let expected = format!(
            "--stratum stratum://pool.example:3333 --rpc http://localhost:9200 --opencl-device {index} \
             --coinbase 0x0011223344556677889900112233445566778899 --worker shed-gpu{index}"
        );
        assert_eq!(arguments[1..].join(" "), expected);
        assert!(environment.contains(&format!("GPU_DEVICE_ORDINAL={index}")));
        let polaris = environment.iter().any(|word| word == "HSA_OVERRIDE_GFX_VERSION=8.0.0");
        assert_eq!(polaris, index == 1);
    }
}

/// What a shell would take for commands is given to the miner as it stands.
#[test]
fn there_is_no_shell() {
    let words = [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "&& touch pwned",
        "| touch pwned",
        "> pwned",
        "*",
        "~",
        "$HOME",
        "'",
        "\"",
        "\\",
        "",
        " ",
        "--flag=a b",
        "!!",
        "{a,b}",
        "#",
        "ü\u{1f4a5}",
    ];
    let home = Home::with_miner(&words);
    let dashboard = home.start();
    order(&dashboard, "start");
    let miners = home.miners();
    assert_eq!(process::arguments(miners[0])[1..], words);

    let home = three_gpus();
    home.write_config(&json!({
        "stratum_url": "stratum://$(reboot):3333",
        "wallet": "0x00; touch pwned",
        "worker": "`id`",
    }));
    let dashboard = home.start();
    post(&dashboard, "start", &json!({ "gpu_indices": [0] }));
    let miners = home.miners();
    let arguments = process::arguments(miners[0]);
    for word in ["stratum://$(reboot):3333", "0x00; touch pwned", "`id`-gpu0"] {
        assert!(arguments.iter().any(|argument| argument == word), "{word}: {arguments:?}");
    }
    assert!(home.files().keys().all(|path| !path.ends_with("pwned")));
}
