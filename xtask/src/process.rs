//! Other programs: started from a list of arguments, never through a shell,
//! without input, and not for longer than their deadline.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;

pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// Runs it with our own output; anything but success is an error.
pub(crate) fn run(command: &mut Command, deadline: Duration) -> Result {
    println!("$ {}", describe(command));
    let mut child = spawn(command)?;
    let status = wait(&mut child, deadline)
        .ok_or_else(|| format!("{} took longer than {deadline:?}", describe(command)))?;
    check(command, status)
}

/// Runs something quick and returns what it printed, with what it said of
/// errors if it failed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done = command.output().map_err(|error| cannot_start(command, &error))?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    match check(command, done.status) {
        Ok(()) => Ok(text),
        Err(sentence) => Err(format!("{sentence}\n{}", String::from_utf8_lossy(&done.stderr))),
    }
}

pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| cannot_start(command, &error))
}

/// Its end, or `None` at the deadline, after which it is gone together with
/// everything that it started.
pub(crate) fn wait(child: &mut Child, deadline: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + deadline;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
            _ => {
                for pid in descendants(child.id()) {
                    kill(pid, Signal::KILL);
                }
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// All processes below this one, as far as their parents are still there.
pub(crate) fn descendants(ancestor: u32) -> Vec<u32> {
    let all: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(all.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.remove(0);
    found
}

pub(crate) fn kill(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process(pid, signal);
    }
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // A name may hold anything; it ends with the last bracket.
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn check(command: &Command, status: ExitStatus) -> Result {
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", describe(command)))
    }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("{} cannot be started: {error}", describe(command))
}

fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_ends_children_too() {
        // A program that starts another and waits for it.
        let mut child = spawn(&mut command("timeout", &["60", "sleep", "60"])).unwrap();
        let until = Instant::now() + Duration::from_secs(5);
        while descendants(child.id()).is_empty() && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        let sleep = descendants(child.id());
        assert_eq!(sleep.len(), 1);
        assert!(wait(&mut child, Duration::from_millis(50)).is_none());
        let until = Instant::now() + Duration::from_secs(5);
        while is_running(sleep[0]) {
            assert!(Instant::now() < until, "the grandchild is still there");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// A killed process that nobody waits for remains as a zombie.
    fn is_running(pid: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn failures_name_the_command() {
        let error = run(&mut command("false", &[]), Duration::from_secs(5)).unwrap_err();
        assert_eq!(error, "false ended with exit status: 1");
        let error = output(&mut command("/no/such/program", &["x"])).unwrap_err();
        assert!(error.starts_with("program x cannot be started: "), "{error}");
    }
}
