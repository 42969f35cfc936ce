//! Checks, measurements and releases of the project: `cargo xtask COMMAND`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to its user")]

mod bench;
mod dashboard;
mod dist;
mod owner;
mod parity;
mod process;
mod project;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  test [--long] [--only NAME]
                   every check: format, lints, tests, page, licences, rules
  tidy             the project's own rules only
  parity [--rows FILE] [--binary FILE] [--all]
                   replays the recording of the Node server
  dist             the static release binary, in target/dist
  bench [--short]  measures what target/dist/quaiminer-dashboard costs
";

/// What went wrong, as a sentence.
type Result<T = ()> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::run(false, ""),
        ["test", "--long"] => test::run(true, ""),
        ["test", "--only", name] => test::run(false, name),
        ["test", "--long", "--only", name] => test::run(true, name),
        ["tidy"] => tidy::run(),
        ["parity", rest @ ..] => parity::run(rest),
        ["dist"] => dist::run().map(|_| ()),
        ["bench"] => bench::run(false),
        ["bench", "--short"] => bench::run(true),
        ["--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            if !sentence.is_empty() {
                eprintln!("{sentence}");
            }
            ExitCode::FAILURE
        }
    }
}
