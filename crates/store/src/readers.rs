//! Connections for reading, each used by one thread at a time.

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
    idle: Mutex<Vec<Connection>>,
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
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || {
            let connection = readers.connection()?;
            let transaction = connection.unchecked_transaction()?;
            let value = work(&transaction)?;
            transaction.finish()?;
            // One that has failed is not used again.
            readers.lock().push(connection);
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

    fn connection(&self) -> Result<Connection, StoreError> {
        let idle = self.lock().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Ok(self.source.reader()?),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
