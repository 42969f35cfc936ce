//! The PCI address of a device as miner programs write it.

use quaiminer_domain::Fact;
use quaiminer_domain::pci::PciAddress;
use serde_json::Value;

use crate::lenient;

const NOT_TOLD: &str = "The miner reports no PCI address for this device";

/// With a colon it is hexadecimal (`01:00.0`, `0000:01:00.0`, `0b:0`); without
/// one it is the bus alone, which every program writes in decimal.
pub(crate) fn address(value: Option<&Value>) -> Fact<PciAddress> {
    let address = match value.and_then(Value::as_str) {
        Some(text) if text.contains(':') => PciAddress::parse(text),
        _ => match lenient::number(value).get() {
            Some(bus) if bus.fract() == 0.0 && (0.0..=255.0).contains(&bus) => {
                Some(PciAddress::on_bus(bus as u8))
            }
            _ => None,
        },
    };
    // The very first place is the processor's own; programs write it for
    // devices that they did not find on the bus.
    Fact::from_option(address.filter(|address| *address != PciAddress::on_bus(0)), NOT_TOLD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_way_of_writing_it() {
        let check = |value: Value, expected: Option<&str>| {
            let address = address(Some(&value)).get().map(|address| address.to_string());
            assert_eq!(address.as_deref(), expected, "{value}");
        };
        check(json!("01:00.0"), Some("0000:01:00.0"));
        check(json!("0000:01:00.0"), Some("0000:01:00.0"));
        check(json!("00000000:0A:00.0"), Some("0000:0a:00.0"));
        check(json!("0b:0"), Some("0000:0b:00.0"));
        check(json!(48), Some("0000:30:00.0"));
        check(json!(171), Some("0000:ab:00.0"));
        check(json!("10"), Some("0000:0a:00.0"));
        check(json!("00:02.0"), Some("0000:00:02.0"));
        for nothing in [
            json!(null),
            json!(0),
            json!("0"),
            json!("00:00.0"),
            json!(-1),
            json!(256),
            json!(1.5),
            json!("0a"),
            json!("nan"),
            json!(""),
            json!("cpu-0"),
            json!([1]),
        ] {
            check(nothing, None);
        }
        assert_eq!(address(None), Fact::unknown(NOT_TOLD));
    }
}
