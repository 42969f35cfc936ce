//! Measures what the store costs on this machine.
//!
//! ```text
//! measure budget DIRECTORY SECONDS KEEP_S COMMIT_S [MINERS]
//!                                                    in real time
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
use quaiminer_store::{Location, Options, StatsQuery, Store, StoreError};

mod common;

use common::sample;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const DAY_MS: i64 = 86_400_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["budget", directory, seconds, keep_s, commit_s, miners @ ..] => {
            let options = Options {
                keep_every: Duration::from_secs(keep_s.parse()?),
                commit_every: Duration::from_secs(commit_s.parse()?),
                ..Options::default()
            };
            let miners = miners.first().unwrap_or(&"1").parse()?;
            budget(directory.as_ref(), seconds.parse()?, options, miners)
        }
        ["read", directory] => read(directory.as_ref()).await,
        _ => Err("measure budget DIRECTORY SECONDS KEEP_S COMMIT_S | read DIRECTORY".into()),
    }
}

fn budget(directory: &Path, seconds: u64, options: Options, miners: u64) -> Outcome<()> {
    let store = Store::open_with(Location::File(directory.join("quaiminer.db")), options)?;
    // The first commit is not part of a steady state.
    std::thread::sleep(Duration::from_secs(5));
    let begin = Instant::now();
    let written = written_bytes()?;
    let mut next_report_s = 300;
    for n in 0_u64.. {
        let at_ms = now_ms();
        store.record((0..miners).map(|miner| sample(at_ms, n, miner)));
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
    for (name, range_ms, step_ms) in [
        ("hour", DAY_MS / 24, 15_000),
        ("day", DAY_MS, 300_000),
        ("month", 30 * DAY_MS, 8_700_000),
        ("month, 1440 points", 30 * DAY_MS, 1_800_000),
    ] {
        let span = Span::new(end_ms - range_ms, end_ms, step_ms).ok_or("no such span")?;
        timed(&format!("history of a {name}"), || store.history(span)).await?;
    }
    for (hours, limit, gpu_id) in
        [(24, 1_000, None), (720, 1_000, None), (720, 1_000, Some(0)), (720, 10_000, None)]
    {
        let query = StatsQuery { now_ms: end_ms, hours, limit, gpu_id };
        let name = format!("{limit} rows of mining_stats, {hours} hours, gpu {gpu_id:?}");
        timed(&name, || async { store.mining_stats().rows(query).await }).await?;
        let name = format!("mining_stats by the hour, {hours} hours, gpu {gpu_id:?}");
        timed(&name, || async { store.mining_stats().buckets(query, 60).await }).await?;
    }
    timed("100 blocks", || async { store.blocks().list(Some(100)).await }).await?;
    timed("500 blocks", || async { store.blocks().list(Some(500)).await }).await?;
    timed("blocks in numbers", || async { store.blocks().stats(end_ms).await }).await?;
    timed("500 events", || async { store.events().list(None, 500).await }).await?;
    timed("a session", || async { store.sessions().find(&[7; 32], end_ms).await }).await?;
    timed("a user", || async { store.users().by_name("admin").await }).await?;
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

/// The slowest and the usual of some times.
async fn timed<T, F: Future<Output = Result<T, StoreError>>>(
    name: &str,
    work: impl Fn() -> F,
) -> Outcome<()> {
    let mut times = Vec::new();
    for _ in 0..100 {
        let begin = Instant::now();
        work().await?;
        times.push(begin.elapsed());
    }
    times.sort();
    let (usual, slow) = (times.get(50), times.get(98));
    println!("{name}: p50 {:?}, p99 {:?}", usual.ok_or("none")?, slow.ok_or("none")?);
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
