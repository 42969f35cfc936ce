//! GMiner: JSON over HTTP, opened with `--api`. Where it mines two algorithms,
//! the fields of the second end with a `2`.

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, FILES, INCOME, LineKind, MINING, Order, Program, Refusal,
    Sign, TLS, WATCHDOG, one_vendor,
};
use quaiminer_domain::Fact;
use quaiminer_domain::hardware::Vendor::{Amd, Nvidia};
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, total_hashrate_hs, total_power_w, with_sums};
use crate::lenient::{self, NOT_REPORTED, first_number};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, version};

pub(crate) struct Gminer;

impl Adapter for Gminer {
    fn name(&self) -> &'static str {
        "gminer"
    }

    /// The port of the command lines in our documentation; it has none of its
    /// own.
    fn default_ports(&self) -> &'static [u16] {
        &[10050]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/stat"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let stat = lenient::json(body(replies, 0)?)?;
        let Some(version) = version(&stat) else {
            return Err(Unreadable::Garbled("This is not an answer of GMiner".into()));
        };
        let names = stat.get("algorithm").and_then(Value::as_str).unwrap_or_default();
        let chosen = algorithm::choose(names.split('+'));
        let of = Of { suffix: if chosen.at == 0 { "" } else { "2" } };

        let gpus = of.devices(&stat);
        let hashrate_hs = total_hashrate_hs(&gpus, "The miner lists no device");
        let speeds = lenient::list(stat.get("devices")).iter().map(|e| of.field(e, "speed"));
        let connected = Fact::unknown("GMiner does not report whether the pool answers");
        let server = of.field(&stat, "server").and_then(Value::as_str).unwrap_or_default();
        Ok(MinerReading {
            program: "GMiner".to_owned(),
            version,
            uptime_s: plausible::seconds(lenient::number(stat.get("uptime"))),
            algorithm: chosen.shown,
            // In whatever unit it counts.
            activity: activity(&connected, None, &first_number(speeds)),
            hashrate_hs,
            shares: with_sums(of.shares(&stat, "total_"), &gpus),
            pool: Pool {
                url: pool_uri::split(server).host_port,
                user: lenient::text(of.field(&stat, "user")),
                connected,
                latency_ms: Fact::unknown("GMiner does not report it"),
                difficulty: Fact::unknown("GMiner does not report it"),
            },
            power_w: total_power_w(&gpus, "The miner lists no device"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&PROGRAM)
    }
}

static PROGRAM: Program = Program {
    executables: &["miner", "gminer"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Nvidia, Amd],
    max_pools: 8,
    api: ApiReach::Unknown,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "--algo",
                "-s",
                "--server",
                "-n",
                "--port",
                "-u",
                "--user",
                "-p",
                "--pass",
                "--proto",
                "--proxy",
                "--dalgo",
                "--dserver",
                "--dport",
                "--duser",
                "--dpass",
                "--dual",
                "--zilserver",
                "--ziluser",
                "--pers",
            ],
        ),
        (API, &["--api"]),
        (CARDS, &["-d", "--devices", "--cuda", "--opencl"]),
        (FILES, &["-l", "--logfile"]),
        (CONFIG, &["--config"]),
        (WATCHDOG, &["-w", "--watchdog"]),
        (TLS, &["--ssl", "--ssl_verification"]),
        (MINING, &["-h", "--help", "-v", "--version", "--list_devices"]),
    ],
    harmless: &[],
    signs: &[
        Sign::new(LineKind::Accepted, &["GPU", ": Share #", " accepted "]).gpu("GPU"),
        Sign::new(LineKind::Rejected, &["GPU", ": Share #", " rejected"]).gpu("GPU"),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let mut argv = Argv::default();
    argv.pair("--algo", algorithm);
    for pool in &order.pools {
        argv.pair("--server", pool.host_port());
        argv.pair("--user", order.user());
        argv.pair("--pass", order.password());
        if order.pools.iter().any(|pool| pool.tls) {
            argv.pair("--ssl", if pool.tls { "1" } else { "0" });
        }
    }
    if order.pools.iter().any(|pool| pool.tls) {
        argv.pair("--ssl_verification", "1");
    }
    if let Some(vendor) = one_vendor(order)? {
        // Leaves the cards of the other vendor uncounted.
        argv.pair(if vendor == Nvidia { "--opencl" } else { "--cuda" }, "0");
        // Takes all words up to the next argument.
        argv.word("--devices");
        for card in &order.cards {
            argv.word(card.index_of_vendor.to_string());
        }
    }
    argv.pair("--watchdog", "0");
    argv.pair("--color", "0");
    argv.pair("--api", order.api_port.to_string());
    Ok(argv)
}

/// The program's own name may be missing, but not be another one.
fn version(stat: &Value) -> Option<Fact<String>> {
    let has = |field: &str| stat.get(field).is_some();
    match stat.get("miner") {
        None | Some(Value::Null) => {
            let is_its = has("devices") && (has("speed_unit") || has("extended_share_info"));
            is_its.then_some(Fact::unknown(NOT_REPORTED))
        }
        name => version::behind("GMiner", name),
    }
}

/// The fields of one of the two algorithms.
struct Of {
    suffix: &'static str,
}

impl Of {
    fn field<'a>(&self, object: &'a Value, name: &str) -> Option<&'a Value> {
        object.get(format!("{name}{}", self.suffix))
    }

    fn shares(&self, object: &Value, prefix: &str) -> Shares {
        let count = |kind: &str| {
            let field = self.field(object, &format!("{prefix}{kind}_shares"));
            plausible::count(lenient::number(field))
        };
        Shares {
            accepted: count("accepted"),
            rejected: count("rejected"),
            invalid: count("invalid"),
            stale: count("stale"),
            last_share_age_s: Fact::unknown("GMiner does not report when it found a share"),
        }
    }

    fn devices(&self, stat: &Value) -> Vec<GpuReading> {
        let unit = self.field(stat, "speed_unit").and_then(Value::as_str);
        let unit_hs = unit.map_or(Some(1.0), lenient::unit_hs);
        let mut gpus = Vec::new();
        for entry in lenient::list(stat.get("devices")).iter().take(plausible::MAX_DEVICES) {
            let number = |name| lenient::number(entry.get(name));
            let speed = lenient::number(self.field(entry, "speed"));
            let mut gpu = device(plausible::count(number("gpu_id")), &gpus);
            gpu.name = lenient::text(entry.get("name"));
            gpu.pci = pci::address(entry.get("bus_id"));
            gpu.hashrate_hs = match unit_hs {
                Some(unit_hs) => plausible::hashrate_hs(speed.map(|speed| speed * unit_hs)),
                None => Fact::unknown("GMiner counts this algorithm in an unknown unit"),
            };
            gpu.shares = self.shares(entry, "");
            gpu.temp_c = plausible::temp_c(number("temperature"));
            gpu.memory_temp_c = plausible::temp_c(number("memory_temperature"));
            gpu.fan_percent = plausible::fan_percent(number("fan"));
            gpu.power_w = plausible::device_w(number("power_usage"));
            gpus.push(gpu);
        }
        gpus
    }
}
