use quaiminer_domain::Fact;
use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, line, read};

const NAME: &str = "cpuminer";

#[test]
fn mining() {
    let replies = [line("cpuminer/opt-26.1/summary.txt"), line("cpuminer/opt-26.1/threads.txt")];
    check(
        NAME,
        &replies,
        "cpuminer-opt 26.1 mines sha256d up 75 s: Mining
        32579515.3 H/s, ? W
        shares 15/0/?/? last ? s ago
        pool 127.0.0.1:3335 user ? connected ? latency ? difficulty 1
        gpu 0 ? pci ? paused None 32580000 H/s, ? C, memory ? C, fan ? %, ? W, shares ?/?/?/? last ? s ago",
    );
    let reading = read(NAME, &replies).unwrap();
    // Shares for an old job are in neither of its two numbers.
    let not_counted = "cpuminer counts accepted and rejected shares only";
    assert_eq!(reading.shares.stale, Fact::unknown(not_counted));
}

/// Unknown commands close the connection without a word.
#[test]
fn threads_may_be_missing() {
    let summary = line("cpuminer/opt-26.1/summary.txt");
    let reading = read(NAME, &[summary.clone(), Reply::Bytes(Vec::new())]).unwrap();
    assert!(reading.gpus.is_empty());
    assert_eq!(reading.power_w, Fact::unknown("The miner lists no device"));
    let reading = read(NAME, &[summary, Reply::Failed("connection reset".into())]).unwrap();
    assert_eq!(reading.power_w, Fact::unknown("connection reset"));
    assert_eq!(reading.hashrate_hs, Fact::Known(32_579_515.30));
}

#[test]
fn other_replies() {
    let expected = Unreadable::Garbled("This is not a summary of cpuminer".into());
    check_error(NAME, &[line("cpuminer/opt-26.1/help.txt")], &expected);
    check_error(NAME, &[line("cpuminer/opt-26.1/threads.txt")], &expected);
    check_error(NAME, &[Reply::Bytes(b"NAME=;VER=1|".to_vec())], &expected);
    check_error(NAME, &[Reply::Bytes(Vec::new())], &expected);
}

/// A number that was cut off is another number.
#[test]
fn a_reply_cut_short() {
    let summary = line("cpuminer/opt-26.1/summary.txt");
    let Reply::Bytes(whole) = &summary else { panic!("{summary:?}") };
    let half = whole[..whole.len() / 2].to_vec();
    let expected = Unreadable::Garbled("The reply is cut short".into());
    check_error(NAME, &[Reply::Bytes(half)], &expected);
    let threads = Reply::Bytes(b"CPU=0;MH/s=32.58|CPU=1;MH/s=32".to_vec());
    let reading = read(NAME, &[summary, threads]).unwrap();
    assert_eq!(reading.gpus.len(), 1);
}

#[test]
fn ccminer_is_told_apart() {
    let other = Unreadable::Garbled("This is ccminer, not cpuminer".into());
    check_error(NAME, &[line("ccminer/2.3.1/summary.txt")], &other);
}

#[test]
fn no_hashrate_yet() {
    let summary =
        b"NAME=cpuminer-opt;VER=26.1;ALGO=sha256d;HS=0.00;KHS=0.00;ACC=0;REJ=0;UPTIME=1|\0";
    check(
        NAME,
        &[Reply::Bytes(summary.to_vec())],
        "cpuminer-opt 26.1 mines sha256d up 1 s: Starting
        0 H/s, ? W
        shares 0/0/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?",
    );
}
