//! SRBMiner-MULTI: JSON over HTTP, opened with `--api-enable`. Cards are listed
//! once, and what each algorithm does on them by their names (`gpu0`).

mod program;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, NOT_REPORTED, first_number, or};
use crate::program::Program;
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, version};

const NOT_COUNTED: &str = "SRBMiner counts accepted and rejected shares only";

pub(crate) struct Srbminer;

impl Adapter for Srbminer {
    fn name(&self) -> &'static str {
        "srbminer"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["srbminer-multi"]
    }

    fn default_ports(&self) -> &'static [u16] {
        &[21550]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let status = lenient::json(body(replies, 0)?)?;
        let algorithms = status.get("algorithms").and_then(Value::as_array);
        let is_srbminer = ["miner_version", "mining_time", "gpu_devices", "total_workers"]
            .iter()
            .any(|field| status.get(*field).is_some());
        let Some(algorithms) = algorithms.filter(|_| is_srbminer) else {
            return Err(Unreadable::Garbled("This is not an answer of SRBMiner".into()));
        };
        let name = |entry: &'_ Value| entry.get("name").and_then(Value::as_str).map(str::to_owned);
        let names: Vec<String> = algorithms.iter().map(|e| name(e).unwrap_or_default()).collect();
        let chosen = algorithm::choose(names.iter().map(String::as_str));
        let work = algorithms.get(chosen.at).unwrap_or(&Value::Null);

        let gpus = devices(status.get("gpu_devices"), work);
        let hashrate_hs = total(work, &gpus);
        let connected = Fact::unknown("SRBMiner does not report whether the pool answers");
        Ok(MinerReading {
            program: "SRBMiner-MULTI".to_owned(),
            version: version::number(status.get("miner_version")),
            uptime_s: plausible::seconds(lenient::number(status.get("mining_time"))),
            algorithm: chosen.shown,
            activity: activity(&connected, None, &hashrate_hs),
            hashrate_hs,
            shares: with_sums(shares(work), &gpus),
            pool: pool(work.get("pool"), connected),
            power_w: total_power_w(&gpus, "The miner lists no GPU"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&program::PROGRAM)
    }
}

/// Of the GPUs, now. What the processor does is counted apart and is the
/// reading only where there is no GPU; the windows of time hold both together,
/// under names that differ from version to version.
fn total(work: &Value, gpus: &[GpuReading]) -> Fact<f64> {
    let of = |path: &str| work.pointer(path);
    let now = first_number([of("/hashrate/gpu/total"), of("/hashrate/cpu/total")]);
    let windows = first_number([of("/hashrate/now"), of("/hashrate/1min")]);
    or(hashrate_or_sum(now, gpus), plausible::hashrate_hs(windows))
}

fn shares(work: &Value) -> Shares {
    let count = |name| {
        plausible::count(lenient::number(work.get("shares").and_then(|shares| shares.get(name))))
    };
    let rejected = match (count("total"), count("accepted")) {
        (Fact::Known(total), Fact::Known(accepted)) => {
            Fact::from_option(total.checked_sub(accepted), NOT_REPORTED)
        }
        _ => Fact::unknown(NOT_REPORTED),
    };
    Shares {
        accepted: count("accepted"),
        rejected: or(count("rejected"), rejected),
        invalid: Fact::unknown(NOT_REPORTED),
        stale: Fact::unknown(NOT_COUNTED),
        last_share_age_s: Fact::unknown("SRBMiner does not report when it found a share"),
    }
}

fn pool(pool: Option<&Value>, connected: Fact<bool>) -> Pool {
    let field = |name| pool.and_then(|pool| pool.get(name));
    let address = field("pool").or(pool).and_then(Value::as_str).unwrap_or_default();
    Pool {
        url: pool_uri::split(address).host_port,
        user: lenient::text(field("wallet")),
        connected,
        latency_ms: plausible::latency_ms(lenient::number(field("latency"))),
        difficulty: plausible::difficulty(lenient::number(field("difficulty"))),
    }
}

/// The list may be shorter than that of the hashrates, or missing.
fn devices(list: Option<&Value>, work: &Value) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for entry in lenient::list(list).iter().take(plausible::MAX_DEVICES) {
        let key = entry.get("device").and_then(Value::as_str).unwrap_or_default();
        let number = |name| lenient::number(entry.get(name));
        let mut gpu = device(plausible::count(or(number("id"), number_in(key))), &gpus);
        gpu.name = lenient::text(entry.get("model"));
        gpu.pci = pci::address(entry.get("bus_id"));
        gpu.temp_c = plausible::temp_c(number("temperature"));
        gpu.power_w = plausible::device_w(number("asic_power"));
        gpu.fan_percent = match entry.get("fan_speed_rpm") {
            Some(_) if entry.get("fan_speed_percent").is_none() => {
                Fact::unknown("SRBMiner reports this fan in turns per minute")
            }
            _ => plausible::fan_percent(number("fan_speed_percent")),
        };
        work_of(&mut gpu, work, key);
        seen.push(key);
        gpus.push(gpu);
    }
    let hashrates = work.pointer("/hashrate/gpu").and_then(Value::as_object);
    for (key, _) in hashrates.into_iter().flatten() {
        let is_device = key != "total" && !seen.contains(&key.as_str());
        if is_device && gpus.len() < plausible::MAX_DEVICES {
            let mut gpu = device(plausible::count(number_in(key)), &gpus);
            work_of(&mut gpu, work, key);
            gpus.push(gpu);
        }
    }
    gpus
}

/// `gpu12` is number 12.
fn number_in(key: &str) -> Fact<f64> {
    lenient::decimal(key.strip_prefix("gpu"))
}

fn work_of(gpu: &mut GpuReading, work: &Value, key: &str) {
    let of = |field: &str| lenient::number(work.get(field).and_then(|field| field.get(key)));
    let hashrate = work.pointer("/hashrate/gpu").and_then(|hashrates| hashrates.get(key));
    gpu.hashrate_hs = plausible::hashrate_hs(lenient::number(hashrate));
    gpu.shares = Shares {
        accepted: plausible::count(of("gpu_accepted_shares")),
        rejected: plausible::count(of("gpu_rejected_shares")),
        invalid: plausible::count(of("gpu_compute_errors")),
        ..Shares::unknown(NOT_COUNTED)
    };
}
