//! XMRig: JSON over HTTP, opened with `--http-enabled`. Read from XMRig 6.26.0
//! at work; the fields of GPU threads are those of its
//! `src/backend/{opencl,cuda}`.

mod program;

use std::net::IpAddr;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{Activity, GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, total_power_w};
use crate::lenient::{self, because, first_number, or};
use crate::program::Program;
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::wildrig::is_wildrig;
use crate::{Adapter, pci, plausible, pool_uri};

const NOT_COUNTED: &str = "XMRig counts accepted and rejected shares only";

pub(crate) struct Xmrig;

impl Adapter for Xmrig {
    fn name(&self) -> &'static str {
        "xmrig"
    }

    /// The port of the command lines in our documentation; XMRig has none of
    /// its own.
    fn default_ports(&self) -> &'static [u16] {
        &[44444]
    }

    fn requests(&self) -> &'static [Request] {
        const {
            &[
                Request::new(Ask::Http("/2/summary")),
                Request::new(Ask::Http("/2/backends")).optional(),
            ]
        }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let summary = lenient::json(body(replies, 0)?)?;
        if is_wildrig(&summary) {
            return Err(Unreadable::Garbled("This is WildRig, not XMRig".into()));
        }
        let (Some(connection), Some(hashrate)) = (
            summary.get("connection").filter(|connection| connection.is_object()),
            summary.get("hashrate").filter(|hashrate| hashrate.is_object()),
        ) else {
            return Err(Unreadable::Garbled("This is not a summary of XMRig".into()));
        };
        // WildRig answers in the same form.
        if let Some(agent) = summary.get("ua").and_then(Value::as_str)
            && !agent.to_ascii_lowercase().starts_with("xmrig")
        {
            return Err(Unreadable::Garbled("This is not a summary of XMRig".into()));
        }
        let backends = body(replies, 1).and_then(lenient::json);

        let connected = connected(connection);
        let hashrate_hs = plausible::hashrate_hs(newest(hashrate.get("total")));
        let paused = match summary.get("paused") {
            Some(Value::Bool(true)) => Some("XMRig is paused".to_owned()),
            _ => None,
        };
        let activity = activity(&connected, paused, &hashrate_hs);
        let hashrate_hs = because(
            hashrate_hs,
            match activity {
                Activity::Paused(_) | Activity::NoPool => {
                    "XMRig reports no hashrate while it waits"
                }
                _ => "XMRig reports its hashrate after the first 10 seconds",
            },
        );
        let (gpus, power_w) = match backends {
            Ok(backends) => {
                let gpus = devices(&backends, summary.get("cpu").and_then(|cpu| cpu.get("brand")));
                let power_w = total_power_w(&gpus, "XMRig lists no GPU");
                (gpus, power_w)
            }
            Err(error) => (Vec::new(), Fact::Unknown(error.into_reason())),
        };

        Ok(MinerReading {
            program: "XMRig".to_owned(),
            version: lenient::text(summary.get("version")),
            uptime_s: plausible::seconds(lenient::number(summary.get("uptime"))),
            algorithm: or(
                lenient::text(summary.get("algo")),
                lenient::text(connection.get("algo")),
            ),
            activity,
            hashrate_hs,
            shares: shares(connection, summary.get("results")),
            pool: pool(connection, connected),
            power_w,
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&program::PROGRAM)
    }
}

/// `[10 s, 60 s, 15 min]`, each `null` until that time has passed, and again
/// after a pause.
pub(crate) fn newest(windows: Option<&Value>) -> Fact<f64> {
    let windows = windows.and_then(Value::as_array).into_iter().flatten();
    match windows.into_iter().find(|window| !window.is_null()) {
        Some(window) => lenient::number(Some(window)),
        None => Fact::unknown(lenient::NOT_REPORTED),
    }
}

/// `ip` is null as long as there is no connection; the rest of the object
/// keeps its last values.
fn connected(connection: &Value) -> Fact<bool> {
    match connection.get("ip") {
        Some(Value::Null) => Fact::Known(false),
        Some(Value::String(ip)) if ip.parse::<IpAddr>().is_ok() => Fact::Known(true),
        _ => Fact::unknown(lenient::NOT_REPORTED),
    }
}

