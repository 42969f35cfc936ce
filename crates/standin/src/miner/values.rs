//! What a simulated rig measures: a function of the time since it started, so
//! that every protocol and every test sees the same numbers.

use std::time::Duration;

/// A miner builds its DAG first; until then it hashes nothing.
const DAG_BUILD: Duration = Duration::from_secs(2);
const NAMES: [&str; 3] =
    ["NVIDIA GeForce RTX 3080", "AMD Radeon RX 6800 XT", "NVIDIA GeForce RTX 3060 Ti"];

#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    pub uptime: Duration,
    pub devices: Vec<Device>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    pub index: u32,
    pub name: &'static str,
    /// Number of its PCI bus.
    pub bus: u32,
    pub hashrate_hs: u32,
    pub accepted: u64,
    pub rejected: u64,
    pub invalid: u64,
    pub last_share_age_s: u64,
    pub temp_c: u32,
    pub fan_percent: u32,
    pub power_w: f64,
    pub paused: bool,
}

impl Values {
    pub(crate) fn at(uptime: Duration, devices: u32) -> Self {
        Values { uptime, devices: (0..devices).map(|index| Device::at(uptime, index)).collect() }
    }

    pub fn hashrate_hs(&self) -> u32 {
        self.devices.iter().map(|device| device.hashrate_hs).sum()
    }

    pub fn accepted(&self) -> u64 {
        self.devices.iter().map(|device| device.accepted).sum()
    }

    pub fn rejected(&self) -> u64 {
        self.devices.iter().map(|device| device.rejected).sum()
    }

    pub fn invalid(&self) -> u64 {
        self.devices.iter().map(|device| device.invalid).sum()
    }

    pub fn last_share_age_s(&self) -> u64 {
        self.devices.iter().map(|device| device.last_share_age_s).min().unwrap_or(0)
    }

    /// Nothing is hashed; counters stay what they are.
    pub(crate) fn halt(&mut self) {
        for device in &mut self.devices {
            device.hashrate_hs = 0;
            device.power_w = 28.0;
        }
    }
}

impl Device {
    fn at(uptime: Duration, index: u32) -> Self {
        let mining = uptime.saturating_sub(DAG_BUILD);
        // Each device finds shares at its own pace, the first every 3 s.
        let pace_s = 3 + u64::from(index);
        let found = mining.as_secs() / pace_s;
        let rejected = found / 40;
        let invalid = found / 90;
        let wave = (mining.as_secs_f64() / 11.0 + f64::from(index)).sin();
        let running = !mining.is_zero();
        let pace_hs = 30_000_000.0 + 2_500_000.0 * f64::from(index % 4);
        Device {
            index,
            name: NAMES.get(index as usize % NAMES.len()).copied().unwrap_or("GPU"),
            bus: 1 + index,
            hashrate_hs: if running { (pace_hs * (1.0 + 0.02 * wave)) as u32 } else { 0 },
            accepted: found - rejected - invalid,
            rejected,
            invalid,
            last_share_age_s: mining.as_secs() % pace_s,
            temp_c: if running { 58 + index % 7 + (wave * 2.0 + 2.0) as u32 } else { 41 },
            fan_percent: if running { 60 + index % 9 } else { 30 },
            power_w: if running { 118.0 + f64::from(index) + 3.0 * wave } else { 28.0 },
            paused: false,
        }
    }
}
