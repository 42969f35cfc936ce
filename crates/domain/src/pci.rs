//! The PCI address is what joins a GPU across programs; every program writes
//! it differently.

use std::fmt;

/// Domain, bus, device and function of a PCI device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PciAddress {
    pub domain: u32,
    pub bus: u8,
    pub device: u8,
    pub function: u8,
}

impl PciAddress {
    /// The address of a card of which only the bus number is told, as miners
    /// do in decimal: a GPU is device 0, function 0 of its bus.
    pub const fn on_bus(bus: u8) -> Self {
        PciAddress { domain: 0, bus, device: 0, function: 0 }
    }

    /// Reads hexadecimal `01:00.0`, `0000:01:00.0`, `00000000:01:00.0` and
    /// `0b:0` (bus and device only).
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, function) = match text.trim().split_once('.') {
            Some((rest, function)) => (rest, hex(function)?),
            None => (text.trim(), 0),
        };
        let parts: Vec<&str> = rest.split(':').collect();
        let (domain, bus, device) = match parts.as_slice() {
            [bus, device] => (0, hex(bus)?, hex(device)?),
            [domain, bus, device] => (hex(domain)?, hex(bus)?, hex(device)?),
            _ => return None,
        };
        if device > 0x1f || function > 7 {
            return None;
        }
        Some(PciAddress {
            domain,
            bus: u8::try_from(bus).ok()?,
            device: u8::try_from(device).ok()?,
            function: u8::try_from(function).ok()?,
        })
    }
}

fn hex(text: &str) -> Option<u32> {
    // from_str_radix would take a sign.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(text, 16).ok()
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{:x}", self.domain, self.bus, self.device, self.function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_an_address() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                PciAddress::parse(text).map(|a| a.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("01:00.0", Some("0000:01:00.0"));
        check("0A:00.0", Some("0000:0a:00.0"));
        check("0000:01:00.0", Some("0000:01:00.0"));
        check("00000000:05:00.0", Some("0000:05:00.0"));
        check("0b:0", Some("0000:0b:00.0"));
        check("cpu-0", None);
        check("", None);
        check("01:00.9", None);
        check("01:40.0", None);
        check("+1:00.0", None);
        check("100:00.0", None);
    }
}
