//! How much is asked of the database, and how it answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::StoreError;

/// Whoever waits longer notices.
const SLOW: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(crate) struct Counters {
    accesses: AtomicU64,
    slow: AtomicU64,
    failed: AtomicU64,
    micros: AtomicU64,
}

/// Since the store was opened; reading and writing together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub accesses: u64,
    /// Of those longer than 100 ms.
    pub slow: u64,
    pub failed: u64,
    /// All of them together.
    pub duration: Duration,
    /// Without its log.
    pub size_bytes: u64,
}

impl Counters {
    /// Counts an access that began at a time. The time that it waited for its
    /// turn is part of it.
    pub(crate) fn count<T>(&self, since: Instant, result: &Result<T, StoreError>) {
        let took = since.elapsed();
        self.accesses.fetch_add(1, Ordering::Relaxed);
        self.slow.fetch_add(u64::from(took > SLOW), Ordering::Relaxed);
        // To refuse what is there already is no failure.
        let failed = !matches!(result, Ok(_) | Err(StoreError::Duplicate));
        self.failed.fetch_add(u64::from(failed), Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn figures(&self, size_bytes: u64) -> Figures {
        Figures {
            accesses: self.accesses.load(Ordering::Relaxed),
            slow: self.slow.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            duration: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
            size_bytes,
        }
    }
}
