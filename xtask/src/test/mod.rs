//! Every check of the project, one after the other. None stops the others;
//! what could not be checked is told at the end, with the reason.

mod fuzz;
mod licences;
mod rust;
mod smoke;
mod web;

use std::time::{Duration, Instant};

use crate::{Result, bench, dist, parity, tidy};

/// A check that passed, and parts of it that had to be left out.
#[derive(Default)]
pub(crate) struct Done {
    pub left_out: Vec<String>,
}

/// A check that did not pass.
pub(crate) enum Stop {
    Failed(String),
    /// It could not be made, for this reason.
    Skipped(String),
}

impl From<String> for Stop {
    fn from(sentence: String) -> Self {
        Stop::Failed(sentence)
    }
}

type Check = std::result::Result<Done, Stop>;

struct Step {
    name: &'static str,
    check: fn(&Options) -> Check,
    /// Only with `--long`.
    long: bool,
}

/// How the checks are to be made.
pub(crate) struct Options {
    pub long: bool,
}

/// Cheap ones first, and each build right before what needs it.
static STEPS: &[Step] = &[
    Step { name: "format", check: rust::format, long: false },
    Step { name: "rules", check: |_| rules(), long: false },
    Step { name: "lints", check: rust::lints, long: false },
    Step { name: "tests", check: rust::tests, long: false },
    Step { name: "page: packages", check: web::packages, long: false },
    Step { name: "page: types", check: web::types, long: false },
    Step { name: "page: tests", check: web::tests, long: false },
    Step { name: "page: in a browser", check: smoke::run, long: false },
    Step { name: "API by its description", check: fuzz::short, long: false },
    Step { name: "parity with Node", check: |_| parity(), long: false },
    Step { name: "licences and advisories", check: licences::run, long: false },
    Step { name: "release", check: |_| release(), long: true },
    Step { name: "API of the release by its description", check: fuzz::release, long: true },
    Step { name: "measurements", check: |_| measurements(), long: true },
];

/// All of them, or only those with this in their name.
pub(crate) fn run(long: bool, only: &str) -> Result {
    let options = Options { long };
    let mut finished = Vec::new();
    let steps = STEPS.iter().filter(|step| long || !step.long);
    for step in steps.filter(|step| step.name.contains(only)) {
        println!("\n== {}", step.name);
        let began = Instant::now();
        let outcome = (step.check)(&options);
        match &outcome {
            Ok(_) => {}
            Err(Stop::Failed(sentence)) => println!("{}: failed: {sentence}", step.name),
            Err(Stop::Skipped(reason)) => println!("{}: skipped: {reason}", step.name),
        }
        finished.push((step.name, outcome, began.elapsed()));
    }
    let (text, failed) = summary(&finished);
    print!("\n{text}");
    // The last line says it all.
    if failed == 0 { Ok(()) } else { Err(String::new()) }
}

fn summary(finished: &[(&str, Check, Duration)]) -> (String, usize) {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut table = String::new();
    let mut left_out = String::new();
    for (name, outcome, taken) in finished {
        let word = match outcome {
            Ok(done) => {
                passed += 1;
                for part in &done.left_out {
                    left_out += &format!("  {name}: {part}\n");
                }
                "passed"
            }
            Err(Stop::Failed(_)) => {
                failed += 1;
                "FAILED"
            }
            Err(Stop::Skipped(reason)) => {
                skipped += 1;
                left_out += &format!("  {name}: {reason}\n");
                "skipped"
            }
        };
        table += &format!("{word:8} {:7.1} s  {name}\n", taken.as_secs_f64());
    }
    if !left_out.is_empty() {
        table += &format!("\nNot checked:\n{left_out}\n");
    }
    table += &format!("{passed} passed, {failed} failed, {skipped} skipped\n");
    (table, failed)
}

fn rules() -> Check {
    tidy::run()?;
    Ok(Done::default())
}

fn parity() -> Check {
    parity::recording()?;
    Ok(Done::default())
}

fn release() -> Check {
    dist::run()?;
    Ok(Done::default())
}

fn measurements() -> Check {
    bench::run(false)?;
    Ok(Done::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts() {
        let part = Done { left_out: vec!["a part: no network".to_owned()] };
        let finished = [
            ("a", Ok(part), Duration::from_secs(1)),
            ("b", Err(Stop::Failed("b.rs".to_owned())), Duration::ZERO),
            ("c", Err(Stop::Skipped("no browser".to_owned())), Duration::ZERO),
        ];
        let (text, failed) = summary(&finished);
        assert_eq!(failed, 1);
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
        assert!(
            text.contains("Not checked:\n  a: a part: no network\n  c: no browser\n"),
            "{text}"
        );
    }
}
