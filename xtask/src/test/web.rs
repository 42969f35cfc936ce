//! The checks of the page that need Node.js: types and unit tests. The page
//! itself needs neither.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::{Check, Done, Options, Stop};
use crate::process::{command, run};
use crate::{project, tools};

const DEADLINE: Duration = Duration::from_secs(300);

/// Where Node.js is, or why it is not.
pub(super) fn node() -> Result<PathBuf, Stop> {
    tools::ensure("node", &["nodejs"]).map_err(Stop::Skipped)
}

/// Whether the packages that the checks need are there.
pub(super) fn installed() -> Result<(), Stop> {
    // npm writes this file last.
    if project::path("web/node_modules/.package-lock.json").is_file() {
        return Ok(());
    }
    Err(Stop::Skipped("the packages of web/package.json are not installed".to_owned()))
}

pub(super) fn packages(_: &Options) -> Check {
    node()?;
    let npm = tools::ensure("npm", &["npm"]).map_err(Stop::Skipped)?;
    let mut install = in_web(npm);
    install.args(["ci", "--no-audit", "--no-fund"]);
    let done = install.output().map_err(|error| format!("npm cannot be started: {error}"))?;
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    println!("{}", said.trim_end());
    if done.status.success() {
        return Ok(Done::default());
    }
    match unreachable(&said) {
        true => Err(Stop::Skipped("the registry of the packages cannot be reached".to_owned())),
        false => Err(Stop::Failed(format!("npm ci ended with {}", done.status))),
    }
}

pub(super) fn types(_: &Options) -> Check {
    node()?;
    installed()?;
    let mut tsc = in_web(project::path("web/node_modules/.bin/tsc"));
    run(tsc.args(["--project", "."]), DEADLINE)?;
    Ok(Done::default())
}

pub(super) fn tests(_: &Options) -> Check {
    let node = node()?;
    installed()?;
    let files: Vec<String> = project::files()?
        .into_iter()
        .filter_map(|file| Some(file.strip_prefix("web/")?.to_owned()))
        .filter(|file| file.starts_with("tests/") && file.ends_with(".test.js"))
        .collect();
    if files.is_empty() {
        return Err(Stop::Failed("web/tests has no *.test.js".to_owned()));
    }
    run(in_web(node).arg("--test").args(files), DEADLINE)?;
    Ok(Done::default())
}

fn in_web(program: PathBuf) -> Command {
    let mut command = command(program, &[]);
    command.current_dir(project::path("web"));
    command
}

/// npm's words for "there is no network".
fn unreachable(said: &str) -> bool {
    ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "ECONNRESET"]
        .iter()
        .any(|code| said.contains(code))
}
