//! Who uses the data directory.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

use super::OpenError;

/// A predecessor that was told to go, or killed, may need a moment.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

/// How an [`OpenError::InUse`] calls an instance of ours.
pub(super) const RUNNING: &str = "another running dashboard";

/// Keeps a second instance of ours out for as long as it exists. The lock is
/// on the directory itself: that needs no further file, does not concern Node,
/// and ends with the process however that ends. Miners inherit nothing of it,
/// because the handle closes when another program is executed.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _directory: File,
}

impl DirectoryLock {
    pub(crate) fn take(directory: &Path) -> Result<Self, OpenError> {
        let handle =
            File::open(directory).map_err(|error| OpenError::from_io(&error, directory))?;
        let taken = patiently(|| match handle.try_lock() {
            Ok(()) => Some(Ok(())),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => Some(Err(error)),
        });
        match taken {
            Some(Ok(())) => Ok(DirectoryLock { _directory: handle }),
            Some(Err(error)) => Err(OpenError::from_io(&error, directory)),
            None => Err(OpenError::InUse { path: directory.into(), by: RUNNING.into() }),
        }
    }
}

/// Waits for the Node server to let go of a database. Two servers would both
/// run the miner; somebody who only looks into the file disturbs nobody.
pub(crate) fn wait_for_release(database: &Path) -> Result<(), OpenError> {
    let mut by = None;
    let released = patiently(|| {
        by = user_of(database).filter(|name| is_server(name));
        by.is_none().then_some(())
    });
    match (released, by) {
        (None, Some(by)) => Err(OpenError::InUse { path: database.into(), by }),
        _ => Ok(()),
    }
}

/// Node calls its first thread after itself, or `MainThread`.
fn is_server(name: &str) -> bool {
    ["node", "MainThread", "quaiminer"].iter().any(|server| name.starts_with(server))
}

/// The program that has a database open, for an owner to find it. SQLite
/// holds a lock of the operating system on a certain range of an open WAL
/// database for as long as a connection lives.
///
/// Must not be asked while this process has the database open itself: closing
/// any handle to a file ends all locks that the process holds on it.
pub(crate) fn user_of(database: &Path) -> Option<String> {
    /// `SHARED_FIRST` and `SHARED_SIZE` of SQLite's file format.
    const SHARED_FIRST: u64 = 0x4000_0002;
    const SHARED_SIZE: u64 = 510;
    let file = File::open(database).ok()?;
    let question = Flock {
        start: SHARED_FIRST,
        length: SHARED_SIZE,
        pid: None,
        typ: FlockType::WriteLock,
        offset_type: FlockOffsetType::Set,
    };
    let holder = fcntl_getlk(&file, &question).ok()??;
    let Some(pid) = holder.pid else {
        return Some("another program".into());
    };
    let pid = pid.as_raw_nonzero();
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    match name.trim() {
        "" => Some(format!("process {pid}")),
        name => Some(format!("{name} (process {pid})")),
    }
}

fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(outcome) = attempt() {
            return Some(outcome);
        }
        if Instant::now() >= until {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}
