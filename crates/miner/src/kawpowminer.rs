//! kawpowminer and its relatives (ethminer, quai-gpu-miner): JSON-RPC in lines
//! over TCP, opened with `--api-bind`. Read from kawpowminer 1.2.4 at work; its
//! own `docs/API_DOCUMENTATION.md` differs in places.

mod program;

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use quaiminer_domain::text::clean;
use serde_json::Value;

use crate::activity::{activity, all_paused, device, total_power_w};
use crate::getstat1::Stat1;
use crate::lenient::{self, because, or};
use crate::program::Program;
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, pci, plausible, pool_uri};

pub(crate) struct Kawpowminer;

impl Adapter for Kawpowminer {
    fn name(&self) -> &'static str {
        "kawpowminer"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["ethminer", "quai-gpu-miner"]
    }

    /// The port that the program is started with on mining systems; it has no
    /// default of its own.
    fn default_ports(&self) -> &'static [u16] {
        &[21373]
    }

    /// The second one fills gaps only: it counts in kH/s and in minutes.
    fn requests(&self) -> &'static [Request] {
        const {
            &[
                Request::new(Ask::Line(
                    r#"{"id":1,"jsonrpc":"2.0","method":"miner_getstatdetail"}"#,
                )),
                Request::new(Ask::Line(r#"{"id":2,"jsonrpc":"2.0","method":"miner_getstat1"}"#))
                    .optional(),
            ]
        }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let stat1 = body(replies, 1).and_then(result).unwrap_or_default();
        let detail = match body(replies, 0).and_then(result) {
            Ok(detail) => detail,
            Err(error) => return older(&stat1).ok_or(error),
        };
        let (Some(host), Some(mining)) = (detail.get("host"), detail.get("mining")) else {
            return Err(Unreadable::Garbled("This is not an answer of kawpowminer".into()));
        };
        let version = or(lenient::text(host.get("version")), lenient::text(stat1.get(0)));
        let stat1 = Stat1(&stat1);
        let (program, version) = split_version(version);
        // It can do nothing else; its relatives do not say what they mine.
        let algorithm = match version {
            Fact::Known(_) if program == "kawpowminer" => Fact::Known("kawpow".to_owned()),
            _ => Fact::unknown("The miner does not report its algorithm"),
        };

        let gpus = devices(detail.get("devices"));
        let connection = detail.get("connection");
        let connected = lenient::truth(connection.and_then(|c| c.get("connected")));
        let hashrate_hs = plausible::hashrate_hs(lenient::hex(mining.get("hashrate")));
        let mut shares = shares(mining.get("shares"));
        shares.invalid = or(shares.invalid, stat1.invalid());

        Ok(MinerReading {
            program,
            version,
            uptime_s: or(
                plausible::seconds(lenient::number(host.get("runtime"))),
                stat1.uptime_s(),
            ),
            algorithm,
            activity: activity(&connected, all_paused(&gpus), &hashrate_hs),
            hashrate_hs,
            shares,
            pool: pool(connection, connected, stat1.pool(), mining.get("difficulty")),
            power_w: total_power_w(&gpus, "The miner lists no device"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&program::PROGRAM)
    }
}

/// Relatives that know the second request only.
fn older(stat1: &Value) -> Option<MinerReading> {
    let (program, version) = split_version(lenient::text(stat1.get(0)));
    Stat1(stat1).read(program, version)
}

/// The result of a JSON-RPC answer. Parse errors carry their code as
/// `errorcode`, in text; all others as `code`, in a number.
fn result(line: &[u8]) -> Result<Value, Unreadable> {
    let mut answer = lenient::json(line)?;
    if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
        let code = or(lenient::number(error.get("code")), lenient::number(error.get("errorcode")));
        let message = error.get("message").unwrap_or(error).as_str().unwrap_or_default();
        return Err(Unreadable::Refused(match code.get() {
            // Asked without a password, and with a wrong one.
            Some(-403.0 | -401.0) => {
                "The miner's API wants a password; start the miner without --api-password".into()
            }
            Some(code) => format!("The miner answers: {} ({code})", clean(message, 200)).into(),
            None => format!("The miner answers: {}", clean(message, 200)).into(),
        }));
    }
    match answer.get_mut("result").map(Value::take) {
        Some(result @ (Value::Object(_) | Value::Array(_))) => Ok(result),
        _ => Err(Unreadable::Garbled("This is not an answer of kawpowminer".into())),
    }
}

/// `kawpowminer-1.2.4+commit.632f6ea0` is a program and its version.
fn split_version(full: Fact<String>) -> (String, Fact<String>) {
    let Fact::Known(full) = full else {
        return ("kawpowminer".to_owned(), full);
    };
    let digit_after_dash = full
        .match_indices('-')
        .filter_map(|(at, _)| Some((full.get(..at)?, full.get(at + 1..)?)))
        .find(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()));
    match digit_after_dash {
        Some((program, version)) if !program.is_empty() => {
            (program.to_owned(), Fact::Known(version.to_owned()))
        }
        _ => (full, Fact::unknown(lenient::NOT_REPORTED)),
    }
}

