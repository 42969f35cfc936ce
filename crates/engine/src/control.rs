//! The one place that starts and stops miners.
//!
//! A single task owns all processes. Requests reach it through a bounded
//! queue and are answered within a second with the state as it then is; what
//! takes longer (a miner that needs ten seconds to stop) goes on and shows in
//! the published state. The task has a thread of its own, as it reads the
//! configuration and opens logs: when their disk hangs, control is late and
//! says so, and nothing else is.

mod instance;
mod launch;
mod logfile;
mod process;

pub use launch::ControlPaths;
pub use logfile::read_log;

use std::time::Duration;

use quaiminer_domain::control::{Action, ControlState, Instance, Phase};
use quaiminer_domain::event::{NewEvent, Severity};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::clock::{now_ms, sleep_until};
use crate::journal::Journal;
use crate::vital::Vitals;
use instance::{Supervised, Turn};

/// A request is answered within a second, done or not.
const ANSWER_WITHIN: Duration = Duration::from_millis(800);
/// The same for a task that is held up.
const GIVE_UP_AFTER: Duration = Duration::from_millis(950);
/// Requests that may wait. More at once are not from people.
const QUEUE: usize = 16;
const ROTATE_EVERY: Duration = Duration::from_secs(5);

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What was done, or why nothing could be.
    pub result: Result<Done, String>,
    pub state: ControlState,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Instances that this request started or stopped; those already there
    /// are not among them.
    pub changed: Vec<String>,
    /// The GPUs of these instances, where an instance is one GPU.
    pub gpus: Vec<u32>,
    /// One sentence.
    pub message: String,
}

struct Request {
    action: Action,
    actor: String,
    reply: oneshot::Sender<Outcome>,
}

/// A handle to ask with; cheap to copy.
#[derive(Clone)]
pub struct Control {
    requests: mpsc::Sender<Request>,
    state: watch::Receiver<ControlState>,
}

impl Control {
    /// Starts the task. It takes up the miners that run on from an earlier
    /// life of the dashboard before it answers anything.
    pub(crate) fn spawn(
        paths: ControlPaths,
        store: quaiminer_store::Store,
        journal: Journal,
        vitals: &Vitals,
    ) -> Control {
        let (requests, inbox) = mpsc::channel(QUEUE);
        let (published, state) =
            watch::channel(ControlState { program: Ok(String::new()), instances: Vec::new() });
        let (exits, exited) = mpsc::channel(QUEUE);
        let actor = Actor {
            turn: Turn { paths, store, exits },
            journal,
            supervised: Vec::new(),
            waiting: Vec::new(),
            published,
        };
        vitals.spawn_apart("control", actor.run(inbox, exited));
        Control { requests, state }
    }

    /// A control without processes, for a simulated rig: the requests go to
    /// `handle`.
    pub(crate) fn simulated(
        state: watch::Receiver<ControlState>,
        mut handle: impl FnMut(Action, &str) -> Outcome + Send + 'static,
    ) -> Control {
        let (requests, mut inbox) = mpsc::channel::<Request>(QUEUE);
        tokio::spawn(async move {
            while let Some(request) = inbox.recv().await {
                let outcome = handle(request.action, &request.actor);
                let _ = request.reply.send(outcome);
            }
        });
        Control { requests, state }
    }

