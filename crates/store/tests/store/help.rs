//! What the tests share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use quaiminer_domain::history::MinerSample;
use quaiminer_store::{Location, Options, Store};
use rusqlite::Connection;

/// A data directory that is removed in the end.
pub(crate) struct Rig {
    directory: tempfile::TempDir,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Rig { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.directory.path().join("quaiminer.db")
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(Location::File(self.database())).unwrap()
    }

    /// A store that writes nothing unless it is asked to, and has already made
    /// the commit that follows every start.
    pub(crate) async fn open_idle(&self) -> Store {
        let hours = Duration::from_secs(7_200);
        let options = Options { keep_every: hours, commit_every: hours, prune_every: hours };
        let store = Store::open_with(Location::File(self.database()), options).unwrap();
        store.flush().await.unwrap();
        store
    }

    /// As another program would, e.g. Node.
    pub(crate) fn sqlite(&self) -> Connection {
        Connection::open(self.database()).unwrap()
    }

    /// Every file with its content.
    pub(crate) fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        std::fs::read_dir(self.directory())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
            .collect()
    }
}

/// Options under which all happens at once.
pub(crate) fn hasty() -> Options {
    Options {
        keep_every: Duration::from_millis(20),
        commit_every: Duration::from_millis(60),
        ..Options::default()
    }
}

pub(crate) fn sample(at_ms: i64, miner: &str, accepted: u64) -> MinerSample {
    MinerSample {
        at_ms,
        miner: miner.into(),
        uptime_s: Some(u64::try_from(at_ms / 1000).unwrap()),
        hashrate_hs: Some(30e6),
        accepted: Some(accepted),
        rejected: Some(0),
        invalid: None,
        power_w: Some(120.5),
        temp_c: Some(61.0),
        fan_percent: Some(70.0),
    }
}

pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// Waits for a condition, ten seconds at most.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < until, "still not: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn count(connection: &Connection, table: &str) -> i64 {
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}
