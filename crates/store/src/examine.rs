//! A thorough look at a database, for its owner. It changes nothing and
//! disturbs nobody who uses the file meanwhile.

mod oddities;

use std::path::Path;

use rusqlite::Connection;

use crate::error::StoreError;
use crate::open::{self, OpenError};
use crate::schema;
use crate::tail::Tail;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// Strange, but neither Node nor we mind it.
    Note,
    Problem,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub verdict: Verdict,
    pub what: &'static str,
    pub text: String,
}

impl Finding {
    fn fine(what: &'static str, text: impl Into<String>) -> Self {
        Finding { verdict: Verdict::Fine, what, text: text.into() }
    }

    fn note(what: &'static str, text: impl Into<String>) -> Self {
        Finding { verdict: Verdict::Note, what, text: text.into() }
    }

    fn problem(what: &'static str, text: impl Into<String>) -> Self {
        Finding { verdict: Verdict::Problem, what, text: text.into() }
    }
}

/// An error where it cannot be read at all.
pub fn examine(database: &Path) -> Result<Vec<Finding>, OpenError> {
    let path = open::existing(database)?;
    let by = open::user_of(&path);
    let found = open::look(&path, 0)?;
    let size = format!("{}, {} KiB", path.display(), found.size_bytes / 1024);
    let mut findings = vec![Finding::fine("file", size)];
    match by {
        Some(by) => findings.push(Finding::fine("in use", format!("by {by}"))),
        None if found.unclean => findings.push(Finding::note(
            "log",
            "whoever used it last was killed; the next start takes in what it left",
        )),
        None => {}
    }
    let connection =
        open::reader_of(&path).map_err(|error| OpenError::from_sqlite(error, &path))?;
    look_inside(&connection, &mut findings).map_err(|error| OpenError::from_store(error, &path))?;
    if let Ok((_, samples)) = Tail::load(&path)
        && !samples.is_empty()
    {
        let text = format!("{} beside the database, for the next commit", samples.len());
        findings.push(Finding::fine("samples", text));
    }
    Ok(findings)
}

fn look_inside(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    let moment = connection.unchecked_transaction()?;
    findings.push(integrity(&moment)?);
    findings.extend(tables(&moment)?);
    findings.extend(migrations(&moment)?);
    findings.extend(foreign_keys(&moment)?);
    findings.extend(oddities::find(&moment)?);
    Ok(())
}

/// Every page, every row and every entry of an index.
fn integrity(connection: &Connection) -> Result<Finding, StoreError> {
    let mut check = connection.prepare("PRAGMA integrity_check(10)")?;
    let lines = check.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(match lines.as_slice() {
        [line] if line == "ok" => Finding::fine("integrity", "every page and index is in order"),
        lines => Finding::problem("integrity", lines.join("; ").replace('\n', " ")),
    })
}

/// Columns were looked at when it was opened.
fn tables(connection: &Connection) -> Result<Vec<Finding>, StoreError> {
    let (mut counts, mut missing) = (Vec::new(), Vec::new());
    for table in schema::node_tables() {
        if oddities::columns(connection, table)?.is_empty() {
            missing.push(table);
        } else {
            let count: i64 =
                connection
                    .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
            counts.push(format!("{table} {count}"));
        }
    }
    let mut findings = vec![Finding::fine("rows", counts.join(", "))];
    if !missing.is_empty() {
        let text = format!("{}: an older version's; the next start adds them", missing.join(", "));
        findings.push(Finding::note("missing tables", text));
    }
    Ok(findings)
}

fn migrations(connection: &Connection) -> Result<Vec<Finding>, StoreError> {
    let taken = schema::taken(connection)?;
    let version = schema::version(connection)?;
    let due = schema::due(&taken, schema::newest()).count();
    let mut findings = vec![match due {
        0 => Finding::fine("migrations", format!("all {} are taken", taken.len())),
        due => Finding::note(
            "migrations",
            format!(
                "{} are taken, {due} are due; the next start copies the file first",
                taken.len()
            ),
        ),
    }];
    if taken.iter().max().is_some_and(|newest| *newest != version) {
        let text = format!("user_version is {version}, the list of migrations says otherwise");
        findings.push(Finding::note("migrations", text));
    }
    Ok(findings)
}

/// Older servers did not keep them.
fn foreign_keys(connection: &Connection) -> Result<Option<Finding>, StoreError> {
    let mut check = connection.prepare("PRAGMA foreign_key_check")?;
    let tables = check.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let Some(first) = tables.first() else { return Ok(None) };
    let text = format!("{} rows point to nothing, the first in {first}", tables.len());
    Ok(Some(Finding::note("foreign keys", text)))
}
