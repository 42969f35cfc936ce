//! The one thread that writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quaiminer_domain::snapshot::StoreHealth;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::watch;

use crate::clock::now_ms;
use crate::error::StoreError;
use crate::inbox::{Batch, Inbox, Next};
use crate::open::DirectoryLock;
use crate::samples::{self, Miners};
use crate::tail::Tail;
use crate::{blocks, chores, client_stats, sessions, state, users};

/// How often what waits is brought to safety.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Samples that wait for longer survive the end of the process, in a file
    /// beside the database. After a start it is an eighth of this, and doubles
    /// each time: a process that has just started is the likeliest to be
    /// killed.
    pub keep_every: Duration,
    /// They reach the database, and Node's table with it.
    pub commit_every: Duration,
    /// NODE-COMPAT: how often blocks beyond those that Node keeps are deleted;
    /// not at once, so that looking at a file with more of them changes nothing.
    pub prune_every: Duration,
}

impl Default for Options {
    /// The reasons are with the file: see `tail.rs`.
    fn default() -> Self {
        Options {
            keep_every: Duration::from_secs(120),
            commit_every: Duration::from_secs(30 * 60),
            prune_every: Duration::from_secs(3600),
        }
    }
}

/// How often the disk is looked at: soon enough for an owner who fills it and
/// looks at the page, or makes room and waits.
const PULSE: Duration = Duration::from_secs(10);

/// What the disk may owe when a transaction has been committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Survives the end of the process.
    Process,
    /// Survives a power cut.
    Power,
}

pub(crate) struct Writer {
    connection: Connection,
    inbox: Arc<Inbox>,
    health: watch::Sender<StoreHealth>,
    options: Options,
    miners: Miners,
    /// `None` for a database in memory.
    tail: Option<Tail>,
    /// The number of the first sample that is in neither file.
    kept_until: u64,
    next_keep: Instant,
    keep_in: Duration,
    next_commit: Instant,
    next_prune: Instant,
    /// Old samples wait to be folded into minutes.
    is_folding: bool,
    lock: Option<DirectoryLock>,
}

impl Writer {
    pub(crate) fn new(
        connection: Connection,
        inbox: Arc<Inbox>,
        health: watch::Sender<StoreHealth>,
        options: Options,
        tail: Option<Tail>,
        lock: Option<DirectoryLock>,
    ) -> Self {
        let now = Instant::now();
        let keep_in = options.keep_every / 8;
        Writer {
            connection,
            inbox,
            health,
            options,
            miners: Miners::default(),
            tail,
            kept_until: 0,
            next_keep: now + keep_in,
            keep_in,
            next_commit: now + options.commit_every,
            next_prune: now + options.prune_every,
            is_folding: false,
            lock,
        }
    }

    /// Works until the inbox is closed. The last commit's outcome is told only
    /// when the files are closed and free for the next one who opens them.
    pub(crate) fn run(mut self, closed: watch::Sender<Option<Result<(), StoreError>>>) {
        let _farewell = Farewell { inbox: self.inbox.clone(), health: self.health.clone() };
        // What a process that was killed has left behind. To fold samples is
        // not urgent, and the first page is waited for.
        let _ = self.commit_and(|_| Ok(true));
        let pulse = PULSE.min(self.options.keep_every);
        let mut next_tick = Instant::now() + pulse;
        loop {
            match self.inbox.next(next_tick) {
                Next::Job(job) => job(&mut self),
                Next::Time => {
                    self.tick();
                    next_tick = Instant::now() + pulse;
                }
                Next::Close => break,
            }
        }
        let outcome = self.commit();
        self.close(outcome.is_ok());
        closed.send_replace(Some(outcome));
    }

