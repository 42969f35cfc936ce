//! TeamRedMiner: the JSON over TCP of cgminer and sgminer, opened with
//! `--api_listen`. It is asked about its first algorithm only.

mod program;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use quaiminer_domain::text::clean;
use serde_json::Value;

use crate::activity::{activity, all_paused, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, first_number, number, or, truth};
use crate::program::Program;
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, plausible, pool_uri, rates, version};

const NAME: &str = "teamredminer";
const NOT_COUNTED: &str = "TeamRedMiner does not count them for each device";

pub(crate) struct Teamredminer;

impl Adapter for Teamredminer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["trm"]
    }

    fn default_ports(&self) -> &'static [u16] {
        &[4028]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Text(r#"{"command":"summary+devs+pools"}"#))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let reply = lenient::json(body(replies, 0)?)?;
        let summary = section(&reply, "summary").first();
        let (devs, pools) = (section(&reply, "devs"), section(&reply, "pools"));
        if summary.is_none() && devs.is_empty() && pools.is_empty() {
            return Err(nothing(&reply));
        }
        let version = version(&reply)?;
        let now = first_number(statuses(&reply).map(|status| status.get("When")));
        let gpus = devices(devs, &now);
        let pool = active(pools);
        let field = |name: &str| summary.and_then(|summary| summary.get(name));
        let count = |name: &str| plausible::count(number(field(name)));
        let elapsed = devs.iter().map(|dev| dev.get("Device Elapsed"));
        let hashrate_hs =
            hashrate_or_sum(summary.map_or(Fact::unknown(lenient::NOT_REPORTED), rate_hs), &gpus);
        let connected = connected(pools);
        let algorithms = pool.and_then(|pool| pool.get("Algorithm")).and_then(Value::as_str);
        let url = pool.and_then(|pool| pool.get("URL")).and_then(Value::as_str);
        Ok(MinerReading {
            program: "TeamRedMiner".to_owned(),
            version,
            uptime_s: plausible::seconds(first_number(
                [field("Elapsed")].into_iter().chain(elapsed),
            )),
            algorithm: algorithm::choose(algorithms).shown,
            activity: activity(&connected, all_paused(&gpus), &hashrate_hs),
            hashrate_hs,
            shares: with_sums(
                Shares {
                    accepted: count("Accepted"),
                    rejected: count("Rejected"),
                    invalid: count("Hardware Errors"),
                    stale: or(
                        plausible::count(number(pool.and_then(|pool| pool.get("Stale")))),
                        count("Stale"),
                    ),
                    last_share_age_s: age_s(&now, devs.iter().chain(pools)),
                },
                &gpus,
            ),
            pool: Pool {
                url: pool_uri::split(url.unwrap_or_default()).host_port,
                user: lenient::text(pool.and_then(|pool| pool.get("User"))),
                connected,
                latency_ms: Fact::unknown("TeamRedMiner does not report it"),
                difficulty: Fact::unknown("TeamRedMiner does not report it"),
            },
            power_w: total_power_w(&gpus, "The miner lists no device"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&program::PROGRAM)
    }
}

/// Joined commands are answered `{"devs":{"DEVS":[…]}}` or, as sgminer does it,
/// `{"devs":[{"DEVS":[…]}]}`; a command by itself `{"DEVS":[…]}`.
fn section<'a>(reply: &'a Value, command: &str) -> &'a [Value] {
    let key = command.to_ascii_uppercase();
    lenient::list(answers(reply).find_map(|answer| answer.get(&key)))
}

/// The answers to the single commands.
fn answers(reply: &Value) -> impl Iterator<Item = &Value> {
    ["summary", "devs", "pools"]
        .into_iter()
        .filter_map(|command| reply.get(command))
        .flat_map(|answer| answer.as_array().map_or(std::slice::from_ref(answer), Vec::as_slice))
        .chain([reply])
}

fn statuses(reply: &Value) -> impl Iterator<Item = &Value> {
    answers(reply).filter_map(|answer| answer.get("STATUS")?.as_array()?.first())
}

/// Other miners have the same API, and say so.
fn version(reply: &Value) -> Result<Fact<String>, Unreadable> {
    let Some(described) = statuses(reply).find_map(|status| status.get("Description")) else {
        return Ok(Fact::unknown(lenient::NOT_REPORTED));
    };
    version::behind(NAME, Some(described)).ok_or_else(|| {
        let other = clean(described.as_str().unwrap_or("something else"), 64);
        Unreadable::Garbled(format!("This is {other}, not TeamRedMiner").into())
    })
}

