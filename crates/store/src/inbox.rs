//! What waits for the writer. Its lock is held for as long as it takes to move
//! a few values, never across a disk access or an await.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use quaiminer_domain::history::MinerSample;

use crate::client_stats::ClientStat;
use crate::error::StoreError;
use crate::sessions::TokenHash;
use crate::writer::Writer;

/// A day of one miner, asked every 5 s. If the disk fails for longer, the
/// oldest samples go first.
const SAMPLES_MAX: usize = 17_280;

/// Miners are asked at the same time and answer within seconds.
pub(crate) const LATE_MS: i64 = 60_000;

/// An hour of posts from eight pages.
const CLIENT_STATS_MAX: usize = 1_000;

/// More users or sessions than a rig has at one time.
const MARKS_MAX: usize = 1_000;

/// Writes that wait for their turn. Whoever asks for one more waits as well.
pub(crate) const JOBS_MAX: usize = 64;

/// A write and what follows it, up to answering who asked for it.
pub(crate) type Job = Box<dyn FnOnce(&mut Writer) + Send>;

#[derive(Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    samples: VecDeque<MinerSample>,
    /// Samples before the first one that waits, in all: their numbers stay the
    /// same when others leave the queue.
    gone: u64,
    dropped: u64,
    /// The time of the newest sample.
    newest_ms: Option<i64>,
    /// How often one came that was far older than the newest, see [`LATE_MS`].
    late: u64,
    client_stats: VecDeque<ClientStat>,
    session_touches: HashMap<TokenHash, i64>,
    last_logins: BTreeMap<i64, i64>,
    jobs: VecDeque<Job>,
    closing: bool,
}

impl Waiting {
    fn note_time(&mut self, at_ms: i64) {
        match self.newest_ms {
            Some(newest_ms) if at_ms < newest_ms.saturating_sub(LATE_MS) => {
                // A clock that was set back is not late for ever.
                self.late += 1;
                self.newest_ms = Some(at_ms);
            }
            newest_ms => self.newest_ms = newest_ms.max(Some(at_ms)),
        }
    }
}

/// As long as `late` stays, no sample comes from before the newest less
/// [`LATE_MS`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Times {
    pub(crate) late: u64,
    pub(crate) newest_ms: Option<i64>,
}

/// A copy of what waited at one moment; it waits on until it is committed.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) samples: Vec<MinerSample>,
    pub(crate) client_stats: Vec<ClientStat>,
    pub(crate) session_touches: Vec<(TokenHash, i64)>,
    pub(crate) last_logins: Vec<(i64, i64)>,
    /// The number of the sample after the last.
    pub(crate) end: u64,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.samples.is_empty()
            && self.client_stats.is_empty()
            && self.session_touches.is_empty()
            && self.last_logins.is_empty()
    }
}

/// What the writer does next.
pub(crate) enum Next {
    Job(Job),
    /// The time it was willing to wait is over.
    Time,
    Close,
}

impl Inbox {
    pub(crate) fn add_samples(&self, samples: impl IntoIterator<Item = MinerSample>) {
        let mut waiting = self.lock();
        if waiting.closing {
            return;
        }
        for sample in samples {
            if !is_storable(&sample) {
                waiting.dropped += 1;
                continue;
            }
            if waiting.samples.len() >= SAMPLES_MAX {
                waiting.samples.pop_front();
                waiting.gone += 1;
                waiting.dropped += 1;
            }
            waiting.note_time(sample.at_ms);
            waiting.samples.push_back(sample);
        }
    }

    pub(crate) fn add_client_stat(&self, stat: ClientStat) {
        let mut waiting = self.lock();
        if waiting.client_stats.len() < CLIENT_STATS_MAX {
            waiting.client_stats.push_back(stat);
        }
    }

    pub(crate) fn touch_session(&self, token: TokenHash, at_ms: i64) {
        let mut waiting = self.lock();
        if waiting.session_touches.len() < MARKS_MAX {
            waiting.session_touches.insert(token, at_ms);
        }
    }

    pub(crate) fn touched(&self, token: &TokenHash) -> Option<i64> {
        self.lock().session_touches.get(token).copied()
    }

    pub(crate) fn set_last_login(&self, user: i64, at_ms: i64) {
        let mut waiting = self.lock();
        if waiting.last_logins.len() < MARKS_MAX {
            waiting.last_logins.insert(user, at_ms);
        }
    }

    /// Refused once the store is closing.
    pub(crate) fn add_job(&self, job: Job) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closing {
            return Err(StoreError::Closed);
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.wake.notify_one();
        Ok(())
    }

