//! lolMiner: JSON over HTTP, opened with `--apiport`. Two forms: since 1.4x a
//! list of algorithms with parallel lists for the devices, before that one
//! algorithm and devices that hold their own numbers. Units are named in the
//! reply.

mod program;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, NOT_REPORTED, because, first_number, number, or, text};
use crate::program::Program;
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, version};

const STALE: &str = "This version does not count stale shares";
const LAST_SHARE: &str = "lolMiner does not report when it found a share";

pub(crate) struct Lolminer;

impl Adapter for Lolminer {
    fn name(&self) -> &'static str {
        "lolminer"
    }

    /// That of its documentation; it has none of its own.
    fn default_ports(&self) -> &'static [u16] {
        &[8020]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/summary"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let reply = lenient::json(body(replies, 0)?)?;
        let Some(version) = version::behind("lolMiner", reply.get("Software")) else {
            return Err(Unreadable::Garbled("This is not a summary of lolMiner".into()));
        };
        let algorithms = reply.get("Algorithms").and_then(Value::as_array);
        let form = match algorithms {
            Some(algorithms) => parallel(&reply, algorithms),
            None => single(&reply, &version),
        };
        let Form { algorithm, hashrate_hs, shares, pool, power_w, gpus } = form;
        let hashrate_hs = hashrate_or_sum(hashrate_hs, &gpus);
        Ok(MinerReading {
            program: "lolMiner".to_owned(),
            version,
            uptime_s: plausible::seconds(number(reply.pointer("/Session/Uptime"))),
            algorithm,
            activity: activity(&pool.connected, None, &hashrate_hs),
            hashrate_hs,
            shares: with_sums(shares, &gpus),
            pool,
            power_w: or(power_w, total_power_w(&gpus, "The miner lists no device")),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&program::PROGRAM)
    }
}

/// What is written differently in the two forms.
struct Form {
    algorithm: Fact<String>,
    hashrate_hs: Fact<f64>,
    shares: Shares,
    pool: Pool,
    power_w: Fact<f64>,
    gpus: Vec<GpuReading>,
}

fn parallel(reply: &Value, algorithms: &[Value]) -> Form {
    let names = algorithms.iter().map(|one| one.get("Algorithm").and_then(Value::as_str));
    let chosen = algorithm::choose(names.map(Option::unwrap_or_default));
    let own = algorithms.get(chosen.at).unwrap_or(&Value::Null);
    let factor = factor_of(own.get("Performance_Unit"), own.get("Performance_Factor"));
    let rate = |rate: Option<&Value>| hashrate_hs(number(rate), &factor);
    let shares = |at: Option<usize>| {
        let count = |what: &str| {
            let value = match at {
                Some(at) => own.get(format!("Worker_{what}")).and_then(|list| list.get(at)),
                None => own.get(format!("Total_{what}")),
            };
            plausible::count(number(value))
        };
        Shares {
            accepted: count("Accepted"),
            rejected: count("Rejected"),
            invalid: count("Errors"),
            stale: count("Stales"),
            last_share_age_s: Fact::unknown(LAST_SHARE),
        }
    };
    let mut gpus = Vec::new();
    let workers = lenient::list(reply.get("Workers"));
    let rates = lenient::list(own.get("Worker_Performance"));
    // Numbers may be there for devices that are not described.
    for at in 0..workers.len().max(rates.len()).min(plausible::MAX_DEVICES) {
        let worker = workers.get(at).unwrap_or(&Value::Null);
        let field = |name: &str| number(worker.get(name));
        let mut gpu = describe(worker, &gpus);
        if !is_certain(worker, workers) {
            gpu.pci = Fact::unknown("lolMiner does not say whether this bus is hexadecimal");
        }
        gpu.hashrate_hs = rate(rates.get(at));
        gpu.shares = shares(Some(at));
        gpu.temp_c = plausible::temp_c(field("Core_Temp"));
        gpu.memory_temp_c = plausible::temp_c(field("Mem_Temp"));
        gpu.fan_percent = plausible::fan_percent(field("Fan_Speed"));
        gpu.power_w = plausible::device_w(field("Power"));
        gpus.push(gpu);
    }
    let user = pool_uri::with_worker(text(own.get("User")), text(own.get("Worker")));
    Form {
        algorithm: chosen.shown,
        hashrate_hs: rate(own.get("Total_Performance")),
        shares: shares(None),
        pool: pool(own.get("Pool"), user, None),
        power_w: Fact::unknown(NOT_REPORTED),
        gpus,
    }
}

