//! What somebody orders, what becomes of it, and what is written down.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{miner, order, started, wait_for_phase};
use crate::support::{Home, OWNER_KEY, eventually, process};

#[test]
fn start_stop_and_restart_are_told_once_and_written_down() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    // Nothing runs, so there is nothing to stop.
    let idle = order(&dashboard, "stop");
    assert_eq!(
        idle,
        json!({ "success": true, "stopped_gpus": [], "message": "Stopped 0 GPU(s)", "state": "stopped" })
    );

    let answer = order(&dashboard, "start");
    assert_eq!(
        (&answer["success"], &answer["state"]),
        (&json!(true), &json!("running")),
        "{answer}"
    );
    assert_eq!(answer["message"], "Miner started");
    let first = miner(&home);
    assert_eq!(process::arguments(first).len(), 1);
    let status = dashboard.owner().get("/api/miner/status").ok();
    assert_eq!((&status["status"], &status["installed"]), (&json!("running"), &json!(true)));

    // Once more changes nothing.
    let again = order(&dashboard, "start");
    assert_eq!(
        (&again["success"], &again["message"]),
        (&json!(true), &json!("The miner is running already"))
    );
    assert_eq!(miner(&home), first);

    let answer = order(&dashboard, "restart");
    assert_eq!((&answer["success"], &answer["message"]), (&json!(true), &json!("Miner restarted")));
    let second =
        eventually("another process", || home.miners().into_iter().find(|pid| *pid != first));
    assert!(!process::is_alive(first));
    assert_eq!(wait_for_phase(&dashboard, "running")["pid"], second);

    let answer = order(&dashboard, "stop");
    assert_eq!(
        (&answer["success"], &answer["state"]),
        (&json!(true), &json!("stopped")),
        "{answer}"
    );
    assert!(home.miners().is_empty());
    assert_eq!(order(&dashboard, "stop")["message"], "Stopped 0 GPU(s)");
    let restart = order(&dashboard, "restart");
    assert_eq!((&restart["success"], &restart["message"]), (&json!(true), &json!("Miner started")));

    let events = dashboard.events();
    let told: Vec<_> = events
        .iter()
        .rev()
        .filter(|event| event["kind"].as_str().unwrap().starts_with("miner."))
        .map(|event| (event["kind"].as_str().unwrap(), event["actor"].as_str().unwrap()))
        .collect();
    // What changed nothing is no event.
    let expected = ["miner.start", "miner.restart", "miner.stop", "miner.restart"];
    assert_eq!(told, expected.map(|kind| (kind, "admin")), "{events:?}");
}

