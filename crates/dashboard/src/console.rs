//! What the person who starts the program reads. It goes to standard output;
//! the log goes to standard error.

use std::fmt::Display;
use std::io::Write;

pub fn say(line: impl Display) {
    // A closed terminal is no reason to end.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The one sentence with which the program ends when it cannot run.
pub fn fail(sentence: impl Display) {
    let _ = writeln!(std::io::stderr(), "quaiminer-dashboard: {sentence}");
}
