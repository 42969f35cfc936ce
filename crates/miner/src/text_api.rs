//! What cpuminer and ccminer answer: `KEY=VALUE;KEY=VALUE|` for each device, or
//! once for the whole, then a NUL and the end of the connection.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, total_power_w};
use crate::lenient::{self, decimal, or, words};
use crate::request::{Reply, Unreadable, body};
use crate::{pci, plausible, pool_uri, rates};

/// Arguments of the whole family that decide who is paid.
pub(crate) const DENIED_FOR_INCOME: &[&str] = &[
    "-a",
    "--algo",
    "-o",
    "--url",
    "-O",
    "--userpass",
    "-u",
    "--user",
    "-p",
    "--pass",
    "-x",
    "--proxy",
    "--coinbase-addr",
    "--coinbase-sig",
    "--data-file",
];

/// Arguments of the whole family that open its API to others.
pub(crate) const DENIED_FOR_API: &[&str] = &[
    "-b",
    "--api-bind",
    "--api-remote",
    "--api-allow",
    "--api-mcast",
    "--api-mcast-addr",
    "--api-mcast-code",
    "--api-mcast-port",
    "--api-mcast-des",
];

/// The two programs differ in what they count in their summary.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) counts: &'static str,
    pub(crate) others_count: &'static str,
}

/// Reads the replies to `summary`, `threads`, `hwinfo` and `pool`; a program
/// that does not know one of them closes the connection without a word.
pub(crate) fn read(family: Family, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
    let name = family.name;
    let summary = String::from_utf8_lossy(body(replies, 0)?);
    if !summary.is_empty() && !summary.contains('|') {
        return Err(Unreadable::Garbled("The reply is cut short".into()));
    }
    let summary = Record(records(&summary).next().unwrap_or_default());
    let Fact::Known(program) = words(summary.field("NAME")) else {
        return Err(Unreadable::Garbled(format!("This is not a summary of {name}").into()));
    };
    if summary.field(family.others_count).is_some() && summary.field(family.counts).is_none() {
        return Err(Unreadable::Garbled(format!("This is {program}, not {name}").into()));
    }
    let text = |at: usize| body(replies, at).map(String::from_utf8_lossy);
    let (threads, hwinfo, pool) = (text(1), text(2), text(3));
    let lists = [&threads, &hwinfo].map(|list| list.as_deref().unwrap_or_default());
    let gpus = devices(lists, name);
    let power_w = match &threads {
        Err(error) if gpus.is_empty() => Fact::Unknown(error.to_string().into()),
        _ => total_power_w(&gpus, "The miner lists no device"),
    };
    let pool = pool.as_deref().ok().and_then(|pool| records(pool).next());
    let pool = Record(pool.unwrap_or_default());
    let [pool_uri, own_uri] =
        [pool, summary].map(|from| pool_uri::split(from.field("URL").unwrap_or_default()));
    let unknown = |what: &str| Fact::Unknown(format!("{name} does not {what}").into());
    let connected = unknown("report whether the pool answers").map(|()| true);
    let hashrate_hs = summary.rate_hs();
    let mut shares = summary.shares(name);
    shares.stale = or(shares.stale, pool.count("STALE"));
    if [&shares.accepted, &shares.rejected].iter().any(|count| count.get() > Some(0)) {
        shares.last_share_age_s =
            or(shares.last_share_age_s, plausible::seconds(pool.number("LAST")));
    }
    Ok(MinerReading {
        program,
        version: words(summary.field("VER")),
        uptime_s: plausible::seconds(summary.number("UPTIME")),
        algorithm: words(summary.field("ALGO")),
        activity: activity(&connected, None, &hashrate_hs),
        hashrate_hs,
        shares,
        pool: Pool {
            url: or(pool_uri.host_port, own_uri.host_port),
            user: or(
                unknown("report with which name it signs in").map(|()| String::new()),
                words(pool.field("USER")),
            ),
            connected,
            latency_ms: or(
                unknown("measure it").map(|()| 0),
                plausible::latency_ms(pool.number("PING")),
            ),
            // What the summary calls so is the network's in some versions.
            difficulty: or(
                plausible::difficulty(pool.number("DIFF")),
                plausible::difficulty(summary.number("DIFF")),
            ),
        },
        power_w,
        earnings: Fact::unknown(lenient::NOT_REPORTED),
        gpus,
    })
}

