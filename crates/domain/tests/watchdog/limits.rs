//! Whatever the watchdog is told, it keeps within its bounds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use quaiminer_domain::Fact;
use quaiminer_domain::miner::{Activity, MinerReading, Pool, Shares};
use quaiminer_domain::watchdog::{
    Evidence, GpuEvidence, GpuHealth, MinerEvidence, Moment, Outside, PastAct, Probe, Process,
    Rule, Settings, Step, Verdict, Wallet, Watchdog,
};

fn fact<T: std::fmt::Debug + Clone + 'static>(
    known: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Fact<T>> {
    prop_oneof![1 => Just(Fact::unknown("silent")), 4 => known.prop_map(Fact::Known)].boxed()
}

fn number() -> BoxedStrategy<f64> {
    prop_oneof![
        4 => 0.0..200.0,
        1 => Just(0.0),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, -1.0, f64::MAX, 1e-300]),
    ]
    .boxed()
}

fn count() -> BoxedStrategy<u64> {
    prop_oneof![4 => 0..100_u64, 1 => any::<u64>()].boxed()
}

fn probe() -> BoxedStrategy<Probe> {
    prop_oneof![
        30 => Just(Probe::Fine),
        1 => Just(Probe::Fault("refused".into())),
        1 => Just(Probe::Unknown("not asked".into())),
        1 => Just(Probe::Unused),
    ]
    .boxed()
}

fn reading() -> impl Strategy<Value = MinerReading> {
    let activity = prop_oneof![
        5 => Just(Activity::Mining),
        1 => Just(Activity::Starting),
        1 => Just(Activity::NoPool),
        1 => Just(Activity::Paused(String::new())),
        1 => Just(Activity::Serving),
    ];
    (activity, fact(number()), fact(count()), fact(count())).prop_map(
        |(activity, hashrate_hs, accepted, rejected)| MinerReading {
            program: String::new(),
            version: Fact::unknown(""),
            uptime_s: Fact::unknown(""),
            algorithm: Fact::unknown(""),
            activity,
            hashrate_hs,
            shares: Shares { accepted, rejected, ..Shares::unknown("") },
            pool: Pool::unknown(""),
            power_w: Fact::unknown(""),
            earnings: Fact::unknown("no"),
            gpus: Vec::new(),
        },
    )
}

fn gpus() -> impl Strategy<Value = Vec<GpuEvidence>> {
    let health = prop_oneof![
        5 => Just(GpuHealth::Fine),
        1 => Just(GpuHealth::Missing { why: String::new() }),
        1 => Just(GpuHealth::Hung { why: String::new() }),
    ];
    let gpu = (0..3_u8, fact(health), any::<bool>(), fact(number()), fact(number())).prop_map(
        |(name, health, paused, hashrate_hs, temp_c)| GpuEvidence {
            name: name.to_string(),
            health,
            paused,
            hashrate_hs,
            temp_c,
            memory_temp_c: Fact::unknown(""),
        },
    );
    prop::collection::vec(gpu, 0..3)
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let process = prop_oneof![
        6 => (0..3_u64).prop_map(|run| Process::Alive { run }),
        2 => Just(Process::Gone { why: String::new() }),
    ];
    let wallet = prop_oneof![
        4 => Just(Wallet::Pinned),
        1 => Just(Wallet::Foreign { seen: "0x00".to_owned() }),
    ];
    let flags = (any::<bool>(), prop::bool::weighted(0.9), prop::bool::weighted(0.9));
    let outside = (probe(), probe(), probe(), probe());
    let miner = (
        (0..3_u8, flags, fact(process), 0..2_u8, prop_oneof![20 => Just(0), 1 => 1..3_u64]),
        (fact(reading()), fact(number()), fact(wallet), gpus(), outside),
    )
        .prop_map(|((name, flags, process, sheet, orders), rest)| {
            let (says, hashes_per_share, wallet, gpus, (network, dns, pool, node)) = rest;
            MinerEvidence {
                name: name.to_string(),
                ours: flags.1,
                wanted: flags.2,
                process,
                sheet: sheet.to_string(),
                orders,
                has_last_good_sheet: flags.0,
                says,
                hashes_per_share,
                wallet,
                gpus,
                outside: Outside { network, dns, pool, node },
            }
        });
    (prop::bool::weighted(0.1), prop::collection::vec(miner, 1..4)).prop_map(
        |(maintenance, miners)| Evidence {
            maintenance,
            can_reset_tuning: true,
            can_reboot: true,
            miners,
        },
    )
}

/// Impatient, so that much happens; the caps are the usual ones.
fn impatient() -> Settings {
    Settings {
        grace_s: 1,
        settle_s: 1,
        recovered_after_s: 60,
        no_share_s: 1,
        hashrate_s: 1,
        bad_share_minimum: 1,
        gpu_missing_s: 1,
        gpu_hung_s: 1,
        hot_s: 1,
        silent_s: 1,
        gone_s: 1,
        wallet_s: 1,
        first_pause_s: 1,
        longest_pause_s: 2,
        reboot: true,
        ..Settings::default()
    }
}

