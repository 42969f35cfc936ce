//! Numbers as go-quai writes them: quantities as `0x…`, the same in decimal
//! text where a call was asked for that, averages as JSON numbers. All three
//! are taken everywhere.

use quaiminer_domain::Fact;
use serde_json::Value;

const MISSING: &str = "The node did not report it";
const NOT_A_NUMBER: &str = "The node reported something that is not a number";
const IMPLAUSIBLE: &str = "The node reported an implausible value";

/// Up to here an integer is exact in every JSON library.
const MAX_COUNT: u64 = (1 << 53) - 1;
/// The largest number of 256 bits, which is what the chain calculates with.
const MAX_BIG: f64 = 1.16e77;

/// A height, an identifier, a number of peers.
pub(crate) fn count(value: Option<&Value>) -> Fact<u64> {
    let number = match value {
        None | Some(Value::Null) => return Fact::unknown(MISSING),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => match digits(text) {
            Some((digits, radix)) => u64::from_str_radix(digits, radix).ok(),
            None => None,
        },
        Some(_) => None,
    };
    match number {
        Some(number) if number <= MAX_COUNT => Fact::Known(number),
        Some(_) => Fact::unknown(IMPLAUSIBLE),
        None => Fact::unknown(NOT_A_NUMBER),
    }
}

/// A difficulty, a hashrate, an amount: as near as a float comes to it.
pub(crate) fn amount(value: Option<&Value>) -> Fact<f64> {
    let number = match value {
        None | Some(Value::Null) => return Fact::unknown(MISSING),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => digits(text).and_then(|(digits, radix)| big(digits, radix)),
        Some(_) => None,
    };
    match number {
        Some(number) if (0.0..=MAX_BIG).contains(&number) => Fact::Known(number),
        Some(_) => Fact::unknown(IMPLAUSIBLE),
        None => Fact::unknown(NOT_A_NUMBER),
    }
}

/// As [`amount`], for what cannot be zero while it is known.
pub(crate) fn positive(value: Option<&Value>) -> Fact<f64> {
    match amount(value) {
        Fact::Known(0.0) => Fact::unknown("The node reported 0: not known yet"),
        amount => amount,
    }
}

/// The digits without their prefix; no sign, no blank, and no more of them
/// than 256 bits need.
fn digits(text: &str) -> Option<(&str, u32)> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    let is_number = (1..=78).contains(&digits.len()) && digits.chars().all(|c| c.is_digit(radix));
    is_number.then_some((digits, radix))
}

fn big(digits: &str, radix: u32) -> Option<f64> {
    digits
        .chars()
        .try_fold(0.0, |number, c| Some(number * f64::from(radix) + f64::from(c.to_digit(radix)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts() {
        let check = |value: Value, expected: Option<u64>| {
            assert_eq!(count(Some(&value)).get(), expected, "{value}");
        };
        check(json!("0x5f1a2c"), Some(6_232_620));
        check(json!("0x0"), Some(0));
        check(json!("6232620"), Some(6_232_620));
        check(json!(6_232_620), Some(6_232_620));
        check(json!("0x1fffffffffffff"), Some(MAX_COUNT));
        check(json!("0x20000000000000"), None);
        check(json!(u64::MAX), None);
        for odd in ["", "0x", "0xg", "-1", "+1", "0x-1", " 1", "1.5", "nan", "0X1f", "１"] {
            check(json!(odd), None);
        }
        for odd in [json!(null), json!(-1), json!(1.5), json!(true), json!(["0x1"]), json!({})] {
            check(odd, None);
        }
    }

    #[test]
    fn amounts() {
        let check = |value: Value, expected: Option<f64>| {
            assert_eq!(amount(Some(&value)).get(), expected, "{value}");
        };
        check(json!("0x1d1a94a2000"), Some(2e12));
        check(json!("3512345678901"), Some(3_512_345_678_901.0));
        check(json!(5.034), Some(5.034));
        check(json!("0xde0b6b3a7640000"), Some(1e18));
        check(json!(format!("0x{}", "0".repeat(64))), Some(0.0));
        check(json!(format!("0x{}", "f".repeat(65))), None);
        check(json!("9".repeat(78)), None);
        check(json!("9".repeat(1000)), None);
        check(json!(-0.5), None);
        check(json!("5.034"), None);
        assert_eq!(positive(Some(&json!("0x0"))).get(), None);
        assert_eq!(positive(Some(&json!("0x1"))).get(), Some(1.0));
    }
}
