//! Graphics cards on the PCI bus, from sysfs.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use quaiminer_domain::Fact;
use quaiminer_domain::hardware::{Card, Vendor};
use quaiminer_domain::pci::PciAddress;
use quaiminer_domain::text::clean;

use super::{MAX_CARDS, MAX_NAME_CHARS, read};

/// Where distributions keep the names of devices.
const NAMES: [&str; 2] = ["usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"];
/// They have 1.5 MiB.
const MAX_NAMES_BYTES: u64 = 16 * 1024 * 1024;

/// What was looked up in that list, which takes milliseconds.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<(u16, u16), Option<String>>>);

impl Names {
    fn get(&self, root: &Path, vendor: u16, device: u16) -> Option<String> {
        // The map is valid after a panic elsewhere.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let look_up = || listed_name(root, vendor, device);
        known.entry((vendor, device)).or_insert_with(look_up).clone()
    }
}

/// By address, which is the order in which drivers number them.
pub(super) fn cards(root: &Path, names: &Names) -> Vec<Card> {
    let entries = fs::read_dir(root.join("sys/bus/pci/devices")).into_iter().flatten();
    let mut addresses: Vec<PciAddress> =
        entries.filter_map(|entry| PciAddress::parse(entry.ok()?.file_name().to_str()?)).collect();
    addresses.sort();
    addresses.into_iter().filter_map(|address| card(root, address, names)).take(MAX_CARDS).collect()
}

fn card(root: &Path, address: PciAddress, names: &Names) -> Option<Card> {
    let device = root.join(format!("sys/bus/pci/devices/{address}"));
    let id = |name: &str| hex(&read(&device.join(name))?);
    let is_display = read(&device.join("class"))?.starts_with("0x03");
    let (vendor_id, device_id) = (id("vendor")?, id("device")?);
    let vendor = Vendor::from_pci_id(vendor_id).filter(|_| is_display)?;
    // Intel's processors have a graphics part, always on the first bus, which
    // nobody mines on.
    if vendor == Vendor::Intel && address.bus == 0 {
        return None;
    }
    let model = match vendor {
        Vendor::Nvidia => nvidia_model(root, address),
        Vendor::Amd | Vendor::Intel => read(&device.join("product_name")),
    };
    let model = model.or_else(|| names.get(root, vendor_id, device_id));
    let model = model.map(|name| clean(&name, MAX_NAME_CHARS)).filter(|name| !name.is_empty());
    let memory = read(&device.join("mem_info_vram_total")).and_then(|text| text.parse().ok());
    Some(Card {
        vendor: Fact::Known(vendor),
        model: Fact::from_option(model, "The driver does not name this card"),
        pci: Fact::Known(address),
        memory_bytes: Fact::from_option(memory, "The driver does not tell the memory"),
        architecture: Fact::unknown("The system does not tell the architecture"),
        opencl: Fact::unknown("Only hardware-info.json tells whether OpenCL is there"),
        optimized: false,
    })
}

/// From `0x10de`.
fn hex(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// From the line that begins with `Model:`.
fn nvidia_model(root: &Path, address: PciAddress) -> Option<String> {
    let text = read(&root.join(format!("proc/driver/nvidia/gpus/{address}/information")))?;
    let model = text.lines().find_map(|line| line.strip_prefix("Model:"))?.trim();
    Some(model.to_owned()).filter(|model| !model.is_empty() && model != "Unknown")
}

/// The name in the system's list of PCI devices: lines `1002  vendor`, each
/// followed by lines `<tab>67df  device`.
fn listed_name(root: &Path, vendor: u16, device: u16) -> Option<String> {
    let file = NAMES.iter().find_map(|name| File::open(root.join(name)).ok())?;
    let (vendor, device) = (format!("{vendor:04x}  "), format!("\t{device:04x}  "));
    let lines = BufReader::new(file.take(MAX_NAMES_BYTES)).lines().map_while(Result::ok);
    lines
        .skip_while(|line| !line.starts_with(&vendor))
        .skip(1)
        .take_while(|line| line.starts_with(['\t', '#']))
        .find_map(|line| line.strip_prefix(&device).map(str::to_owned))
}
