//! apool's quaiminer (`apoolminer`): JSON over HTTP, opened with `--rest`. Read
//! from its documentation, which spells `statle` so, and does not say what its
//! `proof` is counted in.

use crate::program::{
    API, ApiReach, Argv, CARDS, CUDA_BY_PCI, FILES, INCOME, MINING, Order, Program, Refusal,
};
use quaiminer_domain::Fact;
use quaiminer_domain::hardware::Vendor::Nvidia;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, total_power_w};
use crate::lenient::{self, NOT_REPORTED, first_number, or};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, plausible};

const UNIT_UNKNOWN: &str = "apool's miner does not say in which unit it counts";

pub(crate) struct Apool;

impl Adapter for Apool {
    fn name(&self) -> &'static str {
        "apool"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["apoolminer", "quaiminer"]
    }

    fn default_ports(&self) -> &'static [u16] {
        &[5001]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/gpu")), Request::new(Ask::Http("/status")).optional()] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let answer = lenient::json(body(replies, 0)?)?;
        let data = answer.get("data").filter(|_| answer.get("code").is_some());
        let list = data.and_then(|data| data.get("gpus")).and_then(Value::as_array);
        let (Some(data), Some(list)) = (data, list) else {
            return Err(Unreadable::Garbled("This is not an answer of apool's miner".into()));
        };
        let status = body(replies, 1).and_then(lenient::json).unwrap_or_default();
        let connected = lenient::truth(status.pointer("/data/online"));

        // Whatever it is counted in, more than none is work.
        let proof = first_number(list.iter().map(|entry| entry.get("proof")));
        let gpus = devices(list);
        let shares = shares(|name| {
            plausible::sum(&mut list.iter().map(|entry| lenient::number(entry.get(name))))
        });
        let without_cpu = gpus.iter().filter(|gpu| !is_cpu(gpu));
        Ok(MinerReading {
            program: "apoolminer".to_owned(),
            version: Fact::unknown(NOT_REPORTED),
            uptime_s: plausible::seconds(lenient::number(data.get("uptime"))),
            algorithm: Fact::unknown("apool's miner does not report its algorithm"),
            activity: activity(&connected, None, &proof),
            hashrate_hs: Fact::unknown(UNIT_UNKNOWN),
            shares,
            pool: Pool { connected, ..Pool::unknown("apool's miner does not report it") },
            power_w: total_power_w(without_cpu, "The miner lists no device"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&PROGRAM)
    }
}

static PROGRAM: Program = Program {
    executables: &["apoolminer"],
    algorithms: &[("kawpow", "quai")],
    vendors: &[Nvidia],
    max_pools: 1,
    api: ApiReach::Unknown,
    env: CUDA_BY_PCI,
    arguments,
    denied: &[
        (
            INCOME,
            &["-A", "--algo", "--account", "--account-slave", "--worker", "--pool", "--pool-slave"],
        ),
        (API, &["--rest", "--port"]),
        (CARDS, &["-g", "--gpu", "--gpu-off", "--cpu-off", "--cpu-off-slave"]),
        (FILES, &["-o", "--log"]),
        (MINING, &["-h", "--help", "-V", "--version", "--vf"]),
    ],
    harmless: &[],
    // How it words its lines is not known.
    signs: &[],
};

/// The wallet is a sub-account at apool, which has no password.
fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let pool = order.first_pool()?;
    if pool.tls {
        return Err(Refusal::new("pools", "apoolminer has no argument for TLS"));
    }
    let worker = &order.worker;
    if worker.len() > 15 || !worker.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let why = "apoolminer takes a worker of at most 15 letters and digits";
        return Err(Refusal::new("worker", why));
    }
    let mut argv = Argv::default();
    argv.pair("--algo", algorithm);
    argv.pair("--account", order.wallet.as_str());
    argv.pair("--worker", worker.as_str());
    argv.pair("--pool", pool.host_port());
    for card in &order.cards {
        argv.pair("-g", card.index_of_vendor.to_string());
    }
    argv.word("--rest");
    argv.pair("--port", order.api_port.to_string());
    Ok(argv)
}

fn shares(of: impl Fn(&str) -> Fact<u64>) -> Shares {
    Shares {
        accepted: of("valid"),
        rejected: Fact::unknown("apool's miner counts valid, invalid and stale shares"),
        invalid: of("inval"),
        stale: or(of("statle"), of("stale")),
        last_share_age_s: Fact::unknown("apool's miner does not report when it found a share"),
    }
}

/// The processor is one of them.
fn devices(list: &[Value]) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    for entry in list.iter().take(plausible::MAX_DEVICES) {
        let number = |name: &str| lenient::number(entry.get(name));
        let mut gpu = device(plausible::count(number("id")), &gpus);
        gpu.name = lenient::text(entry.get("device"));
        gpu.pci = Fact::unknown("apool's miner reports no PCI address");
        gpu.hashrate_hs = Fact::unknown(UNIT_UNKNOWN);
        gpu.shares = shares(|name| plausible::count(number(name)));
        gpu.temp_c = plausible::temp_c(number("ctmp"));
        // Its `mtmp` is documented as the highest temperature, not as the memory's.
        gpu.fan_percent = plausible::fan_percent(number("fan"));
        gpu.power_w = plausible::device_w(number("power"));
        gpus.push(gpu);
    }
    gpus
}

fn is_cpu(gpu: &GpuReading) -> bool {
    gpu.name.known().is_some_and(|name| name.to_ascii_lowercase().contains("cpu"))
}
