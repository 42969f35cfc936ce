//! Events: written down, and told to whoever watches.

use std::sync::Arc;

use quaiminer_domain::event::{Event, NewEvent};
use quaiminer_store::Store;
use tokio::sync::broadcast;

/// Watchers that fall behind by more miss events and read them again from
/// the store.
const WATCH_QUEUE: usize = 64;

#[derive(Clone)]
pub struct Journal {
    store: Store,
    watchers: broadcast::Sender<Arc<Event>>,
}

impl Journal {
    pub fn new(store: Store) -> Self {
        Journal { store, watchers: broadcast::channel(WATCH_QUEUE).0 }
    }

    /// Returns when the event is on disk. Where that fails the log has it:
    /// what happened must not depend on whether it could be written down.
    pub async fn record(&self, event: NewEvent) {
        let line = format!("{} ({})", event.message, event.actor);
        match self.store.events().append(event.clone()).await {
            Ok(id) => {
                let NewEvent { at_ms, severity, kind, actor, message } = event;
                let event = Event { id, at_ms, severity, kind: kind.to_owned(), actor, message };
                // Nobody watching is no error.
                let _ = self.watchers.send(Arc::new(event));
            }
            Err(error) => log::warn!("{line} [not saved: {error}]"),
        }
    }

    pub fn watch(&self) -> broadcast::Receiver<Arc<Event>> {
        self.watchers.subscribe()
    }
}