fn shares(connection: &Value, results: Option<&Value>) -> Shares {
    let result = |name| plausible::count(lenient::number(results.and_then(|r| r.get(name))));
    let rejected = match (result("shares_total"), result("shares_good")) {
        (Fact::Known(total), Fact::Known(good)) => {
            Fact::from_option(total.checked_sub(good), lenient::NOT_REPORTED)
        }
        _ => Fact::unknown(lenient::NOT_REPORTED),
    };
    Shares {
        accepted: or(
            plausible::count(lenient::number(connection.get("accepted"))),
            result("shares_good"),
        ),
        rejected: or(plausible::count(lenient::number(connection.get("rejected"))), rejected),
        invalid: Fact::unknown(NOT_COUNTED),
        stale: Fact::unknown(NOT_COUNTED),
        last_share_age_s: Fact::unknown("XMRig does not report when it found a share"),
    }
}

fn pool(connection: &Value, connected: Fact<bool>) -> Pool {
    let pool = connection.get("pool").and_then(Value::as_str);
    Pool {
        url: pool_uri::split(pool.unwrap_or_default()).host_port,
        user: Fact::unknown("XMRig does not report with which name it signs in"),
        connected,
        latency_ms: plausible::latency_ms(lenient::number(connection.get("ping"))),
        difficulty: plausible::difficulty(lenient::number(connection.get("diff"))),
    }
}

fn devices(backends: &Value, cpu: Option<&Value>) -> Vec<GpuReading> {
    let enabled = |name: &str| {
        backends.as_array().into_iter().flatten().find(|backend| {
            backend.get("type").and_then(Value::as_str) == Some(name)
                && backend.get("enabled") != Some(&Value::Bool(false))
        })
    };
    let mut gpus = Vec::new();
    // The fan of an AMD card is reported in turns per minute, not in percent.
    for (name, is_fan_percent) in [("opencl", false), ("cuda", true)] {
        if let Some(backend) = enabled(name) {
            threads(backend, is_fan_percent, &mut gpus);
        }
    }
    // Last, so that it does not take the number of a GPU.
    if let Some(backend) = enabled("cpu") {
        let mut device = device(Fact::unknown(lenient::NOT_REPORTED), &gpus);
        device.name = lenient::text(cpu);
        device.hashrate_hs = plausible::hashrate_hs(newest(backend.get("hashrate")));
        gpus.push(device);
    }
    gpus
}

/// One entry per thread; a card that runs several threads has several entries.
fn threads(backend: &Value, is_fan_percent: bool, gpus: &mut Vec<GpuReading>) {
    let threads = backend.get("threads").and_then(Value::as_array).into_iter().flatten();
    for thread in threads.take(plausible::MAX_DEVICES) {
        let hashrate_hs = plausible::hashrate_hs(newest(thread.get("hashrate")));
        let pci = pci::address(thread.get("bus_id"));
        let same_card =
            gpus.iter_mut().find(|gpu| pci.known().is_some() && gpu.pci.get() == pci.get());
        if let Some(gpu) = same_card {
            gpu.hashrate_hs = match (gpu.hashrate_hs.get(), hashrate_hs) {
                (Some(one), Fact::Known(other)) => plausible::hashrate_hs(Fact::Known(one + other)),
                (_, unknown @ Fact::Unknown(_)) => unknown,
                (None, Fact::Known(_)) => gpu.hashrate_hs.clone(),
            };
        } else if gpus.len() < plausible::MAX_DEVICES {
            let health = |name| thread.get("health").and_then(|health| health.get(name));
            let index = plausible::count(lenient::number(thread.get("index")));
            let mut gpu = device(index, gpus);
            gpu.name = lenient::text(thread.get("name"));
            gpu.pci = pci;
            gpu.hashrate_hs = hashrate_hs;
            gpu.temp_c = plausible::temp_c(lenient::number(health("temperature")));
            gpu.power_w = plausible::device_w(lenient::number(health("power")));
            if is_fan_percent {
                let fans = health("fan_speed").and_then(Value::as_array).into_iter().flatten();
                gpu.fan_percent = plausible::fan_percent(first_number(fans.map(Some)));
            }
            gpus.push(gpu);
        }
    }
}
