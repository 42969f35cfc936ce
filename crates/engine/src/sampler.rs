//! Puts what the sources say together and publishes it as one snapshot, which
//! nobody changes afterwards.

use std::sync::Arc;
use std::time::Duration;

use quaiminer_domain::control::ControlState;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_domain::host::HostReading;
use quaiminer_domain::miner::MinerReading;
use quaiminer_domain::node::NodeReading;
use quaiminer_domain::snapshot::{Snapshot, Source};
use quaiminer_domain::{Reading, Reason};
use quaiminer_store::Store;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::clock::{now_ms, sleep_until};
use crate::control::Control;
use crate::journal::Journal;
use crate::source::{Configured, Update};

/// The sources tick together; what comes within this time goes into one
/// snapshot. A later reading goes into the next.
const GATHER: Duration = Duration::from_millis(100);
/// A source that fails this often in a row is reported as lost; a single
/// missed answer is not news.
const MISSES_FOR_EVENT: u32 = 3;

pub(crate) struct Sampler {
    parts: Parts,
    journal: Journal,
    published: watch::Sender<Arc<Snapshot>>,
}

/// What a snapshot is put together from.
struct Parts {
    demo: bool,
    miners: Vec<Watched<MinerReading>>,
    node: Watched<NodeReading>,
    host: Watched<HostReading>,
    control: watch::Receiver<ControlState>,
    store: Store,
}

impl Sampler {
    /// The configured sources are shown from the beginning.
    pub(crate) fn new(
        demo: bool,
        configured: &Configured,
        control: &Control,
        store: Store,
        journal: Journal,
    ) -> (Sampler, watch::Receiver<Arc<Snapshot>>) {
        let miners = configured.miners.iter();
        let node = configured.nodes.first().map(ToString::to_string).unwrap_or_default();
        let mut parts = Parts {
            demo,
            miners: miners.map(|address| Watched::new("Miner", address.clone())).collect(),
            node: Watched::new("Node", node),
            host: Watched::new("Host", "local".to_owned()),
            control: control.subscribe(),
            store,
        };
        let (published, receiver) = watch::channel(Arc::new(parts.snapshot()));
        (Sampler { parts, journal, published }, receiver)
    }

    pub(crate) async fn run(mut self, mut updates: mpsc::Receiver<Update>) {
        let mut due: Option<Instant> = None;
        loop {
            tokio::select! {
                update = updates.recv() => {
                    let Some(update) = update else { return };
                    let event = self.parts.apply(update, now_ms());
                    self.report(event);
                    due = due.or_else(|| Some(Instant::now() + GATHER));
                }
                Ok(()) = self.parts.control.changed() => {
                    // Somebody pressed a button and looks at it.
                    due = Some(Instant::now());
                }
                () = sleep_until(due) => {
                    due = None;
                    self.published.send_replace(Arc::new(self.parts.snapshot()));
                }
            }
        }
    }

    fn report(&self, event: Option<NewEvent>) {
        if let Some(event) = event {
            // Not waited for: a slow disk must not delay the next sample.
            let journal = self.journal.clone();
            tokio::spawn(async move { journal.record(event).await });
        }
    }
}

impl Parts {
    fn apply(&mut self, update: Update, now: i64) -> Option<NewEvent> {
        match update {
            Update::Miner { address, attempt } => {
                let index = self.miners.iter().position(|one| one.source.address == address);
                let index = index.unwrap_or_else(|| {
                    self.miners.push(Watched::new("Miner", address));
                    self.miners.len() - 1
                });
                let miner = self.miners.get_mut(index)?;
                let restarted = has_restarted(miner.source.reading.value(), &attempt);
                let event = miner.apply(attempt, now);
                event.or_else(|| {
                    let what = "was restarted; its counters begin at zero";
                    restarted.then(|| miner.event(now, Severity::Info, "source.restarted", what))
                })
            }
            Update::MinerGone { address } => {
                self.miners.retain(|one| one.source.address != address);
                None
            }
            Update::Node { address, attempt } => {
                self.node.source.address = address;
                self.node.apply(attempt, now)
            }
            Update::Host(attempt) => self.host.apply(attempt, now),
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        Snapshot {
            at_ms: now_ms(),
            demo: self.demo,
            miners: self.miners.iter().map(|miner| miner.source.clone()).collect(),
            node: self.node.source.clone(),
            host: self.host.source.clone(),
            control: self.control.borrow_and_update().clone(),
            store: self.store.health().borrow().clone(),
        }
    }
}

/// A miner that was started anew counts from zero again.
fn has_restarted(before: Option<&MinerReading>, attempt: &Result<MinerReading, Reason>) -> bool {
    match (before.and_then(|before| before.uptime_s.get()), attempt) {
        (Some(before), Ok(now)) => now.uptime_s.get().is_some_and(|uptime| uptime < before),
        _ => false,
    }
}

/// A source with the memory that is needed to report its losses.
struct Watched<T> {
    kind: &'static str,
    source: Source<T>,
    /// Failed attempts since the last good one.
    misses: u32,
    /// Whether it ever answered: what was never there is not lost.
    answered: bool,
    reported_lost: bool,
}

impl<T> Watched<T> {
    fn new(kind: &'static str, address: String) -> Self {
        let reading = Reading::Unknown { reason: "Not asked yet".into(), since_ms: now_ms() };
        let source = Source { address, reading };
        Watched { kind, source, misses: 0, answered: false, reported_lost: false }
    }

    /// Takes in the next reading. An event comes out when the source is lost
    /// or comes back.
    fn apply(&mut self, attempt: Result<T, Reason>, now_ms: i64) -> Option<NewEvent> {
        let event = match &attempt {
            Ok(_) => {
                self.misses = 0;
                self.answered = true;
                std::mem::take(&mut self.reported_lost)
                    .then(|| self.event(now_ms, Severity::Info, "source.found", "answers again"))
            }
            Err(reason) => {
                self.misses = self.misses.saturating_add(1);
                let lost = self.answered && !self.reported_lost && self.misses >= MISSES_FOR_EVENT;
                self.reported_lost |= lost;
                lost.then(|| {
                    let what = format!("does not answer any more: {reason}");
                    self.event(now_ms, Severity::Warning, "source.lost", &what)
                })
            }
        };
        self.source.reading = self.source.reading.next(attempt, now_ms);
        event
    }

    fn event(&self, at_ms: i64, severity: Severity, kind: &'static str, what: &str) -> NewEvent {
        let message = format!("{} {} {what}", self.kind, self.source.address);
        NewEvent { at_ms, severity, kind, actor: "sampler".to_owned(), message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_reported_once_and_so_is_the_return() {
        let mut source = Watched::<i32>::new("Node", "n".to_owned());
        let mut told = Vec::new();
        let attempts =
            [None, None, None, Some(1), None, None, Some(2), None, None, None, None, Some(3)];
        for attempt in attempts {
            let event = source.apply(attempt.ok_or_else(|| "refused".into()), 1);
            told.push(event.map_or("", |event| event.kind));
        }
        let expected = ["", "", "", "", "", "", "", "", "", "source.lost", "", "source.found"];
        assert_eq!(told, expected);
    }
}
