//! Which faults are seen, and when; and what only looks like one.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::Activity;
use quaiminer_domain::watchdog::{GpuHealth, Step, Wallet};

use crate::world::{Scenario, play};

#[test]
fn shares() {
    play(&[
        Scenario { name: "a calm day", minutes: 1440, script: &[], expected: &[] },
        Scenario {
            name: "no shares, a restart helps",
            minutes: 120,
            script: &[(1800, |w| (w.a.shares, w.cure) = (false, Some(Step::RestartMiner)))],
            expected: &["40:00 restart_miner no_shares", "60:00 recovered no_shares"],
        },
        Scenario {
            name: "bad luck of nine minutes",
            minutes: 120,
            script: &[(1800, |w| w.a.shares = false), (2340, |w| w.a.shares = true)],
            expected: &[],
        },
        Scenario {
            name: "shares are rare, bad luck of two hours",
            minutes: 600,
            script: &[
                (0, |w| w.a.hashes_per_share = 36e9),
                (7200, |w| w.a.shares = false),
                (14_400, |w| w.a.shares = true),
            ],
            expected: &[],
        },
        Scenario {
            name: "shares are rare, and longer away than luck explains",
            minutes: 360,
            script: &[
                (0, |w| w.a.hashes_per_share = 36e9),
                (7200, |w| (w.a.shares, w.cure) = (false, Some(Step::RestartMiner))),
            ],
            expected: &["273:05 restart_miner no_shares", "293:05 recovered no_shares"],
        },
        Scenario {
            name: "shares are not counted by the miner",
            minutes: 240,
            script: &[(0, |w| w.a.shares_known = false), (1800, |w| w.a.shares = false)],
            expected: &[],
        },
        Scenario {
            name: "the pool asks for a difficulty twenty times as high",
            minutes: 600,
            script: &[(3600, |w| w.a.hashes_per_share *= 20.0)],
            expected: &[],
        },
        Scenario {
            name: "no difficulty told, the pace is known from experience",
            minutes: 120,
            script: &[
                (0, |w| w.a.difficulty_known = false),
                (3600, |w| (w.a.shares, w.cure) = (false, Some(Step::RestartMiner))),
            ],
            expected: &["70:00 restart_miner no_shares", "90:00 recovered no_shares"],
        },
        Scenario {
            name: "a third of the shares is rejected",
            minutes: 90,
            script: &[
                (1800, |w| w.a.bad_percent = 33.0),
                (1800, |w| w.cure = Some(Step::RestartMiner)),
            ],
            expected: &["51:15 restart_miner bad_shares", "71:15 recovered bad_shares"],
        },
        Scenario {
            name: "a third of few shares is rejected",
            minutes: 300,
            script: &[(0, |w| (w.a.hashes_per_share, w.a.bad_percent) = (36e9, 33.0))],
            expected: &[],
        },
        Scenario {
            name: "counters begin anew without a restart, again and again",
            minutes: 180,
            script: &[
                (0, |w| w.a.bad_percent = 3.0),
                (3600, |w| (w.a.accepted, w.a.bad) = (0.0, 40.0)),
                (5400, |w| (w.a.accepted, w.a.bad) = (0.0, 0.0)),
                (7200, |w| (w.a.accepted, w.a.bad) = (0.0, 0.0)),
            ],
            expected: &[],
        },
    ]);
}

