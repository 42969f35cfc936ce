//! A miner process: started, found again, signalled, buried.
//!
//! A process number alone says nothing, as the kernel gives it to somebody
//! else once its owner is gone. A process is therefore held by a pidfd, and
//! recognised after a restart of the dashboard by its number together with
//! the time at which it started.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};
use tokio::sync::oneshot;

use super::launch::{ControlPaths, Launch};

/// Marks a process as ours, for the moment between its start and the note of
/// it in the database. The value is `INSTANCE@OWNER`.
const INSTANCE_VARIABLE: &str = "QUAIMINER_INSTANCE";

pub(super) struct Process {
    pub(super) pid: u32,
    /// Clock ticks between the boot of the machine and the start.
    pub(super) start_ticks: u64,
    pidfd: Arc<OwnedFd>,
}

impl Process {
    pub(super) fn start(launch: &Launch, paths: &ControlPaths) -> io::Result<Process> {
        let log = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o640)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&launch.log)?;
        let mut command = Command::new(&launch.program);
        command
            .args(&launch.args)
            .envs(launch.env.iter().map(|(name, value)| (name, value)))
            .env(INSTANCE_VARIABLE, format!("{}@{}", launch.name, paths.owner))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A group of its own: it can be stopped with all its children,
            // and a Ctrl-C in our terminal does not reach it.
            .process_group(0);
        for name in paths.withheld_env {
            command.env_remove(name);
        }
        let mut child = command.spawn()?;
        match Self::hold(child.id()) {
            Some((pidfd, start_ticks)) => Ok(Process { pid: child.id(), start_ticks, pidfd }),
            None => {
                // Without a pidfd it could not be supervised.
                let _ = child.kill();
                let _ = child.wait();
                Err(io::Error::other("the kernel offers no pidfd (Linux 5.3 or later is needed)"))
            }
        }
    }

    /// Takes up a process that an earlier run of the dashboard started, if it
    /// is still that one.
    pub(super) fn adopt(pid: u32, start_ticks: u64) -> Option<Process> {
        let (pidfd, found_ticks) = Self::hold(pid)?;
        (found_ticks == start_ticks).then_some(Process { pid, start_ticks, pidfd })
    }

    /// Finds a process by the mark in its environment: one whose start was
    /// not noted any more because the dashboard was killed at that moment.
    pub(super) fn find(instance: &str, owner: &str) -> Option<Process> {
        let mark = format!("{INSTANCE_VARIABLE}={instance}@{owner}");
        all_pids().find_map(|pid| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
            let is_ours = environment.split(|byte| *byte == 0).any(|word| word == mark.as_bytes());
            if !is_ours || stat(pid)?.group != pid {
                return None;
            }
            let (pidfd, start_ticks) = Self::hold(pid)?;
            Some(Process { pid, start_ticks, pidfd })
        })
    }

    /// The order matters: the start time is read while the pidfd is held, so
    /// both speak of the same process.
    fn hold(pid: u32) -> Option<(Arc<OwnedFd>, u64)> {
        let pidfd = rustix::process::pidfd_open(to_pid(pid)?, PidfdFlags::empty()).ok()?;
        let stat = stat(pid)?;
        if stat.state == 'Z' {
            return None;
        }
        Some((Arc::new(pidfd), stat.start_ticks))
    }

    /// Completes when the process has ended. A thread waits for it, as there
    /// is no other safe way to wait for a pidfd; it ends with the process.
    pub(super) fn ended(&self) -> io::Result<oneshot::Receiver<()>> {
        let pidfd = self.pidfd.clone();
        let (sender, receiver) = oneshot::channel();
        std::thread::Builder::new().name("miner-end".to_owned()).stack_size(32 * 1024).spawn(
            move || {
                let readable = PollFd::new(&pidfd, PollFlags::IN);
                while rustix::event::poll(&mut [readable.clone()], None) == Err(Errno::INTR) {}
                let _ = sender.send(());
            },
        )?;
        Ok(receiver)
    }

    /// Sends a signal to the process and everything in its group.
    pub(super) fn signal_group(&self, signal: Signal) {
        // The group exists as long as its leader does; that this is still our
        // leader is what the pidfd tells.
        let alive = rustix::process::pidfd_send_signal(&self.pidfd, signal).is_ok();
        if alive && let Some(pid) = to_pid(self.pid) {
            let _ = rustix::process::kill_process_group(pid, signal);
        }
    }

    /// To be called after the end: kills what is left of the group, and says
    /// how the process ended where that can be known.
    pub(super) fn bury(self) -> Option<ExitStatus> {
        // Before the child is reaped nobody else can have its number.
        for pid in all_pids() {
            let Some(member) = stat(pid) else { continue };
            if pid == self.pid || member.group != self.pid {
                continue;
            }
            let Some(pidfd) = to_pid(pid)
                .and_then(|pid| rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok())
            else {
                continue;
            };
            if stat(pid).is_some_and(|again| again.group == self.pid) {
                let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::KILL);
            }
        }
        self.reap()
    }

    /// Of a child of ours, which it may also be if an earlier start of this
    /// process started it; other processes are somebody else's to reap.
    fn reap(&self) -> Option<ExitStatus> {
        let id = WaitId::PidFd(self.pidfd.as_fd());
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        let status = rustix::process::waitid(id, options).ok()??;
        let raw = match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => code << 8,
            (None, Some(signal)) => signal,
            (None, None) => return None,
        };
        // As wait(2) tells it.
        Some(ExitStatus::from_raw(raw))
    }
}

/// How a process ended, for the owner.
pub(super) fn describe(status: Option<ExitStatus>) -> String {
    match status {
        None => "it ended".to_owned(),
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("it ended with exit code {code}"),
            (None, Some(signal)) => format!("it was ended by signal {signal}"),
            (None, None) => "it ended".to_owned(),
        },
    }
}

/// Changes with every boot; a start time means something within one only.
pub(super) fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

struct Stat {
    state: char,
    group: u32,
    start_ticks: u64,
}

/// Fields of `/proc/PID/stat`, proc_pid_stat(5). The name in parentheses may
/// contain anything, so counting begins after the last parenthesis.
fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let group = fields.nth(1)?.parse().ok()?;
    let start_ticks = fields.nth(16)?.parse().ok()?;
    Some(Stat { state, group, start_ticks })
}

fn all_pids() -> impl Iterator<Item = u32> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn to_pid(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_our_own_process() {
        let own = stat(std::process::id()).unwrap();
        // Its first thread waits for the one that runs this.
        assert!(matches!(own.state, 'R' | 'S'), "{}", own.state);
        assert!(own.start_ticks > 0);
        assert!(stat(u32::MAX).is_none());
    }

    #[tokio::test]
    async fn a_recycled_number_is_not_adopted() {
        let child = Command::new("/bin/sleep").arg("5").spawn().unwrap();
        let (pid, ticks) = (child.id(), stat(child.id()).unwrap().start_ticks);
        assert!(Process::adopt(pid, ticks + 1).is_none());
        let process = Process::adopt(pid, ticks).unwrap();
        process.signal_group(Signal::KILL);
        process.ended().unwrap().await.unwrap();
        let mut child = child;
        child.wait().unwrap();
        assert!(Process::adopt(pid, ticks).is_none());
    }
}
