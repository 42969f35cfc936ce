//! One miner process through its life: started, watched, stopped, started
//! again when it ends by itself, given up when that does not help.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use quaiminer_domain::control::{Instance, Phase};
use quaiminer_domain::event::Severity;
use quaiminer_store::{ProcessRecord, Store, StoreError};
use rustix::process::Signal;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::launch::{self, ControlPaths, Launch};
use super::logfile;
use super::process::{self, Process};
use crate::clock::now_ms;

/// A program that is still there after this long has not fallen over its own
/// arguments.
const SETTLE: Duration = Duration::from_millis(500);
/// What a miner gets to end by itself: KawPoW miners free several GB of GPU
/// memory and say good-bye to the pool.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// The wait before the first restart; it doubles up to the longest.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);
/// So many ends within the window are a crash loop: restarting does not
/// help, and somebody should look.
const MAX_FAILURES: usize = 5;
const FAILURE_WINDOW_MS: i64 = 10 * 60 * 1000;
/// How long noting a process may delay an answer when the disk is slow.
const NOTE_WITHIN: Duration = Duration::from_millis(300);

/// What every step of an instance needs from outside.
pub(super) struct Turn {
    pub(super) paths: ControlPaths,
    pub(super) store: Store,
    /// Told the instance and process number when a process has ended.
    pub(super) exits: mpsc::Sender<(String, u32)>,
}

pub(super) struct Supervised {
    launch: Launch,
    phase: Phase,
    process: Option<Process>,
    started_ms: Option<i64>,
    restarts: u32,
    /// When it ended by itself.
    failures: VecDeque<i64>,
    /// Start again as soon as it has stopped.
    again: bool,
    /// When the present phase is to be left.
    due: Option<Instant>,
}

/// What an owner should read about a step.
type Note = (Severity, String);

