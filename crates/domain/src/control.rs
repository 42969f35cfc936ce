//! What may be asked of the miner process, and how far it has got.

/// A request to the one place that starts and stops things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Start the configured miner: all instances, or those of these GPUs.
    Start {
        gpus: Option<Vec<u32>>,
    },
    /// Stop all instances, or the one of this GPU.
    Stop {
        gpu: Option<u32>,
    },
    Restart,
}

impl Action {
    pub const fn verb(&self) -> &'static str {
        match self {
            Action::Start { .. } => "start",
            Action::Stop { .. } => "stop",
            Action::Restart => "restart",
        }
    }

    pub const fn event_kind(&self) -> &'static str {
        match self {
            Action::Start { .. } => "miner.start",
            Action::Stop { .. } => "miner.stop",
            Action::Restart => "miner.restart",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    Stopped,
    Starting,
    Running,
    Stopping,
    /// Ended by itself; will be started again at `until_ms`.
    BackingOff {
        until_ms: i64,
        reason: String,
    },
    /// Ended by itself too often; nothing happens until somebody asks.
    GaveUp {
        reason: String,
    },
}

impl Phase {
    pub const fn name(&self) -> &'static str {
        match self {
            Phase::Stopped => "stopped",
            Phase::Starting => "starting",
            Phase::Running => "running",
            Phase::Stopping => "stopping",
            Phase::BackingOff { .. } => "backing_off",
            Phase::GaveUp { .. } => "gave_up",
        }
    }

    /// Whether a process exists.
    pub const fn is_alive(&self) -> bool {
        matches!(self, Phase::Starting | Phase::Running | Phase::Stopping)
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Phase::BackingOff { reason, .. } | Phase::GaveUp { reason } => Some(reason),
            _ => None,
        }
    }
}

/// One miner process under supervision. A rig has one for all GPUs, or, as
/// the Node server did it, one per GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// `miner` or `gpu0`, `gpu1` …; also the stem of its log file.
    pub name: String,
    pub gpu: Option<u32>,
    pub phase: Phase,
    pub pid: Option<u32>,
    pub started_ms: Option<i64>,
    /// Restarts after it ended by itself, since somebody last started it.
    pub restarts: u32,
}

/// Everything control knows, as published in the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlState {
    /// The program that would be started, or why nothing can be.
    pub program: Result<String, String>,
    pub instances: Vec<Instance>,
}

impl ControlState {
    pub fn any_alive(&self) -> bool {
        self.instances.iter().any(|instance| instance.phase.is_alive())
    }
}
