//! OneZeroMiner: JSON over HTTP, open on loopback by default.

use crate::program::{
    API, ApiReach, Argv, CARDS, FILES, INCOME, MINING, Order, Program, Refusal, SCRIPTS, TLS,
    WATCHDOG, joined, one_vendor,
};
use quaiminer_domain::Fact;
use quaiminer_domain::hardware::Vendor::{Amd, Nvidia};
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, number, text};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, version};

const NOT_COUNTED: &str = "OneZeroMiner does not count stale shares";
const LAST_SHARE: &str = "OneZeroMiner does not report when it found a share";

pub(crate) struct Onezerominer;

impl Adapter for Onezerominer {
    fn name(&self) -> &'static str {
        "onezerominer"
    }

    fn default_ports(&self) -> &'static [u16] {
        &[3001]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let reply = lenient::json(body(replies, 0)?)?;
        let name = reply.get("name").and_then(Value::as_str);
        let is_named = name.is_none_or(|name| name.eq_ignore_ascii_case("OneZeroMiner"));
        let Some(algos) = reply.get("algos").and_then(Value::as_array).filter(|_| is_named) else {
            return Err(Unreadable::Garbled("This is not an answer of OneZeroMiner".into()));
        };
        let names = algos.iter().map(|one| one.get("name").and_then(Value::as_str));
        let chosen = algorithm::choose(names.map(Option::unwrap_or_default));
        let own = algos.get(chosen.at).unwrap_or(&Value::Null);

        let gpus = devices(reply.get("devices"), own);
        let hashrate_hs = hashrate_or_sum(number(own.get("total_hashrate")), &gpus);
        let connected = connected(own.get("pool_status"));
        let uri = pool_uri::split(own.get("pool").and_then(Value::as_str).unwrap_or_default());
        Ok(MinerReading {
            program: "OneZeroMiner".to_owned(),
            version: version::number(reply.get("version")),
            uptime_s: plausible::seconds(number(reply.get("uptime_seconds"))),
            algorithm: chosen.shown,
            activity: activity(&connected, None, &hashrate_hs),
            hashrate_hs,
            shares: with_sums(shares(|what| own.get(format!("total_{what}_shares"))), &gpus),
            pool: Pool {
                url: uri.host_port,
                user: uri.user,
                connected,
                latency_ms: Fact::unknown("OneZeroMiner does not report it"),
                difficulty: Fact::unknown("OneZeroMiner does not report it"),
            },
            power_w: total_power_w(&gpus, "The miner lists no device"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&PROGRAM)
    }
}

static PROGRAM: Program = Program {
    executables: &["onezerominer"],
    algorithms: &[("xelishashv3", "xelishashv3"), ("qhash", "qhash")],
    vendors: &[Nvidia, Amd],
    max_pools: 1,
    api: ApiReach::Loopback,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "--algo",
                "--a2",
                "-o",
                "--pool",
                "--o2",
                "-w",
                "--wallet",
                "--w2",
                "-p",
                "--pass",
                "--p2",
                "--worker",
                "--worker2",
                "--mallob-endpoint",
                "--xelis-solo",
            ],
        ),
        (API, &["--api-host", "--api-port", "--api-disable"]),
        (CARDS, &["-d", "--devices", "--d2", "--disable-amd", "--disable-nvidia"]),
        (FILES, &["--log-file"]),
        (SCRIPTS, &["--zil-before-script", "--zil-after-script"]),
        (WATCHDOG, &["--max-no-acc"]),
        (TLS, &["--no-cert-validation"]),
        (MINING, &["-h", "--help", "-V", "--version", "--zil-test", "--zil-test-port"]),
    ],
    harmless: &[],
    // How it words its lines is not known.
    signs: &[],
};

/// It mines no KawPoW.
fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let pool = order.first_pool()?;
    let mut argv = Argv::default();
    argv.pair("--algo", algorithm);
    argv.pair("--pool", pool.stratum());
    argv.pair("--wallet", order.wallet.as_str());
    argv.pair("--worker", order.worker.as_str());
    argv.pair("--pass", order.password());
    if let Some(vendor) = one_vendor(order)? {
        argv.word(if vendor == Nvidia { "--disable-amd" } else { "--disable-nvidia" });
        argv.pair("--devices", joined(&order.cards, |card| card.index_of_vendor));
    }
    argv.word("--disable-telemetry");
    argv.pair("--api-host", "127.0.0.1");
    argv.pair("--api-port", order.api_port.to_string());
    Ok(argv)
}

/// Wrong results are counted since version 1.8.
fn shares<'a>(named: impl Fn(&str) -> Option<&'a Value>) -> Shares {
    let count = |what: &str| plausible::count(number(named(what)));
    Shares {
        accepted: count("accepted"),
        rejected: count("rejected"),
        invalid: count("invalid"),
        stale: Fact::unknown(NOT_COUNTED),
        last_share_age_s: Fact::unknown(LAST_SHARE),
    }
}

/// The words are not documented; only the plain ones are believed.
fn connected(status: Option<&Value>) -> Fact<bool> {
    let status = status.and_then(Value::as_str).map(|status| status.trim().to_ascii_lowercase());
    let connected = match status.as_deref() {
        Some("connected" | "online" | "active") => Some(true),
        Some("disconnected" | "not connected" | "offline" | "connecting" | "reconnecting") => {
            Some(false)
        }
        _ => None,
    };
    Fact::from_option(connected, lenient::NOT_REPORTED)
}

/// The numbers of an algorithm are in lists parallel to that of the devices,
/// and may be there for devices that are not described.
fn devices(list: Option<&Value>, algo: &Value) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    let described = lenient::list(list);
    let hashrates = lenient::list(algo.get("hashrates"));
    for at in 0..described.len().max(hashrates.len()).min(plausible::MAX_DEVICES) {
        let entry = described.get(at).unwrap_or(&Value::Null);
        let field = |name: &str| number(entry.get(name));
        let of_algo = |name: &str| algo.get(name).and_then(|list| list.get(at));
        let mut gpu = device(plausible::count(field("id")), &gpus);
        gpu.name = text(entry.get("name"));
        gpu.pci = pci::address(entry.get("bus_id"));
        gpu.hashrate_hs = plausible::hashrate_hs(number(hashrates.get(at)));
        gpu.shares = shares(|what| of_algo(&format!("devices_{what}_shares")));
        gpu.temp_c = plausible::temp_c(field("temp"));
        gpu.memory_temp_c = plausible::temp_c(field("mem_temp"));
        gpu.fan_percent = plausible::fan_percent(field("fan"));
        gpu.power_w = plausible::device_w(field("power"));
        gpus.push(gpu);
    }
    gpus
}
