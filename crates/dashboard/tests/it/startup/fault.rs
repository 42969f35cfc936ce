//! A fault of the program itself: it begins anew as the same process.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use quaiminer_dashboard::fault;

#[test]
fn after_a_fault_the_same_process_begins_anew() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "startup::fault::faulty_program", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let begun = format!("process {}", child.id());
    // Twice, as the second start must be no different from the first.
    for seconds in ["0\n", "0\n", "3600\n"] {
        assert!(output.any(|line| line.ends_with(&begun)), "{seconds}");
        input.write_all(seconds.as_bytes()).unwrap();
    }
    assert!(!output.any(|line| line.contains("went on")));
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut said = String::new();
    child.stderr.unwrap().read_to_string(&mut said).unwrap();
    let said: Vec<&str> = said.lines().filter(|line| line.contains("as the test wants")).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("startup/fault.rs:") && said[0].contains("starts anew"), "{said:?}");
    assert!(said[2].contains("it ends"), "{said:?}");
}

/// Not a test, but the program that the test above starts. It is told how long
/// it must have run to begin anew, and fails in another thread.
#[test]
#[ignore = "is run by the test beside it"]
#[allow(clippy::print_stdout)]
fn faulty_program() {
    env_logger::Builder::new().filter_level(log::LevelFilter::Error).init();
    println!("\nprocess {}", std::process::id());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let Ok(seconds) = line.trim().parse() else { return };
    fault::begin_anew_on_panic(Duration::from_secs(seconds));
    let _ = std::thread::spawn(|| panic!("as the test wants")).join();
    println!("\nwent on");
}
