//! Connections for reading, each used by one thread at a time.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::StoreError;
use crate::open::Source;

/// A long reading must not keep a short one waiting; each more costs memory.
const CONNECTIONS: u32 = 2;

pub(crate) struct Readers {
    source: Source,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Reader>>,
}

pub(crate) struct Reader {
    connection: Connection,
    /// The sum of all rewards, and the version of the database that it is of.
    reward: Cell<Option<(i64, f64)>>,
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Reader {
    /// What `sum` finds out by reading all rows, once for every change that
    /// anybody makes to the database.
    pub(crate) fn reward(
        &self,
        sum: impl FnOnce(&Connection) -> rusqlite::Result<f64>,
    ) -> rusqlite::Result<f64> {
        let version = self.pragma_query_value(None, "data_version", |row| row.get(0))?;
        match self.reward.get() {
            Some((of_version, reward)) if of_version == version => Ok(reward),
            _ => {
                let reward = sum(self)?;
                self.reward.set(Some((version, reward)));
                Ok(reward)
            }
        }
    }
}

impl Readers {
    pub(crate) fn new(source: Source) -> Arc<Self> {
        Arc::new(Readers {
            source,
            permits: Arc::new(Semaphore::new(CONNECTIONS as usize)),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Runs `work` on a blocking thread, within one transaction: all of it sees
    /// the database at the same moment.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || {
            let reader = readers.reader()?;
            let transaction = reader.unchecked_transaction()?;
            let value = work(&reader)?;
            transaction.finish()?;
            // One that has failed is not used again.
            readers.lock().push(reader);
            drop(permit);
            Ok(value)
        })
        .await
        .unwrap_or_else(|failure| Err(StoreError::Other(failure.to_string())))
    }

    /// Waits for readings to end and closes all connections.
    pub(crate) async fn close(&self) {
        // An error says that they are closed already.
        let all = self.permits.acquire_many(CONNECTIONS).await;
        self.permits.close();
        self.lock().clear();
        drop(all);
    }

    /// The same without waiting; a reading that still runs closes its own.
    pub(crate) fn close_now(&self) {
        self.permits.close();
        self.lock().clear();
    }

    fn reader(&self) -> Result<Reader, StoreError> {
        let idle = self.lock().pop();
        match idle {
            Some(reader) => Ok(reader),
            None => Ok(Reader { connection: self.source.reader()?, reward: Cell::new(None) }),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
