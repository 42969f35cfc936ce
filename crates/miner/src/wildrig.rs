//! WildRig: JSON over HTTP in the form of XMRig's first API, opened with
//! `--api-port`. Cards are lists beside each other: hashrates in one, bus
//! numbers, temperatures and shares in others, the latter in newer versions.

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, FILES, INCOME, LineKind, MINING, Order, Program, Refusal,
    SCRIPTS, Sign, WATCHDOG, joined, one_vendor,
};
use quaiminer_domain::Fact;
use quaiminer_domain::hardware::Vendor::{Amd, Intel, Nvidia};
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, NOT_REPORTED, or};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::xmrig::newest;
use crate::{Adapter, algorithm, pci, plausible, pool_uri, version};

pub(crate) struct Wildrig;

impl Adapter for Wildrig {
    fn name(&self) -> &'static str {
        "wildrig"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["wildrig-multi"]
    }

    /// The port of the command lines in our documentation; it has none of its
    /// own.
    fn default_ports(&self) -> &'static [u16] {
        &[4000]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let summary = lenient::json(body(replies, 0)?)?;
        if !is_wildrig(&summary) {
            return Err(Unreadable::Garbled("This is not an answer of WildRig".into()));
        }
        let algorithm = summary.get("algo").and_then(Value::as_str).unwrap_or_default();
        let chosen = algorithm::choose(algorithm.split('+'));
        let results = summary.get("results").unwrap_or(&Value::Null);

        let gpus = devices(&summary);
        let hashrate_hs = hashrate_or_sum(newest(summary.pointer("/hashrate/total")), &gpus);
        let pool = pool(summary.get("connection"), results);
        Ok(MinerReading {
            program: "WildRig".to_owned(),
            version: or(
                version::number(summary.get("version")),
                version::behind("WildRig", summary.get("ua"))
                    .unwrap_or(Fact::unknown(NOT_REPORTED)),
            ),
            uptime_s: plausible::seconds(lenient::number(summary.get("uptime"))),
            algorithm: chosen.shown,
            activity: activity(&pool.connected, None, &hashrate_hs),
            hashrate_hs,
            shares: shares(results, &gpus),
            pool,
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
    executables: &["wildrig-multi", "wildrig"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Amd, Nvidia, Intel],
    max_pools: 8,
    api: ApiReach::Unknown,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "--algo",
                "-o",
                "--url",
                "-O",
                "--userpass",
                "-u",
                "--user",
                "-p",
                "--pass",
                "-w",
                "--worker",
                "--proxy",
                "--protocol",
                "--zil-another-miner",
            ],
        ),
        (API, &["--api-port", "--api-worker-id"]),
        (CARDS, &["-d", "--opencl-devices", "--opencl-platforms"]),
        (FILES, &["-l", "--log-file"]),
        (CONFIG, &["-c", "--config"]),
        (SCRIPTS, &["--watchdog-script", "--execute-at-start", "--execute", "--execute-wait"]),
        (WATCHDOG, &["--watchdog"]),
        (
            MINING,
            &[
                "--benchmark",
                "--benchmark-hashorder",
                "--benchmark-epoch",
                "--benchmark-block",
                "--benchmark-timeout",
                "--print-platforms",
                "--print-devices",
                "-h",
                "--help",
                "-V",
                "--version",
            ],
        ),
    ],
    harmless: &[],
    signs: &[
        Sign::new(LineKind::Accepted, &["] accepted("]).gpu("GPU#"),
        Sign::new(LineKind::Rejected, &["] rejected("]).gpu("GPU#"),
        Sign::new(LineKind::NewJob, &[" new job from "]),
        Sign::new(LineKind::GpuFault, &["GPU #", ": hangs in OpenCL kernel"]).gpu("GPU #"),
        Sign::new(LineKind::GpuFault, &["GPU #", ": some critical error happened"]).gpu("GPU #"),
        Sign::new(LineKind::PoolLost, &["] read error: "]),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    for pool in &order.pools {
        argv.pair("-o", pool.url("stratum+tcp", "stratum+tcps"));
        argv.pair("-u", order.wallet.as_str());
        argv.pair("-w", order.worker.as_str());
        argv.pair("-p", order.password());
    }
    if let Some(vendor) = one_vendor(order)? {
        argv.pair("--opencl-platforms", vendor.name());
        argv.pair("-d", joined(&order.cards, |card| card.index_of_vendor));
    }
    argv.word("--no-color");
    argv.pair("--api-port", order.api_port.to_string());
    Ok(argv)
}

