//! Replays the recording of the Node server against the dashboard: started
//! as Node was then, and once more with a miner and a node beside it.

mod bare;
mod rig;
mod tokens;

use std::path::{Path, PathBuf};
use std::time::Duration;

use quaiminer_parity::{Outcome, Totals, Verdict, describe, read};

use crate::process::{cargo, run as run_command};
use crate::{Result, dist, project};

const RECORDING: &str = "crates/parity/fixtures/golden.jsonl";

/// `--rows FILE` takes another recording, `--binary FILE` another dashboard
/// than the one of the tests, `--all` shows every row that is not equal.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let mut rows = project::path(RECORDING);
    let mut binary = None;
    let mut all = false;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--rows" => rows = arguments.next().ok_or("--rows needs a file")?.into(),
            "--binary" => binary = Some(arguments.next().ok_or("--binary needs a file")?.into()),
            "--all" => all = true,
            other => return Err(format!("{other} is not an option of parity")),
        }
    }
    let binary = binary.map_or_else(build, Ok)?;
    replay(&binary, &rows, all)
}

/// The recording that comes with the project.
pub(crate) fn recording() -> Result {
    replay(&build()?, &project::path(RECORDING), false)
}

/// Replays both ways; anything that differs is an error.
fn replay(binary: &Path, rows: &Path, all: bool) -> Result {
    let rows = read(rows)?;
    let bare = show("As recorded, without miner, node and GPU", &bare::replay(binary, &rows)?, all);
    let rig = show("With a miner and a node (reading only)", &rig::replay(binary, &rows)?, all);
    match bare + rig {
        0 => Ok(()),
        different => Err(format!("{different} answers are different")),
    }
}

/// The dashboard of the tests, so that nothing is built twice.
pub(crate) fn build() -> Result<PathBuf> {
    let arguments = ["build", "--workspace", "--bins", "--examples", "--locked"];
    run_command(cargo(&arguments).current_dir(project::root()), Duration::from_secs(900))?;
    Ok(project::target_dir()?.join("debug").join(dist::BINARY))
}

fn show(title: &str, outcomes: &[Outcome], all: bool) -> usize {
    println!("\n{title}:");
    for outcome in outcomes {
        let shown = match outcome.verdict {
            Verdict::Different(_) => true,
            Verdict::Deviates(_) => all,
            Verdict::Equal => false,
        };
        if shown {
            print!("  {}", describe(outcome));
        }
    }
    let totals = Totals::of(outcomes);
    print!("{}", totals.text());
    totals.different
}
