//! The miner outlives the dashboard, and is found again.

use std::process::{Child, Command};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{miner, order, started, wait_for_phase};
use crate::support::{Dashboard, Home, eventually, process};

/// Starts the miner and kills the dashboard, which leaves it alone; gives its
/// process number.
fn left_running(home: &Home) -> u32 {
    let dashboard = home.start();
    let miner = started(home, &dashboard);
    dashboard.kill();
    miner
}

/// The same, after which the miner ends while nobody looks.
fn left_and_died(home: &Home) -> u32 {
    let miner = left_running(home);
    process::kill(miner, Signal::KILL);
    eventually("its end", || home.miners().is_empty().then_some(()));
    miner
}

/// Starts the dashboard again, and waits until it runs this miner.
fn finds_again(home: &Home, miner: u32) -> Dashboard {
    let dashboard = home.start();
    assert_eq!(wait_for_phase(&dashboard, "running")["pid"], miner);
    dashboard
}

#[test]
fn a_killed_dashboard_finds_its_miner_again() {
    let home = Home::with_miner(&["--standin-fork-child", "1"]);
    let mut dashboard = home.start();
    order(&dashboard, "start");
    let before = wait_for_phase(&dashboard, "running");
    eventually("miner and child", || (home.miners().len() == 2).then_some(()));
    let mut miners = home.miners();
    miners.sort_unstable();
    // By kill -9, by kill -9 at once, in order.
    for round in 0..3 {
        if round == 2 {
            assert_eq!(dashboard.stop().code, Some(0));
        } else {
            dashboard.kill();
        }
        dashboard = home.start();
        let after = wait_for_phase(&dashboard, "running");
        for field in ["pid", "started_ms", "name"] {
            assert_eq!(after[field], before[field], "{field} in round {round}");
        }
        let mut still = home.miners();
        still.sort_unstable();
        assert_eq!(still, miners);
    }
    assert_eq!(order(&dashboard, "start")["message"], "The miner is running already");
    let resumed = dashboard.events().into_iter().filter(|event| event["kind"] == "miner.resume");
    assert_eq!(resumed.count(), 3);
    // It is ours as before: it is watched over, and can be stopped.
    let answer = order(&dashboard, "stop");
    assert_eq!(answer["success"], true, "{answer}");
    wait_for_phase(&dashboard, "stopped");
    eventually("nothing is left", || home.miners().is_empty().then_some(()));
    dashboard.kill();
    let dashboard = home.start();
    assert_eq!(
        dashboard.snapshot()["control"]["instances"],
        json!([]),
        "it is not wanted any more"
    );
}

#[test]
fn the_end_of_a_miner_that_was_found_again_is_noticed() {
    let home = Home::with_miner(&[]);
    let first = left_running(&home);
    let dashboard = finds_again(&home, first);
    process::kill(first, Signal::KILL);
    eventually("another one", || home.miners().into_iter().find(|pid| *pid != first));
    wait_for_phase(&dashboard, "running");
}

#[test]
fn a_miner_that_died_meanwhile_is_started_again() {
    let home = Home::with_miner(&[]);
    let first = left_and_died(&home);
    let dashboard = home.start();
    let running = wait_for_phase(&dashboard, "running");
    assert_ne!(running["pid"], first);
    assert_eq!(running["pid"], miner(&home));
    let events = dashboard.events();
    let said = |event: &Value| event["message"].as_str().unwrap().contains("started again");
    assert!(events.iter().any(said), "{events:?}");
}

/// A process that has nothing to do with us; ends with the test.
struct Bystander(Child);

impl Bystander {
    fn start() -> Self {
        Bystander(Command::new("sleep").arg("600").spawn().unwrap())
    }

    fn is_unharmed(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The number of a dead miner may be somebody else's by now.
#[test]
fn a_recycled_number_is_left_alone() {
    for change in [
        // The number is right, the time of its start is not.
        "UPDATE qm_processes SET pid = ?1, start_ticks = ?2 + 1",
        // All is right, but it was noted before the machine was started anew.
        "UPDATE qm_processes SET pid = ?1, start_ticks = ?2, boot_id = 'another boot'",
    ] {
        let mut bystander = Bystander::start();
        let home = Home::with_miner(&[]);
        left_and_died(&home);
        let (pid, ticks) = (bystander.0.id(), start_ticks(bystander.0.id()));
        home.sqlite().execute(change, (pid, ticks.cast_signed())).unwrap();

        let dashboard = home.start();
        let running = wait_for_phase(&dashboard, "running");
        assert_ne!(running["pid"], pid);
        for what in ["restart", "stop", "start", "stop"] {
            order(&dashboard, what);
        }
        wait_for_phase(&dashboard, "stopped");
        assert!(bystander.is_unharmed(), "{change}");
    }
}

/// Field 22 of proc_pid_stat(5).
fn start_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().parse().unwrap()
}

/// Killed between the start of a process and the note of its number: it is
/// known by its mark.
#[test]
fn a_start_that_was_not_noted_any_more_is_found() {
    let home = Home::with_miner(&[]);
    let first = left_running(&home);
    home.sqlite().execute("UPDATE qm_processes SET pid = NULL, start_ticks = NULL", []).unwrap();
    let _dashboard = finds_again(&home, first);
    assert_eq!(miner(&home), first);
}

/// Its configuration is gone, but what runs can be seen and stopped.
#[test]
fn a_miner_without_its_configuration_can_be_stopped() {
    let home = Home::with_miner(&[]);
    let first = left_running(&home);
    std::fs::remove_file(home.path("config/config.json")).unwrap();
    let dashboard = finds_again(&home, first);
    order(&dashboard, "stop");
    wait_for_phase(&dashboard, "stopped");
    assert!(!process::is_alive(first));
}

/// Two dashboards on one machine do not take each other's miners.
#[test]
fn another_dashboards_miner_is_not_ours() {
    let (one, other) = (Home::with_miner(&[]), Home::with_miner(&[]));
    let (first, second) = (one.start(), other.start());
    let miner_of_one = started(&one, &first);
    let miner_of_other = started(&other, &second);
    first.kill();
    one.sqlite().execute("UPDATE qm_processes SET pid = NULL, start_ticks = NULL", []).unwrap();
    process::kill(miner_of_one, Signal::KILL);
    eventually("its end", || one.miners().is_empty().then_some(()));
    let first = one.start();
    let running = wait_for_phase(&first, "running");
    assert_ne!(running["pid"], miner_of_other);
    order(&first, "stop");
    wait_for_phase(&first, "stopped");
    assert!(process::is_alive(miner_of_other));
    assert_eq!(wait_for_phase(&second, "running")["pid"], miner_of_other);
}

/// Who pressed Stop wants it stopped, also when the dashboard is killed before
/// the miner has ended.
#[test]
fn a_stop_that_was_interrupted_is_carried_through() {
    let home = Home::with_miner(&[]).set("STANDIN_IGNORE_TERM", "1");
    let dashboard = home.start();
    let first = started(&home, &dashboard);
    eventually("its log", || {
        let log = std::fs::read_to_string(home.path("logs/miner.log")).unwrap_or_default();
        log.contains("share accepted").then_some(())
    });
    assert_eq!(order(&dashboard, "stop")["state"], "stopping");
    dashboard.kill();
    assert!(process::is_alive(first));
    let _dashboard = home.start();
    eventually("its end", || (!process::is_alive(first)).then_some(()));
}
