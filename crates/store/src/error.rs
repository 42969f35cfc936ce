//! What can go wrong with an open database.

use std::fmt;

use rusqlite::ErrorCode;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// No space is left on the file system.
    Full,
    ReadOnly,
    /// Another program has kept the database locked for too long.
    Busy,
    /// The file system failed; the text is SQLite's.
    Io(String),
    /// The file contradicts itself; the text says where.
    Damaged(String),
    /// A row with the same unique value exists already.
    Duplicate,
    /// The row breaks another rule of its table.
    Refused(String),
    /// The store was closed before.
    Closed,
    /// A failure of SQLite that fits nothing above.
    Other(String),
}

impl StoreError {
    /// Whether the disk is to blame, and not what was asked.
    pub(crate) const fn is_of_the_disk(&self) -> bool {
        !matches!(self, StoreError::Duplicate | StoreError::Refused(_) | StoreError::Closed)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Full => f.write_str("The disk is full"),
            StoreError::ReadOnly => f.write_str("The database cannot be written to"),
            StoreError::Busy => f.write_str("Another program has locked the database"),
            StoreError::Io(detail) => write!(f, "The disk fails ({detail})"),
            StoreError::Damaged(detail) => write!(f, "The database is damaged ({detail})"),
            StoreError::Duplicate => f.write_str("There is such a row already"),
            StoreError::Refused(detail) => write!(f, "The database refuses the row ({detail})"),
            StoreError::Closed => f.write_str("The database is closed"),
            StoreError::Other(detail) => write!(f, "The database fails ({detail})"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = error else {
            return StoreError::Other(error.to_string());
        };
        let detail = || message.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::DiskFull => StoreError::Full,
            ErrorCode::ReadOnly => StoreError::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                StoreError::Io(detail())
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged(detail()),
            ErrorCode::ConstraintViolation => match failure.extended_code {
                rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY => StoreError::Duplicate,
                _ => StoreError::Refused(detail()),
            },
            _ => StoreError::Other(detail()),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                StoreError::ReadOnly
            }
            _ => StoreError::Io(error.to_string()),
        }
    }
}