    pub(crate) fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_one();
    }

    /// Nobody works here any more; whoever waits for an answer is told.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closing = true;
        let jobs = std::mem::take(&mut waiting.jobs);
        drop(waiting);
        drop(jobs);
    }

    pub(crate) fn dropped_samples(&self) -> u64 {
        self.lock().dropped
    }

    /// Samples of a time that are not in the database, in order of time. Of two
    /// of a miner for the same moment the first counts, as in the database.
    pub(crate) fn samples_of(&self, from_ms: i64, to_ms: i64) -> VecDeque<MinerSample> {
        let time = from_ms..to_ms;
        let waiting = self.lock();
        let mut samples: Vec<_> =
            waiting.samples.iter().filter(|sample| time.contains(&sample.at_ms)).cloned().collect();
        drop(waiting);
        samples.sort_by(|a, b| (a.at_ms, &a.miner).cmp(&(b.at_ms, &b.miner)));
        samples.dedup_by(|later, kept| later.at_ms == kept.at_ms && later.miner == kept.miner);
        samples.into()
    }

    /// What is settled of the samples' times.
    pub(crate) fn times(&self) -> Times {
        let waiting = self.lock();
        Times { late: waiting.late, newest_ms: waiting.newest_ms }
    }

    pub(crate) fn batch(&self) -> Batch {
        let waiting = self.lock();
        Batch {
            samples: waiting.samples.iter().cloned().collect(),
            client_stats: waiting.client_stats.iter().cloned().collect(),
            session_touches: waiting.session_touches.iter().map(|(key, at)| (*key, *at)).collect(),
            last_logins: waiting.last_logins.iter().map(|(key, at)| (*key, *at)).collect(),
            end: waiting.gone + waiting.samples.len() as u64,
        }
    }

    /// The samples from a number on, and the number after the last.
    pub(crate) fn samples_from(&self, number: u64) -> (Vec<MinerSample>, u64) {
        let waiting = self.lock();
        let skip = usize::try_from(number.saturating_sub(waiting.gone)).unwrap_or(usize::MAX);
        let samples = waiting.samples.iter().skip(skip).cloned().collect();
        (samples, waiting.gone + waiting.samples.len() as u64)
    }

    /// The batch is committed and need not wait any longer. What was marked
    /// anew in the meantime stays.
    pub(crate) fn forget(&self, batch: &Batch) {
        let mut waiting = self.lock();
        while waiting.gone < batch.end && waiting.samples.pop_front().is_some() {
            waiting.gone += 1;
        }
        let written = batch.client_stats.len().min(waiting.client_stats.len());
        waiting.client_stats.drain(..written);
        for (token, at_ms) in &batch.session_touches {
            if waiting.session_touches.get(token) == Some(at_ms) {
                waiting.session_touches.remove(token);
            }
        }
        for (user, at_ms) in &batch.last_logins {
            if waiting.last_logins.get(user) == Some(at_ms) {
                waiting.last_logins.remove(user);
            }
        }
    }

    /// Waits for a time, a job or the end, in this order: jobs that never cease
    /// do not stop the clock, and those that were accepted are done.
    pub(crate) fn next(&self, until: Instant) -> Next {
        let mut waiting = self.lock();
        loop {
            let patience = until.saturating_duration_since(Instant::now());
            if patience.is_zero() {
                return Next::Time;
            }
            if let Some(job) = waiting.jobs.pop_front() {
                return Next::Job(job);
            }
            if waiting.closing {
                return Next::Close;
            }
            let woken = self.wake.wait_timeout(waiting, patience);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Nothing in here can be left half done by a panic.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a sample fits its table: a time that the key can hold, and an
/// address that is one.
fn is_storable(sample: &MinerSample) -> bool {
    (0..=crate::samples::LAST_MS).contains(&sample.at_ms)
        && (1..=200).contains(&sample.miner.len())
        && !sample.miner.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_ms: i64) -> MinerSample {
        MinerSample { at_ms, miner: "a".into(), ..MinerSample::default() }
    }

    #[test]
    fn a_full_queue_drops_the_oldest_and_counts_them() {
        let inbox = Inbox::default();
        inbox.add_samples((0..SAMPLES_MAX as i64).map(sample));
        let batch = inbox.batch();
        assert_eq!((batch.samples.len(), inbox.dropped_samples()), (SAMPLES_MAX, 0));

        // Three more arrive while the batch is being written.
        inbox.add_samples((0..3).map(|extra| sample(1_000_000 + extra)));
        assert_eq!(inbox.dropped_samples(), 3);
        inbox.forget(&batch);
        let left: Vec<_> = inbox.batch().samples.iter().map(|sample| sample.at_ms).collect();
        assert_eq!(left, [1_000_000, 1_000_001, 1_000_002]);
    }

    #[test]
    fn samples_keep_their_numbers() {
        let inbox = Inbox::default();
        inbox.add_samples([sample(1), sample(2)]);
        let (first, end) = inbox.samples_from(0);
        assert_eq!((first.len(), end), (2, 2));
        inbox.add_samples([sample(3)]);
        inbox.forget(&Batch { end: 1, ..Batch::default() });
        let (rest, end) = inbox.samples_from(end);
        assert_eq!((rest, end), (vec![sample(3)], 3));
    }

    #[test]
    fn what_is_no_sample_is_not_taken() {
        let inbox = Inbox::default();
        inbox.add_samples([
            sample(-1),
            sample(i64::MAX),
            MinerSample { miner: "a\tb".into(), ..sample(1) },
            MinerSample { miner: String::new(), ..sample(1) },
            sample(5),
        ]);
        assert_eq!(inbox.dropped_samples(), 4);
        assert_eq!(inbox.batch().samples, [sample(5)]);
    }

    #[test]
    fn a_mark_made_while_the_last_one_is_written_stays() {
        let inbox = Inbox::default();
        inbox.touch_session([7; 32], 10);
        inbox.set_last_login(1, 10);
        let batch = inbox.batch();
        inbox.touch_session([7; 32], 20);
        inbox.forget(&batch);
        assert_eq!(inbox.touched(&[7; 32]), Some(20));
        assert_eq!(inbox.batch().last_logins, []);
    }
}