#[test]
fn hashrate() {
    play(&[
        Scenario {
            name: "one GPU at half its rate, a restart helps",
            minutes: 90,
            script: &[
                (0, |w| w.settings.hashrate_percent = 60.0),
                (1800, |w| w.a.hash_at(1, 15.0)),
                (1800, |w| w.cure = Some(Step::RestartMiner)),
            ],
            expected: &[
                "34:55 restart_miner gpu_low_hashrate 1",
                "54:55 recovered gpu_low_hashrate 1",
            ],
        },
        Scenario {
            name: "all GPUs at three quarters",
            minutes: 50,
            script: &[
                (1800, |w| w.a.hash_at(0, 22.5)),
                (1800, |w| w.a.hash_at(1, 22.5)),
                (1800, |w| w.cure = Some(Step::RestartMiner)),
            ],
            expected: &["34:55 restart_miner low_hashrate"],
        },
        Scenario {
            name: "one GPU at three quarters",
            minutes: 240,
            script: &[(1800, |w| w.a.hash_at(1, 22.5))],
            expected: &[],
        },
        Scenario {
            name: "a dip of four minutes",
            minutes: 90,
            script: &[(1800, |w| w.a.hash_at(1, 0.0)), (2040, |w| w.a.hash_at(1, 30.0))],
            expected: &[],
        },
        Scenario {
            name: "a hashrate that is not known",
            minutes: 90,
            script: &[
                (0, |w| w.settings.hashrate_percent = 10.0),
                (1800, |w| w.a.gpus[1].hashrate_hs = Fact::unknown("not told")),
            ],
            expected: &[],
        },
        Scenario {
            name: "a number that is none",
            minutes: 90,
            script: &[
                (0, |w| w.settings.hashrate_percent = 10.0),
                (1800, |w| w.a.gpus[1].hashrate_hs = Fact::Known(f64::NAN)),
                (3600, |w| w.a.gpus[1].hashrate_hs = Fact::Known(-1.0)),
            ],
            expected: &[],
        },
        Scenario {
            name: "a GPU that is paused",
            minutes: 90,
            script: &[
                (0, |w| w.settings.hashrate_percent = 10.0),
                (1800, |w| w.a.hash_at(1, 0.0)),
                (1800, |w| w.a.gpus[1].paused = true),
            ],
            expected: &[],
        },
        Scenario {
            name: "a miner that is paused",
            minutes: 90,
            script: &[
                (1800, |w| w.a.activity = Activity::Paused("schedule".to_owned())),
                (1800, |w| (w.a.shares, w.a.gpus) = (false, Vec::new())),
            ],
            expected: &[],
        },
        Scenario {
            name: "a new sheet with less hashrate",
            minutes: 120,
            script: &[
                (1800, |w| w.a.sheet = "quiet"),
                (1800, |w| w.a.start()),
                (1800, |w| w.a.hash_at(0, 15.0)),
                (1800, |w| w.a.hash_at(1, 15.0)),
            ],
            expected: &[],
        },
        Scenario {
            name: "a restart by hand with less hashrate",
            minutes: 120,
            script: &[
                (1800, |w| w.a.orders += 1),
                (1800, |w| w.a.start()),
                (1800, |w| w.a.hash_at(1, 15.0)),
            ],
            expected: &[],
        },
        Scenario {
            name: "a crash and another rate after it",
            minutes: 120,
            script: &[(1800, |w| w.a.start()), (1800, |w| w.a.hash_at(1, 15.0))],
            expected: &[],
        },
        Scenario {
            name: "a restart of ours makes a low rate no usual one, another sheet does",
            minutes: 120,
            script: &[(1800, |w| w.a.hash_at(0, 5.0)), (1800, |w| w.a.hash_at(1, 5.0))],
            expected: &[
                "34:55 restart_miner low_hashrate",
                "44:55 restart_miner low_hashrate",
                "54:55 last_good_sheet low_hashrate",
                "74:55 recovered low_hashrate",
            ],
        },
        Scenario {
            name: "the DAG takes five minutes",
            minutes: 60,
            script: &[(0, |w| w.a.starting_s = 300)],
            expected: &[],
        },
        Scenario {
            name: "the DAG is never finished",
            minutes: 15,
            script: &[(0, |w| w.a.starting_s = 9000)],
            expected: &["9:55 restart_miner low_hashrate"],
        },
        Scenario {
            name: "the miner waits for a pool that works",
            minutes: 60,
            script: &[
                (1800, |w| (w.a.activity, w.a.shares) = (Activity::NoPool, false)),
                (1800, |w| w.a.hash_at(0, 0.0)),
                (1800, |w| w.a.hash_at(1, 0.0)),
                (1800, |w| w.cure = Some(Step::RestartMiner)),
            ],
            expected: &["34:55 restart_miner low_hashrate", "54:55 recovered low_hashrate"],
        },
    ]);
}

