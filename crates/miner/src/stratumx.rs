//! StratumX, the pool inside the Quai node: JSON over HTTP, opened with
//! `--node.stratum-enabled`. It does not mine: it counts what miners hash for
//! it, for three algorithms that have nothing to do with each other.

use jiff::Timestamp;
use quaiminer_domain::Fact;
use quaiminer_domain::miner::{Activity, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::lenient::{self, NOT_REPORTED, or};
use crate::request::{Ask, Reply, Request, Unreadable, body};
use crate::{Adapter, algorithm, plausible};

/// The names of its algorithms; the second has been seen under both.
const ALGORITHMS: [&str; 4] = ["kawpow", "sha256", "sha", "scrypt"];
const ITSELF: &str = "StratumX is the pool itself";

pub(crate) struct Stratumx;

impl Adapter for Stratumx {
    fn name(&self) -> &'static str {
        "stratumx"
    }

    fn default_ports(&self) -> &'static [u16] {
        &[3336]
    }

    fn is_pool(&self) -> bool {
        true
    }

    fn requests(&self) -> &'static [Request] {
        const {
            &[
                Request::new(Ask::Http("/api/pool/stats")),
                Request::new(Ask::Http("/api/pool/workers")).optional(),
            ]
        }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        let stats = lenient::json(body(replies, 0)?)?;
        let is_stratumx = (stats.get("workersTotal").or(stats.get("workersConnected"))).is_some()
            && ALGORITHMS.iter().any(|name| stats.get(*name).is_some_and(Value::is_object));
        if !is_stratumx {
            return Err(Unreadable::Garbled("This is not an answer of StratumX".into()));
        }
        let workers = body(replies, 1).and_then(lenient::json).unwrap_or_default();

        let used: Vec<&str> = ALGORITHMS.into_iter().filter(|name| is_used(&stats, name)).collect();
        let chosen = algorithm::choose(used.iter().copied());
        let name = used.get(chosen.at).copied().unwrap_or("kawpow");
        let number = |field: &str| lenient::number(stats.get(name).and_then(|a| a.get(field)));
        // The numbers of the whole pool are sums over all algorithms.
        let whole = |field: &str| match used.len() {
            0 | 1 => plausible::count(lenient::number(stats.get(field))),
            _ => Fact::unknown("StratumX counts it for all algorithms together"),
        };
        let workers = Workers::of(&workers, name);
        let now_s = now_s(&stats);
        Ok(MinerReading {
            program: "StratumX".to_owned(),
            version: Fact::unknown(NOT_REPORTED),
            uptime_s: plausible::seconds(lenient::number(stats.get("uptime"))),
            algorithm: chosen.shown,
            activity: Activity::Serving,
            hashrate_hs: plausible::hashrate_hs(number("hashrate")),
            shares: Shares {
                accepted: or(plausible::count(number("sharesValid")), whole("sharesValid")),
                rejected: Fact::unknown("StratumX tells stale and invalid shares apart"),
                invalid: whole("sharesInvalid"),
                stale: whole("sharesStale"),
                last_share_age_s: workers.last_share_age_s(now_s),
            },
            pool: Pool {
                url: Fact::unknown(ITSELF),
                user: workers.user(),
                connected: Fact::unknown(ITSELF),
                latency_ms: Fact::unknown(ITSELF),
                difficulty: workers.difficulty(),
            },
            power_w: Fact::unknown("StratumX does not know what its miners take"),
            earnings: Fact::unknown(lenient::NOT_REPORTED),
            gpus: Vec::new(),
        })
    }
}

fn is_used(stats: &Value, algorithm: &str) -> bool {
    let of = |field: &str| lenient::number(stats.get(algorithm).and_then(|a| a.get(field))).get();
    ["workers", "hashrate", "sharesValid"].iter().any(|field| of(field).is_some_and(|n| n > 0.0))
}

/// By its own clock.
fn now_s(stats: &Value) -> Option<i64> {
    let uptime_s = plausible::seconds(lenient::number(stats.get("uptime"))).get()?;
    unix_s(stats.get("startedAt"))?.checked_add(i64::try_from(uptime_s).ok()?)
}

/// The year 1 is Go's way of saying "never".
fn unix_s(time: Option<&Value>) -> Option<i64> {
    let time: Timestamp = time?.as_str()?.parse().ok()?;
    Some(time.as_second()).filter(|second| *second > 0)
}

/// Those that are connected for the algorithm.
struct Workers<'a>(Vec<&'a Value>);

impl<'a> Workers<'a> {
    fn of(list: &'a Value, algorithm: &str) -> Self {
        let is_one = |worker: &&Value| {
            let named = worker.get("algorithm").and_then(Value::as_str);
            let is_connected = worker.get("isConnected").and_then(Value::as_bool).unwrap_or(true);
            is_connected && named.is_none_or(|named| named.starts_with(algorithm))
        };
        Workers(lenient::list(Some(list)).iter().filter(is_one).collect())
    }

    fn only(&self) -> Result<&'a Value, &'static str> {
        match self.0.as_slice() {
            [] => Err("StratumX lists no miner"),
            [one] => Ok(one),
            _ => Err("Several miners are connected"),
        }
    }

    fn user(&self) -> Fact<String> {
        match self.only() {
            Err(why) => Fact::unknown(why),
            Ok(worker) => {
                let address = lenient::text(worker.get("address"));
                match (address, lenient::text(worker.get("workerName"))) {
                    (Fact::Known(address), Fact::Known(name)) => {
                        lenient::words(Some(&format!("{address}.{name}")))
                    }
                    (address, _) => address,
                }
            }
        }
    }

    fn difficulty(&self) -> Fact<f64> {
        match self.only() {
            Err(why) => Fact::unknown(why),
            Ok(worker) => plausible::difficulty(lenient::number(worker.get("difficulty"))),
        }
    }

    fn last_share_age_s(&self, now_s: Option<i64>) -> Fact<u64> {
        let last_s = self.0.iter().filter_map(|worker| unix_s(worker.get("lastShareAt"))).max();
        match (now_s, last_s) {
            (Some(now_s), Some(last_s)) => {
                plausible::seconds(Fact::Known(now_s.saturating_sub(last_s).max(0) as f64))
            }
            (_, None) => Fact::unknown("StratumX tells of no share"),
            (None, _) => Fact::unknown(NOT_REPORTED),
        }
    }
}
