//! The running rig: it reads the sources, keeps the snapshot, records the
//! history and runs the miner. It knows nothing of HTTP servers; whoever
//! serves the rig holds a [`Rig`].

pub mod clock;
mod control;
mod demo;
mod journal;
mod proxy;
mod recorder;
mod sampler;
mod source;
mod vital;

use std::sync::Arc;

use quaiminer_domain::snapshot::Snapshot;
use quaiminer_store::Store;
use tokio::sync::watch;

pub use control::{Control, ControlPaths, Done, Outcome, check_launch, read_log};
pub use journal::Journal;
pub use proxy::{NodeProxy, ProxyError};
pub use source::SourceSettings;
pub use vital::Vitals;

use sampler::Sampler;

/// A handle on everything that runs; cheap to copy.
#[derive(Clone)]
pub struct Rig {
    pub control: Control,
    pub journal: Journal,
    pub node: NodeProxy,
    pub vitals: Vitals,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl Rig {
    /// Starts the tasks of a real rig.
    pub fn start(sources: SourceSettings, paths: ControlPaths, store: Store) -> Rig {
        let journal = Journal::new(store.clone());
        let vitals = Vitals::new();
        let control = Control::spawn(paths, store.clone(), journal.clone(), &vitals);
        let (updates, inbox) = source::channel();
        let addresses = sources.miners.iter().map(ToString::to_string);
        let node = sources.node.clone();
        let node_address = node.first().map(ToString::to_string).unwrap_or_default();
        let (sampler, snapshots) = Sampler::new(
            false,
            addresses,
            node_address,
            control.subscribe(),
            store.clone(),
            journal.clone(),
        );
        source::spawn(sources, updates, &vitals);
        Rig::run(sampler, inbox, snapshots, control, journal, store, node, vitals)
    }

    /// Starts a simulated rig; nothing of it is measured, and it says so.
    pub fn start_demo(store: Store) -> Rig {
        let journal = Journal::new(store.clone());
        let (updates, inbox) = source::channel();
        let vitals = Vitals::new();
        let control = demo::start(updates, &store, journal.clone(), &vitals);
        let (sampler, snapshots) = Sampler::new(
            true,
            std::iter::empty(),
            demo::NODE_ADDRESS.to_owned(),
            control.subscribe(),
            store.clone(),
            journal.clone(),
        );
        Rig::run(sampler, inbox, snapshots, control, journal, store, Vec::new(), vitals)
    }

    fn run(
        sampler: Sampler,
        inbox: tokio::sync::mpsc::Receiver<source::Update>,
        snapshots: watch::Receiver<Arc<Snapshot>>,
        control: Control,
        journal: Journal,
        store: Store,
        nodes: Vec<hyper::Uri>,
        vitals: Vitals,
    ) -> Rig {
        vitals.spawn("sampler", sampler.run(inbox));
        vitals.spawn("recorder", recorder::run(snapshots.clone(), store));
        let node = NodeProxy::new(nodes, snapshots.clone());
        Rig { control, journal, node, vitals, snapshots }
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// Wakes up with every new snapshot.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }
}
