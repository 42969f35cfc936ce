//! cpuminer-opt, and ccminer, which has the same API for GPUs: text over TCP,
//! opened with `--api-bind`. Read from cpuminer-opt 26.1 at work. A reply is
//! `KEY=VALUE;KEY=VALUE|` for each device, ends with a NUL, and closes the
//! connection.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use quaiminer_domain::pci::PciAddress;

use crate::activity::{activity, device, total_power_w};
use crate::lenient::{decimal, or, unit_hs, words};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, plausible, pool_uri};

const NOT_COUNTED: &str = "cpuminer counts accepted and rejected shares only";

pub(crate) struct Cpuminer;

impl Adapter for Cpuminer {
    fn name(&self) -> &'static str {
        "cpuminer"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["cpuminer-opt", "ccminer"]
    }

    /// cpuminer's and ccminer's own.
    fn default_ports(&self) -> &'static [u16] {
        &[4048, 4068]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Text("summary")), Request::new(Ask::Text("threads")).optional()] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let summary = String::from_utf8_lossy(body(replies, 0)?);
        if !summary.is_empty() && !summary.contains('|') {
            return Err(Unreadable::Garbled("The reply is cut short".into()));
        }
        let summary = records(&summary).next().unwrap_or_default();
        let Fact::Known(program) = words(field(summary, "NAME")) else {
            return Err(Unreadable::Garbled("This is not a summary of cpuminer".into()));
        };
        let (gpus, power_w) = match body(replies, 1) {
            Ok(threads) => {
                let gpus = devices(&String::from_utf8_lossy(threads));
                let power_w = total_power_w(&gpus, "The miner lists no device");
                (gpus, power_w)
            }
            Err(error) => (Vec::new(), Fact::Unknown(error.into_reason())),
        };
        let connected = Fact::unknown("cpuminer does not report whether the pool answers");
        let hashrate_hs = rate_hs(summary);
        Ok(MinerReading {
            program,
            version: words(field(summary, "VER")),
            uptime_s: plausible::seconds(decimal(field(summary, "UPTIME"))),
            algorithm: words(field(summary, "ALGO")),
            activity: activity(&connected, None, &hashrate_hs),
            hashrate_hs,
            shares: shares(summary),
            pool: Pool {
                url: pool_uri::split(field(summary, "URL").unwrap_or_default()).host_port,
                user: Fact::unknown("cpuminer does not report with which name it signs in"),
                connected,
                latency_ms: Fact::unknown("cpuminer does not measure it"),
                difficulty: plausible::difficulty(decimal(field(summary, "DIFF"))),
            },
            power_w,
            gpus,
        })
    }
}

/// What does not end with `|` was cut off, perhaps within a number.
fn records(reply: &str) -> impl Iterator<Item = &str> {
    let whole = reply.rsplit_once('|').map_or("", |(whole, _)| whole);
    whole.split('|').map(|record| record.trim_matches(|c: char| c.is_whitespace() || c == '\0'))
}

fn fields(record: &str) -> impl Iterator<Item = (&str, &str)> {
    record.split(';').filter_map(|field| field.split_once('='))
}

fn field<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    fields(record).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The unit of a rate is part of its key: `HS` and `KHS` in the summary, `H/s`,
/// `kH/s`, `MH/s` in the list of threads. The smallest unit is the most exact.
fn rate_hs(record: &str) -> Fact<f64> {
    let rates = fields(record).filter_map(|(key, value)| Some((unit_hs(key)?, value)));
    match rates.min_by(|(one, _), (other, _)| one.total_cmp(other)) {
        Some((unit_hs, value)) => {
            plausible::hashrate_hs(decimal(Some(value)).map(|rate| rate * unit_hs))
        }
        None => plausible::hashrate_hs(decimal(None)),
    }
}

fn shares(record: &str) -> Shares {
    Shares {
        accepted: plausible::count(decimal(field(record, "ACC"))),
        rejected: plausible::count(decimal(field(record, "REJ"))),
        invalid: Fact::unknown(NOT_COUNTED),
        // A share for an old job ("Job not found") is in neither number.
        stale: Fact::unknown(NOT_COUNTED),
        last_share_age_s: Fact::unknown("cpuminer does not report when it found a share"),
    }
}

fn devices(reply: &str) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    for record in records(reply).filter(|record| !record.is_empty()) {
        let Some(index) = field(record, "GPU").or(field(record, "CPU")) else { continue };
        if gpus.len() == plausible::MAX_DEVICES {
            break;
        }
        let mut gpu = device(plausible::count(decimal(Some(index))), &gpus);
        gpu.name = words(field(record, "CARD"));
        gpu.pci = Fact::from_option(
            // In decimal, unlike everywhere else.
            field(record, "BUS").and_then(|bus| bus.parse().ok()).map(PciAddress::on_bus),
            "The miner reports no PCI address for this device",
        );
        gpu.hashrate_hs = rate_hs(record);
        gpu.shares = shares(record);
        gpu.temp_c = plausible::temp_c(decimal(field(record, "TEMP")));
        gpu.fan_percent = plausible::fan_percent(decimal(field(record, "FAN")));
        // ccminer writes `185125(mW)`; a number without its unit is not taken.
        let milliwatts = field(record, "POWER").and_then(|power| power.strip_suffix("(mW)"));
        gpu.power_w =
            or(plausible::device_w(decimal(milliwatts).map(|mw| mw / 1000.0)), gpu.power_w);
        gpus.push(gpu);
    }
    gpus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_in_the_key() {
        let check = |record: &str, expected: Option<f64>| {
            assert_eq!(rate_hs(record).get(), expected, "{record}");
        };
        check("HS=32579515.30;KHS=32579.52", Some(32_579_515.30));
        check("KHS=32579.52", Some(32_579_520.0));
        check("CPU=0;H/s=950.5", Some(950.5));
        check("CPU=0;kH/s=1.5", Some(1500.0));
        check("CPU=0;MH/s=32.58", Some(32_580_000.0));
        check("CPU=0;GH/s=2", Some(2e9));
        check("CPU=0;TH/s=9999999", None);
        check("CPU=0;MH/s=nan", None);
        check("CPU=0;PH/s=1", None);
        check("CPU=0", None);
    }
}
