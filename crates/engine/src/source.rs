//! What is asked regularly, each source in a task of its own with its own
//! period and deadline, so that none waits for another.

mod host;
mod miner;
mod node;

use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;
use quaiminer_domain::Reason;
use quaiminer_domain::history::SAMPLE_PERIOD_MS;
use quaiminer_domain::host::HostReading;
use quaiminer_domain::miner::MinerReading;
use quaiminer_domain::node::NodeReading;
use quaiminer_miner::Endpoint;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::clock::now_ms;
use crate::vital::Vitals;

/// How often a source that answers is asked.
pub(crate) const PERIOD: Duration = Duration::from_millis(SAMPLE_PERIOD_MS.unsigned_abs());
/// Updates that may wait for the sampler, which never waits itself.
const QUEUE: usize = 64;

/// Which sources there are.
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// Empty: look for miners on this machine.
    pub miners: Vec<Endpoint>,
    /// Empty: look for a node on this machine.
    pub node: Vec<Uri>,
    /// The file system whose space is watched.
    pub data_dir: PathBuf,
}

/// The result of one attempt to read a source.
#[derive(Debug)]
pub(crate) enum Update {
    Miner {
        address: String,
        attempt: Result<MinerReading, Reason>,
    },
    /// A miner that was found by looking is silent for so long that it is
    /// not expected back.
    MinerGone {
        address: String,
    },
    Node {
        address: String,
        attempt: Result<NodeReading, Reason>,
    },
    Host(Result<HostReading, Reason>),
}

#[derive(Clone)]
pub(crate) struct Updates(mpsc::Sender<Update>);

impl Updates {
    pub(crate) async fn send(&self, update: Update) {
        // Fails only when the sampler is gone, that is, at the end.
        let _ = self.0.send(update).await;
    }
}

pub(crate) fn channel() -> (Updates, mpsc::Receiver<Update>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Updates(sender), receiver)
}

/// The sources that are known before they have answered.
#[derive(Default)]
pub(crate) struct Configured {
    pub(crate) miners: Vec<String>,
    pub(crate) nodes: Vec<Uri>,
}

/// Starts a task for each source.
pub(crate) fn spawn(settings: SourceSettings, updates: Updates, vitals: &Vitals) -> Configured {
    let configured = Configured {
        miners: settings.miners.iter().map(ToString::to_string).collect(),
        nodes: settings.node.clone(),
    };
    miner::spawn(settings.miners, &updates, vitals);
    vitals.spawn("node source", node::run(settings.node, updates.clone()));
    vitals.spawn("host source", host::run(settings.data_dir, updates));
    configured
}

/// Ticks on the wall clock's grid of the period, a second after its lines:
/// the samples of all miners then fall into the same slots of the history,
/// and none falls on a border. The first comes with the next line; a missed
/// one is not made up for.
pub(crate) fn ticks(period: Duration) -> Interval {
    const OFFSET_MS: u64 = 1000;
    let period_ms = u64::try_from(period.as_millis()).unwrap_or(1).max(1);
    let now = u64::try_from(now_ms()).unwrap_or_default();
    let wait = period_ms - (now + period_ms - OFFSET_MS % period_ms) % period_ms;
    let mut interval =
        tokio::time::interval_at(Instant::now() + Duration::from_millis(wait), period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    interval
}
