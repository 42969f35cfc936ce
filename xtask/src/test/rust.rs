//! The checks that come with Rust.

use std::time::Duration;

use super::{Check, Done, Options};
use crate::process::{cargo, run};
use crate::project;

/// Everything is compiled from nothing on two cores.
const DEADLINE: Duration = Duration::from_secs(900);

pub(super) fn format(_: &Options) -> Check {
    run(cargo(&["fmt", "--all", "--check"]).current_dir(project::root()), DEADLINE)?;
    Ok(Done::default())
}

pub(super) fn lints(_: &Options) -> Check {
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    run(cargo(&arguments).current_dir(project::root()), DEADLINE)?;
    Ok(Done::default())
}

pub(super) fn tests(options: &Options) -> Check {
    let mut cargo = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    cargo.current_dir(project::root());
    let deadline = if options.long {
        // Tests that have a long form look for this.
        cargo.env("QUAIMINER_LONG", "1");
        DEADLINE * 8
    } else {
        DEADLINE
    };
    run(&mut cargo, deadline)?;
    Ok(Done::default())
}
