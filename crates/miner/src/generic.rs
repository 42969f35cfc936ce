//! The JSON that the Node server takes from `MINER_API_URL`: whatever a miner,
//! a script or another agent serves in this form. Hashrates are in MH/s, power
//! is in watts, temperatures are in degrees Celsius.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{Activity, GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::device;
use crate::lenient::{self, NOT_REPORTED, first_number, or};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{ADAPTERS, Adapter, algorithm, pci, plausible, pool_uri, version};

const MEGA: f64 = 1e6;
/// A rig does below 10 GH/s on KawPoW. A program that reports in H/s under the
/// same name shows through this: it must not be read a million times too fast.
const MAX_MHS: f64 = 1e6;

/// With all its cards no program says more; each of them reads it again.
const LONGEST_BYTES: usize = 64 * 1024;

pub(crate) struct Generic;

impl Adapter for Generic {
    fn name(&self) -> &'static str {
        "generic"
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::HttpAtUrl)] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let reply = lenient::json(body(replies, 0)?)?;
        let is_mining = lenient::truth(reply.get("is_mining"));
        let hashrate_hs = hashrate_hs(&reply, &["hashrate", "hash_rate"]);
        let shares = shares(&reply);
        // Other programs serve JSON too; one that has none of these fields, or
        // has them in another form, is not meant.
        if is_mining.known().is_none()
            && hashrate_hs.known().is_none()
            && shares.accepted.known().is_none()
        {
            return Err(Unreadable::Garbled(
                "The reply holds no hashrate, no accepted shares and no is_mining".into(),
            ));
        }
        // Nobody but the Node server's own scripts says this.
        if is_mining.known().is_none() {
            self.refuse_known_programs(replies)?;
        }
        Ok(MinerReading {
            program: self.name().to_owned(),
            version: version::number(reply.get("version")),
            uptime_s: plausible::seconds(first(&reply, &["uptime", "uptime_s"])),
            algorithm: algorithm(&reply),
            // As the Node server reads it: absent means yes.
            activity: match is_mining {
                Fact::Known(false) => {
                    Activity::Paused("The miner says it is not mining".to_owned())
                }
                _ => Activity::Mining,
            },
            hashrate_hs,
            shares,
            pool: pool(&reply),
            power_w: plausible::rig_w(first(&reply, &["power", "power_usage"])),
            earnings: first(&reply, &["earnings"]),
            gpus: devices(&reply),
        })
    }
}

impl Generic {
    /// Some programs have a `hashrate` too, in H/s: it would be read a million
    /// times too fast, or as an idle miner of nobody's.
    fn refuse_known_programs(&self, replies: &[Reply]) -> Result<(), Unreadable> {
        if body(replies, 0)?.len() > LONGEST_BYTES {
            return Ok(());
        }
        let others = ADAPTERS.iter().filter(|adapter| adapter.name() != self.name());
        for adapter in others {
            if adapter.read(replies).is_ok() {
                let name = adapter.name();
                return Err(Unreadable::Garbled(
                    format!("This is the API of {name}; write {name}:// before its address").into(),
                ));
            }
        }
        Ok(())
    }
}

fn first(object: &Value, names: &[&str]) -> Fact<f64> {
    first_number(names.iter().map(|name| object.get(*name)))
}

fn hashrate_hs(object: &Value, names: &[&str]) -> Fact<f64> {
    match first(object, names) {
        Fact::Known(mhs) if mhs > MAX_MHS => {
            Fact::unknown("The miner reports a hashrate that cannot be in MH/s")
        }
        mhs => plausible::hashrate_hs(mhs.map(|mhs| mhs * MEGA)),
    }
}

fn shares(object: &Value) -> Shares {
    let nested = object.get("shares");
    let count = |name: &str, flat: &str| {
        let nested = nested.and_then(|shares| shares.get(name));
        plausible::count(first_number([nested, object.get(flat)]))
    };
    Shares {
        accepted: count("accepted", "accepted_shares"),
        rejected: count("rejected", "rejected_shares"),
        ..Shares::unknown(NOT_REPORTED)
    }
}

fn algorithm(reply: &Value) -> Fact<String> {
    let name = reply.get("algorithm").or(reply.get("algo")).and_then(Value::as_str);
    algorithm::choose(name).shown
}

/// An address, or an object with one.
fn pool(reply: &Value) -> Pool {
    let Some(pool) = reply.get("pool") else { return Pool::unknown(NOT_REPORTED) };
    let address = pool.as_str().or_else(|| pool.get("url")?.as_str());
    let uri = pool_uri::split(address.unwrap_or_default());
    Pool {
        url: uri.host_port,
        user: or(lenient::text(pool.get("user")), uri.user),
        connected: lenient::truth(pool.get("connected")),
        latency_ms: plausible::latency_ms(first(pool, &["latency_ms", "latency", "ping"])),
        difficulty: plausible::difficulty(first(pool, &["difficulty"])),
    }
}

/// The Node server passes the list on as it is; its pages read the names that
/// come first here.
fn devices(reply: &Value) -> Vec<GpuReading> {
    let list = ["gpus", "devices"].iter().find_map(|name| match reply.get(*name) {
        Some(Value::Array(list)) if !list.is_empty() => Some(list),
        _ => None,
    });
    let mut gpus = Vec::new();
    for entry in list.into_iter().flatten().take(plausible::MAX_DEVICES) {
        let mut gpu = device(plausible::count(first(entry, &["id", "index"])), &gpus);
        gpu.name = lenient::text(entry.get("name").or(entry.get("model")));
        let places = ["pci", "pci_address", "bus_id", "pci_bus"];
        gpu.pci = pci::address(places.iter().find_map(|name| entry.get(*name)));
        gpu.hashrate_hs = hashrate_hs(entry, &["hashRate", "hashrate", "hash_rate"]);
        gpu.shares = shares(entry);
        gpu.temp_c = plausible::temp_c(first(entry, &["temperature", "temp"]));
        gpu.memory_temp_c = plausible::temp_c(first(entry, &["memoryTemp", "memory_temp"]));
        gpu.fan_percent = plausible::fan_percent(first(entry, &["fanSpeed", "fan_speed", "fan"]));
        gpu.power_w = plausible::device_w(first(entry, &["powerUsage", "power_usage", "power"]));
        gpus.push(gpu);
    }
    gpus
}
