//! Rigel: JSON over HTTP, opened with `--api-bind`. It has no port of its own;
//! values that belong to an algorithm are objects with the algorithms as keys.

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, FILES, INCOME, MINING, Order, Program, Refusal, TLS,
    WATCHDOG, joined,
};
use quaiminer_domain::Fact;
use quaiminer_domain::hardware::Vendor::Nvidia;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, NOT_REPORTED, or};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, version};

const NOT_COUNTED: &str = "Rigel does not count stale shares";

pub(crate) struct Rigel;

impl Adapter for Rigel {
    fn name(&self) -> &'static str {
        "rigel"
    }

    fn default_ports(&self) -> &'static [u16] {
        &[5000]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/stat"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let stat = lenient::json(body(replies, 0)?)?;
        if !is_rigel(&stat) {
            return Err(Unreadable::Garbled("This is not an answer of Rigel".into()));
        }
        let names = algorithms(&stat);
        let chosen = algorithm::choose(names.iter().copied());
        let name = names.get(chosen.at).copied().unwrap_or_default();

        let gpus = devices(stat.get("devices"), name);
        let pool = pool(stat.get("pools").and_then(|pools| pools.get(name)));
        let hashrate_hs = hashrate_or_sum(of(&stat, "hashrate", name), &gpus);
        let paused = gpus.iter().map(|gpu| gpu.paused.clone()).collect::<Option<Vec<_>>>();
        let paused = paused.and_then(|reasons| reasons.into_iter().next());
        Ok(MinerReading {
            program: "Rigel".to_owned(),
            version: version::number(stat.get("version")),
            uptime_s: plausible::seconds(lenient::number(stat.get("uptime"))),
            algorithm: chosen.shown,
            activity: activity(&pool.connected, paused, &hashrate_hs),
            hashrate_hs,
            shares: with_sums(shares(stat.get("solution_stat"), name), &gpus),
            pool,
            power_w: or(
                plausible::rig_w(lenient::number(stat.get("power_usage"))),
                total_power_w(&gpus, "The miner lists no device"),
            ),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&PROGRAM)
    }
}

static PROGRAM: Program = Program {
    executables: &["rigel"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Nvidia],
    max_pools: 8,
    api: ApiReach::Loopback,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "--algorithm",
                "--a1",
                "--a2",
                "--a3",
                "--coin",
                "-o",
                "--url",
                "-u",
                "--username",
                "-p",
                "--password",
                "-w",
                "--worker",
                "--proxy",
            ],
        ),
        (API, &["--api-bind"]),
        (CARDS, &["-d", "--devices"]),
        (FILES, &["-l", "--log-file", "--log-network"]),
        (CONFIG, &["-c", "--config"]),
        (WATCHDOG, &["--no-watchdog"]),
        (TLS, &["--no-strict-ssl"]),
        (MINING, &["-h", "--help", "-V", "--version", "--list-devices", "--no-tui", "--zil-test"]),
    ],
    harmless: &[],
    // How Rigel words its lines is not known well enough.
    signs: &[],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    argv.pair("--coin", "quai");
    for pool in &order.pools {
        argv.pair("-o", pool.stratum());
    }
    argv.pair("-u", order.wallet.as_str());
    argv.pair("-w", order.worker.as_str());
    argv.pair("-p", order.password());
    if !order.cards.is_empty() {
        argv.pair("-d", joined(&order.cards, |card| card.index_of_vendor));
    }
    argv.word("--no-watchdog");
    // Lines for the log in the place of a screen.
    argv.word("--no-tui");
    argv.pair("--api-bind", order.api());
    Ok(argv)
}

/// A reply of little more than these three occurs.
fn is_rigel(stat: &Value) -> bool {
    let is_object = |name: &str| stat.get(name).is_some_and(Value::is_object);
    let is_named_otherwise = stat
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(|name| !name.eq_ignore_ascii_case("rigel"));
    !is_named_otherwise && is_object("hashrate") && is_object("solution_stat")
}

