//! The graphics cards of this machine: those that the installer's detector has
//! listed in `hardware-info.json`, whose order numbers them for the miner, or
//! where there is no list, those on the PCI bus.
//!
//! Nothing is asked of the cards themselves: only files are read, and they are
//! read when somebody wants to know.

mod pci;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quaiminer_domain::Fact;
use quaiminer_domain::hardware::{Card, Driver, Vendor};
use quaiminer_domain::pci::PciAddress;
use quaiminer_domain::text::clean;
use serde_json::Value;

use crate::config_file::{ConfigError, read_json};
use crate::one_at_a_time::OneAtATime;

const WITHIN: Duration = Duration::from_millis(900);
/// More cards than any board takes; beyond it the file is wrong.
pub(crate) const MAX_CARDS: usize = 64;
const MAX_NAME_CHARS: usize = 100;

/// A handle; cheap to copy.
#[derive(Clone)]
pub struct Hardware {
    /// Where `/proc` and `/sys` are.
    root: PathBuf,
    /// None for a simulated rig, which has no cards.
    config_dir: Option<PathBuf>,
    names: Arc<pci::Names>,
    gate: OneAtATime,
}

impl Hardware {
    pub(crate) fn new(config_dir: Option<PathBuf>) -> Self {
        let (names, gate) = (Arc::default(), OneAtATime::new());
        Hardware { root: PathBuf::from("/"), config_dir, names, gate }
    }

    /// In the order in which they are numbered.
    pub async fn cards(&self) -> Result<Vec<Card>, String> {
        let Some(config_dir) = self.config_dir.clone() else { return Ok(Vec::new()) };
        let (root, names) = (self.root.clone(), self.names.clone());
        self.read(move || cards(&root, &config_dir, &names)).await?.map_err(String::from)
    }

    /// How many the detector has listed: each has a number, and a miner and a
    /// log of its own.
    pub async fn numbered(&self) -> Result<u32, String> {
        let Some(config_dir) = self.config_dir.clone() else { return Ok(0) };
        let count = self.read(move || listed(&config_dir.join("hardware-info.json"))).await?;
        Ok(count?.map_or(0, |gpus| u32::try_from(gpus.len()).unwrap_or_default()))
    }

    pub async fn driver(&self) -> Result<Option<Driver>, String> {
        if self.config_dir.is_none() {
            return Ok(None);
        }
        let root = self.root.clone();
        self.read(move || driver(&root)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        let late = || format!("The system did not answer within {} s", WITHIN.as_secs_f32());
        self.gate.run(WITHIN, work).await.ok_or_else(late)
    }
}

fn cards(root: &Path, config_dir: &Path, names: &pci::Names) -> Result<Vec<Card>, ConfigError> {
    match listed(&config_dir.join("hardware-info.json"))? {
        Some(gpus) => Ok(gpus.iter().map(card).collect()),
        None => Ok(pci::cards(root, names)),
    }
}

/// The entries of `hardware-info.json`; `None` where there is no such file.
pub(crate) fn listed(path: &Path) -> Result<Option<Vec<Value>>, ConfigError> {
    let Some(mut info) = read_json(path)? else { return Ok(None) };
    let gpus = match info.get_mut("gpus").map(Value::take) {
        Some(Value::Array(gpus)) => gpus,
        _ => Vec::new(),
    };
    if gpus.len() > MAX_CARDS {
        let (name, count) = (path.display(), gpus.len());
        return Err(ConfigError::Wrong(format!("{name} lists {count} GPUs; at most {MAX_CARDS}")));
    }
    Ok(Some(gpus))
}

/// Temperature and power are in the file too, from the day of the detection;
/// they are not read.
fn card(entry: &Value) -> Card {
    const MISSING: &str = "hardware-info.json does not say";
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let words = |name: &str| {
        let cleaned = text(name).map(|text| clean(text, MAX_NAME_CHARS));
        Fact::from_option(cleaned.filter(|text| !text.is_empty()), MISSING)
    };
    let flag = |name: &str| entry.get(name).and_then(Value::as_bool);
    let memory_mb = entry.get("memory_mb").and_then(Value::as_u64).filter(|mb| *mb > 0);
    Card {
        vendor: Fact::from_option(text("vendor").and_then(Vendor::parse), MISSING),
        model: words("model"),
        pci: Fact::from_option(text("pci_id").and_then(PciAddress::parse), MISSING),
        memory_bytes: Fact::from_option(memory_mb.and_then(|mb| mb.checked_mul(1 << 20)), MISSING),
        architecture: words("architecture"),
        opencl: Fact::from_option(flag("opencl_available"), MISSING),
        optimized: flag("optimized").unwrap_or(false),
    }
}

fn driver(root: &Path) -> Option<Driver> {
    let file = |path: &str| read(&root.join(path));
    let known = |version| Fact::from_option(version, "The driver does not tell its version");
    let nvidia = file("proc/driver/nvidia/version");
    if nvidia.is_some() || root.join("sys/module/nvidia").is_dir() {
        let version = nvidia.as_deref().and_then(nvidia_version);
        let version = version.or_else(|| file("sys/module/nvidia/version"));
        return Some(Driver { vendor: Vendor::Nvidia, version: known(version) });
    }
    if root.join("sys/module/amdgpu").is_dir() {
        // The driver in the kernel has no version but the kernel's.
        let version = file("sys/module/amdgpu/version").or_else(|| {
            file("proc/sys/kernel/osrelease").map(|release| format!("kernel {release}"))
        });
        return Some(Driver { vendor: Vendor::Amd, version: known(version) });
    }
    None
}

/// From `NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu …`;
/// the open modules write `… Open Kernel Module for x86_64  550.54.14 …`.
fn nvidia_version(text: &str) -> Option<String> {
    let (_, rest) = text.lines().next()?.split_once("Kernel Module")?;
    let is_version = |word: &&str| {
        word.contains('.') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    rest.split_ascii_whitespace().find(is_version).map(str::to_owned)
}

/// What a small file of the kernel's says, if it says anything.
fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(4096).read_to_end(&mut bytes).ok()?;
    let text = clean_lines(&String::from_utf8_lossy(&bytes));
    Some(text).filter(|text| !text.is_empty())
}

/// Some files carry NULs and blanks for padding.
fn clean_lines(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
}

#[cfg(test)]
mod tests;