/// Ten people press buttons at the same moment: each is answered, and in the
/// end there is one miner or none, as is told.
#[test]
fn ten_orders_at_once_are_carried_out_one_after_another() {
    let home = Home::with_miner(&[]);
    let dashboard = home.start();
    for round in 0..2 {
        let orders = [
            "start", "restart", "stop", "start", "restart", "start", "stop", "restart", "start",
            "start",
        ];
        let answers: Vec<(Value, Duration)> = std::thread::scope(|scope| {
            let all: Vec<_> = orders
                .iter()
                .map(|what| {
                    let dashboard = &dashboard;
                    scope.spawn(move || {
                        let began = Instant::now();
                        (order(dashboard, what), began.elapsed())
                    })
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for (answer, took) in answers {
            assert_eq!(answer["success"], true, "{answer}");
            assert!(took < Duration::from_secs(8), "{took:?}");
        }
        let (phase, pid) = eventually("rest", || {
            let instance = dashboard.snapshot()["control"]["instances"][0].clone();
            let phase = instance["phase"].as_str().unwrap().to_owned();
            let pid = instance["pid"].as_u64();
            matches!(phase.as_str(), "running" | "stopped").then_some((phase, pid))
        });
        let miners: Vec<_> = home.miners().into_iter().map(u64::from).collect();
        assert_eq!(miners, Vec::from_iter(pid), "round {round}: {phase}");
    }
    started(&home, &dashboard);
}

/// The answer does not wait for a miner that takes its time.
#[test]
fn a_miner_that_will_not_stop_is_killed_with_its_children() {
    let home = Home::with_miner(&["--standin-fork-child", "1"]).set("STANDIN_IGNORE_TERM", "1");
    let dashboard = home.start();
    order(&dashboard, "start");
    eventually("miner and child", || (home.miners().len() == 2).then_some(()));
    // It listens to signals when it has said something.
    eventually("its log", || {
        let log = std::fs::read_to_string(home.path("logs/miner.log")).unwrap_or_default();
        log.contains("share accepted").then_some(())
    });
    let began = Instant::now();
    let answer = order(&dashboard, "stop");
    assert_eq!(
        (&answer["success"], &answer["state"]),
        (&json!(true), &json!("stopping")),
        "{answer}"
    );
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(home.miners().len(), 2);
    // Meanwhile it is wanted again: that comes when it has stopped.
    let answer = order(&dashboard, "start");
    assert_eq!(answer["success"], true, "{answer}");
    eventually("the end of the first two", || {
        let events = dashboard.events();
        events
            .iter()
            .any(|event| event["message"].as_str().unwrap().contains("did not stop within 10 s"))
            .then_some(())
    });
    wait_for_phase(&dashboard, "running");
    eventually("two others", || (home.miners().len() == 2).then_some(()));
}

#[test]
fn its_log_can_be_read() {
    let home = Home::with_miner(&["a", "b c", "--standin-exit-after-ms", "3000"]);
    let dashboard = home.start();
    started(&home, &dashboard);
    let log = std::fs::read_to_string(home.path("logs/miner.log")).unwrap();
    assert!(log.contains(r#"arguments ["a", "b c", "#), "{log}");
    let answer = dashboard.owner().get("/api/miner/logs?lines=2000").ok();
    assert_eq!(answer["success"], true);
    let text = answer["logs"]["miner"].as_str().unwrap();
    assert!(log.starts_with(text.lines().next().unwrap()), "{text}");
    // As Node counts: what follows the last line break is a line.
    let end = dashboard.owner().get("/api/miner/logs?lines=2").ok();
    let end = end["logs"]["miner"].as_str().unwrap();
    assert!(end.ends_with('\n') && end.lines().count() == 1, "{end:?}");
    let none = dashboard.owner().get("/api/miner/logs?gpu_index=3").ok();
    assert_eq!(none, json!({ "success": false, "error": "Log file not found for GPU 3" }));
}

/// 20 MB a second fill no disk.
#[test]
fn a_flood_of_log_is_cut() {
    let home = Home::with_miner(&["--standin-flood-log", "1"]);
    let dashboard = home.start();
    started(&home, &dashboard);
    eventually("an older piece", || home.path("logs/miner.log.1").exists().then_some(()));
    let answer = dashboard.owner().get("/api/miner/logs?lines=2000").ok();
    assert!(answer["logs"]["miner"].as_str().unwrap().len() <= 256 * 1024);
    assert_eq!(order(&dashboard, "stop")["success"], true);
    let size = |name: &str| std::fs::metadata(home.path(name)).unwrap().len();
    assert!(size("logs/miner.log.1") <= 10 << 20);
    assert!(size("logs/miner.log") < 400 << 20, "{}", size("logs/miner.log"));
}

#[test]
fn what_cannot_be_started_says_why_and_is_no_failure_of_http() {
    let home = Home::with_users();
    let dashboard = home.start();
    let answer = order(&dashboard, "start");
    assert_eq!(
        answer,
        json!({
            "success": false,
            "error": "Miner not found at /nowhere/ethcoreminer. Run installation first.",
            "state": "stopped",
        })
    );
    assert_eq!(order(&dashboard, "restart")["error"], answer["error"]);
    let control = &dashboard.snapshot()["control"];
    assert_eq!((&control["program"], &control["reason"]), (&json!(null), &answer["error"]));

    std::fs::write(home.path("config/config.json"), "{ // no JSON").unwrap();
    let answer = order(&dashboard, "start");
    assert!(
        answer["error"].as_str().unwrap().contains("config.json is not valid JSON"),
        "{answer}"
    );
    let text = home.path("text").display().to_string();
    std::fs::write(&text, "no program").unwrap();
    home.write_config(&json!({ "miner": { "command": [text] } }));
    let answer = order(&dashboard, "start");
    assert!(answer["error"].as_str().unwrap().contains("not an executable file"), "{answer}");
    std::fs::write(home.path("script"), "#!/nowhere/interpreter\n").unwrap();
    let script = home.path("script");
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    home.write_config(&json!({ "miner": { "command": [script.display().to_string()] } }));
    let answer = order(&dashboard, "start");
    assert!(answer["error"].as_str().unwrap().contains("cannot be started"), "{answer}");
    assert!(home.miners().is_empty());
    let failures = dashboard.events().into_iter().filter(|event| event["kind"] == "miner.start");
    assert!(failures.into_iter().all(|event| event["severity"] == "warning"));

    // A file that was mended is read at the next order.
    let program = process::standin_miner().display().to_string();
    home.write_config(&json!({ "miner": { "command": [program, "--standin-port", "none"] } }));
    assert_eq!(order(&dashboard, "start")["success"], true);
}

/// Somebody else's miner is read, and not stopped.
#[test]
fn a_miner_that_we_did_not_start() {
    let theirs = quaiminer_standin::Miner::start(quaiminer_standin::Protocol::Xmrig).unwrap();
    let home = Home::with_miner(&[]).set("MINER_API_URL", &theirs.url());
    let dashboard = home.start();
    eventually("its answer", || (dashboard.snapshot()["miners"][0]["state"] == "ok").then_some(()));
    let answer = order(&dashboard, "stop");
    assert_eq!((&answer["success"], &answer["state"]), (&json!(false), &json!("running")));
    assert!(answer["error"].as_str().unwrap().contains("was not started by this dashboard"));
    assert_eq!(dashboard.owner().get("/api/miner/status").ok()["status"], "running");
}

#[test]
fn who_ordered_what_is_known() {
    let home = Home::with_miner(&[]).set("AUTH_MODE", "open");
    let dashboard = home.start();
    dashboard.anonymous().post("/api/miner/start", &json!({})).ok();
    dashboard.anonymous().with("X-API-Key", OWNER_KEY).post("/api/miner/stop", &json!({})).ok();
    let actors: Vec<_> = dashboard
        .events()
        .into_iter()
        .filter(|event| event["kind"].as_str().unwrap().starts_with("miner."))
        .map(|event| event["actor"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(actors, ["admin", "anonymous"]);
}