/// `a+b` where it mines two; without it the keys of the hashrates tell.
fn algorithms(stat: &Value) -> Vec<&str> {
    match stat.get("algorithm").and_then(Value::as_str) {
        Some(joined) if !joined.trim().is_empty() => joined.split('+').map(str::trim).collect(),
        _ => {
            let hashrates = stat.get("hashrate").and_then(Value::as_object);
            hashrates.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect()
        }
    }
}

fn of(object: &Value, field: &str, algorithm: &str) -> Fact<f64> {
    lenient::number(object.get(field).and_then(|field| field.get(algorithm)))
}

fn shares(solutions: Option<&Value>, algorithm: &str) -> Shares {
    let counts = solutions.and_then(|solutions| solutions.get(algorithm));
    let count = |name| plausible::count(lenient::number(counts.and_then(|c| c.get(name))));
    Shares {
        accepted: count("accepted"),
        rejected: count("rejected"),
        invalid: count("invalid"),
        stale: Fact::unknown(NOT_COUNTED),
        last_share_age_s: Fact::unknown("Rigel does not report when it found a share"),
    }
}

/// All pools that are configured for the algorithm; the connected one counts.
fn pool(pools: Option<&Value>) -> Pool {
    let pools = lenient::list(pools);
    let in_use = pools.iter().find(|pool| connected(pool).get() == Some(true)).or(pools.first());
    let Some(pool) = in_use else {
        return Pool::unknown(NOT_REPORTED);
    };
    let details = pool.get("connection_details");
    let detail = |name| details.and_then(|details| details.get(name));
    let host = detail("hostname").and_then(Value::as_str).unwrap_or_default();
    let address = match detail("port").and_then(Value::as_u64) {
        Some(port) if !host.is_empty() => format!("{host}:{port}"),
        _ => host.to_owned(),
    };
    Pool {
        url: pool_uri::split(&address).host_port,
        user: pool_uri::with_worker(
            lenient::text(detail("username")),
            lenient::text(detail("worker")),
        ),
        connected: connected(pool),
        latency_ms: plausible::latency_ms(lenient::number(pool.get("average_latency_ms"))),
        difficulty: Fact::unknown("Rigel does not report a difficulty that can be compared"),
    }
}

/// A word, or an object that holds the job once there is one.
fn connected(pool: &Value) -> Fact<bool> {
    let connected = match pool.get("state") {
        Some(Value::Object(state)) if state.contains_key("issued_job") => Some(true),
        Some(Value::String(state)) if state.eq_ignore_ascii_case("connected") => Some(true),
        Some(Value::String(state)) => {
            let state = state.to_ascii_lowercase();
            let is_without = ["disconnect", "connecting"].iter().any(|word| state.contains(word));
            is_without.then_some(false)
        }
        _ => None,
    };
    Fact::from_option(connected, NOT_REPORTED)
}

fn devices(list: Option<&Value>, algorithm: &str) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    // Cards that it was told to leave alone are listed too.
    let selected = lenient::list(list)
        .iter()
        .filter(|entry| entry.get("selected") != Some(&Value::Bool(false)));
    for entry in selected.take(plausible::MAX_DEVICES) {
        let sensors = entry.get("monitoring_info");
        let sensor = |name| lenient::number(sensors.and_then(|sensors| sensors.get(name)));
        let mut gpu = device(plausible::count(lenient::number(entry.get("id"))), &gpus);
        gpu.name = lenient::text(entry.get("name"));
        gpu.pci = pci::address(entry.get("pci_address"));
        gpu.paused = match lenient::text(entry.get("state")) {
            Fact::Known(state) if state.to_ascii_lowercase().contains("paus") => Some(state),
            _ => None,
        };
        gpu.hashrate_hs = plausible::hashrate_hs(of(entry, "hashrate", algorithm));
        gpu.shares = shares(entry.get("solution_stat"), algorithm);
        gpu.temp_c = plausible::temp_c(sensor("core_temperature"));
        gpu.memory_temp_c = plausible::temp_c(sensor("memory_temperature"));
        gpu.fan_percent = plausible::fan_percent(sensor("fan_speed"));
        gpu.power_w = plausible::device_w(sensor("power_usage"));
        gpus.push(gpu);
    }
    gpus
}
