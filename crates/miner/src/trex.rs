//! T-Rex: JSON over HTTP, open by default. Read from its own description of
//! the API and from replies of versions 0.5 to 0.26.

mod program;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use quaiminer_domain::pci::PciAddress;
use quaiminer_domain::text::clean;
use serde_json::Value;

use crate::activity::{activity, all_paused, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, because, first_number, number, or, text, truth};
use crate::program::Program;
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, rates, version};

const STALE: &str = "T-Rex does not count stale shares";
const NO_SHARE: &str = "T-Rex reports no time at which it found a share";

pub(crate) struct Trex;

impl Adapter for Trex {
    fn name(&self) -> &'static str {
        "trex"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["t-rex"]
    }

    fn default_ports(&self) -> &'static [u16] {
        &[4067]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/summary"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let reply = lenient::json(body(replies, 0)?)?;
        recognise(&reply)?;
        let field = |name: &str| reply.get(name);
        let count = |name: &str| plausible::count(number(field(name)));

        let gpus = devices(field("gpus"), &first_number([field("ts"), field("time")]));
        let hashrate_hs = hashrate_or_sum(number(field("hashrate")), &gpus);
        let pool = field("active_pool");
        let connected = connected(pool, &hashrate_hs);
        let paused = match truth(field("paused")).get() {
            Some(true) => Some("T-Rex is paused".to_owned()),
            _ => all_paused(&gpus),
        };
        let ages = gpus.iter().filter_map(|gpu| gpu.shares.last_share_age_s.get());
        let algorithm = field("algorithm").and_then(Value::as_str);
        Ok(MinerReading {
            program: "T-Rex".to_owned(),
            version: version::number(field("version")),
            uptime_s: plausible::seconds(number(field("uptime"))),
            algorithm: algorithm::choose(algorithm).shown,
            activity: activity(&connected, paused, &hashrate_hs),
            hashrate_hs,
            shares: with_sums(
                Shares {
                    accepted: count("accepted_count"),
                    rejected: count("rejected_count"),
                    invalid: count("invalid_count"),
                    stale: Fact::unknown(STALE),
                    last_share_age_s: Fact::from_option(ages.min(), NO_SHARE),
                },
                &gpus,
            ),
            pool: read_pool(pool, connected),
            power_w: total_power_w(&gpus, "The miner lists no device"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&program::PROGRAM)
    }
}

/// lolMiner serves the same path, and T-Rex with `--api-key` a refusal.
fn recognise(reply: &Value) -> Result<(), Unreadable> {
    let says = |key: &str| reply.get(key).and_then(Value::as_str);
    let is_named = says("name").is_some_and(|name| name.eq_ignore_ascii_case("t-rex"))
        || says("description").is_some_and(|text| text.starts_with("T-Rex"));
    let is_alike = says("name").is_none()
        && reply.get("gpus").is_some_and(Value::is_array)
        && ["accepted_count", "gpu_total", "active_pool"]
            .iter()
            .any(|key| reply.get(key).is_some());
    if (is_named && reply.get("gpus").or(reply.get("hashrate")).is_some()) || is_alike {
        return Ok(());
    }
    match (says("error"), number(reply.get("success")).get()) {
        (Some(error), Some(0.0)) => Err(Unreadable::Refused(
            format!("The miner answers: {}; start it without --api-key", clean(error, 200)).into(),
        )),
        _ => Err(Unreadable::Garbled("This is not a summary of T-Rex".into())),
    }
}

fn devices(list: Option<&Value>, now: &Fact<f64>) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    for entry in lenient::list(list).iter().take(plausible::MAX_DEVICES) {
        let field = |name: &str| number(entry.get(name));
        let mut gpu = device(plausible::count(or(field("gpu_id"), field("device_id"))), &gpus);
        gpu.name = text(entry.get("name"));
        gpu.pci = address(entry);
        gpu.paused = paused(entry);
        gpu.hashrate_hs = plausible::hashrate_hs(field("hashrate"));
        gpu.shares = shares(entry.get("shares"), now);
        gpu.temp_c = plausible::temp_c(field("temperature"));
        gpu.memory_temp_c = plausible::temp_c(field("memory_temperature"));
        gpu.fan_percent = plausible::fan_percent(field("fan_speed"));
        gpu.power_w =
            plausible::device_w(first_number([entry.get("power"), entry.get("power_avr")]));
        gpus.push(gpu);
    }
    gpus
}

fn address(entry: &Value) -> Fact<PciAddress> {
    let domain = number(entry.get("pci_domain")).get().filter(|domain| domain.fract() == 0.0);
    pci::address(entry.get("pci_bus")).map(|address| match domain {
        Some(domain) if (0.0..=f64::from(u32::MAX)).contains(&domain) => {
            PciAddress { domain: domain as u32, ..address }
        }
        _ => address,
    })
}

fn paused(entry: &Value) -> Option<String> {
    if truth(entry.get("paused")).get() == Some(true) {
        return Some("Paused".to_owned());
    }
    if truth(entry.get("disabled")).get() != Some(true) {
        return None;
    }
    Some(match plausible::temp_c(number(entry.get("disabled_at_temperature"))).get() {
        Some(temp_c) => format!("Switched off by the miner at {temp_c} °C"),
        None => "Switched off by the miner".to_owned(),
    })
}

fn shares(shares: Option<&Value>, now: &Fact<f64>) -> Shares {
    let field = |name: &str| number(shares.and_then(|shares| shares.get(name)));
    Shares {
        accepted: plausible::count(field("accepted_count")),
        rejected: plausible::count(field("rejected_count")),
        invalid: plausible::count(field("invalid_count")),
        stale: Fact::unknown(STALE),
        last_share_age_s: plausible::seconds_between(field("last_share_submit_ts"), now.clone()),
    }
}

/// T-Rex counts its attempts to get a lost connection back.
fn connected(pool: Option<&Value>, hashrate_hs: &Fact<f64>) -> Fact<bool> {
    let attempts = number(pool.and_then(|pool| pool.get("retries"))).get();
    if attempts.is_some_and(|attempts| attempts > 0.0) && hashrate_hs.get() == Some(0.0) {
        Fact::Known(false)
    } else {
        Fact::unknown("T-Rex does not report whether the pool answers")
    }
}

fn read_pool(pool: Option<&Value>, connected: Fact<bool>) -> Pool {
    let field = |name: &str| pool.and_then(|pool| pool.get(name));
    let uri = pool_uri::split(field("url").and_then(Value::as_str).unwrap_or_default());
    Pool {
        url: uri.host_port,
        user: or(pool_uri::with_worker(text(field("user")), text(field("worker"))), uri.user),
        connected,
        latency_ms: because(
            plausible::latency_ms(number(field("ping"))),
            "T-Rex does not report it",
        ),
        // A number in old versions, text in newer ones.
        difficulty: plausible::difficulty(rates::number(field("difficulty"))),
    }
}
