//! A simulated rig of six GPUs, for a look at the dashboard without one. It
//! takes the place of the sources and of the processes; everything behind
//! them is the same as for a real rig.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quaiminer_domain::Fact;
use quaiminer_domain::control::{Action, ControlState, Instance, Phase};
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_domain::history::{MinerSample, SAMPLE_PERIOD_MS};
use quaiminer_domain::host::{HostReading, HostTemperature};
use quaiminer_domain::miner::{Activity, GpuReading, MinerReading, Pool, Shares};
use quaiminer_domain::node::{BlockTimes, MiningInfo, NodeReading};
use quaiminer_domain::pci::PciAddress;
use quaiminer_store::Store;
use tokio::sync::watch;

use crate::clock::now_ms;
use crate::control::{Control, Done, Outcome};
use crate::journal::Journal;
use crate::recorder;
use crate::source::{PERIOD, Update, Updates, ticks};
use crate::vital::Vitals;

const MINER_ADDRESS: &str = "demo://miner";
const NODE_ADDRESS: &str = "demo://node";

/// Name, hashrate in MH/s, power in W and resting temperature of each card.
const CARDS: [(&str, f64, f64, f64); 6] = [
    ("Demo RTX 3080", 44.0, 221.0, 61.0),
    ("Demo RTX 3080", 43.8, 224.0, 63.0),
    ("Demo RTX 3070", 30.6, 138.0, 57.0),
    ("Demo RTX 3070", 30.4, 136.0, 58.0),
    ("Demo RX 6800 XT", 31.0, 168.0, 62.0),
    ("Demo RX 6800 XT", 30.8, 171.0, 66.0),
];
/// This card fails two minutes after the first look, for a minute, and so on
/// every four minutes.
const FAILING_CARD: usize = 3;
const FAILURE_EVERY_S: i64 = 240;
const FAILURE_AFTER_S: i64 = 120;
const FAILURE_LASTS_S: i64 = 60;
/// So long it has been mining when it is first looked at.
const PAST_MS: i64 = 24 * 3600 * 1000;
/// A share of the whole rig takes about this long; a rig of 210 MH/s on a
/// difficulty of 8.4 gigahashes.
const HASHES_PER_SHARE: f64 = 8.4e9;

/// What goes on from one tick to the next.
struct Simulation {
    started_ms: i64,
    watched_since_ms: i64,
    running: bool,
    /// Hashes done by each card since the start.
    hashes: [f64; 6],
    noise: Noise,
    control: watch::Sender<ControlState>,
}

pub(crate) fn start(updates: Updates, store: &Store, journal: Journal, vitals: &Vitals) -> Control {
    let now = now_ms();
    let started_ms = now - PAST_MS;
    let (control, state) = watch::channel(control_state(true, started_ms));
    let mut simulation = Simulation {
        started_ms,
        watched_since_ms: now,
        running: true,
        hashes: [0.0; 6],
        noise: Noise(0x9e37_79b9_7f4a_7c15),
        control,
    };
    store.record(simulation.past(now));
    let simulation = Arc::new(Mutex::new(simulation));
    vitals.spawn("demo", run(simulation.clone(), updates, journal.clone()));
    Control::simulated(state, move |action, actor| {
        let outcome = lock(&simulation).act(&action);
        if let Ok(done) = &outcome.result {
            let event = NewEvent {
                at_ms: now_ms(),
                severity: Severity::Info,
                kind: action.event_kind(),
                actor: actor.to_owned(),
                message: format!("{} (demo)", done.message),
            };
            let journal = journal.clone();
            tokio::spawn(async move { journal.record(event).await });
        }
        outcome
    })
}

