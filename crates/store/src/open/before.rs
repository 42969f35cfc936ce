//! A copy of the database as it was before a version of ours first changed
//! its tables.

use std::path::{Path, PathBuf};

use super::{OpenError, directory_of};
use crate::copy::{copy, new_name};

/// Copies from before later migrations that are kept. The one from before the
/// first is never deleted: nobody else has what the Node server left.
const KEPT: usize = 3;

const FIRST: &str = ".before-quaiminer-";
const LATER: &str = ".before-schema-";

/// To be called before anything is written; with an error nothing was.
pub(super) fn keep(database: &Path, version: u32, newest: u32) -> Result<PathBuf, OpenError> {
    let name = match version {
        0 => new_name(database, FIRST),
        _ => new_name(database, &format!("{LATER}{newest}-")),
    };
    let saved = copy(database, &name)?;
    forget_old(database);
    Ok(saved.path)
}

/// Failing to delete is no reason not to start.
fn forget_old(database: &Path) {
    let Some(name) = database.file_name() else { return };
    let prefix = format!("{}{LATER}", name.to_string_lossy());
    let Ok(entries) = std::fs::read_dir(directory_of(database)) else { return };
    let mut later: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            // Behind the schema's number stands the time.
            let (_, time) = name.strip_prefix(&prefix)?.split_once('-')?;
            Some((time.to_owned(), entry.path()))
        })
        .collect();
    later.sort();
    let surplus = later.len().saturating_sub(KEPT);
    for (_, path) in later.into_iter().take(surplus) {
        let _ = std::fs::remove_file(path);
    }
}
