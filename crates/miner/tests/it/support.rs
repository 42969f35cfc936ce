//! Replies from files, and readings as text that can be compared.

use std::fmt::{Display, Write as _};
use std::path::PathBuf;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{MinerReading, Shares};
use quaiminer_miner::{Reply, Unreadable, by_name};

pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

pub fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A reply to a line or text request, from a file.
pub fn line(path: &str) -> Reply {
    Reply::Bytes(fixture(path))
}

/// A reply to an HTTP request, from a file.
pub fn http(status: u16, path: &str) -> Reply {
    Reply::Http { status, body: fixture(path) }
}

pub fn read(name: &str, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
    by_name(name).unwrap().read(replies)
}

/// Reads the replies and compares all that is known; `?` is unknown.
pub fn check(name: &str, replies: &[Reply], expected: &str) {
    check_reading(&read(name, replies).unwrap(), expected);
}

pub fn check_reading(reading: &MinerReading, expected: &str) {
    crate::honest::assert_honest(reading);
    let rendered = render(reading);
    let expected: Vec<&str> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(rendered.trim().lines().collect::<Vec<_>>(), expected, "\n{rendered}");
}

pub fn check_error(name: &str, replies: &[Reply], expected: &Unreadable) {
    assert_eq!(&read(name, replies).unwrap_err(), expected);
}

fn render(reading: &MinerReading) -> String {
    let mut out = String::new();
    let pool = &reading.pool;
    let _ = writeln!(
        out,
        "{} {} mines {} up {} s: {:?}\n{} H/s, {} W\n{}\npool {} user {} connected {} latency {} difficulty {}",
        reading.program,
        show(&reading.version),
        show(&reading.algorithm),
        show(&reading.uptime_s),
        reading.activity,
        show(&reading.hashrate_hs),
        show(&reading.power_w),
        shares(&reading.shares),
        show(&pool.url),
        show(&pool.user),
        show(&pool.connected),
        show(&pool.latency_ms),
        show(&pool.difficulty),
    );
    for gpu in &reading.gpus {
        let _ = writeln!(
            out,
            "gpu {} {} pci {} paused {:?} {} H/s, {} C, memory {} C, fan {} %, {} W, {}",
            gpu.index,
            show(&gpu.name),
            show(&gpu.pci),
            gpu.paused,
            show(&gpu.hashrate_hs),
            show(&gpu.temp_c),
            show(&gpu.memory_temp_c),
            show(&gpu.fan_percent),
            show(&gpu.power_w),
            shares(&gpu.shares),
        );
    }
    out
}

fn shares(shares: &Shares) -> String {
    format!(
        "shares {}/{}/{}/{} last {} s ago",
        show(&shares.accepted),
        show(&shares.rejected),
        show(&shares.invalid),
        show(&shares.stale),
        show(&shares.last_share_age_s),
    )
}

fn show<T: Display>(fact: &Fact<T>) -> String {
    fact.known().map_or_else(|| "?".to_owned(), T::to_string)
}
