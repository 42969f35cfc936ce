//! BzMiner: JSON over HTTP, open from the start unless it is told otherwise.
//! What a card does is a list, one entry for each pool that it works for.

mod program;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, NOT_REPORTED, or};
use crate::program::Program;
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, version};

/// The number that it has for the maker of a processor.
const CPU_VENDOR: f64 = 4.0;

const ELSEWHERE: &str = "This device does not mine this algorithm";

pub(crate) struct Bzminer;

impl Adapter for Bzminer {
    fn name(&self) -> &'static str {
        "bzminer"
    }

    fn default_ports(&self) -> &'static [u16] {
        &[4014]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/status"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let status = lenient::json(body(replies, 0)?)?;
        let is_bzminer = status.get("bzminer_version").is_some()
            || status.get("method").and_then(Value::as_str) == Some("fullstatus");
        let (pools, devices) =
            (lenient::list(status.get("pools")), lenient::list(status.get("devices")));
        if !is_bzminer || (pools.is_empty() && devices.is_empty()) {
            return Err(Unreadable::Garbled("This is not an answer of BzMiner".into()));
        }
        let name =
            |pool: &'_ Value| pool.get("algorithm").and_then(Value::as_str).map(str::to_owned);
        let names: Vec<String> = pools.iter().map(|pool| name(pool).unwrap_or_default()).collect();
        let chosen = algorithm::choose(names.iter().map(String::as_str));
        let pool = pools.get(chosen.at).unwrap_or(&Value::Null);
        let work =
            Work { pool: or(lenient::number(pool.get("id")), Fact::Known(chosen.at as f64)) };

        // A processor has no sensors, and mines for itself.
        let is_cpu =
            |entry: &&Value| lenient::number(entry.get("vendor")).get() == Some(CPU_VENDOR);
        let mut gpus = work.devices(devices.iter().filter(|entry| !is_cpu(entry)), Vec::new());
        let power_w = total_power_w(&gpus, "The miner lists no GPU");
        gpus = work.devices(devices.iter().filter(is_cpu), gpus);

        let for_it = || gpus.iter().filter(|gpu| !works_elsewhere(gpu));
        let hashrate_hs = hashrate_or_sum(lenient::number(pool.get("hashrate")), for_it());
        let connected = Fact::unknown("BzMiner does not report in words whether the pool answers");
        let address = pool.get("current_url").or(pool.get("url")).and_then(Value::as_str);
        Ok(MinerReading {
            program: "BzMiner".to_owned(),
            version: version::number(status.get("bzminer_version")),
            uptime_s: plausible::seconds(lenient::number(status.get("uptime_s"))),
            algorithm: chosen.shown,
            activity: activity(&connected, None, &hashrate_hs),
            hashrate_hs,
            shares: with_sums(shares(pool, |field| field), for_it()),
            pool: Pool {
                url: pool_uri::split(address.unwrap_or_default()).host_port,
                user: Fact::unknown("BzMiner does not report with which name it signs in"),
                connected,
                latency_ms: Fact::unknown("BzMiner does not report it"),
                difficulty: plausible::difficulty(lenient::number(pool.get("difficulty"))),
            },
            power_w,
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&program::PROGRAM)
    }
}

fn works_elsewhere(gpu: &GpuReading) -> bool {
    gpu.hashrate_hs.reason().is_some_and(|why| why == ELSEWHERE)
}

fn shares<'a>(object: &'a Value, of: impl Fn(Option<&'a Value>) -> Option<&'a Value>) -> Shares {
    let count =
        |kind: &str| plausible::count(lenient::number(of(object.get(format!("{kind}_solutions")))));
    let accepted = match (count("total"), count("rejected")) {
        (Fact::Known(total), Fact::Known(rejected)) => {
            Fact::from_option(total.checked_sub(rejected), NOT_REPORTED)
        }
        _ => Fact::unknown(NOT_REPORTED),
    };
    Shares {
        accepted: or(count("valid"), accepted),
        rejected: count("rejected"),
        invalid: count("invalid"),
        stale: count("stale"),
        last_share_age_s: Fact::unknown("BzMiner does not report when it found a share"),
    }
}

/// What is done for one of the pools.
struct Work {
    pool: Fact<f64>,
}

impl Work {
    /// The place of the pool in the lists of a device.
    fn place(&self, entry: &Value) -> Result<usize, &'static str> {
        let is_it = |id: &Value| lenient::number(Some(id)) == self.pool;
        match (entry.get("pool"), entry.get("hashrate")) {
            (Some(Value::Array(pools)), _) => pools.iter().position(is_it).ok_or(ELSEWHERE),
            (Some(pool @ Value::Number(_)), _) if !is_it(pool) => Err(ELSEWHERE),
            (_, Some(Value::Array(list))) if list.len() > 1 => Err("BzMiner does not say which"),
            _ => Ok(0),
        }
    }

    fn devices<'a>(
        &self,
        entries: impl Iterator<Item = &'a Value>,
        mut gpus: Vec<GpuReading>,
    ) -> Vec<GpuReading> {
        for entry in entries {
            if gpus.len() == plausible::MAX_DEVICES {
                break;
            }
            let place = self.place(entry);
            let of = |field: Option<&'a Value>| match field {
                Some(Value::Array(list)) => list.get(place.ok()?),
                field => place.ok().and(field),
            };
            let number = |name| lenient::number(entry.get(name));
            let mut gpu = device(plausible::count(number("id")), &gpus);
            gpu.name = lenient::text(entry.get("name"));
            gpu.pci = pci::address(entry.get("pci_bus_id"));
            gpu.hashrate_hs = match place {
                Ok(_) => plausible::hashrate_hs(lenient::number(of(entry.get("hashrate")))),
                Err(why) => Fact::unknown(why),
            };
            gpu.shares = shares(entry, of);
            gpu.temp_c = plausible::temp_c(number("core_temp"));
            gpu.memory_temp_c = plausible::temp_c(number("mem_temp"));
            gpu.fan_percent = plausible::fan_percent(number("fan"));
            gpu.power_w = plausible::device_w(number("power"));
            gpus.push(gpu);
        }
        gpus
    }
}
