//! A look at a file before anything is written. It changes nothing, also not
//! the files SQLite keeps beside a database, so that what cannot be opened
//! stays exactly as it was found.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{OpenError, lock};
use crate::schema;

/// A full check reads every page, 1 MB in 2 to 5 ms; up to this size it is done
/// at every start, which may take 20 ms in all.
pub(crate) const SMALL_BYTES: u64 = 2 << 20;

/// What was found where the database should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// There is none yet, or an empty file, which SQLite takes for none.
    pub(crate) fresh: bool,
    pub(crate) size_bytes: u64,
    pub(crate) version: u32,
    /// Whoever used it last did not close it.
    pub(crate) unclean: bool,
}

/// Looks at everything that can be looked at in little time, and reads all of
/// a file that has no more than so many bytes.
pub(crate) fn look(path: &Path, read_all_up_to_bytes: u64) -> Result<Look, OpenError> {
    let log_bytes = size_of(&companion(path, "-wal"))?.unwrap_or(0);
    let size_bytes = match size_of(path)? {
        None | Some(0) if log_bytes == 0 => {
            return Ok(Look { fresh: true, size_bytes: 0, version: 0, unclean: false });
        }
        None | Some(0) => {
            let detail = "it is empty, but its log is not".into();
            return Err(OpenError::Damaged { path: path.into(), detail });
        }
        Some(size_bytes) => size_bytes,
    };
    let unclean = log_bytes > 0 || size_of(&companion(path, "-journal"))?.unwrap_or(0) > 0;
    check_header(path, size_bytes, unclean)?;

    let connection =
        connect(path, log_bytes).map_err(|error| OpenError::from_sqlite(error, path))?;
    let version =
        schema::version(&connection).map_err(|error| OpenError::from_sqlite(error, path))?;
    let known = schema::newest();
    if version > known {
        return Err(OpenError::Newer { path: path.into(), found: version, known });
    }
    check_columns(&connection, path)?;
    touch_tables(&connection).map_err(|error| OpenError::from_sqlite(error, path))?;
    if size_bytes < read_all_up_to_bytes {
        let verdict =
            quick_check(&connection).map_err(|error| OpenError::from_sqlite(error, path))?;
        if let Err(detail) = verdict {
            return Err(OpenError::Damaged { path: path.into(), detail });
        }
    }
    Ok(Look { fresh: false, size_bytes, version, unclean })
}

/// Reads all pages; `Err` is the first contradiction.
pub(crate) fn quick_check(connection: &Connection) -> rusqlite::Result<Result<(), String>> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    // A line that only names the database may stand before it.
    let detail = verdict.lines().last().unwrap_or_default();
    Ok(if detail == "ok" { Ok(()) } else { Err(detail.to_owned()) })
}

/// A file that SQLite keeps beside a database, or we do.
pub(crate) fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn size_of(path: &Path) -> Result<Option<u64>, OpenError> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
        Ok(_) => Err(OpenError::NotADatabase { path: path.into() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OpenError::from_io(&error, path)),
    }
}

/// The first 100 bytes: is it a database at all, and is all of it there?
/// <https://www.sqlite.org/fileformat2.html#the_database_header>
fn check_header(path: &Path, size_bytes: u64, unclean: bool) -> Result<(), OpenError> {
    let mut header = [0; 100];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).or_else(
        |error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Ok(()),
            _ => Err(OpenError::from_io(&error, path)),
        },
    )?;
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(OpenError::NotADatabase { path: path.into() });
    }
    let number = |at: usize, length: usize| {
        let bytes = header.get(at..at + length).unwrap_or_default();
        bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let page_bytes = match number(16, 2) {
        // 65536 does not fit into two bytes.
        1 => 65_536,
        bytes if bytes.is_power_of_two() && bytes >= 512 => bytes,
        bytes => {
            let detail = format!("a page size of {bytes} bytes does not exist");
            return Err(OpenError::Damaged { path: path.into(), detail });
        }
    };
    // The number of pages counts only if it was written with the last change;
    // with a log the newest number is in there.
    let (pages, current) = (number(28, 4), number(24, 4) == number(92, 4));
    if !unclean && current && pages * page_bytes > size_bytes {
        let detail = format!(
            "it should have {} bytes and has {size_bytes}, so its end is missing",
            pages * page_bytes
        );
        return Err(OpenError::Damaged { path: path.into(), detail });
    }
    Ok(())
}

fn connect(path: &Path, log_bytes: u64) -> rusqlite::Result<Connection> {
    let in_use = lock::user_of(path).is_some();
    let (options, lock_out) = if in_use {
        // Live neighbours keep the index of the log; it can be read as it is.
        ("mode=ro&readonly_shm=1", false)
    } else if log_bytes == 0 {
        ("mode=ro&immutable=1", false)
    } else {
        // A log that nobody has put away: with the index in memory instead of
        // a file, and without locks, it can be read and stays what it is.
        ("mode=ro&vfs=unix-none", true)
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(address(path, options), flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if lock_out {
        connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    }
    Ok(connection)
}

/// A connection that reads the database as it is now and puts nothing away,
/// beside others that use it or alone.
pub(crate) fn reader_of(path: &Path) -> rusqlite::Result<Connection> {
    if lock::user_of(path).is_none() {
        let log_bytes = std::fs::metadata(companion(path, "-wal")).map_or(0, |log| log.len());
        return connect(path, log_bytes);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// A path as SQLite's `file:` address, whatever bytes it has.
fn address(path: &Path, options: &str) -> String {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte));
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address + "?" + options
}

/// Another program may use the names of Node's tables for something else.
fn check_columns(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let sqlite = |error| OpenError::from_sqlite(error, path);
    let mut columns_of =
        connection.prepare("SELECT name FROM pragma_table_info(?1)").map_err(sqlite)?;
    for (table, required) in schema::NODE_COLUMNS {
        let present: Vec<String> = columns_of
            .query_map([table], |row| row.get(0))
            .and_then(Iterator::collect)
            .map_err(sqlite)?;
        let absent = required.iter().find(|column| !present.iter().any(|name| name == *column));
        if let (Some(column), false) = (absent, present.is_empty()) {
            let detail = format!("its table {table} has no column {column}");
            return Err(OpenError::Foreign { path: path.into(), detail });
        }
    }
    Ok(())
}

/// Reads the first and the last row of every table: the ends of the file, and
/// the paths to them, are where a torn copy shows.
fn touch_tables(connection: &Connection) -> rusqlite::Result<()> {
    let mut list = connection.prepare(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
    )?;
    let tables: Vec<(String, bool)> =
        list.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (table, without_rowid) in tables {
        let table = table.replace('"', "\"\"");
        touch(connection, &format!("SELECT * FROM \"{table}\" LIMIT 1"))?;
        if !without_rowid {
            touch(connection, &format!("SELECT * FROM \"{table}\" ORDER BY rowid DESC LIMIT 1"))?;
        }
    }
    Ok(())
}

fn touch(connection: &Connection, select: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(select)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            row.get_ref(column)?;
        }
    }
    Ok(())
}
