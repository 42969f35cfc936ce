//! Opening: first a look that changes nothing, then the lock, the schema and
//! the settings of a connection.

mod before;
mod error;
mod lock;
mod look;

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{Access, access};

pub use error::OpenError;
pub(crate) use lock::DirectoryLock;
pub(crate) use lock::user_of;
pub(crate) use look::Look;
pub(crate) use look::{companion, quick_check, reader_of};

use crate::clock::now_ms;
use crate::schema;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    File(PathBuf),
    /// Gone when it is closed; for the demonstration.
    Memory,
}

/// What `--check` has found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// There is no database yet; the first start makes one.
    pub fresh: bool,
    pub size_bytes: u64,
    /// The migrations it has taken, and those this version has.
    pub schema: u32,
    pub newest_schema: u32,
    /// Whoever used it last was killed; its log is taken in at the next start.
    pub unclean: bool,
    /// The program that has it open.
    pub in_use_by: Option<String>,
}

/// Examines a database completely, changing nothing. Not for a process that
/// has it open.
pub fn check_file(path: &Path) -> Result<Report, OpenError> {
    let path = resolve(path);
    let directory = directory_of(&path);
    if directory.exists() {
        check_writable(&path, &directory)?;
    } else {
        check_creatable(&directory)?;
    }
    let Look { fresh, size_bytes, version, unclean } = look::look(&path, u64::MAX)?;
    let in_use_by = lock::user_of(&path);
    Ok(Report {
        fresh,
        size_bytes,
        schema: version,
        newest_schema: schema::newest(),
        // With somebody using it, a log is what is to be expected.
        unclean: unclean && in_use_by.is_none(),
        in_use_by,
    })
}

/// A database that is ready for its writer.
pub(crate) struct Opened {
    pub(crate) writer: Connection,
    pub(crate) source: Source,
    pub(crate) unclean: bool,
    pub(crate) lock: Option<DirectoryLock>,
    /// The copy of the file as it was, if its tables have been changed.
    pub(crate) copy: Option<PathBuf>,
}

/// How further connections reach the same database.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    File(PathBuf),
    Memory(String),
}

pub(crate) fn open(location: &Location) -> Result<Opened, OpenError> {
    match location {
        Location::File(path) => open_file(&resolve(path)),
        Location::Memory => open_memory(),
    }
}

impl Source {
    /// A connection for reading only.
    pub(crate) fn reader(&self) -> rusqlite::Result<Connection> {
        let connection = match self {
            Source::File(path) => Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?,
            Source::Memory(address) => memory(address)?,
        };
        configure(&connection)?;
        Ok(connection)
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Source::File(path) => Some(path),
            Source::Memory(_) => None,
        }
    }
}

/// For a change by another program than the dashboard, whether one runs or
/// not; there must be a database.
pub(crate) fn beside(path: &Path) -> Result<(Connection, Option<DirectoryLock>), OpenError> {
    let path = resolve(path);
    if !path.exists() {
        let detail = "there is no such file; set DATA_DIR as the dashboard has it".into();
        return Err(OpenError::Io { path, detail });
    }
    match open_file(&path) {
        Ok(Opened { writer, lock, .. }) => Ok((writer, lock)),
        Err(OpenError::InUse { by, .. }) if by == lock::RUNNING => {
            let sqlite = |error| OpenError::from_sqlite(error, &path);
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&path, flags).map_err(sqlite)?;
            configure(&connection).map_err(sqlite)?;
            // It has brought the schema up to date, unless it is of another version.
            let (found, known) = (schema::version(&connection).map_err(sqlite)?, schema::newest());
            if found != known {
                let detail = "the running dashboard is of another version: restart it first".into();
                return Err(OpenError::Io { path, detail });
            }
            Ok((connection, None))
        }
        Err(error) => Err(error),
    }
}

fn open_file(path: &Path) -> Result<Opened, OpenError> {
    let directory = directory_of(path);
    if !directory.exists() {
        check_creatable(&directory)?;
        // Keys and password hashes will be in it.
        DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(|error| {
            OpenError::NoDirectory { directory: directory.clone(), reason: error.to_string() }
        })?;
    }
    let lock = DirectoryLock::take(&directory)?;
    check_writable(path, &directory)?;
    lock::wait_for_release(path)?;
    let found = look::look(path, look::SMALL_BYTES)?;
    let (existed, newest) = (path.exists(), schema::newest());
    let copy = match !found.fresh && found.version < newest {
        true => Some(before::keep(path, found.version, newest)?),
        false => None,
    };
    let writer = prepare(path, found.fresh).inspect_err(|_| {
        if found.fresh {
            take_back(path, existed);
        }
    })?;
    Ok(Opened {
        writer,
        source: Source::File(path.into()),
        unclean: found.unclean,
        lock: Some(lock),
        copy,
    })
}

