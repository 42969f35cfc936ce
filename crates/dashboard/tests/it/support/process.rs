//! Processes, as `/proc` shows them.

use std::path::PathBuf;

use rustix::process::{Pid, Signal};

/// The stand-in miner, which Cargo builds with the tests.
pub fn standin_miner() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().with_file_name("examples").join("standin_miner");
    assert!(
        program.exists(),
        "{} is missing: `cargo test -p quaiminer-dashboard` builds it, and so does `--examples`",
        program.display()
    );
    program
}

pub fn kill(pid: u32, signal: Signal) {
    // It may have ended by itself.
    let _ = rustix::process::kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal);
}

/// Whether it runs; one that has ended and was not reaped does not.
pub fn is_alive(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    !stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with(['Z', 'X']))
}

pub fn environment(pid: u32) -> Vec<String> {
    words(pid, "environ")
}

pub fn arguments(pid: u32) -> Vec<String> {
    words(pid, "cmdline")
}

/// Live processes that have this line in their environment.
pub fn with_environment(line: &str) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap();
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| environment(*pid).iter().any(|word| word == line)).collect()
}

fn words(pid: u32, file: &str) -> Vec<String> {
    // It may be gone by now, and then has none.
    let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes).split(|byte| *byte == 0);
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
