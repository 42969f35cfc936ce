//! Clocks that jump, and a rig that sleeps.

use quaiminer_domain::watchdog::Step;

use crate::world::{Scenario, World, play};

#[test]
fn clocks() {
    play(&[
        Scenario {
            name: "the wall clock jumps a day forwards",
            minutes: 120,
            script: &[(1800, |w| w.wall_s += 86_400)],
            expected: &[],
        },
        Scenario {
            name: "the wall clock jumps ten years back",
            minutes: 120,
            script: &[(1800, |w| w.wall_s -= 315_360_000)],
            expected: &[],
        },
        Scenario {
            name: "a clock kept in local time, daylight saving begins and ends",
            minutes: 600,
            script: &[(7200, |w| w.wall_s += 3600), (18_000, |w| w.wall_s -= 3600)],
            expected: &[],
        },
        Scenario {
            name: "a forward jump in a drought is no time without a share",
            minutes: 120,
            script: &[
                (1800, |w| w.a.shares = false),
                (2100, |w| w.wall_s += 86_400),
                (2400, |w| w.a.shares = true),
            ],
            expected: &[],
        },
        Scenario {
            name: "a backward jump does not hide a fault",
            minutes: 50,
            script: &[(1800, |w| w.a.shares = false), (2100, |w| w.wall_s -= 86_400)],
            expected: &["40:00 restart_miner no_shares"],
        },
        Scenario {
            name: "a clock that jumps every minute does not blind",
            minutes: 50,
            script: &[
                (1800, |w| (w.a.alive, w.cure) = (false, Some(Step::RestartMiner))),
                (1860, |w| w.wall_s += 3600),
                (1920, |w| w.wall_s += 3600),
                (1980, |w| w.wall_s += 3600),
                (2040, |w| w.wall_s += 3600),
                (2100, |w| w.wall_s += 3600),
                (2160, |w| w.wall_s += 3600),
            ],
            expected: &["35:55 restart_miner process_gone"],
        },
        Scenario {
            name: "suspended, and the monotonic clock stood still",
            minutes: 120,
            script: &[(1800, |w| w.wall_s += 28_800), (1800, asleep), (1950, awake)],
            expected: &[],
        },
        Scenario {
            name: "suspended, and the monotonic clock went on",
            minutes: 120,
            script: &[(1800, |w| w.skip_s += 28_800), (1800, asleep), (1950, awake)],
            expected: &[],
        },
        Scenario {
            name: "suspended in a drought",
            minutes: 120,
            script: &[
                (1800, |w| w.a.shares = false),
                (2100, |w| w.skip_s += 28_800),
                (2400, |w| w.a.shares = true),
            ],
            expected: &[],
        },
        Scenario {
            name: "the dashboard is held up for five minutes, the miner begins anew meanwhile",
            minutes: 120,
            script: &[(1800, |w| w.skip_s += 300), (1800, |w| w.a.start())],
            expected: &[],
        },
        Scenario {
            name: "a miner that restarts itself twice an hour",
            minutes: 180,
            script: &[
                (1800, |w| w.a.start()),
                (3600, |w| w.a.start()),
                (5400, |w| w.a.start()),
                (7200, |w| w.a.start()),
            ],
            expected: &[],
        },
    ]);
}

/// What a rig looks like just after it wakes up.
fn asleep(w: &mut World) {
    w.a.shares = false;
    w.a.hash_at(0, 0.0);
    w.a.hash_at(1, 0.0);
}

fn awake(w: &mut World) {
    w.a.shares = true;
    w.a.hash_at(0, 30.0);
    w.a.hash_at(1, 30.0);
}