fn single(reply: &Value, version: &Fact<String>) -> Form {
    let session = reply.get("Session");
    let of_session = |name: &str| number(session.and_then(|session| session.get(name)));
    let unit = session.and_then(|session| session.get("Performance_Unit"));
    // The first versions named no unit, and had nothing that is fast.
    let is_first = version.known().is_some_and(|version| version.starts_with("0."));
    let factor = if is_first { Fact::Known(1.0) } else { factor_of(unit, None) };
    let mut gpus = Vec::new();
    let listed = lenient::list(reply.get("GPUs"));
    for entry in listed.iter().take(plausible::MAX_DEVICES) {
        let field = |name: &str| number(entry.get(name));
        let mut gpu = describe(entry, &gpus);
        gpu.hashrate_hs = hashrate_hs(field("Performance"), &factor);
        gpu.shares = submitted(field("Session_Accepted"), field("Session_Submitted"));
        gpu.shares.invalid = plausible::count(field("Session_HWErr"));
        gpu.temp_c = plausible::temp_c(first_number([
            entry.get("Temp (deg C)"),
            entry.get("Temps (deg C)"),
        ]));
        gpu.memory_temp_c = plausible::temp_c(field("Mem Temp (deg C)"));
        gpu.fan_percent = plausible::fan_percent(field("Fan Speed (%)"));
        gpu.power_w = plausible::device_w(field("Consumption (W)"));
        gpus.push(gpu);
    }
    let of_pool = |name: &str| reply.get("Stratum").and_then(|stratum| stratum.get(name));
    let mining = reply.pointer("/Mining/Algorithm").and_then(Value::as_str);
    Form {
        algorithm: algorithm::choose(mining).shown,
        hashrate_hs: hashrate_hs(of_session("Performance_Summary"), &factor),
        shares: submitted(of_session("Accepted"), of_session("Submitted")),
        pool: pool(
            of_pool("Current_Pool"),
            text(of_pool("Current_User")),
            of_pool("Average_Latency"),
        ),
        power_w: plausible::rig_w(of_session("TotalPower")),
        gpus,
    }
}

/// What the hashrates have to be multiplied with.
fn factor_of(unit: Option<&Value>, factor: Option<&Value>) -> Fact<f64> {
    let by_unit = unit.and_then(Value::as_str).map(lenient::unit_hs);
    let told = number(factor).get().filter(|factor| *factor >= 1.0);
    let factor = match (by_unit, told) {
        (Some(by_unit), None) => by_unit,
        (None, told) => told,
        (Some(by_unit), told) => told.filter(|_| by_unit == told),
    };
    Fact::from_option(factor, "lolMiner reports a hashrate without a known unit")
}

fn hashrate_hs(rate: Fact<f64>, factor: &Fact<f64>) -> Fact<f64> {
    match factor {
        Fact::Known(factor) => plausible::hashrate_hs(rate.map(|rate| rate * factor)),
        Fact::Unknown(reason) => {
            rate.known().map_or(rate.clone(), |_| Fact::Unknown(reason.clone()))
        }
    }
}

/// What was submitted and not accepted was rejected.
fn submitted(accepted: Fact<f64>, submitted: Fact<f64>) -> Shares {
    let (accepted, submitted) = (plausible::count(accepted), plausible::count(submitted));
    let rejected = match (&accepted, &submitted) {
        (Fact::Known(accepted), Fact::Known(submitted)) => submitted.checked_sub(*accepted),
        _ => None,
    };
    Shares {
        accepted,
        rejected: Fact::from_option(rejected, NOT_REPORTED),
        invalid: Fact::unknown(NOT_REPORTED),
        stale: Fact::unknown(STALE),
        last_share_age_s: Fact::unknown(LAST_SHARE),
    }
}

fn pool(address: Option<&Value>, user: Fact<String>, latency_ms: Option<&Value>) -> Pool {
    let uri = pool_uri::split(address.and_then(Value::as_str).unwrap_or_default());
    Pool {
        url: uri.host_port,
        user: or(user, uri.user),
        connected: Fact::unknown("lolMiner does not report whether the pool answers"),
        latency_ms: because(
            plausible::latency_ms(number(latency_ms)),
            "This version does not report it",
        ),
        difficulty: Fact::unknown("lolMiner does not report it"),
    }
}

fn describe(entry: &Value, others: &[GpuReading]) -> GpuReading {
    let mut gpu = device(plausible::count(number(entry.get("Index"))), others);
    gpu.name = text(entry.get("Name"));
    gpu.pci = pci::address(entry.get("PCIE_Address"));
    gpu
}

/// Of `PCIE_Address`, which is `1:0` for bus and device.
fn bus(entry: &Value) -> Option<&str> {
    entry.get("PCIE_Address")?.as_str()?.split(':').next()
}

/// The first form wrote the bus in hexadecimal. Of the second that is not
/// certain: what would be another bus in decimal is believed only where a
/// letter in the list of devices proves it.
fn is_certain(entry: &Value, workers: &[Value]) -> bool {
    let has_letter = |bus: &str| bus.bytes().any(|b| b.is_ascii_alphabetic());
    let is_short = bus(entry).is_none_or(|bus| bus.trim_start_matches('0').len() < 2);
    is_short || workers.iter().take(plausible::MAX_DEVICES).filter_map(bus).any(has_letter)
}
