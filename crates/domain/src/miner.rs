//! What a miner program says of itself.

use crate::fact::Fact;
use crate::pci::PciAddress;

/// One complete answer of a miner program.
#[derive(Debug, Clone, PartialEq)]
pub struct MinerReading {
    /// The program's own name for itself, e.g. `kawpowminer`.
    pub program: String,
    pub version: Fact<String>,
    pub uptime_s: Fact<u64>,
    /// Several at once are joined with `+`; all numbers are those of the first.
    pub algorithm: Fact<String>,
    pub activity: Activity,
    /// The program's own total, in hashes per second.
    pub hashrate_hs: Fact<f64>,
    pub shares: Shares,
    pub pool: Pool,
    /// All devices together, in watts.
    pub power_w: Fact<f64>,
    /// In whatever the program counts its earnings in.
    pub earnings: Fact<f64>,
    pub gpus: Vec<GpuReading>,
}

/// What the program is doing, as far as it says so.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    Mining,
    /// Running and connected, but not hashing yet (building the DAG).
    Starting,
    Paused(String),
    /// No work, because the pool does not answer.
    NoPool,
    /// It is a pool: what it counts was hashed by miners, which count it too.
    Serving,
}

/// Counters since the start of the program; they begin again at zero when it
/// is restarted.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    pub accepted: Fact<u64>,
    pub rejected: Fact<u64>,
    /// Wrong results found by the miner itself, or sent in vain.
    pub invalid: Fact<u64>,
    pub stale: Fact<u64>,
    /// Seconds since the last share was found.
    pub last_share_age_s: Fact<u64>,
}

impl Shares {
    pub fn unknown(reason: &'static str) -> Self {
        Shares {
            accepted: Fact::unknown(reason),
            rejected: Fact::unknown(reason),
            invalid: Fact::unknown(reason),
            stale: Fact::unknown(reason),
            last_share_age_s: Fact::unknown(reason),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Host and port, without user and password.
    pub url: Fact<String>,
    /// Address and worker with which the program signed in there.
    pub user: Fact<String>,
    pub connected: Fact<bool>,
    pub latency_ms: Fact<u64>,
    /// Difficulty in the program's own scale.
    pub difficulty: Fact<f64>,
}

impl Pool {
    pub fn unknown(reason: &'static str) -> Self {
        Pool {
            url: Fact::unknown(reason),
            user: Fact::unknown(reason),
            connected: Fact::unknown(reason),
            latency_ms: Fact::unknown(reason),
            difficulty: Fact::unknown(reason),
        }
    }
}

/// A GPU (or CPU, where a program mines on one) as the miner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuReading {
    /// The miner's own number for it; not comparable between programs.
    pub index: u32,
    pub name: Fact<String>,
    pub pci: Fact<PciAddress>,
    /// Why this device is not hashing, where the program says so.
    pub paused: Option<String>,
    pub hashrate_hs: Fact<f64>,
    pub shares: Shares,
    pub temp_c: Fact<f64>,
    pub memory_temp_c: Fact<f64>,
    /// 0 to 100.
    pub fan_percent: Fact<f64>,
    pub power_w: Fact<f64>,
}
