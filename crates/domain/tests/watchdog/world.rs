//! A rig that behaves as a script tells it, and a watchdog that watches it.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{Activity, MinerReading, Pool, Shares};
use quaiminer_domain::watchdog::{
    Decision, Evidence, GpuEvidence, GpuHealth, Hold, Left, MinerEvidence, Moment, Outside, Probe,
    Process, Settings, Step, Verdict, Wallet, Watchdog,
};

pub const TICK_S: u64 = 5;
/// What a miner needs to build its DAG in this world.
const START_S: u64 = 60;

pub struct Scenario {
    pub name: &'static str,
    pub minutes: u64,
    /// What happens, and in which second.
    pub script: &'static [Happening],
    /// Each decision, after the minute and second of its time.
    pub expected: &'static [&'static str],
}

pub type Happening = (u64, fn(&mut World));

pub struct World {
    pub settings: Settings,
    pub maintenance: bool,
    pub can_reset_tuning: bool,
    pub can_reboot: bool,
    pub a: Miner,
    pub b: Option<Miner>,
    /// What makes miner `a` well again.
    pub cure: Option<Step>,
    /// Added to both clocks and to the wall clock alone.
    pub skip_s: u64,
    pub wall_s: i64,
}

#[derive(Clone)]
pub struct Miner {
    pub ours: bool,
    pub wanted: bool,
    pub alive: bool,
    pub process_known: bool,
    pub sheet: &'static str,
    pub orders: u64,
    pub has_last_good_sheet: bool,
    pub answers: bool,
    pub activity: Activity,
    pub gpus: Vec<GpuEvidence>,
    /// Whether its shares reach the pool, and how many of a hundred are bad.
    pub shares: bool,
    pub bad_percent: f64,
    pub shares_known: bool,
    pub hashes_per_share: f64,
    pub difficulty_known: bool,
    pub wallet: Fact<Wallet>,
    pub outside: Outside,
    pub run: u64,
    /// Seconds until the DAG is built.
    pub starting_s: u64,
    pub accepted: f64,
    pub bad: f64,
}

pub fn gpu(name: &str, hashrate_hs: f64) -> GpuEvidence {
    GpuEvidence {
        name: name.to_owned(),
        health: Fact::Known(GpuHealth::Fine),
        paused: false,
        hashrate_hs: Fact::Known(hashrate_hs),
        temp_c: Fact::Known(65.0),
        memory_temp_c: Fact::unknown("no sensor"),
    }
}

/// Two GPUs that find a share in ten seconds.
pub fn miner() -> Miner {
    Miner {
        ours: true,
        wanted: true,
        alive: true,
        process_known: true,
        sheet: "new",
        orders: 0,
        has_last_good_sheet: true,
        answers: true,
        activity: Activity::Mining,
        gpus: vec![gpu("0", 30e6), gpu("1", 30e6)],
        shares: true,
        bad_percent: 0.0,
        shares_known: true,
        hashes_per_share: 600e6,
        difficulty_known: true,
        wallet: Fact::Known(Wallet::Pinned),
        outside: Outside {
            network: Probe::Fine,
            dns: Probe::Fine,
            pool: Probe::Fine,
            node: Probe::Unused,
        },
        run: 1,
        starting_s: 0,
        accepted: 0.0,
        bad: 0.0,
    }
}

impl Miner {
    pub fn hash_at(&mut self, gpu: usize, mhs: f64) {
        self.gpus[gpu].hashrate_hs = Fact::Known(mhs * 1e6);
    }

    pub fn start(&mut self) {
        (self.run, self.alive, self.starting_s) = (self.run + 1, true, START_S);
        (self.accepted, self.bad) = (0.0, 0.0);
    }

    fn heal(&mut self) {
        let well = miner();
        (self.gpus, self.shares, self.answers) = (well.gpus, true, true);
        (self.bad_percent, self.activity) = (0.0, Activity::Mining);
    }

    fn work(&mut self, seconds: u64) {
        self.starting_s = self.starting_s.saturating_sub(seconds);
        if self.alive && self.shares && self.starting_s == 0 {
            let known = self.gpus.iter().filter_map(|gpu| gpu.hashrate_hs.get());
            let hs: f64 = known.filter(|hs| *hs > 0.0).sum();
            let found = hs * seconds as f64 / self.hashes_per_share;
            self.bad += found * self.bad_percent / 100.0;
            self.accepted += found * (1.0 - self.bad_percent / 100.0);
        }
    }

