use std::time::SystemTime;

use quaiminer_domain::Fact;
use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check_error, check_reading, http, read};

const NAME: &str = "nbminer";

/// Compares all but the uptime, which NBMiner leaves to the reader's clock.
fn check(file: &str, start_s: u64, expected: &str) {
    let mut reading = read(NAME, &[http(200, file)]).unwrap();
    let now_s = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let uptime_s = reading.uptime_s.get().unwrap();
    assert!(uptime_s.abs_diff(now_s - start_s) < 5, "{uptime_s}");
    reading.uptime_s = Fact::unknown("seen above");
    check_reading(&reading, expected);
}

#[test]
fn mining() {
    check(
        "nbminer/42.0/status.json",
        1_637_549_633,
        "NBMiner 42.0 mines kawpow up ? s: Mining
        67567481.51 H/s, 389 W
        shares 7/1/1/? last ? s ago
        pool pool.example:5555 user 0x0012345678901234567890123456789012345678.rig01 connected ? latency 217 difficulty 4295000000
        gpu 0 NVIDIA GeForce RTX 3070 pci 0000:01:00.0 paused None 22497708.17 H/s, 57 C, memory ? C, fan 59 %, 131 W, shares 4/0/0/? last ? s ago
        gpu 1 NVIDIA GeForce RTX 3080 Ti pci 0000:30:00.0 paused None 45069773.34 H/s, 64 C, memory 104 C, fan 80 %, 258 W, shares 3/1/1/? last ? s ago",
    );
}

/// With the second algorithm of a version that could mine two, numbers as
/// numbers or text, and a difficulty that is a target.
#[test]
fn two_algorithms_of_version_10() {
    check(
        "nbminer/10.0/status.json",
        1_532_482_659,
        "NBMiner 10.0 mines ? up ? s: Mining
        2989 H/s, 354 W
        shares 99/1/?/? last ? s ago
        pool pool.example:3859 user bm00000000.test connected ? latency 65 difficulty ?
        gpu 0 GeForce GTX 1080 Ti 11178 MB pci ? paused None 1499 H/s, 65 C, memory ? C, fan 36 %, 182 W, shares ?/?/?/? last ? s ago
        gpu 1 GeForce GTX 1080 Ti 11178 MB pci ? paused None 1490 H/s, ? C, memory ? C, fan 34 %, 172 W, shares ?/?/?/? last ? s ago",
    );
}

/// GMiner serves the same path.
#[test]
fn other_programs() {
    let other = Unreadable::Garbled("This is not a status of NBMiner".into());
    for body in ["{}", r#"{"miner":"GMiner 3.44","devices":[]}"#, r#"{"miner":{}}"#, "[]"] {
        let reply = Reply::Http { status: 200, body: body.as_bytes().to_vec() };
        check_error(NAME, &[reply], &other);
    }
}

#[test]
fn a_start_in_the_future_or_without_a_time() {
    for start in ["null", "0", "-1", "99999999999"] {
        let body = format!(r#"{{"miner":{{"devices":[]}},"start_time":{start}}}"#).into_bytes();
        let reading = read(NAME, &[Reply::Http { status: 200, body }]).unwrap();
        assert_eq!(reading.uptime_s.get(), None, "{start}");
    }
}