fn devices(list: Option<&Value>) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    let list = list.and_then(Value::as_array).into_iter().flatten();
    for entry in list.take(plausible::MAX_DEVICES) {
        let gpu = read_device(entry, &gpus);
        gpus.push(gpu);
    }
    gpus
}

fn read_device(entry: &Value, others: &[GpuReading]) -> GpuReading {
    let hardware = entry.get("hardware");
    let mining = entry.get("mining");
    // Celsius, percent, watts; all zero without --HWMON, watts with --HWMON 2.
    let sensors = hardware.and_then(|hardware| hardware.get("sensors"));
    let sensor = |at: usize| lenient::number(sensors.and_then(|sensors| sensors.get(at)));
    let is_paused = lenient::truth(mining.and_then(|mining| mining.get("paused"))).get();

    let mut gpu = device(plausible::count(lenient::number(entry.get("_index"))), others);
    gpu.name = lenient::text(hardware.and_then(|hardware| hardware.get("name")));
    gpu.pci = pci::address(hardware.and_then(|hardware| hardware.get("pci")));
    if is_paused == Some(true) {
        let reason = lenient::text(mining.and_then(|mining| mining.get("pause_reason")));
        gpu.paused = Some(reason.known().cloned().unwrap_or_else(|| "No reason given".to_owned()));
    }
    gpu.hashrate_hs =
        plausible::hashrate_hs(lenient::hex(mining.and_then(|mining| mining.get("hashrate"))));
    gpu.shares = shares(mining.and_then(|mining| mining.get("shares")));
    gpu.temp_c = plausible::temp_c(sensor(0));
    gpu.fan_percent = plausible::fan_percent(sensor(1));
    gpu.power_w = plausible::device_w(sensor(2));
    gpu
}

/// `[accepted, rejected, failed, seconds since the last]`. Before the first
/// share the seconds count from the start of the program.
fn shares(list: Option<&Value>) -> Shares {
    let count = |at: usize| plausible::count(lenient::number(list.and_then(|list| list.get(at))));
    let found_any = (0..3).any(|at| count(at).get().is_some_and(|count| count > 0));
    Shares {
        accepted: count(0),
        rejected: count(1),
        invalid: count(2),
        stale: Fact::unknown("kawpowminer does not count stale shares"),
        last_share_age_s: if found_any {
            plausible::seconds(lenient::number(list.and_then(|list| list.get(3))))
        } else {
            Fact::unknown("No share was found yet")
        },
    }
}

fn pool(
    connection: Option<&Value>,
    connected: Fact<bool>,
    host_port: Fact<String>,
    difficulty: Option<&Value>,
) -> Pool {
    let uri = connection.and_then(|connection| connection.get("uri")).and_then(Value::as_str);
    let uri = pool_uri::split(uri.unwrap_or_default());
    Pool {
        url: or(uri.host_port, host_port),
        user: uri.user,
        connected,
        latency_ms: Fact::unknown("kawpowminer does not measure it"),
        difficulty: because(
            plausible::difficulty(lenient::number(difficulty)),
            "The miner does not report a difficulty",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_and_version() {
        let check = |full: &str, program: &str, version: Option<&str>| {
            let (name, number) = split_version(Fact::Known(full.to_owned()));
            assert_eq!((name.as_str(), number.known().map(String::as_str)), (program, version));
        };
        check("kawpowminer-1.2.4+commit.632f6ea0", "kawpowminer", Some("1.2.4+commit.632f6ea0"));
        check("quai-gpu-miner-0.3.0", "quai-gpu-miner", Some("0.3.0"));
        check("ethminer-0.19.0-alpha.1", "ethminer", Some("0.19.0-alpha.1"));
        check("something", "something", None);
        check("-1", "-1", None);
    }
}