async fn run(simulation: Arc<Mutex<Simulation>>, updates: Updates, journal: Journal) {
    let mut tick = ticks(PERIOD);
    let mut failed = false;
    loop {
        let now = now_ms();
        let (miner, fails) = lock(&simulation).step(now);
        let address = MINER_ADDRESS.to_owned();
        updates.send(Update::Miner { address, attempt: miner }).await;
        let address = NODE_ADDRESS.to_owned();
        updates.send(Update::Node { address, attempt: Ok(node(now)) }).await;
        updates.send(Update::Host(Ok(host()))).await;
        if fails != failed {
            failed = fails;
            let (severity, what) = match fails {
                true => (Severity::Error, "stopped hashing"),
                false => (Severity::Info, "works again"),
            };
            journal
                .record(NewEvent {
                    at_ms: now,
                    severity,
                    kind: "demo.gpu",
                    actor: "demo".to_owned(),
                    message: format!("GPU {FAILING_CARD} {what} (demo)"),
                })
                .await;
        }
        tick.tick().await;
    }
}

impl Simulation {
    fn act(&mut self, action: &Action) -> Outcome {
        let (running, message) = match action {
            Action::Start { .. } => (true, "Miner started"),
            Action::Stop { .. } => (false, "Miner stopped"),
            Action::Restart => (true, "Miner restarted"),
        };
        let changed = running != self.running || *action == Action::Restart;
        if changed && running {
            self.started_ms = now_ms();
            self.hashes = [0.0; 6];
        }
        self.running = running;
        let state = control_state(running, self.started_ms);
        self.control.send_replace(state.clone());
        let done = Done {
            changed: if changed { vec!["miner".to_owned()] } else { Vec::new() },
            gpus: Vec::new(),
            message: message.to_owned(),
        };
        Outcome { result: Ok(done), state }
    }

    /// The history that such a rig would have by now.
    fn past(&mut self, now: i64) -> Vec<MinerSample> {
        let period_ms = usize::try_from(SAMPLE_PERIOD_MS).unwrap_or(1);
        let moments = (self.started_ms..now).step_by(period_ms);
        let samples = moments.filter_map(|at_ms| {
            let (miner, _) = self.step(at_ms);
            Some(recorder::sample(MINER_ADDRESS, &miner.ok()?, at_ms))
        });
        samples.collect()
    }

    /// The miner's next answer, and whether a card is failing.
    fn step(&mut self, now: i64) -> (Result<MinerReading, quaiminer_domain::Reason>, bool) {
        if !self.running {
            return (Err("The simulated miner is stopped".into()), false);
        }
        let uptime_s = (now - self.started_ms) / 1000;
        let watched_s = (now - self.watched_since_ms) / 1000 - FAILURE_AFTER_S;
        let fails = watched_s >= 0 && watched_s % FAILURE_EVERY_S < FAILURE_LASTS_S;
        let mut gpus = Vec::new();
        let cards = CARDS.iter().zip(self.hashes.iter_mut()).enumerate();
        for (index, ((name, mhs, watts, rest_c), hashes)) in cards {
            let dead = fails && index == FAILING_CARD;
            let hashrate = if dead { 0.0 } else { mhs * 1e6 * (1.0 + self.noise.around(0.012)) };
            *hashes += hashrate * PERIOD.as_secs_f64();
            let known = |value: f64| match dead {
                true => Fact::unknown("The simulated card does not answer"),
                false => Fact::Known((value * 10.0).round() / 10.0),
            };
            gpus.push(GpuReading {
                index: u32::try_from(index).unwrap_or_default(),
                name: Fact::Known((*name).to_owned()),
                pci: Fact::Known(PciAddress::on_bus(u8::try_from(index + 1).unwrap_or(1))),
                paused: dead.then(|| "The simulated card does not answer".to_owned()),
                hashrate_hs: Fact::Known(hashrate),
                shares: shares((*hashes / HASHES_PER_SHARE) as u64),
                temp_c: known(rest_c + self.noise.around(1.5)),
                memory_temp_c: known(rest_c + 18.0 + self.noise.around(1.5)),
                fan_percent: known(rest_c + self.noise.around(2.0)),
                power_w: known(watts + self.noise.around(4.0)),
            });
        }
        let power: f64 = gpus.iter().filter_map(|gpu| gpu.power_w.get()).sum();
        let reading = MinerReading {
            program: "demo".to_owned(),
            version: Fact::Known(env!("CARGO_PKG_VERSION").to_owned()),
            uptime_s: Fact::Known(u64::try_from(uptime_s).unwrap_or_default()),
            algorithm: Fact::Known("kawpow".to_owned()),
            activity: Activity::Mining,
            hashrate_hs: Fact::Known(gpus.iter().filter_map(|gpu| gpu.hashrate_hs.get()).sum()),
            shares: shares((self.hashes.iter().sum::<f64>() / HASHES_PER_SHARE) as u64),
            pool: Pool {
                url: Fact::Known("pool.example:1185".to_owned()),
                user: Fact::Known("demo".to_owned()),
                connected: Fact::Known(true),
                latency_ms: Fact::Known(34),
                difficulty: Fact::unknown("The demo has no difficulty"),
            },
            power_w: Fact::Known(power.round()),
            earnings: Fact::unknown("Nothing is earned by a simulation"),
            gpus,
        };
        (Ok(reading), fails)
    }
}

