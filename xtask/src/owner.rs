//! Somebody who may do everything, for checks that ask as one.

use std::path::Path;
use std::time::Duration;

use crate::Result;

/// Of the user `admin` that a dashboard makes of it.
pub(crate) const PASSWORD: &str = "golden-admin-pw";
pub(crate) const KEY: &str = "5a17c0de5a17c0de5a17c0de5a17c0de5a17c0de5a17c0de5a17c0de5a17c0de";

/// Gives `admin` the API key, in the place where the Node server keeps it:
/// the recording has it from there too.
pub(crate) fn give_key(data_dir: &Path) -> Result {
    let file = data_dir.join("quaiminer.db");
    let cannot = |error: rusqlite::Error| format!("{}: {error}", file.display());
    let database = rusqlite::Connection::open(&file).map_err(cannot)?;
    database.busy_timeout(Duration::from_secs(10)).map_err(cannot)?;
    let changed = database
        .execute("UPDATE users SET api_key = ?1 WHERE username = 'admin'", [KEY])
        .map_err(cannot)?;
    if changed == 1 { Ok(()) } else { Err("ADMIN_PASSWORD made no user `admin`".to_owned()) }
}
