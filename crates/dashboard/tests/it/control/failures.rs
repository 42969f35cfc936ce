//! Miners that end by themselves.

use serde_json::{Value, json};

use super::{miner, order, started, wait_for_phase};
use crate::support::{Home, eventually, process};
use rustix::process::Signal;

/// Five ends within ten minutes: 1, 2, 4 and 8 seconds lie between them.
#[test]
fn a_crash_loop_is_given_up_with_the_reason() {
    let home = Home::with_miner(&["--standin-exit-after-ms", "20", "--standin-exit-code", "7"]);
    let dashboard = home.start();
    let answer = order(&dashboard, "start");
    // It fell over before the answer was due, and the answer says so.
    assert_eq!(
        (&answer["success"], &answer["state"]),
        (&json!(false), &json!("backing_off")),
        "{answer}"
    );
    assert!(answer["error"].as_str().unwrap().contains("exit code 7"), "{answer}");
    let waiting = wait_for_phase(&dashboard, "backing_off");
    assert!(waiting["until_ms"].is_i64() && waiting["pid"].is_null(), "{waiting}");
    let gave_up = wait_for_phase(&dashboard, "gave_up");
    let reason = gave_up["reason"].as_str().unwrap();
    assert!(reason.contains("exit code 7") && reason.contains("5 times"), "{reason}");
    // The last thing it said helps.
    assert!(reason.contains("its last line: "), "{reason}");
    assert_eq!(
        (&gave_up["restarts"], &gave_up["pid"], &gave_up["until_ms"]),
        (&json!(4), &json!(null), &json!(null))
    );
    assert!(home.miners().is_empty());
    let events = dashboard.events();
    let ends: Vec<&Value> = events.iter().filter(|event| event["kind"] == "miner.exit").collect();
    assert_eq!(ends.len(), 5, "{events:?}");
    assert_eq!((&ends[0]["severity"], &ends[0]["actor"]), (&json!("error"), &json!("supervisor")));
    assert!(ends[0]["message"].as_str().unwrap().contains("is not started again"));

    // Whoever asks gets another try; whoever stops it has peace.
    let program = process::standin_miner().display().to_string();
    home.write_config(&json!({ "miner": { "command": [program] } }));
    started(&home, &dashboard);
    assert_eq!(wait_for_phase(&dashboard, "running")["restarts"], 0);
}

#[test]
fn a_killed_miner_is_started_again() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    let first = started(&home, &dashboard);
    process::kill(first, Signal::KILL);
    let second = eventually("another one", || home.miners().into_iter().find(|pid| *pid != first));
    let running = wait_for_phase(&dashboard, "running");
    assert_eq!((&running["pid"], &running["restarts"]), (&json!(second), &json!(1)));
    let events = dashboard.events();
    let said =
        |part: &str| events.iter().any(|event| event["message"].as_str().unwrap().contains(part));
    assert!(said("was ended by signal 9") && said("was started again"), "{events:?}");
}

#[test]
fn what_a_miner_leaves_behind_is_cleared_away() {
    let home = Home::with_miner(&["--standin-fork-child", "1"]);
    let dashboard = home.start();
    order(&dashboard, "start");
    eventually("miner and child", || (home.miners().len() == 2).then_some(()));
    let leader = wait_for_phase(&dashboard, "running")["pid"].as_u64().unwrap();
    let leader = u32::try_from(leader).unwrap();
    let child = home.miners().into_iter().find(|pid| *pid != leader).unwrap();
    process::kill(leader, Signal::KILL);
    eventually("the end of the child", || (!process::is_alive(child)).then_some(()));
    // And a new pair comes.
    eventually("a new pair", || (home.miners().len() == 2).then_some(()));
}

#[test]
fn stopping_while_it_waits_ends_the_waiting() {
    let home = Home::with_miner(&["--standin-exit-after-ms", "20"]);
    let dashboard = home.start();
    order(&dashboard, "start");
    wait_for_phase(&dashboard, "backing_off");
    assert_eq!(order(&dashboard, "stop")["state"], "stopped");
    let program = process::standin_miner().display().to_string();
    home.write_config(&json!({ "miner": { "command": [program] } }));
    let pid = started(&home, &dashboard);
    // The start that was planned does not come on top.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(miner(&home), pid);
}

/// A named pipe that nobody writes to is what a hung disk looks like.
#[test]
fn a_configuration_that_cannot_be_read_holds_up_control_alone() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    let config = home.path("config/config.json");
    let content = std::fs::read(&config).unwrap();
    std::fs::remove_file(&config).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &config,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let answer = order(&dashboard, "start");
    assert_eq!(answer["success"], false, "{answer}");
    assert!(answer["error"].as_str().unwrap().contains("a disk answers slowly"), "{answer}");
    // Everything else goes on.
    let before = dashboard.snapshot()["at_ms"].as_i64().unwrap();
    eventually("a newer snapshot", || {
        (dashboard.snapshot()["at_ms"].as_i64().unwrap() > before).then_some(())
    });
    // The disk is back: what was noted is done.
    std::thread::spawn(move || {
        std::fs::write(&config, &content).unwrap();
        std::fs::remove_file(&config).unwrap();
        std::fs::write(&config, &content).unwrap();
    });
    wait_for_phase(&dashboard, "running");
}