    fn evidence(&self, name: &str) -> MinerEvidence {
        let starting = self.starting_s > 0;
        let mut gpus = self.gpus.clone();
        for gpu in &mut gpus {
            if starting {
                gpu.hashrate_hs = Fact::Known(0.0);
            }
            if !self.alive || !self.answers {
                gpu.hashrate_hs = Fact::unknown("silent");
            }
        }
        let known = gpus.iter().filter_map(|gpu| gpu.hashrate_hs.get());
        let count = |count: f64| match self.shares_known {
            true => Fact::Known(count as u64),
            false => Fact::unknown("not told"),
        };
        let reading = MinerReading {
            program: "miner".to_owned(),
            version: Fact::unknown(""),
            uptime_s: Fact::unknown(""),
            algorithm: Fact::unknown(""),
            activity: if starting { Activity::Starting } else { self.activity.clone() },
            hashrate_hs: Fact::Known(known.sum()),
            shares: Shares {
                accepted: count(self.accepted),
                rejected: count(self.bad),
                ..Shares::unknown("")
            },
            pool: Pool::unknown(""),
            power_w: Fact::unknown(""),
            earnings: Fact::unknown("no"),
            gpus: Vec::new(),
        };
        let process = match self.alive {
            true => Process::Alive { run: self.run },
            false => Process::Gone { why: "exit status 1".to_owned() },
        };
        MinerEvidence {
            name: name.to_owned(),
            ours: self.ours,
            wanted: self.wanted,
            process: match self.process_known {
                true => Fact::Known(process),
                false => Fact::unknown("no such unit"),
            },
            sheet: self.sheet.to_owned(),
            orders: self.orders,
            has_last_good_sheet: self.has_last_good_sheet,
            says: match self.alive && self.answers {
                true => Fact::Known(reading),
                false => Fact::unknown("connection refused"),
            },
            hashes_per_share: match self.difficulty_known {
                true => Fact::Known(self.hashes_per_share),
                false => Fact::unknown("not told"),
            },
            wallet: if self.alive { self.wallet.clone() } else { Fact::unknown("no process") },
            gpus,
            outside: self.outside.clone(),
        }
    }
}

impl World {
    fn new() -> Self {
        World {
            settings: Settings::default(),
            maintenance: false,
            can_reset_tuning: true,
            can_reboot: true,
            a: miner(),
            b: None,
            cure: None,
            skip_s: 0,
            wall_s: 0,
        }
    }

    fn evidence(&self) -> Evidence {
        let b = self.b.as_ref().map(|b| b.evidence("b"));
        Evidence {
            maintenance: self.maintenance,
            can_reset_tuning: self.can_reset_tuning,
            can_reboot: self.can_reboot,
            miners: std::iter::once(self.a.evidence("a")).chain(b).collect(),
        }
    }

    fn act(&mut self, miner: &str, step: Step) {
        let cured = self.cure == Some(step);
        let target = match miner {
            "a" => &mut self.a,
            _ => self.b.as_mut().unwrap(),
        };
        match step {
            Step::RestartMiner => target.start(),
            Step::LastGoodSheet => {
                (target.sheet, target.has_last_good_sheet) = ("good", false);
                target.start();
            }
            Step::StopMiner => (target.alive, target.wanted) = (false, false),
            Step::ResetTuning | Step::Reboot => {}
        }
        if cured {
            target.heal();
        }
    }
}

pub fn play(scenarios: &[Scenario]) {
    let mut failed = Vec::new();
    for scenario in scenarios {
        let told = told(scenario);
        if told != scenario.expected {
            failed.push(format!("{}: {told:#?}", scenario.name));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn told(scenario: &Scenario) -> Vec<String> {
    let mut world = World::new();
    let mut told = Vec::new();
    let mut watchdog: Option<Watchdog> = None;
    for second in (0..=scenario.minutes * 60).step_by(TICK_S as usize) {
        for (_, happens) in scenario.script.iter().filter(|(at, _)| *at == second) {
            happens(&mut world);
        }
        let mono_s = second + world.skip_s;
        let moment = Moment {
            mono_ms: mono_s * 1000,
            wall_ms: (1_800_000_000 + mono_s as i64 + world.wall_s) * 1000,
        };
        let settings = world.settings.clone();
        let watchdog = watchdog.get_or_insert_with(|| Watchdog::new(settings.clone(), moment, &[]));
        watchdog.set(settings);
        for decision in watchdog.tick(moment, &world.evidence()) {
            assert_eq!(decision.at_ms, moment.wall_ms);
            told.push(format!("{}:{:02} {}", second / 60, second % 60, line(&decision)));
            if let Verdict::Act(step) = decision.verdict {
                world.act(&decision.miner, step);
            }
        }
        world.a.work(TICK_S);
        if let Some(b) = &mut world.b {
            b.work(TICK_S);
        }
    }
    told
}

/// `a restart_miner gpu_low_hashrate 1`: the miner is left out if it is `a`.
fn line(decision: &Decision) -> String {
    let what = match &decision.verdict {
        Verdict::Wait(Hold::Maintenance) => "wait maintenance".to_owned(),
        Verdict::Wait(Hold::NotOurs) => "wait not_ours".to_owned(),
        Verdict::Wait(Hold::Outside { place, .. }) => format!("wait {}", place.title()),
        Verdict::Wait(Hold::NotKnown { place, .. }) => format!("wait unknown {}", place.title()),
        Verdict::Act(step) => step.name().to_owned(),
        Verdict::GaveUp(Left::Running) => "gave_up running".to_owned(),
        Verdict::GaveUp(Left::Stopped) => "gave_up stopped".to_owned(),
        Verdict::GaveUp(Left::NotKnown) => "gave_up not_known".to_owned(),
        Verdict::Recovered => "recovered".to_owned(),
    };
    let miner = if decision.miner == "a" { "" } else { "b " };
    let gpu = decision.finding.gpu().map(|gpu| format!(" {gpu}")).unwrap_or_default();
    format!("{miner}{what} {}{gpu}", decision.finding.rule().name())
}
