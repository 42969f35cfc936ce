//! The older half of ethminer's API, which its many relatives and imitators have
//! without the newer one: a list of texts, with kH/s, minutes and `;`.

use quaiminer_domain::Fact;
use quaiminer_domain::miner::{GpuReading, MinerReading, Pool, Shares};
use serde_json::Value;

use crate::activity::{activity, device};
use crate::lenient::{NOT_REPORTED, decimal};
use crate::{plausible, pool_uri};

const NOT_TOLD: &str = "This version of the API does not tell";

/// `["NAME-VERSION", "minutes", "kH/s;accepted;rejected", "kH/s;kH/s", …, …,
/// "temperature;fan;temperature;fan", "pool", "invalid;switches;…"]`.
pub(crate) struct Stat1<'a>(pub(crate) &'a Value);

impl Stat1<'_> {
    fn texts(&self, at: usize) -> Vec<&str> {
        let text = self.0.get(at).and_then(Value::as_str).unwrap_or_default();
        text.split(';').map(str::trim).take(2 * plausible::MAX_DEVICES).collect()
    }

    fn number(&self, at: usize, part: usize) -> Fact<f64> {
        // Some write `off` for a device that is paused.
        match self.texts(at).get(part) {
            Some(text) if !text.is_empty() => decimal(Some(text)),
            _ => Fact::unknown(NOT_REPORTED),
        }
    }

    fn rate_hs(&self, at: usize, part: usize) -> Fact<f64> {
        plausible::hashrate_hs(self.number(at, part).map(|khs| khs * 1000.0))
    }

    pub(crate) fn uptime_s(&self) -> Fact<u64> {
        plausible::seconds(self.number(1, 0).map(|minutes| minutes * 60.0))
    }

    pub(crate) fn pool(&self) -> Fact<String> {
        pool_uri::split(self.texts(7).first().copied().unwrap_or_default()).host_port
    }

    pub(crate) fn invalid(&self) -> Fact<u64> {
        plausible::count(self.number(8, 0))
    }

    /// All that is to be had without the newer half, if this is such a list.
    pub(crate) fn read(&self, program: String, version: Fact<String>) -> Option<MinerReading> {
        let count = |part: usize| plausible::count(self.number(2, part));
        let shares = Shares {
            accepted: count(1),
            rejected: count(2),
            invalid: self.invalid(),
            ..Shares::unknown(NOT_TOLD)
        };
        let hashrate_hs = self.rate_hs(2, 0);
        if self.0.as_array()?.len() < 4 || hashrate_hs.known().is_none() {
            return None;
        }
        let connected = Fact::unknown(NOT_TOLD);
        Some(MinerReading {
            program,
            version,
            uptime_s: self.uptime_s(),
            algorithm: Fact::unknown(NOT_TOLD),
            activity: activity(&connected, None, &hashrate_hs),
            hashrate_hs,
            shares,
            pool: Pool { url: self.pool(), ..Pool::unknown(NOT_TOLD) },
            power_w: Fact::unknown(NOT_TOLD),
            earnings: Fact::unknown(NOT_REPORTED),
            gpus: self.devices(),
        })
    }

    fn devices(&self) -> Vec<GpuReading> {
        let mut gpus = Vec::new();
        let rates = self.texts(3);
        let rates = rates.iter().take(plausible::MAX_DEVICES).enumerate();
        for (at, _) in rates.filter(|(_, text)| !text.is_empty()) {
            let mut gpu = device(Fact::Known(at as u64), &gpus);
            gpu.hashrate_hs = self.rate_hs(3, at);
            gpu.temp_c = plausible::temp_c(self.number(6, 2 * at));
            gpu.fan_percent = plausible::fan_percent(self.number(6, 2 * at + 1));
            gpus.push(gpu);
        }
        gpus
    }
}
