//! The handle that everybody has.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use quaiminer_domain::history::MinerSample;
use quaiminer_domain::snapshot::StoreHealth;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot, watch};

use crate::error::StoreError;
use crate::figures::{Counters, Figures};
use crate::inbox::{Inbox, JOBS_MAX};
use crate::mining_stats::Memos;
use crate::open::{self, Location, OpenError, Opened};
use crate::readers::{Reader, Readers};
use crate::recent::Kept;
use crate::tail::Tail;
use crate::writer::{Durability, Options, Writer};
use crate::{
    Alerts, ApiKeys, Blocks, ClientStats, Config, Events, Exports, MiningStats, Notifications,
    Processes, Sessions, State, Totp, Users,
};

/// An open database. Clones are handles to the same one; when the last of them
/// goes, it is closed as with [`Store::close`].
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    inbox: Arc<Inbox>,
    /// As many writes as may wait; the rest wait for them.
    turns: Arc<Semaphore>,
    readers: Arc<Readers>,
    counters: Counters,
    memos: Arc<Mutex<Memos>>,
    recent: Arc<Kept>,
    health: watch::Receiver<StoreHealth>,
    closed: watch::Receiver<Option<Result<(), StoreError>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    unclean: bool,
    copy: Option<PathBuf>,
}

impl Store {
    pub fn open(location: Location) -> Result<Self, OpenError> {
        Store::open_with(location, Options::default())
    }

    pub fn open_with(location: Location, options: Options) -> Result<Self, OpenError> {
        let Opened { writer, source, mut unclean, lock, copy } = open::open(&location)?;
        let inbox = Arc::new(Inbox::default());
        let tail = match source.path() {
            Some(path) => {
                let (tail, samples) =
                    Tail::load(path).map_err(|error| OpenError::from_io(&error, path))?;
                unclean |= !samples.is_empty();
                inbox.add_samples(samples);
                Some(tail)
            }
            None => None,
        };
        let (tell_health, health) = watch::channel(StoreHealth::Ok);
        let (tell_closed, closed) = watch::channel(None);
        let writer = Writer::new(writer, inbox.clone(), tell_health, options, tail, lock);
        let writer = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.run(tell_closed))
            .map_err(|error| OpenError::from_io(&error, "The database's thread".as_ref()))?;
        Ok(Store {
            inner: Arc::new(Inner {
                inbox,
                turns: Arc::new(Semaphore::new(JOBS_MAX)),
                readers: Readers::new(source),
                counters: Counters::default(),
                memos: Arc::default(),
                recent: Arc::default(),
                health,
                closed,
                writer: Mutex::new(Some(writer)),
                unclean,
                copy,
            }),
        })
    }

    /// Takes samples; those of one moment have the same time. Never waits for
    /// the disk: they are kept in memory until it has them, a day's worth at
    /// most, of which the oldest are dropped first.
    pub fn record(&self, samples: impl IntoIterator<Item = MinerSample>) {
        self.inner.inbox.add_samples(samples);
    }

    /// Samples that were lost because the disk has failed for too long, or
    /// because they were no samples.
    pub fn dropped_samples(&self) -> u64 {
        self.inner.inbox.dropped_samples()
    }

    /// Whether what is recorded reaches the disk, as of the last attempt.
    pub fn health(&self) -> watch::Receiver<StoreHealth> {
        self.inner.health.clone()
    }

    /// How much it was used, and how large it is.
    pub async fn figures(&self) -> Result<Figures, StoreError> {
        let size: i64 = self
            .read(|connection| {
                let pages =
                    "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
                Ok(connection.prepare_cached(pages)?.query_row([], |row| row.get(0))?)
            })
            .await?;
        Ok(self.inner.counters.figures(u64::try_from(size).unwrap_or(0)))
    }

    /// Whether whoever used the database last was killed. Then [`Store::check`]
    /// is worth its time.
    pub fn was_unclean(&self) -> bool {
        self.inner.unclean
    }

    /// The copy of the file as it was before this start changed its tables.
    pub fn copy_of_before(&self) -> Option<&Path> {
        self.inner.copy.as_deref()
    }

    /// Reads the whole file; [`StoreError::Damaged`] if it contradicts itself.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.read(|connection| open::quick_check(connection)?.map_err(StoreError::Damaged)).await
    }

    /// Commits everything that waits.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.run(Writer::commit).await
    }

    /// Commits everything that waits, puts the log away and lets go of the
    /// files. Later calls tell how it went.
    pub async fn close(&self) -> Result<(), StoreError> {
        // The log can only be put away when nobody reads from it.
        self.inner.readers.close().await;
        self.inner.inbox.close();
        let mut closed = self.inner.closed.clone();
        let outcome = closed.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or(Err(StoreError::Closed))
    }

    pub const fn blocks(&self) -> Blocks<'_> {
        Blocks(self)
    }

    pub const fn mining_stats(&self) -> MiningStats<'_> {
        MiningStats(self)
    }

    /// Whole tables.
    pub const fn exports(&self) -> Exports<'_> {
        Exports(self)
    }

    pub const fn client_stats(&self) -> ClientStats<'_> {
        ClientStats(self)
    }

    pub const fn users(&self) -> Users<'_> {
        Users(self)
    }

    pub const fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    pub const fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys(self)
    }

    pub const fn totp(&self) -> Totp<'_> {
        Totp(self)
    }

    pub const fn events(&self) -> Events<'_> {
        Events(self)
    }

    pub const fn processes(&self) -> Processes<'_> {
        Processes(self)
    }

    /// NODE-COMPAT.
    pub const fn config(&self) -> Config<'_> {
        Config(self)
    }

    pub const fn state(&self) -> State<'_> {
        State(self)
    }

    pub const fn notifications(&self) -> Notifications<'_> {
        Notifications(self)
    }

    pub const fn alerts(&self) -> Alerts<'_> {
        Alerts(self)
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inner.inbox
    }

    pub(crate) fn recent(&self) -> Arc<Kept> {
        self.inner.recent.clone()
    }

    pub(crate) fn memos(&self) -> Arc<Mutex<Memos>> {
        self.inner.memos.clone()
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let since = Instant::now();
        let result = self.inner.readers.read(work).await;
        self.inner.counters.count(since, &result);
        result
    }

    /// Runs `work` on the writer's thread; when this returns `Ok`, it is on
    /// the disk. It is done also if nobody waits for the answer any more.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(move |writer| writer.transact(Durability::Power, work)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let since = Instant::now();
        let turn = self.inner.turns.clone().acquire_owned().await;
        let (answer, answered) = oneshot::channel();
        self.inner.inbox.add_job(Box::new(move |writer| {
            // Whoever has asked may be gone.
            let _ = answer.send(work(writer));
            drop(turn);
        }))?;
        let result = answered.await.unwrap_or(Err(StoreError::Closed));
        self.inner.counters.count(since, &result);
        result
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.readers.close_now();
        self.inbox.close();
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // It has told what went wrong, or there is nobody left to tell.
            let _ = writer.join();
        }
    }
}