impl Supervised {
    pub(super) fn new(launch: Launch) -> Self {
        Supervised {
            launch,
            phase: Phase::Stopped,
            process: None,
            started_ms: None,
            restarts: 0,
            failures: VecDeque::new(),
            again: false,
            due: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.launch.name
    }

    pub(super) fn gpu(&self) -> Option<u32> {
        self.launch.gpu
    }

    pub(super) fn log(&self) -> &Path {
        &self.launch.log
    }

    pub(super) fn phase(&self) -> &Phase {
        &self.phase
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn is(&self, name: &str, pid: u32) -> bool {
        self.name() == name && self.process.as_ref().is_some_and(|process| process.pid == pid)
    }

    pub(super) fn describe(&self) -> Instance {
        Instance {
            name: self.launch.name.clone(),
            gpu: self.launch.gpu,
            phase: self.phase.clone(),
            pid: self.process.as_ref().map(|process| process.pid),
            started_ms: self.started_ms,
            restarts: self.restarts,
        }
    }

    /// Whether the request changed anything.
    pub(super) async fn start(&mut self, launch: Launch, turn: &Turn) -> Result<bool, String> {
        match self.phase {
            Phase::Starting | Phase::Running => Ok(false),
            Phase::Stopping => {
                self.launch = launch;
                self.again = true;
                note(turn, self.row(true)).await;
                Ok(true)
            }
            Phase::Stopped | Phase::BackingOff { .. } | Phase::GaveUp { .. } => {
                self.launch = launch;
                self.failures.clear();
                self.restarts = 0;
                self.run(turn).await.map(|()| true)
            }
        }
    }

    /// Whether the request changed anything.
    pub(super) async fn stop(&mut self, turn: &Turn) -> bool {
        self.again = false;
        match self.phase {
            Phase::Starting | Phase::Running => {
                self.terminate();
                // Should the dashboard be killed before the miner has ended,
                // the next one finishes the stop.
                note(turn, self.row(false)).await;
                true
            }
            Phase::BackingOff { .. } | Phase::GaveUp { .. } => {
                self.enter(Phase::Stopped, None);
                forget(turn, &self.launch.name).await;
                true
            }
            Phase::Stopping | Phase::Stopped => false,
        }
    }

    /// Whether there was something to restart.
    pub(super) fn restart(&mut self) -> bool {
        match self.phase {
            Phase::Starting | Phase::Running => self.terminate(),
            Phase::Stopping => {}
            _ => return false,
        }
        self.failures.clear();
        self.again = true;
        true
    }

    /// The process has ended.
    pub(super) async fn exited(&mut self, turn: &Turn) -> Option<Note> {
        let status = self.process.take()?.bury();
        self.started_ms = None;
        if self.phase == Phase::Stopping {
            self.enter(Phase::Stopped, None);
            if !std::mem::take(&mut self.again) {
                forget(turn, &self.launch.name).await;
            } else {
                // The configuration may have changed meanwhile.
                if let Some(launch) = planned(turn, &self.launch.name) {
                    self.launch = launch;
                }
                if let Err(why) = self.run(turn).await {
                    return Some((Severity::Error, self.give_up(why)));
                }
            }
            return None;
        }
        Some(self.failed(process::describe(status)))
    }

    /// Its time for the next step has come, if `due` is past.
    pub(super) async fn due(&mut self, now: Instant, turn: &Turn) -> Option<Note> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        self.due = None;
        match self.phase {
            Phase::Starting => self.enter(Phase::Running, None),
            Phase::Stopping => {
                if let Some(process) = &self.process {
                    process.signal_group(Signal::KILL);
                }
                let seconds = STOP_WITHIN.as_secs();
                let message =
                    format!("{} did not stop within {seconds} s and was killed", self.name());
                return Some((Severity::Warning, message));
            }
            Phase::BackingOff { .. } => {
                self.restarts += 1;
                return Some(match self.run(turn).await {
                    Ok(()) => (Severity::Info, format!("{} was started again", self.name())),
                    Err(why) => self.failed(why),
                });
            }
            Phase::Running | Phase::Stopped | Phase::GaveUp { .. } => {}
        }
        None
    }

    fn terminate(&mut self) {
        if let Some(process) = &self.process {
            process.signal_group(Signal::TERM);
        }
        self.enter(Phase::Stopping, Some(Instant::now() + STOP_WITHIN));
    }

    async fn run(&mut self, turn: &Turn) -> Result<(), String> {
        // First the wish, then the fact: killed in between, the next run of
        // the dashboard looks for the process by its mark.
        note(turn, self.row(true)).await;
        let process = Process::start(&self.launch, &turn.paths).map_err(|error| {
            format!("{} cannot be started: {error}", self.launch.program.display())
        });
        match process {
            Ok(process) => {
                self.hold(process, turn);
                self.enter(Phase::Starting, Some(Instant::now() + SETTLE));
                note(turn, self.row(true)).await;
                Ok(())
            }
            Err(why) => {
                forget(turn, &self.launch.name).await;
                Err(why)
            }
        }
    }

    fn hold(&mut self, process: Process, turn: &Turn) {
        let exits = turn.exits.clone();
        let end = (self.launch.name.clone(), process.pid);
        match process.ended() {
            Ok(ended) => {
                tokio::spawn(async move {
                    let _ = ended.await;
                    let _ = exits.send(end).await;
                });
            }
            Err(error) => log::error!("The end of {} will not be noticed: {error}", self.name()),
        }
        self.started_ms = Some(now_ms());
        self.process = Some(process);
    }

    /// It ended by itself: wait and start again, or give up.
    fn failed(&mut self, how: String) -> Note {
        let now = now_ms();
        self.failures.push_back(now);
        self.failures.retain(|at| now - at < FAILURE_WINDOW_MS);
        let reason = match logfile::last_line(&self.launch.log) {
            Ok(last) if !last.trim().is_empty() => {
                let last: String =
                    last.trim().chars().filter(|c| !c.is_control()).take(200).collect();
                format!("{how}; its last line: {last}")
            }
            _ => how,
        };
        let count = self.failures.len();
        if count >= MAX_FAILURES {
            let reason = format!("{reason} ({count} times within 10 minutes)");
            return (Severity::Error, self.give_up(reason));
        }
        let doubled =
            FIRST_BACK_OFF * 2u32.saturating_pow(u32::try_from(count - 1).unwrap_or(u32::MAX));
        let wait = doubled.min(LONGEST_BACK_OFF);
        let message = format!(
            "{} ended by itself: {reason}. Next start in {} s",
            self.name(),
            wait.as_secs()
        );
        let until_ms = now + i64::try_from(wait.as_millis()).unwrap_or_default();
        self.enter(Phase::BackingOff { until_ms, reason }, Some(Instant::now() + wait));
        (Severity::Warning, message)
    }

    fn give_up(&mut self, reason: String) -> String {
        let message = format!("{} is not started again: {reason}", self.name());
        self.enter(Phase::GaveUp { reason }, None);
        message
    }

    fn enter(&mut self, phase: Phase, due: Option<Instant>) {
        self.phase = phase;
        self.due = due;
    }

    fn row(&self, wanted: bool) -> ProcessRecord {
        ProcessRecord {
            instance: self.launch.name.clone(),
            gpu: self.launch.gpu,
            pid: self.process.as_ref().map(|process| process.pid),
            start_ticks: self.process.as_ref().map(|process| process.start_ticks),
            boot_id: process::boot_id(),
            started_ms: self.started_ms.unwrap_or_else(now_ms),
            wanted,
        }
    }
}

/// The instances of the time when the dashboard last ended. What was wanted
/// and still runs is taken up, or else started again (the rig lost power, or
/// the miner ended while nobody watched); an interrupted stop is carried
/// through.
pub(super) async fn resume(turn: &Turn) -> Vec<(Supervised, String)> {
    let rows = match turn.store.processes().list().await {
        Ok(rows) => rows,
        Err(error) => {
            log::error!("The miners of the last run are not known: {error}");
            return Vec::new();
        }
    };
    let mut resumed = Vec::new();
    for row in rows {
        let name = row.instance.clone();
        let Some(launch) = planned(turn, &name).or_else(|| remembered(turn, &row)) else {
            continue;
        };
        let mut supervised = Supervised::new(launch);
        let same_boot = row.boot_id == process::boot_id();
        let found = match (row.pid, row.start_ticks) {
            (Some(pid), Some(ticks)) if same_boot => Process::adopt(pid, ticks),
            (None, _) if same_boot => Process::find(&name, &turn.paths.owner),
            _ => None,
        };
        let what = match found {
            Some(process) => {
                let pid = process.pid;
                supervised.hold(process, turn);
                supervised.started_ms = Some(row.started_ms);
                if row.wanted {
                    supervised.enter(Phase::Running, None);
                    note(turn, supervised.row(true)).await;
                    format!("{name} runs on as process {pid}")
                } else {
                    supervised.terminate();
                    format!("{name} was told to stop and had not: told again, process {pid}")
                }
            }
            None if !row.wanted => {
                forget(turn, &name).await;
                continue;
            }
            None => match supervised.run(turn).await {
                Ok(()) => format!("{name} was to run and did not: started again"),
                Err(why) => supervised.give_up(why),
            },
        };
        resumed.push((supervised, what));
    }
    resumed
}

fn planned(turn: &Turn, name: &str) -> Option<Launch> {
    launch::plan(&turn.paths).ok()?.into_iter().find(|launch| launch.name == name)
}

/// Enough to watch and stop a process whose configuration is gone.
fn remembered(turn: &Turn, row: &ProcessRecord) -> Option<Launch> {
    row.pid?;
    Some(Launch {
        name: row.instance.clone(),
        gpu: row.gpu,
        program: turn.paths.miner_path.clone(),
        args: Vec::new(),
        env: Vec::new(),
        log: turn.paths.log_dir.join(launch::log_name(row.gpu)),
    })
}

async fn note(turn: &Turn, row: ProcessRecord) {
    warn_unless_written(turn.store.processes().put(row)).await;
}

async fn forget(turn: &Turn, name: &str) {
    warn_unless_written(turn.store.processes().remove(name)).await;
}

/// Mining matters more than the note of it: a disk that is slow or full
/// delays nothing here.
async fn warn_unless_written<T>(write: impl Future<Output = Result<T, StoreError>>) {
    match tokio::time::timeout(NOTE_WITHIN, write).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => log::warn!("The state of the miner was not saved: {error}"),
        Err(_) => log::warn!("The state of the miner is saved late: the disk is slow"),
    }
}
