//! Measures what the store costs on this machine.
//!
//! ```text
//! measure budget DIRECTORY SECONDS KEEP_S COMMIT_S   one miner, in real time
//! measure read DIRECTORY                             opens a database (see
//!                                                    `fill_history`) and reads it
//! ```
//!
//! `budget` counts what the kernel counts as written by this process
//! (`write_bytes` of `/proc/self/io`). It takes real time, because the kernel's
//! own delay before it writes decides what is counted once and what twice. Its
//! output must go to a terminal or a pipe: a file would be counted too.

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use quaiminer_domain::history::{SAMPLE_PERIOD_MS, Span};
use quaiminer_store::{Location, Options, StatsQuery, Store};

mod common;

use common::sample;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const DAY_MS: i64 = 86_400_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["budget", directory, seconds, keep_s, commit_s] => {
            let options = Options {
                keep_every: Duration::from_secs(keep_s.parse()?),
                commit_every: Duration::from_secs(commit_s.parse()?),
            };
            budget(directory.as_ref(), seconds.parse()?, options)
        }
        ["read", directory] => read(directory.as_ref()).await,
        _ => Err("measure budget DIRECTORY SECONDS KEEP_S COMMIT_S | read DIRECTORY".into()),
    }
}

fn budget(directory: &Path, seconds: u64, options: Options) -> Outcome<()> {
    let store = Store::open_with(Location::File(directory.join("quaiminer.db")), options)?;
    // The first commit is not part of a steady state.
    std::thread::sleep(Duration::from_secs(5));
    let begin = Instant::now();
    let written = written_bytes()?;
    let mut next_report_s = 300;
    for n in 0_u64.. {
        store.record([sample(now_ms(), n)]);
        std::thread::sleep(Duration::from_millis(SAMPLE_PERIOD_MS.unsigned_abs()));
        let elapsed_s = begin.elapsed().as_secs();
        let done = elapsed_s >= seconds;
        if done || elapsed_s >= next_report_s {
            next_report_s += 300;
            let bytes = written_bytes()? - written;
            let per_day = bytes as f64 / begin.elapsed().as_secs_f64() * 86_400.0;
            println!(
                "{elapsed_s} s: {bytes} bytes, {:.1} MB/day, {} kB resident",
                per_day / 1e6,
                resident_kb()?
            );
        }
        if done {
            break;
        }
    }
    Ok(())
}

async fn read(directory: &Path) -> Outcome<()> {
    let end_ms = now_ms();
    println!("{} kB resident", resident_kb()?);
    let begin = Instant::now();
    let store = Store::open(Location::File(directory.join("quaiminer.db")))?;
    println!("open: {:?}", begin.elapsed());
    println!("{} kB resident", resident_kb()?);
    for (name, days, step_ms) in [("day", 1, 60_000), ("month", 30, 1_800_000)] {
        let span = Span::new(end_ms - days * DAY_MS, end_ms, step_ms).ok_or("no such span")?;
        let begin = Instant::now();
        let history = store.history(span).await?;
        println!("history of a {name}, {} points: {:?}", history.coverage.len(), begin.elapsed());
    }
    let begin = Instant::now();
    let query = StatsQuery { now_ms: end_ms, hours: 24, limit: 1_000, gpu_id: None };
    let rows = store.mining_stats().rows(query).await?;
    println!("{} rows of mining_stats: {:?}", rows.len(), begin.elapsed());
    println!("{} kB resident", resident_kb()?);
    let begin = Instant::now();
    store.check().await?;
    println!("check: {:?}", begin.elapsed());
    println!("{} kB resident", resident_kb()?);
    let begin = Instant::now();
    store.close().await?;
    println!("close: {:?}", begin.elapsed());
    Ok(())
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn written_bytes() -> Outcome<u64> {
    number_after("/proc/self/io", "write_bytes:")
}

fn resident_kb() -> Outcome<u64> {
    number_after("/proc/self/status", "VmRSS:")
}

fn number_after(file: &str, name: &str) -> Outcome<u64> {
    let text = std::fs::read_to_string(file)?;
    let line = text.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}
