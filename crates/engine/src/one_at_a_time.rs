//! Work with files, off the reactor: one piece at a time and each under a
//! deadline, so that a disk that hangs holds one thread, not one for each
//! request.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

#[derive(Clone)]
pub(crate) struct OneAtATime(Arc<Semaphore>);

impl OneAtATime {
    pub(crate) fn new() -> Self {
        OneAtATime(Arc::new(Semaphore::new(1)))
    }

    /// `None` when it was not done in time; it may still be done later.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        within: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let gate = self.0.clone();
        let done = async move {
            let permit = gate.acquire_owned().await.ok()?;
            let work = move || {
                let _permit = permit;
                work()
            };
            tokio::task::spawn_blocking(work).await.ok()
        };
        tokio::time::timeout(within, done).await.ok().flatten()
    }
}
