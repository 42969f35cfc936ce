//! Copies of a database: all of its pages as of one moment, also while
//! somebody writes to it, with what its log and the file of samples hold.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use quaiminer_domain::history::MinerSample;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::open::{self, DirectoryLock, OpenError, companion};
use crate::samples::{self, Miners};
use crate::tail::Tail;

/// 4 MB at a time: between them a neighbour's lock is waited for.
const PAGES: i32 = 1_000;

/// A neighbour that keeps a database locked for longer is stuck.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub path: PathBuf,
    pub size_bytes: u64,
}

/// Copies the database of a data directory while it is in use or not. Without
/// a target it lies beside the database and has the time in its name.
pub fn backup(database: &Path, target: Option<&Path>) -> Result<Saved, OpenError> {
    let database = open::existing(database)?;
    let target = match target {
        Some(target) => target.to_owned(),
        None => new_name(&database, ".backup-"),
    };
    // Where nobody runs, nobody starts in the middle.
    let _lock = DirectoryLock::take(&open::directory_of(&database));
    // The copy is read as a whole.
    open::look(&database, 0)?;
    copy(&database, &target)
}

/// Makes `target`, whole or not at all. The caller has looked at the source.
pub(crate) fn copy(source: &Path, target: &Path) -> Result<Saved, OpenError> {
    let failed =
        |error: StoreError| OpenError::NotCopied { path: target.into(), reason: error.to_string() };
    if target.exists() {
        let reason = "there is a file of that name already".into();
        return Err(OpenError::NotCopied { path: target.into(), reason });
    }
    // First the samples, then the database: what is committed in between is in
    // both, and recognised.
    let (_, samples) = Tail::load(source).map_err(|error| failed(error.into()))?;
    let from = open::reader_of(source).map_err(|error| OpenError::from_sqlite(error, source))?;
    let part = companion(target, ".part");
    let made = make(&part, source, &from, &samples);
    let size_bytes = made.and_then(|size_bytes| {
        std::fs::rename(&part, target)?;
        sync_directory(target)?;
        Ok(size_bytes)
    });
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(companion(&part, suffix));
    }
    Ok(Saved { path: target.into(), size_bytes: size_bytes.map_err(failed)? })
}

fn make(
    part: &Path,
    source: &Path,
    from: &Connection,
    samples: &[MinerSample],
) -> Result<u64, StoreError> {
    let _ = std::fs::remove_file(part);
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(part)?;
    // Root's copies belong to whom the database belongs; others may not give away.
    if let Ok(owner) = std::fs::metadata(source) {
        let _ = fchown(&file, Some(owner.uid()), Some(owner.gid()));
    }
    let mut to = Connection::open_with_flags(
        part,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    to.pragma_update(None, "cache_size", -256)?;
    copy_pages(from, &mut to)?;
    add_samples(&mut to, samples)?;
    open::quick_check(&to)?.map_err(StoreError::Damaged)?;
    to.close().map_err(|(_, error)| error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn copy_pages(from: &Connection, to: &mut Connection) -> Result<(), StoreError> {
    // All steps see the same moment.
    let moment = from.unchecked_transaction()?;
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let backup = Backup::new(from, to)?;
    let mut waiting_since = None;
    loop {
        match backup.step(PAGES)? {
            StepResult::Done => return Ok(()),
            StepResult::More => waiting_since = None,
            _ => {
                if waiting_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                    return Err(StoreError::Busy);
                }
                std::thread::sleep(PAUSE);
            }
        }
    }
}

/// What would reach the database with its next commit.
fn add_samples(to: &mut Connection, samples: &[MinerSample]) -> Result<(), StoreError> {
    let has_table =
        to.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'qm_samples'")?.exists([])?;
    if samples.is_empty() || !has_table {
        return Ok(());
    }
    let change = to.transaction()?;
    samples::insert(&change, &mut Miners::default(), samples)?;
    Ok(change.commit()?)
}

/// A new name is on the disk only with its directory.
pub(crate) fn sync_directory(file: &Path) -> std::io::Result<()> {
    File::open(open::directory_of(file))?.sync_all()
}

/// A name beside the database that nobody has yet, with the time in UTC.
pub(crate) fn new_name(database: &Path, label: &str) -> PathBuf {
    let time = Connection::open_in_memory()
        .and_then(|clock| {
            clock.query_row("SELECT strftime('%Y%m%d-%H%M%S', 'now')", [], |row| row.get(0))
        })
        .unwrap_or_else(|_| crate::clock::now_ms().to_string());
    let plain = companion(database, &format!("{label}{time}"));
    let numbered = (2..).map(|n| companion(&plain, &format!("-{n}")));
    let mut names = std::iter::once(plain.clone()).chain(numbered);
    names.find(|name| !name.exists()).unwrap_or(plain)
}
