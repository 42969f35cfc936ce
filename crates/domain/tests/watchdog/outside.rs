//! Faults that are not the rig's, and people at work.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::Activity;
use quaiminer_domain::watchdog::{Probe, Step, Wallet};

use crate::world::{Scenario, World, miner, play};

#[test]
fn faults_outside() {
    play(&[
        Scenario {
            name: "the pool is down for two hours",
            minutes: 240,
            script: &[(1800, pool_down), (9000, pool_up)],
            expected: &["34:55 wait pool low_hashrate", "167:55 recovered low_hashrate"],
        },
        Scenario {
            name: "the pool accepts nothing",
            minutes: 60,
            script: &[
                (1800, |w| w.a.shares = false),
                (2000, |w| w.a.outside.pool = Probe::Fault("no work".into())),
            ],
            expected: &["40:00 wait pool no_shares"],
        },
        Scenario {
            name: "without names there is no pool",
            minutes: 60,
            script: &[
                (1800, pool_down),
                (1800, |w| w.a.outside.dns = Probe::Fault("SERVFAIL".into())),
            ],
            expected: &["34:55 wait name service low_hashrate"],
        },
        Scenario {
            name: "without a network there is nothing",
            minutes: 60,
            script: &[
                (1800, pool_down),
                (1800, |w| w.a.outside.dns = Probe::Fault("timed out".into())),
                (1800, |w| w.a.outside.network = Probe::Fault("no route".into())),
            ],
            expected: &["34:55 wait network low_hashrate"],
        },
        Scenario {
            name: "the own node is stuck",
            minutes: 60,
            script: &[
                (1800, |w| w.a.shares = false),
                (1800, |w| w.a.outside.node = Probe::Fault("no new block".into())),
            ],
            expected: &["40:00 wait node no_shares"],
        },
        Scenario {
            name: "the probe of the pool has no result, then a good one",
            minutes: 90,
            script: &[
                (1800, |w| w.a.shares = false),
                (1800, |w| w.a.outside.pool = Probe::Unknown("not asked yet".into())),
                (2460, |w| w.a.outside.pool = Probe::Fine),
                (2460, |w| w.cure = Some(Step::RestartMiner)),
            ],
            expected: &[
                "40:00 wait unknown pool no_shares",
                "41:00 restart_miner no_shares",
                "61:00 recovered no_shares",
            ],
        },
        Scenario {
            name: "the probe of the pool has no result, then a bad one",
            minutes: 120,
            script: &[
                (1800, pool_down),
                (1800, |w| w.a.outside.pool = Probe::Unknown("not asked yet".into())),
                (2400, |w| w.a.outside.pool = Probe::Fault("refused".into())),
                (4200, pool_up),
            ],
            expected: &[
                "34:55 wait unknown pool low_hashrate",
                "40:00 wait pool low_hashrate",
                "87:55 recovered low_hashrate",
            ],
        },
        Scenario {
            name: "another wallet is stopped also while the pool is down",
            minutes: 120,
            script: &[
                (1800, pool_down),
                (3600, |w| {
                    let seen = "0x0012345678901234567890".to_owned();
                    w.a.wallet = Fact::Known(Wallet::Foreign { seen });
                }),
            ],
            expected: &[
                "34:55 wait pool low_hashrate",
                "60:25 stop_miner foreign_wallet",
                "60:30 gave_up stopped foreign_wallet",
            ],
        },
        Scenario {
            name: "another wallet is stopped whether or not the probes have a result",
            minutes: 60,
            script: &[
                (1800, |w| {
                    let seen = "0x0012345678901234567890".to_owned();
                    w.a.wallet = Fact::Known(Wallet::Foreign { seen });
                }),
                (0, |w| w.a.outside.pool = Probe::Unknown("timed out".into())),
            ],
            expected: &["30:25 stop_miner foreign_wallet", "30:30 gave_up stopped foreign_wallet"],
        },
        Scenario {
            name: "a flapping pool",
            minutes: 120,
            script: &[
                (1800, pool_down),
                (2100, probe_up),
                (2400, pool_down),
                (2700, probe_up),
                (3000, pool_down),
                (3300, probe_up),
                (3600, pool_down),
                (3900, pool_up),
            ],
            expected: &["34:55 wait pool low_hashrate", "82:55 recovered low_hashrate"],
        },
        Scenario {
            name: "a pool that flaps every twenty seconds",
            minutes: 60,
            script: &[
                (1800, |w| w.a.shares = false),
                (1800, pool_down),
                (1820, probe_up),
                (1840, pool_down),
                (1860, probe_up),
                (1880, pool_down),
                (1900, probe_up),
                (1920, pool_down),
                (1940, pool_up),
            ],
            expected: &[],
        },
        Scenario {
            name: "the miner does not find back to a pool that works again",
            minutes: 60,
            script: &[
                (1800, pool_down),
                (2400, probe_up),
                (2400, |w| w.cure = Some(Step::RestartMiner)),
            ],
            expected: &["34:55 wait pool low_hashrate", "47:55 restart_miner low_hashrate"],
        },
        Scenario {
            name: "the pool of another miner is down",
            minutes: 60,
            script: &[
                (0, |w| w.b = Some(miner())),
                (1800, pool_down),
                (1800, |w| w.b.as_mut().unwrap().alive = false),
            ],
            expected: &[
                "31:55 b restart_miner process_gone",
                "34:55 wait pool low_hashrate",
                "51:55 b recovered process_gone",
            ],
        },
        Scenario {
            name: "the pool of another miner is down, and the next step concerns the rig",
            minutes: 150,
            script: &[
                (0, |w| (w.b, w.a.has_last_good_sheet) = (Some(miner()), false)),
                (1800, |w| w.a.answers = false),
                (1800, |w| w.b.as_mut().unwrap().outside.pool = Probe::Fault("refused".into())),
                (6000, |w| w.b.as_mut().unwrap().outside.pool = Probe::Fine),
                (6000, |w| w.cure = Some(Step::ResetTuning)),
            ],
            expected: &[
                "31:55 restart_miner api_silent",
                "38:55 restart_miner api_silent",
                "48:55 wait pool api_silent",
                "100:00 reset_tuning api_silent",
                "119:55 recovered api_silent",
            ],
        },
    ]);
}

