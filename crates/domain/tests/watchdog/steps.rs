//! The ladder: one step after the other, each not too often.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::Activity;
use quaiminer_domain::watchdog::{GpuHealth, Step};

use crate::world::{Scenario, miner, play};

#[test]
fn ladder() {
    play(&[
        Scenario {
            name: "nothing helps",
            minutes: 600,
            script: &[(1800, |w| w.a.shares = false)],
            expected: &[
                "40:00 restart_miner no_shares",
                "55:05 restart_miner no_shares",
                "70:10 last_good_sheet no_shares",
                "90:10 reset_tuning no_shares",
                "130:10 gave_up running no_shares",
            ],
        },
        Scenario {
            name: "nothing helps, and a reboot is allowed",
            minutes: 600,
            script: &[(1800, |w| (w.a.shares, w.settings.reboot) = (false, true))],
            expected: &[
                "40:00 restart_miner no_shares",
                "55:05 restart_miner no_shares",
                "70:10 last_good_sheet no_shares",
                "90:10 reset_tuning no_shares",
                "130:10 reboot no_shares",
                "190:10 gave_up running no_shares",
            ],
        },
        Scenario {
            name: "nothing helps, and there is little to try",
            minutes: 600,
            script: &[(1800, |w| {
                w.a.shares = false;
                (w.a.has_last_good_sheet, w.can_reset_tuning) = (false, false);
            })],
            expected: &[
                "40:00 restart_miner no_shares",
                "55:05 restart_miner no_shares",
                "70:10 gave_up running no_shares",
            ],
        },
        Scenario {
            name: "the last good sheet helps",
            minutes: 150,
            script: &[(1800, |w| (w.a.shares, w.cure) = (false, Some(Step::LastGoodSheet)))],
            expected: &[
                "40:00 restart_miner no_shares",
                "55:05 restart_miner no_shares",
                "70:10 last_good_sheet no_shares",
                "90:10 recovered no_shares",
            ],
        },
        Scenario {
            name: "a fault that comes back before it is settled climbs on",
            minutes: 120,
            script: &[
                (1800, |w| (w.a.answers, w.cure) = (false, Some(Step::RestartMiner))),
                (2700, |w| w.a.answers = false),
                (3600, |w| w.a.answers = false),
            ],
            expected: &[
                "31:55 restart_miner api_silent",
                "46:55 restart_miner api_silent",
                "61:55 last_good_sheet api_silent",
                "81:55 reset_tuning api_silent",
            ],
        },
        Scenario {
            name: "nobody climbs down",
            minutes: 300,
            script: &[(1800, |w| {
                (w.a.shares, w.settings.reboot) = (false, true);
                w.settings.restart_cap.per_hour = 1;
            })],
            expected: &[
                "40:00 restart_miner no_shares",
                "55:05 last_good_sheet no_shares",
                "70:10 reset_tuning no_shares",
                "90:10 reboot no_shares",
                "130:10 gave_up running no_shares",
            ],
        },
        Scenario {
            name: "a miner that is paused after a restart has not recovered",
            minutes: 120,
            script: &[
                (1800, |w| (w.a.answers, w.cure) = (false, Some(Step::RestartMiner))),
                (1920, |w| w.a.activity = Activity::Paused("schedule".to_owned())),
                (1920, |w| w.a.shares = false),
            ],
            expected: &["31:55 restart_miner api_silent"],
        },
        Scenario {
            name: "a reset of the tuning changes what is usual for all",
            minutes: 120,
            script: &[
                (0, |w| (w.b, w.a.has_last_good_sheet) = (Some(miner()), false)),
                (1800, |w| (w.a.answers, w.cure) = (false, Some(Step::ResetTuning))),
                (2940, |w| w.b.as_mut().unwrap().hash_at(0, 15.0)),
            ],
            expected: &[
                "31:55 restart_miner api_silent",
                "38:55 restart_miner api_silent",
                "48:55 reset_tuning api_silent",
                "68:50 recovered api_silent",
            ],
        },
        Scenario {
            name: "restarts are capped over settled faults too",
            minutes: 150,
            script: &[
                (0, |w| (w.settings.recovered_after_s, w.settings.grace_s) = (60, 60)),
                (1800, |w| (w.a.answers, w.cure) = (false, Some(Step::RestartMiner))),
                (2400, |w| w.a.answers = false),
                (3000, |w| w.a.answers = false),
                (3600, |w| w.a.answers = false),
                (3600, |w| w.cure = Some(Step::LastGoodSheet)),
            ],
            expected: &[
                "31:55 restart_miner api_silent",
                "33:55 recovered api_silent",
                "41:55 restart_miner api_silent",
                "43:55 recovered api_silent",
                "51:55 restart_miner api_silent",
                "53:55 recovered api_silent",
                "61:55 last_good_sheet api_silent",
                "63:55 recovered api_silent",
            ],
        },
        Scenario {
            name: "a dead card does not keep from helping the others",
            minutes: 400,
            script: &[
                (1800, |w| {
                    w.a.gpus[1].health =
                        Fact::Known(GpuHealth::Missing { why: "fell off the bus".to_owned() });
                    w.a.gpus[1].hashrate_hs = Fact::Known(0.0);
                }),
                (10_800, |w| w.a.answers = false),
                (11_100, |w| w.a.answers = true),
                (18_000, |w| w.a.gpus[1] = crate::world::gpu("1", 30e6)),
            ],
            expected: &[
                "30:55 restart_miner gpu_missing 1",
                "36:55 restart_miner gpu_missing 1",
                "46:55 gave_up running gpu_missing 1",
                "181:55 restart_miner api_silent",
                "201:55 recovered api_silent",
                "314:55 recovered gpu_missing 1",
            ],
        },
        Scenario {
            name: "a card that fell off the bus needs a reboot, once",
            minutes: 200,
            script: &[(1800, |w| {
                w.settings.reboot = true;
                w.a.gpus[1].health = Fact::Known(GpuHealth::Missing { why: String::new() });
            })],
            expected: &[
                "30:55 restart_miner gpu_missing 1",
                "36:55 restart_miner gpu_missing 1",
                "46:55 reboot gpu_missing 1",
                "66:55 gave_up running gpu_missing 1",
            ],
        },
        Scenario {
            name: "what was given up and comes back by itself",
            minutes: 300,
            script: &[
                (1800, |w| {
                    w.a.shares = false;
                    (w.a.has_last_good_sheet, w.can_reset_tuning) = (false, false);
                }),
                (9000, |w| w.a.shares = true),
                (14_400, |w| w.a.shares = false),
            ],
            expected: &[
                "40:00 restart_miner no_shares",
                "55:05 restart_miner no_shares",
                "70:10 gave_up running no_shares",
                "165:05 recovered no_shares",
                "250:00 restart_miner no_shares",
                "265:05 restart_miner no_shares",
                "280:10 gave_up running no_shares",
            ],
        },
    ]);
}
