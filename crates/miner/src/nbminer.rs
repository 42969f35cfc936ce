//! NBMiner: JSON over HTTP, opened with `--api`. Read from its own description
//! of the API and from replies of versions 10 to 42.

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, FILES, INCOME, LineKind, MINING, Order, Program, Refusal,
    Sign, TLS, WATCHDOG, joined, one_vendor,
};
use quaiminer_domain::Fact;
use quaiminer_domain::hardware::Vendor::{Amd, Nvidia};
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device, hashrate_or_sum, total_power_w, with_sums};
use crate::lenient::{self, because, first_number, number, or, text};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, pci, plausible, pool_uri, rates, version};

const STALE: &str = "NBMiner does not count stale shares";
const LAST_SHARE: &str = "NBMiner does not report when it found a share";

pub(crate) struct Nbminer;

impl Adapter for Nbminer {
    fn name(&self) -> &'static str {
        "nbminer"
    }

    /// That of its documentation; it has none of its own.
    fn default_ports(&self) -> &'static [u16] {
        &[22333]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Http("/api/v1/status"))] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let reply = lenient::json(body(replies, 0)?)?;
        // GMiner serves the same path; its `miner` is a name.
        let Some(miner) = reply.get("miner").filter(|miner| miner.get("devices").is_some()) else {
            return Err(Unreadable::Garbled("This is not a status of NBMiner".into()));
        };
        let stratum = reply.get("stratum");
        let of_pool = |name: &str| stratum.and_then(|stratum| stratum.get(name));

        let gpus = devices(miner.get("devices"));
        // Its own total may differ from the sum of its devices.
        let hashrate_hs =
            hashrate_or_sum(rate_hs(miner, "total_hashrate_raw", "total_hashrate"), &gpus);
        let connected = Fact::unknown("NBMiner does not report whether the pool answers");
        let algorithm = of_pool("algorithm").and_then(Value::as_str);
        let uri = pool_uri::split(of_pool("url").and_then(Value::as_str).unwrap_or_default());
        Ok(MinerReading {
            program: "NBMiner".to_owned(),
            version: version::number(reply.get("version")),
            uptime_s: plausible::seconds_since(number(reply.get("start_time"))),
            algorithm: algorithm::choose(algorithm).shown,
            activity: activity(&connected, None, &hashrate_hs),
            hashrate_hs,
            shares: with_sums(shares(stratum.unwrap_or(&Value::Null)), &gpus),
            pool: Pool {
                url: uri.host_port,
                user: or(text(of_pool("user")), uri.user),
                connected,
                latency_ms: because(
                    plausible::latency_ms(number(of_pool("latency"))),
                    "NBMiner does not report it",
                ),
                difficulty: plausible::difficulty(rates::number(of_pool("difficulty"))),
            },
            power_w: or(
                plausible::rig_w(number(miner.get("total_power_consume"))),
                total_power_w(&gpus, "The miner lists no device"),
            ),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus,
        })
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&PROGRAM)
    }
}

static PROGRAM: Program = Program {
    executables: &["nbminer"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Nvidia, Amd],
    max_pools: 3,
    api: ApiReach::Loopback,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "--algo",
                "-o",
                "--url",
                "--url1",
                "--url2",
                "-u",
                "--user",
                "--user1",
                "--user2",
                "--secondary-url",
                "--secondary-user",
                "--secondary-url1",
                "--secondary-user1",
                "--secondary-url2",
                "--secondary-user2",
                "--secondary-intensity",
                "--coin",
                "--fee",
                "--proxy",
            ],
        ),
        (API, &["--api"]),
        (CARDS, &["-d", "--devices", "--platform"]),
        (FILES, &["--log", "--log-file", "--generate-config"]),
        (CONFIG, &["-c", "--config"]),
        (WATCHDOG, &["--no-watchdog"]),
        (TLS, &["--strict-ssl"]),
        (MINING, &["-h", "--help", "-v", "--version", "--device-info"]),
    ],
    harmless: &[],
    signs: &[
        Sign::new(LineKind::Accepted, &[" Share accepted"]).gpu("[DEVICE "),
        Sign::new(LineKind::NewJob, &[" - New job"]),
        Sign::new(LineKind::Error, &["] ERROR - "]),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    if order.password.contains(':') {
        let why = "NBMiner takes the password behind a colon, so it can hold none";
        return Err(Refusal::new("password", why));
    }
    let user = match order.password.as_str() {
        "" => order.user(),
        password => format!("{}:{password}", order.user()),
    };
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    for (pool, (url, name)) in
        order.pools.iter().zip([("-o", "-u"), ("-o1", "-u1"), ("-o2", "-u2")])
    {
        argv.pair(url, pool.stratum());
        argv.pair(name, user.as_str());
    }
    if order.pools.iter().any(|pool| pool.tls) {
        argv.word("--strict-ssl");
    }
    if let Some(vendor) = one_vendor(order)? {
        argv.pair("--platform", if vendor == Nvidia { "1" } else { "2" });
        argv.pair("-d", joined(&order.cards, |card| card.index_of_vendor));
    }
    argv.word("--no-watchdog");
    argv.pair("--api", order.api());
    Ok(argv)
}

/// As a number, or as text (`61.50 M`) of which versions before 20 have no
/// number. What ends with a 2 is the second algorithm.
fn rate_hs(of: &Value, raw: &str, shown: &str) -> Fact<f64> {
    plausible::hashrate_hs(or(number(of.get(raw)), rates::number(of.get(shown))))
}

fn shares(of: &Value) -> Shares {
    let count = |names: [&str; 2]| plausible::count(first_number(names.map(|name| of.get(name))));
    Shares {
        accepted: count(["accepted_shares", "accept_shares"]),
        rejected: count(["rejected_shares", "reject_shares"]),
        invalid: count(["invalid_shares", "invalid_share"]),
        stale: Fact::unknown(STALE),
        last_share_age_s: Fact::unknown(LAST_SHARE),
    }
}

fn devices(list: Option<&Value>) -> Vec<GpuReading> {
    let mut gpus = Vec::new();
    for entry in lenient::list(list).iter().take(plausible::MAX_DEVICES) {
        let field = |name: &str| number(entry.get(name));
        let mut gpu = device(plausible::count(field("id")), &gpus);
        gpu.name = text(entry.get("info"));
        gpu.pci = pci::address(entry.get("pci_bus_id"));
        gpu.hashrate_hs = rate_hs(entry, "hashrate_raw", "hashrate");
        gpu.shares = shares(entry);
        gpu.temp_c = plausible::temp_c(field("temperature"));
        gpu.memory_temp_c = plausible::temp_c(field("memTemperature"));
        gpu.fan_percent = plausible::fan_percent(field("fan"));
        gpu.power_w = plausible::device_w(field("power"));
        gpus.push(gpu);
    }
    gpus
}
