//! A database takes the place of another, which is kept.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::copy::{Saved, copy, new_name, sync_directory};
use crate::open::{self, DirectoryLock, OpenError, companion};
use crate::tail;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub size_bytes: u64,
    /// What was there before, if there was something.
    pub kept: Option<PathBuf>,
}

/// Examines `from` and puts a copy of it in the place of the database. Until
/// the copy is complete nothing of the present one is touched, and at no
/// moment is there none.
pub fn restore(database: &Path, from: &Path) -> Result<Restored, OpenError> {
    let database = open::resolve(database);
    let from = open::existing(from)?;
    let _lock = DirectoryLock::take(&open::directory_of(&database))?;
    if let Some(by) = open::user_of(&database) {
        return Err(OpenError::InUse { path: database, by });
    }
    if from == database {
        let detail = "it is the present one";
        return Err(OpenError::Unfit { path: from, detail: detail.into() });
    }
    open::look(&from, u64::MAX)?;
    open::has_tables_of_node(&from)?;

    // It checks every page of what it has made.
    let Saved { path: new, size_bytes } = copy(&from, &new_name(&database, ".restored-"))?;
    let failed = |error: std::io::Error| OpenError::from_io(&error, &database);
    let replaced = replace(&database, &new);
    if replaced.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    Ok(Restored { size_bytes, kept: replaced.map_err(failed)? })
}

fn replace(database: &Path, new: &Path) -> std::io::Result<Option<PathBuf>> {
    let kept = new_name(database, ".before-restore-");
    let Ok(present) = std::fs::metadata(database) else {
        // A log or samples of one that is gone would be taken for its own.
        for suffix in ["-wal", "-shm", "-journal", tail::SUFFIX] {
            move_away(database, &kept, suffix)?;
        }
        std::fs::rename(new, database)?;
        sync_directory(database)?;
        return Ok(None);
    };
    // Whoever runs the dashboard has to be able to open it.
    let _ = chown(new, Some(present.uid()), Some(present.gid()));
    std::fs::set_permissions(new, present.permissions())?;
    // One file is easier to handle than a file and its log.
    put_log_away(database);
    if std::fs::hard_link(database, &kept).is_err() {
        std::fs::copy(database, &kept)?;
    }
    // The log of a database that cannot be opened goes with it; beside the new
    // one it would destroy it.
    for suffix in ["-wal", "-shm", "-journal"] {
        move_away(database, &kept, suffix)?;
    }
    sync_directory(database)?;
    std::fs::rename(new, database)?;
    move_away(database, &kept, tail::SUFFIX)?;
    sync_directory(database)?;
    Ok(Some(kept))
}

/// Merges the log into the database, as the next start would. What cannot be
/// read stays as it is.
fn put_log_away(database: &Path) {
    if open::look(database, 0).is_err() {
        return;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if let Ok(connection) = Connection::open_with_flags(database, flags) {
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

fn move_away(database: &Path, kept: &Path, suffix: &str) -> std::io::Result<()> {
    match std::fs::rename(companion(database, suffix), companion(kept, suffix)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