#[test]
fn people() {
    play(&[
        Scenario {
            name: "maintenance silences acts, not eyes",
            minutes: 120,
            script: &[
                (1800, |w| (w.maintenance, w.a.alive) = (true, false)),
                (5400, |w| w.maintenance = false),
            ],
            expected: &[
                "31:55 wait maintenance process_gone",
                "94:55 restart_miner process_gone",
                "114:55 recovered process_gone",
            ],
        },
        Scenario {
            name: "maintenance ends with a rig in order",
            minutes: 180,
            script: &[
                (1800, |w| (w.maintenance, w.a.alive) = (true, false)),
                (5400, |w| w.a.start()),
                (5400, |w| w.maintenance = false),
            ],
            expected: &["31:55 wait maintenance process_gone", "109:55 recovered process_gone"],
        },
        Scenario {
            name: "a miner that somebody else started",
            minutes: 90,
            script: &[(0, |w| w.a.ours = false), (1800, |w| w.a.shares = false)],
            expected: &["40:00 wait not_ours no_shares"],
        },
        Scenario {
            name: "who presses restart begins the ladder anew, not the caps",
            minutes: 60,
            script: &[
                (1800, |w| w.a.answers = false),
                (2400, |w| w.a.orders += 1),
                (2400, |w| w.a.start()),
                (2400, |w| w.a.answers = true),
                (3000, |w| w.a.answers = false),
            ],
            expected: &[
                "31:55 restart_miner api_silent",
                "38:55 restart_miner api_silent",
                "51:55 restart_miner api_silent",
                "58:55 last_good_sheet api_silent",
            ],
        },
    ]);
}

fn pool_down(w: &mut World) {
    w.a.outside.pool = Probe::Fault("refused".into());
    (w.a.activity, w.a.shares) = (Activity::NoPool, false);
    w.a.hash_at(0, 0.0);
    w.a.hash_at(1, 0.0);
}

/// It can be reached again, which the miner has not noticed.
fn probe_up(w: &mut World) {
    w.a.outside.pool = Probe::Fine;
}

fn pool_up(w: &mut World) {
    let a = miner();
    (w.a.outside, w.a.activity, w.a.gpus, w.a.shares) = (a.outside, a.activity, a.gpus, true);
}