/// XMRig says much the same, but names itself, and does not list its threads
/// beside its memory.
pub(crate) fn is_wildrig(summary: &Value) -> bool {
    let hashrate = summary.get("hashrate");
    if !hashrate.is_some_and(Value::is_object)
        || !summary.get("results").is_some_and(Value::is_object)
    {
        return false;
    }
    match summary.get("ua") {
        None | Some(Value::Null) => {
            summary.get("kind").and_then(Value::as_str) == Some("opencl/cuda")
                || summary.get("hwmon").is_some_and(Value::is_object)
                || summary.pointer("/results/shares_accepted").is_some_and(Value::is_array)
        }
        name => version::behind("WildRig", name).is_some(),
    }
}

fn shares(results: &Value, gpus: &[GpuReading]) -> Shares {
    let count = |name| plausible::count(lenient::number(results.get(name)));
    let shares = Shares {
        accepted: count("shares_good"),
        stale: Fact::unknown("WildRig does not count stale shares"),
        last_share_age_s: Fact::unknown("WildRig does not report when it found a share"),
        ..Shares::unknown(NOT_REPORTED)
    };
    let shares = with_sums(shares, gpus);
    // Older versions count nothing else; newer ones may ignore some of the rest.
    let rest = match (count("shares_total"), count("shares_good")) {
        (Fact::Known(total), Fact::Known(good)) => {
            Fact::from_option(total.checked_sub(good), NOT_REPORTED)
        }
        _ => Fact::unknown(NOT_REPORTED),
    };
    Shares { rejected: or(shares.rejected, rest), ..shares }
}

fn pool(connection: Option<&Value>, results: &Value) -> Pool {
    let field = |name| connection.and_then(|connection| connection.get(name));
    let address = field("pool").and_then(Value::as_str).unwrap_or_default();
    Pool {
        url: pool_uri::split(address).host_port,
        user: Fact::unknown("WildRig does not report with which name it signs in"),
        // The time since it was made; 0 is just made, or none.
        connected: match plausible::seconds(lenient::number(field("uptime"))) {
            Fact::Known(1..) => Fact::Known(true),
            _ => Fact::unknown("WildRig does not report whether the pool answers"),
        },
        latency_ms: plausible::latency_ms(lenient::number(field("ping"))),
        difficulty: plausible::difficulty(lenient::number(results.get("diff_current"))),
    }
}

fn devices(summary: &Value) -> Vec<GpuReading> {
    let threads = lenient::list(summary.pointer("/hashrate/threads"));
    // A list of another length is about other things, e.g. about more pools.
    let beside = |path: &str, at: usize| {
        let list = lenient::list(summary.pointer(path));
        list.get(at).filter(|_| list.len() == threads.len())
    };
    let mut gpus: Vec<GpuReading> = Vec::new();
    for (at, windows) in threads.iter().take(plausible::MAX_DEVICES).enumerate() {
        let number = |path: &str| lenient::number(beside(path, at));
        let count = |path: &str| plausible::count(number(path));
        let mut gpu = device(Fact::Known(at as u64), &gpus);
        gpu.pci = pci::address(beside("/hwmon/busID", at));
        gpu.hashrate_hs = plausible::hashrate_hs(newest(Some(windows)));
        gpu.shares = Shares {
            accepted: count("/results/shares_accepted"),
            rejected: count("/results/shares_rejected"),
            invalid: count("/results/shares_ignored"),
            ..Shares::unknown(NOT_REPORTED)
        };
        gpu.temp_c = plausible::temp_c(number("/hwmon/temp"));
        gpu.fan_percent = plausible::fan_percent(number("/hwmon/fan"));
        gpu.power_w = plausible::device_w(number("/hwmon/power"));
        gpus.push(gpu);
    }
    gpus
}
