//! What programs print. The lines are from logs that were published.

use proptest::prelude::*;
use quaiminer_miner::ADAPTERS;
use quaiminer_miner::program::{LineKind, Secrets, clean};

use super::{W, program};

#[test]
fn telling_lines() {
    use LineKind::{Accepted, Error, GpuFault, NewJob, PoolLost, Rejected};
    for (name, line, expected) in [
        (
            "kawpowminer",
            " i 09:10:44 <unknown> \u{1b}[92m**Accepted\u{1b}[0m  34 ms. pool:8888",
            Some((Accepted, None)),
        ),
        (
            "kawpowminer",
            " X 09:10:44 <unknown> **Rejected  34 ms. pool:8888",
            Some((Rejected, None)),
        ),
        (
            "kawpowminer",
            " i 09:10:45 <unknown> Job: 7c954d0c... block 1252500 rvn.suprnova.cc [5.39.65.109:8888]",
            Some((NewJob, None)),
        ),
        ("kawpowminer", "cu 09:10:46 cuda-0    Job: 2457c8a6... Sol: 0xd9c7b700372bbf94", None),
        (
            "kawpowminer",
            " i 09:10:46 <unknown> No connection. Suspend mining ...",
            Some((PoolLost, None)),
        ),
        (
            "kawpowminer",
            "cu 09:10:46 cuda-1    Unexpected error out of memory on CUDA device 01:00.0",
            Some((GpuFault, Some(1))),
        ),
        (
            "xmrig",
            "[2022-10-18 22:02:07.200]  net      new job from 127.0.0.1:3333 diff 50001 algo rx/0 height 2736376 (1 tx)",
            Some((NewJob, None)),
        ),
        (
            "xmrig",
            "[2021-11-28 12:07:28.250]  cpu      accepted (688/1884) diff 16384 (71 ms)",
            Some((Accepted, None)),
        ),
        (
            "xmrig",
            "[2021-11-28 12:07:56.514]  cpu      rejected (696/1885) diff 16384 \"low difficulty share\" (86 ms)",
            Some((Rejected, None)),
        ),
        (
            "xmrig",
            "[2020-01-03 16:46:08.885]  net  no active pools, stop mining",
            Some((PoolLost, None)),
        ),
        (
            "xmrig",
            "[2020-08-15 22:48:43.520]  nvidia   GPU #1 COMPUTE ERROR",
            Some((GpuFault, Some(1))),
        ),
        (
            "xmrig",
            "[2020-08-15 22:49:38.331]  nvidia   #0 01:00.0 218W 84C 1898/5005 MHz fan0:0%",
            None,
        ),
        (
            "teamredminer",
            "[2021-02-25 09:46:45] Pool stratum.ravenminer.com share accepted. (GPU0) (a:226 r:1) (120 ms) (diff 2.67 GH)",
            Some((Accepted, Some(0))),
        ),
        (
            "teamredminer",
            "[2021-02-10 21:50:00] Pool eu.mecrypto.club share rejected. (GPU3) Error code: 23 - Invalid time rolling (a:6 r:1u) (8 ms)",
            Some((Rejected, Some(3))),
        ),
        (
            "teamredminer",
            "[2021-02-25 09:47:02] Pool stratum.ravenminer.com received new job. (job_id: 766a, diff 0.071 / 304 MH)",
            Some((NewJob, None)),
        ),
        (
            "teamredminer",
            "[2021-03-13 13:20:51] GPU 1: detected DEAD (0c:00.0), no restart script configured, will continue mining.",
            Some((GpuFault, Some(1))),
        ),
        ("trex", " [ OK ] 2/2 - 179.59 MH/s, 4ms ... GPU #0", Some((Accepted, Some(0)))),
        (
            "trex",
            "20210201 11:27:57 kawpow epoch: 214, block: 1607361, period: 535787, diff: 4.29 G",
            Some((NewJob, None)),
        ),
        (
            "trex",
            "20210918 10:53:34 ERROR: No connection, retry after 10 seconds",
            Some((PoolLost, None)),
        ),
        (
            "trex",
            "ERROR: Can't initialize device [ID=0, GPU #2], cuda exception in [trexInitializerM, 221], unspecified launch failure",
            Some((GpuFault, Some(2))),
        ),
        ("gminer", "10:49:17 GPU0: Share #71 accepted 283 ms", Some((Accepted, Some(0)))),
        ("gminer", "GPU1: Share #4 rejected: Job not found", Some((Rejected, Some(1)))),
        ("gminer", "10:49:17 GPU0: Share #71 verified on CPU, difficulty: 12.00G", None),
        (
            "nbminer",
            "[09:39:27] INFO - ethash - #129 Share accepted, 53 ms. [DEVICE 2, #20]",
            Some((Accepted, Some(2))),
        ),
        (
            "nbminer",
            "[09:39:28] INFO - ethash - New job: eu1.ethermine.org:5555, ID: 1c389fdb, HEIGHT: 14741179, DIFF: 4.295G",
            Some((NewJob, None)),
        ),
        ("nbminer", "[06:38:59] ERROR - Mining program unexpected exit. ", Some((Error, None))),
        (
            "srbminer",
            "[2023-03-22 14:13:32] GPU5[t0] result accepted [  150ms] [dynex][1]",
            Some((Accepted, Some(5))),
        ),
        ("srbminer", "[2025-08-01 21:47:16] A0 not connected to a pool", Some((PoolLost, None))),
        ("srbminer", "[2025-08-01 21:47:05] Socket error : 10004 [kawpow]", Some((Error, None))),
        (
            "wildrig",
            "[10:49:59] rejected(0/5)        diff 505k       GPU#7   (209 ms)",
            Some((Rejected, Some(7))),
        ),
        (
            "wildrig",
            "[10:06:50] new job from kawpow.eu.mine.zergpool.com:13638 diff 429.50M/24.91G",
            Some((NewJob, None)),
        ),
        (
            "wildrig",
            "[10:07:24] GPU #1: hangs in OpenCL kernel for more than 30 seconds, exit",
            Some((GpuFault, Some(1))),
        ),
        (
            "wildrig",
            "[10:23:24] [skydoge.mine.zergpool.com:3735] read error: \"connection reset by peer\"",
            Some((PoolLost, None)),
        ),
        (
            "cpuminer",
            "[2017-10-22 18:12:21] Accepted 1/1 (100%), 185.89 MH, 7259.75 kH/s",
            Some((Accepted, None)),
        ),
        (
            "cpuminer",
            "[2017-10-22 18:07:58] Stratum connection interrupted",
            Some((PoolLost, None)),
        ),
        ("rigel", "[2025-03-16 15:55:51] [progpowz.mine.zergpool.com:13003] connected", None),
    ] {
        let found = program(name).classify(line).map(|line| (line.kind, line.gpu));
        assert_eq!(found, expected, "{name}: {line}");
    }
}

proptest! {
    #[test]
    fn no_line_shows_a_secret_or_moves_a_cursor(
        before in any::<String>(), after in any::<String>(), repeat in 0_usize..3000,
    ) {
        let secrets = Secrets::new(&[W], &["hunter22"]);
        let line = format!("{}{before}{W}{after}hunter22", "\u{1b}[0mx".repeat(repeat));
        let shown = clean(&line, &secrets);
        prop_assert!(!shown.to_ascii_lowercase().contains(W));
        prop_assert!(!shown.contains("hunter22"));
        prop_assert!(!shown.chars().any(char::is_control));
        for adapter in ADAPTERS.iter() {
            let _ = adapter.program().and_then(|program| program.classify(&line));
        }
    }
}