/// Of 200 shares one is rejected.
fn shares(found: u64) -> Shares {
    let rejected = found / 200;
    Shares {
        accepted: Fact::Known(found - rejected),
        rejected: Fact::Known(rejected),
        invalid: Fact::Known(0),
        stale: Fact::Known(found / 150),
        last_share_age_s: Fact::unknown("The demo does not keep it"),
    }
}

fn node(now: i64) -> NodeReading {
    NodeReading {
        client_version: Fact::Known("demo".to_owned()),
        chain_id: Fact::Known(1337),
        // One block every five seconds.
        height: Fact::Known(u64::try_from(now / 5000).unwrap_or_default()),
        header_at_ms: Fact::Known(now - now.rem_euclid(5000)),
        peers: Fact::Known(31),
        difficulty: Fact::Known(2.0e12),
        gas_price: Fact::Known(1.2e9),
        mining: Fact::Known(MiningInfo {
            kawpow_difficulty: Fact::Known(2.0e12),
            kawpow_hashrate_hs: Fact::Known(3.5e12),
            block_time_s: Fact::Known(5.0),
            workshare_reward_quai: Fact::Known(0.3),
            block_reward_quai: Fact::Known(2.7),
        }),
        block_times: Fact::Known(BlockTimes {
            mean_s: 5.0,
            variance_s2: 0.0,
            usual_deviation_s: 0.0,
        }),
    }
}

fn host() -> HostReading {
    const GIB: u64 = 1 << 30;
    HostReading {
        cpu_percent: Fact::Known(7.0),
        load_1: Fact::Known(0.4),
        load_5: Fact::Known(0.5),
        load_15: Fact::Known(0.5),
        memory_total_bytes: Fact::Known(16 * GIB),
        memory_available_bytes: Fact::Known(12 * GIB),
        disk_total_bytes: Fact::Known(120 * GIB),
        disk_free_bytes: Fact::Known(96 * GIB),
        uptime_s: Fact::Known(3 * 86_400),
        temperatures: vec![HostTemperature { label: "demo cpu".to_owned(), temp_c: 48.0 }],
    }
}

fn control_state(running: bool, started_ms: i64) -> ControlState {
    ControlState {
        program: Ok("demo".to_owned()),
        instances: vec![Instance {
            name: "miner".to_owned(),
            gpu: None,
            phase: if running { Phase::Running } else { Phase::Stopped },
            pid: None,
            started_ms: running.then_some(started_ms),
            restarts: 0,
        }],
    }
}

/// Makes the curves look alive; xorshift64.
struct Noise(u64);

impl Noise {
    /// Between `-width` and `width`.
    fn around(&mut self, width: f64) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let unit = (self.0 >> 11) as f64 / (1u64 << 53) as f64;
        (unit * 2.0 - 1.0) * width
    }
}

fn lock(simulation: &Mutex<Simulation>) -> MutexGuard<'_, Simulation> {
    // Every state of a simulation is a valid one.
    simulation.lock().unwrap_or_else(PoisonError::into_inner)
}