/// What does not end with `|` was cut off, perhaps within a number.
fn records(reply: &str) -> impl Iterator<Item = &str> {
    let whole = reply.rsplit_once('|').map_or("", |(whole, _)| whole);
    whole.split('|').map(|record| record.trim_matches(|c: char| c.is_whitespace() || c == '\0'))
}

#[derive(Clone, Copy, Default)]
struct Record<'a>(&'a str);

impl<'a> Record<'a> {
    fn fields(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.split(';').filter_map(|field| field.split_once('='))
    }

    fn field(self, name: &str) -> Option<&'a str> {
        self.fields().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn number(self, name: &str) -> Fact<f64> {
        decimal(self.field(name))
    }

    fn count(self, name: &str) -> Fact<u64> {
        plausible::count(self.number(name))
    }

    fn index(self) -> Option<&'a str> {
        self.field("GPU").or(self.field("CPU"))
    }

    /// The unit of a rate is part of its key: `HS` and `KHS` in the summary,
    /// `H/s`, `kH/s`, `MH/s` in the list of threads.
    fn rate_hs(self) -> Fact<f64> {
        rates::finest_hs(self.fields().map(|(key, value)| (key, decimal(Some(value)))))
    }

    fn shares(self, name: &str) -> Shares {
        // A share for an old job ("Job not found") is in neither number.
        let not_counted = || format!("{name} counts accepted and rejected shares only").into();
        Shares {
            accepted: self.count("ACC"),
            rejected: self.count("REJ"),
            invalid: Fact::Unknown(not_counted()),
            stale: Fact::Unknown(not_counted()),
            last_share_age_s: Fact::Unknown(
                format!("{name} does not report when it found a share").into(),
            ),
        }
    }

    fn temp_c(self) -> Fact<f64> {
        plausible::temp_c(self.number("TEMP"))
    }

    fn fan_percent(self) -> Fact<f64> {
        plausible::fan_percent(self.number("FAN"))
    }

    /// `185125(mW)`, or without the unit milliwatts in most versions and watts
    /// in some: no card takes a thousand watts, and none runs on four.
    fn power_w(self) -> Fact<f64> {
        let power = self.field("POWER");
        let milliwatts = power.and_then(|power| power.strip_suffix("(mW)"));
        let watts = match decimal(milliwatts.or(power)) {
            Fact::Known(power) if milliwatts.is_some() || power > 4000.0 => {
                Fact::Known(power / 1000.0)
            }
            Fact::Known(power) if power > 1000.0 => {
                Fact::unknown("The miner reports a power without its unit")
            }
            watts => watts,
        };
        plausible::device_w(watts)
    }
}

/// The devices of both lists, of which `threads` knows the hashrates and
/// `hwinfo` the sensors; most versions repeat the sensors in `threads`.
fn devices([threads, hwinfo]: [&str; 2], name: &str) -> Vec<GpuReading> {
    let [threads, hwinfo] = [listed(threads), listed(hwinfo)];
    let same = |list: &[Record<'_>], index| list.iter().any(|other| other.index() == index);
    let only_hwinfo = hwinfo.iter().filter(|record| !same(&threads, record.index()));
    let mut gpus = Vec::new();
    for record in threads.iter().chain(only_hwinfo).take(plausible::MAX_DEVICES) {
        let hardware = hwinfo.iter().find(|other| other.index() == record.index());
        let hardware = hardware.copied().unwrap_or_default();
        let mut gpu = device(plausible::count(decimal(record.index())), &gpus);
        gpu.name = or(words(record.field("CARD")), words(hardware.field("CARD")));
        let bus = record.field("BUS").or(hardware.field("BUS"));
        gpu.pci = pci::address(bus.map(Value::from).as_ref());
        gpu.hashrate_hs = record.rate_hs();
        gpu.shares = record.shares(name);
        gpu.temp_c = or(record.temp_c(), hardware.temp_c());
        gpu.fan_percent = or(record.fan_percent(), hardware.fan_percent());
        gpu.power_w = or(record.power_w(), hardware.power_w());
        gpus.push(gpu);
    }
    gpus
}

fn listed(reply: &str) -> Vec<Record<'_>> {
    let devices = records(reply).map(Record).filter(|record| record.index().is_some());
    devices.take(plausible::MAX_DEVICES).collect()
}