#[test]
fn gpus_and_processes() {
    play(&[
        Scenario {
            name: "a GPU is missing for half a minute",
            minutes: 60,
            script: &[
                (1800, |w| w.a.gpus[1].health = missing()),
                (1830, |w| w.a.gpus[1].health = Fact::Known(GpuHealth::Fine)),
            ],
            expected: &[],
        },
        Scenario {
            name: "whether a GPU is there is not known",
            minutes: 60,
            script: &[(1800, |w| w.a.gpus[1].health = Fact::unknown("the tool hangs"))],
            expected: &[],
        },
        Scenario {
            name: "a GPU hangs until the tuning is reset",
            minutes: 120,
            script: &[
                (1800, |w| {
                    w.a.gpus[1].health = Fact::Known(GpuHealth::Hung { why: "Xid 8".to_owned() });
                }),
                (1800, |w| w.cure = Some(Step::ResetTuning)),
            ],
            expected: &[
                "30:55 restart_miner gpu_hung 1",
                "36:55 restart_miner gpu_hung 1",
                "46:55 reset_tuning gpu_hung 1",
                "66:50 recovered gpu_hung 1",
            ],
        },
        Scenario {
            name: "a GPU is too hot, its memory too for a moment",
            minutes: 60,
            script: &[
                (1800, |w| w.a.gpus[0].memory_temp_c = Fact::Known(112.0)),
                (1820, |w| w.a.gpus[0].memory_temp_c = Fact::Known(80.0)),
                (1860, |w| w.a.gpus[0].temp_c = Fact::Known(93.0)),
                (1860, |w| w.cure = Some(Step::LastGoodSheet)),
            ],
            expected: &["31:55 last_good_sheet gpu_too_hot 0", "51:55 recovered gpu_too_hot 0"],
        },
        Scenario {
            name: "a GPU stays too hot",
            minutes: 120,
            script: &[(1800, |w| w.a.gpus[0].temp_c = Fact::Known(93.0))],
            expected: &[
                "30:55 last_good_sheet gpu_too_hot 0",
                "35:55 stop_miner gpu_too_hot 0",
                "36:00 gave_up stopped gpu_too_hot 0",
            ],
        },
        Scenario {
            name: "temperatures are not known",
            minutes: 60,
            script: &[(1800, |w| w.a.gpus[0].temp_c = Fact::unknown("no sensor"))],
            expected: &[],
        },
        Scenario {
            name: "the API is silent, a restart helps",
            minutes: 60,
            script: &[(1800, |w| (w.a.answers, w.cure) = (false, Some(Step::RestartMiner)))],
            expected: &["31:55 restart_miner api_silent", "51:55 recovered api_silent"],
        },
        Scenario {
            name: "a miner without an API",
            minutes: 600,
            script: &[(0, |w| w.a.answers = false)],
            expected: &[],
        },
        Scenario {
            name: "the supervisor starts an ended process again",
            minutes: 60,
            script: &[(1800, |w| w.a.alive = false), (1860, |w| w.a.start())],
            expected: &[],
        },
        Scenario {
            name: "the process is gone for good",
            minutes: 60,
            script: &[(1800, |w| w.a.alive = false)],
            expected: &["31:55 restart_miner process_gone", "51:55 recovered process_gone"],
        },
        Scenario {
            name: "whether a process is there is not known",
            minutes: 60,
            script: &[(1800, |w| (w.a.alive, w.a.process_known) = (false, false))],
            expected: &[],
        },
        Scenario {
            name: "somebody stops the miner",
            minutes: 600,
            script: &[(1800, |w| (w.a.alive, w.a.wanted) = (false, false))],
            expected: &[],
        },
        Scenario {
            name: "another wallet",
            minutes: 60,
            script: &[(1800, |w| w.a.wallet = thief())],
            expected: &["30:25 stop_miner foreign_wallet", "30:30 gave_up stopped foreign_wallet"],
        },
        Scenario {
            name: "another wallet right after the start",
            minutes: 60,
            script: &[(0, |w| w.a.wallet = thief())],
            expected: &["0:30 stop_miner foreign_wallet", "0:35 gave_up stopped foreign_wallet"],
        },
        Scenario {
            name: "the wallet was just changed by the owner",
            minutes: 60,
            script: &[
                (1800, |w| w.a.wallet = thief()),
                (1815, |w| w.a.start()),
                (1815, |w| w.a.wallet = Fact::Known(Wallet::Pinned)),
            ],
            expected: &[],
        },
        Scenario {
            name: "another wallet during the pause after a restart",
            minutes: 34,
            script: &[(1800, |w| w.a.answers = false), (1950, |w| w.a.wallet = thief())],
            expected: &[
                "31:55 restart_miner api_silent",
                "32:55 stop_miner foreign_wallet",
                "33:00 gave_up stopped foreign_wallet",
            ],
        },
        Scenario {
            name: "who diverts the rewards starts the miner again",
            minutes: 60,
            script: &[
                (1800, |w| w.a.wallet = thief()),
                (2100, |w| w.a.start()),
                (2400, |w| w.a.start()),
            ],
            expected: &[
                "30:25 stop_miner foreign_wallet",
                "30:30 gave_up stopped foreign_wallet",
                "35:00 stop_miner foreign_wallet",
                "40:00 stop_miner foreign_wallet",
            ],
        },
    ]);
}

fn missing() -> Fact<GpuHealth> {
    Fact::Known(GpuHealth::Missing { why: "fell off the bus".to_owned() })
}

fn thief() -> Fact<Wallet> {
    Fact::Known(Wallet::Foreign { seen: "0x0012345678901234567890".to_owned() })
}