fn prepare(path: &Path, fresh: bool) -> Result<Connection, OpenError> {
    if fresh {
        // SQLite gives the files beside it the same mode.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(|error| OpenError::from_io(&error, path))?;
    }
    let sqlite = |error| OpenError::from_sqlite(error, path);
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(sqlite)?;
    configure(&connection).map_err(sqlite)?;
    // The look may not have seen what is only in the log.
    let (found, known) = (schema::version(&connection).map_err(sqlite)?, schema::newest());
    if found > known {
        return Err(OpenError::Newer { path: path.into(), found, known });
    }
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(sqlite)?;
    if mode != "wal" {
        let detail = "its file system cannot share memory between programs".into();
        return Err(OpenError::Io { path: path.into(), detail });
    }
    configure_writer(&connection).map_err(sqlite)?;
    schema::bring_up_to(&mut connection, known, now_ms())
        .map_err(|error| OpenError::from_store(error, path))?;
    Ok(connection)
}

fn open_memory() -> Result<Opened, OpenError> {
    // Each store its own, also within one process.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let address = format!("file:/quaiminer-{number}?vfs=memdb");
    let path = Path::new("The database in memory");
    let mut writer = memory(&address).map_err(|error| OpenError::from_sqlite(error, path))?;
    configure(&writer).map_err(|error| OpenError::from_sqlite(error, path))?;
    schema::bring_up_to(&mut writer, schema::newest(), now_ms())
        .map_err(|error| OpenError::from_store(error, path))?;
    Ok(Opened { writer, source: Source::Memory(address), unclean: false, lock: None, copy: None })
}

fn memory(address: &str) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(
        address,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

/// Settings of a connection; none of them is stored in the file.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // Another program may hold the write lock, e.g. an owner's sqlite3.
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(32);
    // Negative: KiB. Reading streams and writing touches a handful of pages,
    // so a larger cache would only be resident memory.
    connection.pragma_update(None, "cache_size", -256)?;
    // Sorting must not make files.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

fn configure_writer(connection: &Connection) -> rusqlite::Result<()> {
    // After a kill the log is read at the next start: 1 MiB takes about 1 ms.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 256, |_| Ok(()))?;
    // What a large change has added to the log is given back afterwards.
    connection.pragma_update_and_check(None, "journal_size_limit", 4 << 20, |_| Ok(()))?;
    Ok(())
}

/// The file of a database that must be there.
pub(crate) fn existing(path: &Path) -> Result<PathBuf, OpenError> {
    let path = resolve(path);
    match path.metadata() {
        Ok(_) => Ok(path),
        Err(_) => Err(OpenError::Missing { path }),
    }
}

/// Looks at a database, changing nothing; see [`look::look`].
pub(crate) fn look(path: &Path, read_all_up_to_bytes: u64) -> Result<Look, OpenError> {
    let found = look::look(path, read_all_up_to_bytes)?;
    match found.fresh {
        true => Err(OpenError::Missing { path: path.into() }),
        false => Ok(found),
    }
}

/// Whether a database is one of Node's or ours, and complete.
pub(crate) fn has_tables_of_node(path: &Path) -> Result<(), OpenError> {
    let sqlite = |error| OpenError::from_sqlite(error, path);
    let connection = reader_of(path).map_err(sqlite)?;
    let mut find =
        connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1").map_err(sqlite)?;
    for (table, _) in schema::NODE_COLUMNS {
        if !find.exists([table]).map_err(sqlite)? {
            let detail = format!("it has no table {table}");
            return Err(OpenError::Unfit { path: path.into(), detail });
        }
    }
    Ok(())
}

/// The file behind links, because its companions lie beside the file itself.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.into())
}

pub(crate) fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.into(),
        _ => ".".into(),
    }
}

fn check_writable(path: &Path, directory: &Path) -> Result<(), OpenError> {
    let not_writable = |path: &Path, reason: rustix::io::Errno| OpenError::NotWritable {
        path: path.into(),
        reason: std::io::Error::from(reason).to_string(),
    };
    access(directory, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|reason| not_writable(directory, reason))?;
    for suffix in ["", "-wal", "-shm", "-journal", crate::tail::SUFFIX] {
        let file = companion(path, suffix);
        match access(&file, Access::READ_OK | Access::WRITE_OK) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => {}
            Err(reason) => return Err(not_writable(&file, reason)),
        }
    }
    Ok(())
}

/// Whether the nearest directory that exists lets us make the missing ones.
fn check_creatable(directory: &Path) -> Result<(), OpenError> {
    let no_directory =
        |reason: String| OpenError::NoDirectory { directory: directory.into(), reason };
    let existing = directory
        .ancestors()
        .map(|ancestor| if ancestor == Path::new("") { Path::new(".") } else { ancestor })
        .find(|ancestor| ancestor.exists())
        .ok_or_else(|| no_directory("nothing of its path exists".into()))?;
    if !existing.is_dir() {
        return Err(no_directory(format!("{} is not a directory", existing.display())));
    }
    access(existing, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|reason| no_directory(std::io::Error::from(reason).to_string()))
}

/// Undoes what a failed first start has made.
fn take_back(path: &Path, existed: bool) {
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(companion(path, suffix));
    }
    let _ = if existed {
        OpenOptions::new().write(true).truncate(true).open(path).map(drop)
    } else {
        std::fs::remove_file(path)
    };
}
