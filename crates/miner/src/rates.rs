//! Hashrates whose unit is part of their name or text: `KHS 30s`, `MH/s`,
//! `61.50 M`.

use quaiminer_domain::Fact;
use serde_json::Value;

use crate::lenient::{self, NOT_REPORTED, decimal, prefix_factor, unit_hs};
use crate::plausible;

/// Of the same rate in several units that with the smallest one, which is the
/// most exact. What has no unit in its name is no rate.
pub(crate) fn finest_hs<'a>(rates: impl Iterator<Item = (&'a str, Fact<f64>)>) -> Fact<f64> {
    let rates = rates.filter_map(|(unit, rate)| Some((unit_hs(unit)?, rate)));
    let finest = rates.min_by(|(one, _), (other, _)| one.total_cmp(other));
    let rate = finest.map(|(factor, rate)| rate.map(|rate| rate * factor));
    plausible::hashrate_hs(rate.unwrap_or(Fact::unknown(NOT_REPORTED)))
}

/// A number, or text of one with a prefix.
pub(crate) fn number(value: Option<&Value>) -> Fact<f64> {
    match value.and_then(Value::as_str) {
        Some(text) => prefixed(text),
        None => lenient::number(value),
    }
}

/// A number with a prefix behind it, and perhaps a unit behind that.
fn prefixed(text: &str) -> Fact<f64> {
    let text = text.trim();
    // A target in hexadecimal may happen to have no letter.
    if text.starts_with('0') && text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        return Fact::unknown(NOT_REPORTED);
    }
    let end = text.find(|c: char| c.is_ascii_alphabetic() || c.is_whitespace());
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = unit.trim();
    match prefix_factor(unit).or(unit_hs(unit)) {
        Some(factor) => decimal(Some(number)).map(|number| number * factor),
        None => decimal(Some(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        let check = |unit: &str, expected: Option<f64>| {
            assert_eq!(unit_hs(unit), expected, "{unit}");
        };
        check("HS", Some(1.0));
        check("H/s", Some(1.0));
        check("KHS", Some(1e3));
        check("kH/s", Some(1e3));
        check("Mh/s", Some(1e6));
        check("GHS", Some(1e9));
        check("TH/s", Some(1e12));
        check("sol/s", Some(1.0));
        check("kSol/s", Some(1e3));
        check("g/s", Some(1.0));
        for none in ["", "s", "PH/s", "CPUS", "GPUS", "TS", "/s", "MB/s", "H", "ACCMN"] {
            check(none, None);
        }
    }

    #[test]
    fn the_finest_is_taken() {
        let check = |rates: &[(&str, f64)], expected: Option<f64>| {
            let rates = rates.iter().map(|(unit, rate)| (*unit, Fact::Known(*rate)));
            assert_eq!(finest_hs(rates).get(), expected);
        };
        check(&[("KHS", 32579.52), ("HS", 32_579_515.30)], Some(32_579_515.30));
        check(&[("KHS", 32579.52), ("ACC", 1.0)], Some(32_579_520.0));
        check(&[("TH/s", 9_999_999.0)], None);
        check(&[("GPU", 0.0)], None);
        check(&[], None);
    }

    #[test]
    fn numbers_with_a_prefix() {
        let check = |text: &str, expected: Option<f64>| {
            assert_eq!(prefixed(text).get(), expected, "{text}");
        };
        check("61.50 M", Some(61_500_000.0));
        check("4.5 G", Some(4_500_000_000.0));
        check("4.5GH/s", Some(4_500_000_000.0));
        check("0.000 ", Some(0.0));
        check("1499", Some(1499.0));
        check("1e3", Some(1000.0));
        for none in ["", "M", "nan", "5 W", "-1", "1.2.3 M", "61 MB", "0003ffff", "00031234"] {
            check(none, None);
        }
    }
}