    /// Runs `work` and commits it together with all that waits. Nothing of it
    /// is written unless all is.
    pub(crate) fn transact<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let batch = self.inbox.batch();
        let outcome = self.attempt(durability, &batch, work);
        match &outcome {
            Ok(_) => {
                self.inbox.forget(&batch);
                self.kept_until = self.kept_until.max(batch.end);
                if let Some(tail) = &mut self.tail {
                    tail.clear();
                }
                self.report(None);
            }
            Err(error) => {
                self.miners.forget();
                if error.is_of_the_disk() {
                    self.report(Some(error));
                }
            }
        }
        outcome
    }

    /// Writes everything that waits, and does the chores.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        self.commit_and(|connection| chores::fold(connection, now_ms()))
    }

    fn commit_and(
        &mut self,
        fold: impl FnOnce(&Connection) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.next_commit = Instant::now() + self.options.commit_every;
        let failing = self.is_failing();
        let prunes = Instant::now() >= self.next_prune;
        if prunes {
            self.next_prune = Instant::now() + self.options.prune_every;
        }
        let with_chores = self.transact(Durability::Process, |connection| {
            if failing {
                // With nothing else to write, success would prove nothing.
                state::set(connection, "store.attempt_ms", &now_ms().to_string())?;
            }
            if prunes {
                blocks::expire(connection)?;
            }
            chores::run(connection, now_ms())?;
            fold(connection)
        });
        self.is_folding = with_chores.as_ref().is_ok_and(|is_folding| *is_folding);
        match with_chores {
            // A chore that fails by itself must not keep samples from the disk.
            Err(error) if !error.is_of_the_disk() || matches!(error, StoreError::Other(_)) => {
                self.transact(Durability::Process, |_| Ok(())).and(Err(error))
            }
            outcome => outcome.map(drop),
        }
    }

    /// While all is well samples are added to the tail; a disk that fails, or
    /// will soon, is tried with a commit each time.
    fn tick(&mut self) {
        let now = Instant::now();
        let in_doubt = self.is_failing() || self.tail.as_ref().is_some_and(Tail::is_disk_in_doubt);
        let keep_is_due = now >= self.next_keep;
        let commit_is_due = now >= self.next_commit || (keep_is_due && self.tail.is_none());
        if (in_doubt || commit_is_due) && self.commit().is_ok() {
            return;
        }
        if self.is_folding {
            self.is_folding = self.fold().unwrap_or(false);
        }
        if keep_is_due {
            self.keep_in = (self.keep_in * 2).min(self.options.keep_every);
            self.next_keep = now + self.keep_in;
            if let Err(error) = self.keep()
                && !self.is_failing()
            {
                self.report(Some(&error));
            }
        }
    }

    fn is_failing(&self) -> bool {
        *self.health.borrow() != StoreHealth::Ok
    }

    /// Folds old samples for a moment; `true` if there are more.
    fn fold(&mut self) -> Result<bool, StoreError> {
        /// As long as anybody who writes may wait.
        const TURN: Duration = Duration::from_millis(50);
        let begin = Instant::now();
        loop {
            let more = self
                .transact(Durability::Process, |connection| chores::fold(connection, now_ms()))?;
            if !more || begin.elapsed() > TURN {
                return Ok(more);
            }
        }
    }

    /// Adds to the tail what is not in it yet.
    fn keep(&mut self) -> Result<(), StoreError> {
        let Some(tail) = &mut self.tail else { return Ok(()) };
        let (samples, end) = self.inbox.samples_from(self.kept_until);
        tail.append(samples.iter())?;
        self.kept_until = end;
        Ok(())
    }

    fn attempt<T>(
        &mut self,
        durability: Durability,
        batch: &Batch,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let synchronous = match durability {
            Durability::Process => "NORMAL",
            Durability::Power => "FULL",
        };
        self.connection.pragma_update(None, "synchronous", synchronous)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write_batch(&transaction, &mut self.miners, batch)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    fn report(&self, error: Option<&StoreError>) {
        self.health.send_if_modified(|health| match (&*health, error) {
            (StoreHealth::Ok, None) => false,
            (_, None) => {
                *health = StoreHealth::Ok;
                true
            }
            (before, Some(error)) => {
                let since_ms = match before {
                    StoreHealth::Ok => now_ms(),
                    StoreHealth::Failing { since_ms, .. } => *since_ms,
                };
                let next = StoreHealth::Failing { reason: error.to_string().into(), since_ms };
                let changed = *before != next;
                *health = next;
                changed
            }
        });
    }

    /// Puts the log away and lets go of the files, the lock last.
    fn close(self, complete: bool) {
        let Writer { connection, tail, lock, .. } = self;
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let _ = connection.close();
        if let (Some(mut tail), true) = (tail, complete) {
            tail.remove();
        }
        drop(lock);
    }
}

/// Should the thread panic, those who wait for it must not wait for ever, and
/// the page must not say that all is well.
struct Farewell {
    inbox: Arc<Inbox>,
    health: watch::Sender<StoreHealth>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.inbox.abandon();
        if std::thread::panicking() {
            let reason = "The part that writes has crashed: restart the dashboard".into();
            self.health.send_replace(StoreHealth::Failing { reason, since_ms: now_ms() });
        }
    }
}

fn write_batch(
    transaction: &Transaction<'_>,
    miners: &mut Miners,
    batch: &Batch,
) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    samples::insert(transaction, miners, &batch.samples)?;
    client_stats::insert(transaction, &batch.client_stats)?;
    sessions::write_touches(transaction, &batch.session_touches)?;
    users::write_last_logins(transaction, &batch.last_logins)?;
    Ok(())
}

#[cfg(test)]
mod tests;
