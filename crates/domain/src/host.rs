//! The computer the rig is built around.

use crate::fact::Fact;

#[derive(Debug, Clone, PartialEq)]
pub struct HostReading {
    /// Busy share of all cores since the last reading, 0 to 100.
    pub cpu_percent: Fact<f64>,
    pub load_1: Fact<f64>,
    pub load_5: Fact<f64>,
    pub load_15: Fact<f64>,
    pub memory_total_bytes: Fact<u64>,
    pub memory_available_bytes: Fact<u64>,
    /// Of the file system that holds the data directory.
    pub disk_total_bytes: Fact<u64>,
    pub disk_free_bytes: Fact<u64>,
    pub uptime_s: Fact<u64>,
    pub temperatures: Vec<HostTemperature>,
}

/// A sensor of the mainboard, processor or disk.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTemperature {
    pub label: String,
    pub temp_c: f64,
}
