//! The running rig: it reads the sources, keeps the snapshot, records the
//! history and runs the miner. It knows nothing of HTTP servers; whoever
//! serves the rig holds a [`Rig`].

pub mod clock;
mod config_file;
mod control;
mod demo;
mod difficulty;
mod hardware;
mod journal;
pub mod messenger;
pub mod miner_settings;
mod one_at_a_time;
mod proxy;
mod recorder;
mod remote;
mod sampler;
mod source;
mod vital;

use std::sync::Arc;

use quaiminer_domain::snapshot::Snapshot;
use quaiminer_store::Store;
use tokio::sync::watch;

pub use config_file::{ConfigError, ConfigFile, Content};
pub use control::{Control, ControlPaths, Done, Outcome, check_launch, read_log};
pub use difficulty::{DifficultyHistory, DifficultyPoint};
pub use hardware::Hardware;
pub use journal::Journal;
pub use proxy::{NodeProxy, ProxyError};
pub use quaiminer_net::Reach;
pub use remote::{RemoteRig, Remotes};
pub use source::SourceSettings;
pub use vital::Vitals;

use sampler::Sampler;

/// A handle on everything that runs; cheap to copy.
#[derive(Clone)]
pub struct Rig {
    /// None for a simulated rig.
    pub config: Option<ConfigFile>,
    pub control: Control,
    pub hardware: Hardware,
    pub journal: Journal,
    pub node: NodeProxy,
    pub difficulty: DifficultyHistory,
    pub remotes: Remotes,
    pub vitals: Vitals,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

/// What the rig is made of.
pub enum Feed {
    Real {
        sources: SourceSettings,
        paths: ControlPaths,
    },
    /// A simulated rig; nothing of it is measured, and it says so.
    Demo,
}

impl Rig {
    /// Starts all tasks.
    pub fn start(feed: Feed, store: Store) -> Rig {
        let (journal, vitals) = (Journal::new(store.clone()), Vitals::new());
        let (updates, inbox) = source::channel();
        let demo = matches!(feed, Feed::Demo);
        let mut configured = source::Configured::default();
        let config_dir = match &feed {
            Feed::Real { paths, .. } => Some(paths.config_dir.clone()),
            Feed::Demo => None,
        };
        let control = match feed {
            Feed::Real { sources, paths } => {
                configured = source::spawn(sources, updates, &vitals);
                Control::spawn(paths, store.clone(), journal.clone(), &vitals)
            }
            Feed::Demo => demo::start(updates, &store, journal.clone(), &vitals),
        };
        let (sampler, snapshots) =
            Sampler::new(demo, &configured, &control, store.clone(), journal.clone());
        vitals.spawn("sampler", sampler.run(inbox));
        let difficulty = DifficultyHistory::default();
        vitals.spawn("recorder", recorder::run(snapshots.clone(), store, difficulty.clone()));
        let node = NodeProxy::new(configured.nodes, snapshots.clone());
        let config = config_dir.as_deref().map(ConfigFile::new);
        let hardware = Hardware::new(config_dir);
        let remotes = Remotes::new();
        Rig { config, control, hardware, journal, node, difficulty, remotes, vitals, snapshots }
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// Wakes up with every new snapshot.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }
}