/// Why there is no answer to any of the commands.
fn nothing(reply: &Value) -> Unreadable {
    let refused = statuses(reply)
        .find(|status| matches!(status.get("STATUS").and_then(Value::as_str), Some("E" | "F")));
    match refused.and_then(|status| status.get("Msg")).and_then(Value::as_str) {
        Some(message) => {
            Unreadable::Refused(format!("The miner answers: {}", clean(message, 200)).into())
        }
        None => Unreadable::Garbled("This is not an answer of TeamRedMiner".into()),
    }
}

/// The window in the key (`KHS 30s`, `MHS 120s`) is that of `--log_interval`;
/// `av` is the mean since the start, for want of anything better.
fn rate_hs(of: &Value) -> Fact<f64> {
    let rates = |is_wanted: fn(&str) -> bool| {
        let keys = of.as_object().into_iter().flatten();
        rates::finest_hs(keys.filter_map(move |(key, value)| {
            let (unit, window) = key.split_once(' ')?;
            is_wanted(window).then(|| (unit, number(Some(value))))
        }))
    };
    let is_window =
        |window: &str| window.strip_suffix('s').is_some_and(|s| s.parse::<u32>().is_ok());
    or(rates(is_window), rates(|window| window == "av"))
}

fn devices(devs: &[Value], now: &Fact<f64>) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    for dev in devs.iter().take(plausible::MAX_DEVICES) {
        let count = |name: &str| plausible::count(number(dev.get(name)));
        let mut gpu = device(count("GPU"), &gpus);
        gpu.pci = Fact::unknown("TeamRedMiner does not report where its devices are");
        gpu.paused =
            match [dev.get("Enabled"), dev.get("Status")].map(|v| v.and_then(Value::as_str)) {
                [Some("N"), _] => Some("Switched off in the miner".to_owned()),
                [_, Some("Alive") | None] => None,
                [_, Some(status)] => Some(clean(status, 64)).filter(|status| !status.is_empty()),
            };
        gpu.hashrate_hs = rate_hs(dev);
        gpu.shares = Shares {
            accepted: count("Accepted"),
            rejected: count("Rejected"),
            invalid: count("Hardware Errors"),
            stale: Fact::unknown(NOT_COUNTED),
            last_share_age_s: age_s(now, [dev]),
        };
        gpu.temp_c = plausible::temp_c(number(dev.get("Temperature")));
        gpu.memory_temp_c = plausible::temp_c(number(dev.get("TemperatureMem")));
        gpu.fan_percent = plausible::fan_percent(number(dev.get("Fan Percent")));
        gpu.power_w = plausible::device_w(number(dev.get("GPU Power")));
        gpus.push(gpu);
    }
    gpus
}

/// By the miner's own clock.
fn age_s<'a>(now: &Fact<f64>, of: impl IntoIterator<Item = &'a Value>) -> Fact<u64> {
    let times = of.into_iter().filter_map(|one| number(one.get("Last Share Time")).get());
    plausible::seconds_between(Fact::Known(times.fold(0.0, f64::max)), now.clone())
}

/// The pool in use, or else the first in line.
fn active(pools: &[Value]) -> Option<&Value> {
    let in_use = pools.iter().find(|pool| is_active(pool) == Some(true));
    let priority = |pool: &&Value| number(pool.get("Priority")).get().unwrap_or(f64::MAX);
    in_use.or_else(|| pools.iter().min_by(|a, b| priority(a).total_cmp(&priority(b))))
}

fn is_active(pool: &Value) -> Option<bool> {
    let alive = match pool.get("Status").and_then(Value::as_str) {
        Some("Alive") => Some(true),
        Some("Dead") => return Some(false),
        _ => None,
    };
    truth(pool.get("Stratum Active")).get().or(alive)
}

fn connected(pools: &[Value]) -> Fact<bool> {
    let states = pools.iter().map(is_active);
    match states.clone().any(|state| state == Some(true)) {
        true => Fact::Known(true),
        false if !pools.is_empty() && states.clone().all(|state| state == Some(false)) => {
            Fact::Known(false)
        }
        false => Fact::unknown(lenient::NOT_REPORTED),
    }
}
