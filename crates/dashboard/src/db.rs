//! `quaiminer-dashboard db …`: what an owner does with the database itself.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use quaiminer_store::{Finding, Verdict, backup, examine, restore};

use crate::console::say;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Db {
    Check,
    /// Into this file, or one beside the database.
    Backup(Option<PathBuf>),
    Restore(PathBuf),
}

pub const USAGE: &str = "\
  db check              examine the database; nothing is changed
  db backup [FILE]      copy it, also while the dashboard or Node runs
  db restore FILE       put a copy in its place; the present one is kept
";

/// Reads the words after `db`; options go on behind them.
pub fn parse(parser: &mut lexopt::Parser) -> Result<Db, String> {
    let mut rest = parser.raw_args().map_err(|error| format!("{error}; see --help"))?;
    let mut word = || rest.next_if(|word| !word.to_string_lossy().starts_with('-'));
    let verb = word().unwrap_or_default();
    match verb.to_str() {
        Some("check") => Ok(Db::Check),
        Some("backup") => Ok(Db::Backup(word().map(PathBuf::from))),
        Some("restore") => match word() {
            Some(file) => Ok(Db::Restore(file.into())),
            None => Err("db restore needs the file to restore; see --help".to_owned()),
        },
        _ => Err("db needs one of check, backup and restore; see --help".to_owned()),
    }
}

/// Each sentence of an error says what to do.
pub fn run(what: &Db, data_dir: &Path) -> Result<ExitCode, String> {
    let database = data_dir.join("quaiminer.db");
    match what {
        Db::Check => {
            let findings = slowly("Examining the database", || examine(&database))
                .map_err(|error| error.to_string())?;
            Ok(report(&findings))
        }
        Db::Backup(file) => {
            let saved = slowly("Copying the database", || backup(&database, file.as_deref()))
                .map_err(|error| error.to_string())?;
            say(format_args!(
                "{} holds the database ({} KiB).",
                saved.path.display(),
                saved.size_bytes / 1024
            ));
            say("Of a dashboard that runs, the last two minutes of the chart may be missing.");
            say(format_args!("To restore it: {}", restore_command(&saved.path)));
            Ok(ExitCode::SUCCESS)
        }
        Db::Restore(file) => {
            let restored = slowly("Restoring the database", || restore(&database, file))
                .map_err(|error| error.to_string())?;
            say(format_args!("{} is what {} holds.", database.display(), file.display()));
            if let Some(kept) = restored.kept {
                say(format_args!("To undo it: {}", restore_command(&kept)));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn restore_command(file: &Path) -> String {
    format!("quaiminer-dashboard db restore {}", file.display())
}

fn report(findings: &[Finding]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for Finding { verdict, what, text } in findings {
        let word = match verdict {
            Verdict::Fine => "ok",
            Verdict::Note => "note",
            Verdict::Problem => {
                code = ExitCode::FAILURE;
                "problem"
            }
        };
        say(format_args!("{word:7}  {what}: {text}"));
    }
    code
}

/// Whoever waits for more than a second is told for what.
fn slowly<T>(what: &'static str, work: impl FnOnce() -> T) -> T {
    let (done, ended) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
            say(format_args!("{what}, which takes a while"));
        }
    });
    let result = work();
    drop(done);
    let _ = watch.join();
    result
}
