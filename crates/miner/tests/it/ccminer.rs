use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, line};

const NAME: &str = "ccminer";

/// The sensors of a device are in either list, its power in milliwatts or, in
/// some versions, in watts; a fan above 100 percent is none.
#[test]
fn mining() {
    check(
        NAME,
        &[
            line("ccminer/2.3.1/summary.txt"),
            line("ccminer/2.3.1/threads.txt"),
            line("ccminer/2.3.1/hwinfo.txt"),
            line("ccminer/2.3.1/pool.txt"),
        ],
        "ccminer 2.3.1 mines x16r up 620 s: Mining
        16000500 H/s, 318.125 W
        shares 25/1/?/2 last 7 s ago
        pool pool.example:4567 user 0x0012345678901234567890123456789012345678.rig01 connected ? latency 131 difficulty 16
        gpu 0 EVGA GTX 1070 Ti pci 0000:01:00.0 paused None 8000250 H/s, 82 C, memory ? C, fan 84 %, 185.125 W, shares 15/1/?/? last ? s ago
        gpu 1 GTX 1060 pci 0000:30:00.0 paused None 8000250 H/s, 71 C, memory ? C, fan 52 %, 71 W, shares 10/0/?/? last ? s ago
        gpu 2 GTX 1050 pci 0000:03:00.0 paused None ? H/s, 55 C, memory ? C, fan 40 %, 62 W, shares ?/?/?/? last ? s ago",
    );
}

/// A fork under its own name that knows the first command only.
#[test]
fn a_summary_alone() {
    check(
        NAME,
        &[Reply::Bytes(
            b"NAME=nevermore;VER=0.2.3;API=1.9;ALGO=x16r;GPUS=8;KHS=1.23;ACC=0;REJ=0;UPTIME=6|"
                .to_vec(),
        )],
        "nevermore 0.2.3 mines x16r up 6 s: Mining
        1230 H/s, ? W
        shares 0/0/?/? last ? s ago
        pool ? user ? connected ? latency ? difficulty ?",
    );
}

#[test]
fn a_power_that_may_be_either() {
    let power = |text: &str| {
        let threads = format!("GPU=0;BUS=1;POWER={text}|").into_bytes();
        let replies = [line("ccminer/2.3.1/summary.txt"), Reply::Bytes(threads)];
        crate::support::read(NAME, &replies).unwrap().gpus[0].power_w.get()
    };
    assert_eq!(power("71"), Some(71.0));
    assert_eq!(power("71000"), Some(71.0));
    assert_eq!(power("71000(mW)"), Some(71.0));
    assert_eq!(power("900(mW)"), Some(0.9));
    for unknown in ["2500", "0", "nan", "9000000", "71(kW)"] {
        assert_eq!(power(unknown), None, "{unknown}");
    }
}

#[test]
fn cpuminer_is_told_apart() {
    let other = Unreadable::Garbled("This is cpuminer-opt, not ccminer".into());
    check_error(NAME, &[line("cpuminer/opt-26.1/summary.txt")], &other);
    let other = Unreadable::Garbled("This is not a summary of ccminer".into());
    check_error(NAME, &[line("ccminer/2.3.1/pool.txt")], &other);
}