fn is_faulty(outside: &Outside) -> bool {
    [&outside.network, &outside.dns, &outside.pool, &outside.node]
        .into_iter()
        .any(|probe| matches!(probe, Probe::Fault(_)))
}

fn cap(settings: &Settings, step: Step) -> (u32, u32) {
    let cap = match step {
        Step::RestartMiner => settings.restart_cap,
        Step::LastGoodSheet => settings.last_good_sheet_cap,
        Step::ResetTuning => settings.reset_tuning_cap,
        Step::Reboot => settings.reboot_cap,
        Step::StopMiner => settings.stop_cap,
    };
    (cap.per_hour, cap.per_day)
}

/// Plays the evidence, each piece for a while, and checks every act. Returns
/// how many there were.
fn check_acts(script: &[(Evidence, u64, u64, i64)]) -> usize {
    let settings = impatient();
    let start = Moment { mono_ms: 0, wall_ms: 0 };
    let past = [PastAct { step: Step::Reboot, miner: "0".to_owned(), at_ms: -1000 }];
    let mut watchdog = Watchdog::new(settings.clone(), start, &past);
    let mut acts: BTreeMap<(Step, String), Vec<i64>> = BTreeMap::new();
    acts.insert((Step::Reboot, String::new()), vec![-1000]);
    let mut count = 0;
    let mut now = start;
    for (evidence, ticks, tick_ms, wall_step_ms) in script {
        now.wall_ms = now.wall_ms.saturating_add(*wall_step_ms);
        for _ in 0..*ticks {
            now.mono_ms += tick_ms;
            now.wall_ms = now.wall_ms.saturating_add(*tick_ms as i64);
            for decision in watchdog.tick(now, evidence) {
                assert!(!decision.message().is_empty());
                let Verdict::Act(step) = decision.verdict else { continue };
                count += 1;
                assert!(!evidence.maintenance, "{decision:?}");
                let is_theft = decision.finding.rule() == Rule::ForeignWallet;
                let concerned =
                    |miner: &&MinerEvidence| step.is_of_the_rig() || miner.name == decision.miner;
                let named = evidence.miners.iter().filter(concerned);
                // Two of one name in one piece of evidence contradict each other.
                let all = named.clone().all(|miner| is_faulty(&miner.outside));
                let any = named.clone().any(|miner| is_faulty(&miner.outside));
                let once = evidence.miners.iter().filter(|m| m.name == decision.miner).count() == 1;
                let outside = all || (any && (once || step.is_of_the_rig()));
                assert!(is_theft || !outside, "{decision:?}");
                let target = if step.is_of_the_rig() { "" } else { &decision.miner };
                let done = acts.entry((step, target.to_owned())).or_default();
                done.push(now.mono_ms as i64);
                let within = |ms: i64| {
                    done.iter().filter(|at| **at > now.mono_ms as i64 - ms).count() as u32
                };
                let (per_hour, per_day) = cap(&settings, step);
                assert!(within(3_600_000) <= per_hour, "{step:?} {done:?}");
                assert!(within(86_400_000) <= per_day, "{step:?} {done:?}");
            }
        }
    }
    count
}

fn script() -> impl Strategy<Value = Vec<(Evidence, u64, u64, i64)>> {
    let tick_ms = prop_oneof![8 => Just(5000_u64), 1 => 0..200_000_u64];
    let wall_step_ms = prop_oneof![8 => Just(0_i64), 1 => any::<i64>()];
    prop::collection::vec((evidence(), 1..200_u64, tick_ms, wall_step_ms), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_too_often_and_never_for_a_fault_outside(script in script()) {
        check_acts(&script);
    }
}

/// Whoever knows nothing decides nothing.
#[test]
fn nothing_known_is_nothing_wrong() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..50 {
        let mut evidence = evidence().new_tree(&mut runner).unwrap().current();
        for miner in &mut evidence.miners {
            miner.process = Fact::unknown("");
            miner.says = Fact::unknown("");
            miner.wallet = Fact::unknown("");
            for gpu in &mut miner.gpus {
                gpu.health = Fact::unknown("");
                gpu.hashrate_hs = Fact::unknown("");
                gpu.temp_c = Fact::unknown("");
            }
        }
        let mut now = Moment { mono_ms: 0, wall_ms: 0 };
        let mut watchdog = Watchdog::new(impatient(), now, &[]);
        for _ in 0..500 {
            (now.mono_ms, now.wall_ms) = (now.mono_ms + 5000, now.wall_ms + 5000);
            assert_eq!(watchdog.tick(now, &evidence), []);
        }
    }
}

/// The properties above would hold for a watchdog that never acts, too.
#[test]
fn random_faults_lead_to_acts() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let acts = (0..20).map(|_| check_acts(&script().new_tree(&mut runner).unwrap().current()));
    assert!(acts.sum::<usize>() > 50);
}
