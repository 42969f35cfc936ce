//! Why a database cannot be opened, each as one sentence that says what to do.

use std::fmt;
use std::path::PathBuf;

use crate::error::StoreError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// The data directory is missing and cannot be made.
    NoDirectory {
        directory: PathBuf,
        reason: String,
    },
    /// The directory, the database or one of its companions is read-only.
    NotWritable {
        path: PathBuf,
        reason: String,
    },
    NotADatabase {
        path: PathBuf,
    },
    Damaged {
        path: PathBuf,
        detail: String,
    },
    /// A database, but not one that Node or we have made.
    Foreign {
        path: PathBuf,
        detail: String,
    },
    Newer {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    /// Another instance of ours, or another program such as Node.
    InUse {
        path: PathBuf,
        by: String,
    },
    /// There is no database of that name.
    Missing {
        path: PathBuf,
    },
    /// A database that cannot take the place of another.
    Unfit {
        path: PathBuf,
        detail: String,
    },
    /// No copy could be made, without which nothing is changed.
    NotCopied {
        path: PathBuf,
        reason: String,
    },
    /// The file system does not do what a database needs.
    Io {
        path: PathBuf,
        detail: String,
    },
}

impl OpenError {
    pub(crate) fn from_sqlite(error: rusqlite::Error, path: &std::path::Path) -> Self {
        let not_a_database =
            matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::NotADatabase));
        if not_a_database {
            return OpenError::NotADatabase { path: path.into() };
        }
        OpenError::from_store(error.into(), path)
    }

    pub(crate) fn from_store(error: StoreError, path: &std::path::Path) -> Self {
        let path = path.into();
        match error {
            StoreError::Damaged(detail) => OpenError::Damaged { path, detail },
            StoreError::ReadOnly => {
                OpenError::NotWritable { path, reason: "it is read-only".into() }
            }
            StoreError::Busy => OpenError::InUse { path, by: "another program".into() },
            other => OpenError::Io { path, detail: other.to_string() },
        }
    }

    pub(crate) fn from_io(error: &std::io::Error, path: &std::path::Path) -> Self {
        OpenError::Io { path: path.into(), detail: error.to_string() }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::NoDirectory { directory, reason } => write!(
                f,
                "The data directory {} is missing and cannot be created ({reason}): create it, \
                 or set DATA_DIR to a directory that can be written to.",
                directory.display()
            ),
            OpenError::NotWritable { path, reason } => write!(
                f,
                "{} cannot be written to ({reason}): change its permissions or owner, or set \
                 DATA_DIR to a directory that can be written to.",
                path.display()
            ),
            OpenError::NotADatabase { path } => write!(
                f,
                "{} is not a database: restore it from a backup, or move it and the files whose \
                 names begin with its name away to start with an empty one.",
                path.display()
            ),
            OpenError::Damaged { path, detail } => write!(
                f,
                "The database {} is damaged ({detail}): restore it from a backup, or move it and \
                 the files whose names begin with its name away to start with an empty one.",
                path.display()
            ),
            OpenError::Foreign { path, detail } => write!(
                f,
                "{} belongs to another program ({detail}): move it away, or set DATA_DIR to \
                 another directory.",
                path.display()
            ),
            OpenError::Newer { path, found, known } => write!(
                f,
                "The database {} was written by a newer version (schema {found}, this version \
                 knows {known}): install that version again, or restore a backup from before \
                 the update.",
                path.display()
            ),
            OpenError::InUse { path, by } => write!(
                f,
                "{} is in use by {by}: stop that first, or set DATA_DIR to another directory.",
                path.display()
            ),
            OpenError::Missing { path } => write!(
                f,
                "There is no database {}: set DATA_DIR to the directory that holds it.",
                path.display()
            ),
            OpenError::Unfit { path, detail } => write!(
                f,
                "{} cannot be restored ({detail}): choose a backup of the database.",
                path.display()
            ),
            OpenError::NotCopied { path, reason } => write!(
                f,
                "The copy {} could not be made ({reason}) and nothing was changed: make room \
                 there, or choose another place.",
                path.display()
            ),
            OpenError::Io { path, detail } => write!(
                f,
                "{} cannot be used ({detail}): check the disk and its free space, or set \
                 DATA_DIR to a directory on another disk.",
                path.display()
            ),
        }
    }
}

impl std::error::Error for OpenError {}