    pub async fn ask(&self, action: Action, actor: &str) -> Outcome {
        let (reply, answer) = oneshot::channel();
        let request = Request { action, actor: actor.to_owned(), reply };
        if self.requests.try_send(request).is_err() {
            return self.refusal("Too many requests at once. Wait for the last one to finish.");
        }
        match tokio::time::timeout(GIVE_UP_AFTER, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => self.refusal("The dashboard is shutting down."),
            Err(_) => self.refusal(
                "Not done within a second, but noted: a disk answers slowly or not at all. The state shows how it goes on.",
            ),
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<ControlState> {
        self.state.clone()
    }

    pub fn state(&self) -> ControlState {
        self.state.borrow().clone()
    }

    fn refusal(&self, why: &str) -> Outcome {
        Outcome { result: Err(why.to_owned()), state: self.state() }
    }
}

/// What would be started, for `--check`: that nothing is installed is no
/// problem for who only watches.
pub fn check_launch(paths: &ControlPaths) -> Result<String, String> {
    match launch::plan(paths) {
        Ok(launches) => {
            let program = launches.first().map(|one| one.program.display().to_string());
            let program = program.unwrap_or_default();
            Ok(format!("would start {program} ({} instance(s))", launches.len()))
        }
        Err(launch::LaunchError::NotInstalled(why)) => Ok(format!("nothing to start: {why}")),
        Err(launch::LaunchError::Wrong(why)) => Err(why),
    }
}

/// A request whose effect is not complete yet.
struct Waiting {
    reply: oneshot::Sender<Outcome>,
    action: Action,
    done: Done,
    /// The instances it concerns.
    names: Vec<String>,
    until: Instant,
}

struct Actor {
    turn: Turn,
    journal: Journal,
    supervised: Vec<Supervised>,
    waiting: Vec<Waiting>,
    published: watch::Sender<ControlState>,
}

impl Actor {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Request>,
        mut exited: mpsc::Receiver<(String, u32)>,
    ) {
        self.resume().await;
        self.publish();
        let mut rotate = tokio::time::interval(ROTATE_EVERY);
        loop {
            let due = self.next_due();
            tokio::select! {
                request = inbox.recv() => match request {
                    Some(request) => self.handle(request).await,
                    None => return,
                },
                Some((name, pid)) = exited.recv() => self.handle_exit(&name, pid).await,
                () = sleep_until(due) => self.handle_due().await,
                _ = rotate.tick() => self.rotate_logs(),
            }
            self.answer();
            self.publish();
        }
    }

    /// Takes up what ran or should have run when the dashboard last ended.
    async fn resume(&mut self) {
        for (supervised, what) in instance::resume(&self.turn).await {
            log::info!("{what}");
            self.note(Severity::Info, "miner.resume", "start-up", what).await;
            self.supervised.push(supervised);
        }
    }

    async fn handle(&mut self, request: Request) {
        let Request { action, actor, reply } = request;
        let result = match &action {
            Action::Start { gpus } => self.start(gpus.as_deref()).await,
            Action::Stop { gpu } => self.stop(*gpu).await,
            Action::Restart => self.restart().await,
        };
        let kind = action.event_kind();
        match result {
            Ok((done, names)) => {
                if !done.changed.is_empty() {
                    self.note(Severity::Info, kind, &actor, done.message.clone()).await;
                }
                let until = Instant::now() + ANSWER_WITHIN;
                self.waiting.push(Waiting { reply, action, done, names, until });
            }
            Err(why) => {
                let message = format!("Could not {} the miner: {why}", action.verb());
                self.note(Severity::Warning, kind, &actor, message).await;
                let _ = reply.send(Outcome { result: Err(why), state: self.state() });
            }
        }
    }

    async fn start(&mut self, gpus: Option<&[u32]>) -> Result<(Done, Vec<String>), String> {
        let launches = launch::plan(&self.turn.paths)?;
        let is_per_gpu = launches.iter().all(|launch| launch.gpu.is_some());
        let mut done = Done::default();
        let mut names = Vec::new();
        for launch in launches {
            let chosen = match (gpus, launch.gpu) {
                (Some(gpus), Some(gpu)) => gpus.contains(&gpu),
                _ => true,
            };
            if !chosen {
                continue;
            }
            names.push(launch.name.clone());
            let index = self.slot(launch.clone());
            if let Some(supervised) = self.supervised.get_mut(index)
                && supervised.start(launch, &self.turn).await?
            {
                done.changed.push(supervised.name().to_owned());
                done.gpus.extend(supervised.gpu());
            }
        }
        done.message = match done.changed.len() {
            // NODE-COMPAT: Node's sentence, also where nothing was to be done.
            n if is_per_gpu => format!("Started mining on {n} GPU(s)"),
            0 => "The miner is running already".to_owned(),
            _ => "Miner started".to_owned(),
        };
        Ok((done, names))
    }

    async fn stop(&mut self, gpu: Option<u32>) -> Result<(Done, Vec<String>), String> {
        let mut done = Done::default();
        let mut names = Vec::new();
        for supervised in &mut self.supervised {
            if gpu.is_some() && supervised.gpu() != gpu {
                continue;
            }
            names.push(supervised.name().to_owned());
            if supervised.stop(&self.turn).await {
                done.changed.push(supervised.name().to_owned());
                done.gpus.extend(supervised.gpu());
            }
        }
        done.message = match (gpu, done.changed.len()) {
            (Some(gpu), 0) => return Err(format!("GPU {gpu} not running")),
            (Some(gpu), _) => format!("Stopped GPU {gpu}"),
            // NODE-COMPAT: Node says so too.
            (None, 0) => "Stopped 0 GPU(s)".to_owned(),
            (None, n) if done.gpus.len() == n => format!("Stopped {n} GPU(s)"),
            (None, _) => "Miner stopped".to_owned(),
        };
        Ok((done, names))
    }

    /// Stops what runs and starts all, as Node does; not only what ran.
    async fn restart(&mut self) -> Result<(Done, Vec<String>), String> {
        // What cannot be started again is better not stopped.
        launch::plan(&self.turn.paths)?;
        let mut restarted = Vec::new();
        for supervised in &mut self.supervised {
            if supervised.restart() {
                restarted.push(supervised.name().to_owned());
            }
        }
        let (mut done, mut names) = self.start(None).await?;
        if done.gpus.is_empty() && !restarted.is_empty() {
            done.message = "Miner restarted".to_owned();
        }
        // One that is no longer in the configuration runs on as it was.
        restarted.retain(|name| !names.contains(name));
        done.changed.extend(restarted.iter().cloned());
        names.extend(restarted);
        Ok((done, names))
    }

    async fn handle_exit(&mut self, name: &str, pid: u32) {
        let Some(supervised) = self.supervised.iter_mut().find(|one| one.is(name, pid)) else {
            return;
        };
        if let Some((severity, message)) = supervised.exited(&self.turn).await {
            self.note(severity, "miner.exit", "supervisor", message).await;
        }
    }

    async fn handle_due(&mut self) {
        let now = Instant::now();
        let mut notes = Vec::new();
        for supervised in &mut self.supervised {
            notes.extend(supervised.due(now, &self.turn).await);
        }
        for (severity, message) in notes {
            self.note(severity, "miner.supervise", "supervisor", message).await;
        }
    }

    fn rotate_logs(&self) {
        for supervised in self.supervised.iter().filter(|one| one.phase().is_alive()) {
            if let Err(error) = logfile::rotate(supervised.log()) {
                log::warn!("{} cannot be shortened: {error}", supervised.log().display());
            }
        }
    }

    /// Answers the requests that are complete or have waited long enough.
    fn answer(&mut self) {
        let now = Instant::now();
        let (ready, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|one| one.until <= now || one.names.iter().all(|name| self.settled(name)));
        self.waiting = waiting;
        for Waiting { reply, action, done, names, .. } in ready {
            let failed = names.iter().find_map(|name| self.phase(name)?.reason());
            let result = match (failed, action) {
                (Some(why), Action::Start { .. } | Action::Restart) => Err(why.to_owned()),
                _ => Ok(done),
            };
            let _ = reply.send(Outcome { result, state: self.state() });
        }
    }

    fn phase(&self, name: &str) -> Option<&Phase> {
        self.supervised.iter().find(|one| one.name() == name).map(Supervised::phase)
    }

    fn settled(&self, name: &str) -> bool {
        !matches!(self.phase(name), Some(Phase::Starting | Phase::Stopping))
    }

    /// The place of an instance in the list, which it gets if it has none.
    fn slot(&mut self, launch: launch::Launch) -> usize {
        if let Some(index) = self.supervised.iter().position(|one| one.name() == launch.name) {
            return index;
        }
        self.supervised.push(Supervised::new(launch));
        self.supervised.len() - 1
    }

    fn next_due(&self) -> Option<Instant> {
        let replies = self.waiting.iter().map(|one| one.until);
        self.supervised.iter().filter_map(Supervised::next_due).chain(replies).min()
    }

    fn state(&self) -> ControlState {
        let program = launch::plan(&self.turn.paths).map_err(String::from).map(|launches| {
            launches.first().map_or_else(String::new, |one| one.program.display().to_string())
        });
        let instances: Vec<Instance> = self.supervised.iter().map(Supervised::describe).collect();
        ControlState { program, instances }
    }

    fn publish(&self) {
        let state = self.state();
        self.published.send_if_modified(|published| {
            let changed = *published != state;
            *published = state;
            changed
        });
    }

    async fn note(&self, severity: Severity, kind: &'static str, actor: &str, message: String) {
        let actor = actor.to_owned();
        self.journal.record(NewEvent { at_ms: now_ms(), severity, kind, actor, message }).await;
    }
}
