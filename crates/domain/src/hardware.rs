//! What is plugged in, whether or not a miner runs on it.

use crate::fact::Fact;
use crate::pci::PciAddress;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    Nvidia,
    Amd,
    Intel,
}

impl Vendor {
    pub const ALL: [Vendor; 3] = [Vendor::Nvidia, Vendor::Amd, Vendor::Intel];

    pub const fn name(self) -> &'static str {
        match self {
            Vendor::Nvidia => "nvidia",
            Vendor::Amd => "amd",
            Vendor::Intel => "intel",
        }
    }

    /// As people write it.
    pub const fn title(self) -> &'static str {
        match self {
            Vendor::Nvidia => "NVIDIA",
            Vendor::Amd => "AMD",
            Vendor::Intel => "Intel",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Vendor::ALL.into_iter().find(|vendor| vendor.name().eq_ignore_ascii_case(name.trim()))
    }

    pub const fn from_pci_id(id: u16) -> Option<Self> {
        match id {
            0x10de => Some(Vendor::Nvidia),
            0x1002 => Some(Vendor::Amd),
            0x8086 => Some(Vendor::Intel),
            _ => None,
        }
    }
}

/// A graphics card.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub vendor: Fact<Vendor>,
    pub model: Fact<String>,
    pub pci: Fact<PciAddress>,
    pub memory_bytes: Fact<u64>,
    /// The maker's name for the generation, such as `polaris20`.
    pub architecture: Fact<String>,
    pub opencl: Fact<bool>,
    /// An installer has set it up for mining.
    pub optimized: bool,
}

/// The driver that the system has loaded for its cards.
#[derive(Debug, Clone, PartialEq)]
pub struct Driver {
    pub vendor: Vendor,
    pub version: Fact<String>,
}
