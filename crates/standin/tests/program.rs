//! The stand-in miner as a process.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Killed when it goes out of scope, whatever becomes of the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that is nobody's child when its parent is gone.
struct Orphan(String);

impl Drop for Orphan {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", &self.0]).status();
    }
}

fn start(variables: &[(&str, &str)]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin-miner"));
    // As the Node server starts a miner.
    command.args(["--stratum", "stratum://localhost:3333", "--opencl-device", "0"]);
    command.envs(variables.iter().copied()).stdout(Stdio::piped());
    Process(command.spawn().unwrap())
}

fn lines(process: &mut Process) -> impl Iterator<Item = String> + use<> {
    BufReader::new(process.0.stdout.take().unwrap()).lines().map(|line| line.unwrap())
}

fn terminate(process: &Process) {
    let pid = process.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
}

fn ends_within(process: &mut Process, time: Duration) -> bool {
    let until = Instant::now() + time;
    while Instant::now() < until {
        if process.0.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

#[test]
fn it_logs_and_serves_its_api_until_it_is_told_to_stop() {
    let mut process = start(&[("STANDIN_PORT", "0"), ("STANDIN_PROTOCOL", "cpuminer")]);
    let mut lines = lines(&mut process);
    let api = lines.find_map(|line| Some(line.split_once("API at cpuminer://")?.1.to_owned()));
    let mut stream = TcpStream::connect(api.unwrap()).unwrap();
    stream.write_all(b"summary\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("UPTIME=0;") || answer.contains("UPTIME=1;"), "{answer}");
    assert!(lines.any(|line| line.contains("share accepted")));
    terminate(&process);
    assert!(ends_within(&mut process, Duration::from_secs(5)));
}

#[test]
fn it_ends_by_itself_with_a_code() {
    let variables =
        [("STANDIN_PORT", "none"), ("STANDIN_EXIT_AFTER_MS", "50"), ("STANDIN_EXIT_CODE", "3")];
    let mut process = start(&variables);
    assert_eq!(process.0.wait().unwrap().code(), Some(3));
}

#[test]
fn it_ignores_a_request_to_end() {
    let mut process = start(&[("STANDIN_PORT", "none"), ("STANDIN_IGNORE_TERM", "1")]);
    let mut lines = lines(&mut process);
    // It has said something, so it listens to signals.
    assert!(lines.any(|line| line.contains("share accepted")));
    terminate(&process);
    assert!(!ends_within(&mut process, Duration::from_millis(300)));
}

#[test]
fn it_starts_a_child_in_its_group_and_floods() {
    let variables =
        [("STANDIN_PORT", "none"), ("STANDIN_FORK_CHILD", "1"), ("STANDIN_FLOOD_LOG", "1")];
    let mut process = start(&variables);
    let mut lines = lines(&mut process);
    let child =
        lines.find_map(|line| Some(line.strip_prefix("child process ")?.to_owned())).unwrap();
    let child = Orphan(child);
    let group = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        // After the name, which is in brackets: state, parent, group.
        stat.rsplit_once(") ").unwrap().1.split(' ').nth(2).unwrap().to_owned()
    };
    assert_eq!(group(&child.0), group(&process.0.id().to_string()));
    let began = Instant::now();
    assert_eq!(lines.filter(|line| line.len() == 99).take(20_000).count(), 20_000);
    assert!(began.elapsed() < Duration::from_secs(5));
}
