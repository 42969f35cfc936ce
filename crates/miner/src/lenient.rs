//! How miner programs write values: numbers as numbers or as text, `-1` or
//! `null` for "no such sensor", hexadecimal, names with control characters.
//! A value that cannot be understood is unknown, never zero.

use quaiminer_domain::text::clean;
use quaiminer_domain::{Fact, Reason};
use serde_json::Value;
use serde_json::error::Category;

use crate::mend;
use crate::request::Unreadable;

pub(crate) const NOT_REPORTED: &str = "The miner does not report it";
const NOT_A_NUMBER: &str = "The miner reports something that is not a number";

/// Longer names and versions do not exist; pool users are an address of 42
/// characters, a dot and a worker's name.
const MAX_TEXT_CHARS: usize = 128;

/// What a rig full of cards has to say is far shorter.
const MAX_MENDED_BYTES: usize = 256 * 1024;

/// Parses a reply as JSON; what is no JSON is mended as far as [`mend`] goes.
pub(crate) fn json(bytes: &[u8]) -> Result<Value, Unreadable> {
    let text = mend::text(bytes)?;
    // Some programs end their reply with a NUL, as C texts end.
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.is_empty() {
        return Err(Unreadable::Garbled("The reply is empty".into()));
    }
    let parsed = serde_json::from_str(text).or_else(|error| match error.classify() {
        Category::Syntax if text.len() <= MAX_MENDED_BYTES => {
            serde_json::from_str(&mend::json(text))
        }
        _ => Err(error),
    });
    parsed.map_err(|error| {
        Unreadable::Garbled(match error.classify() {
            Category::Eof => "The reply is cut short".into(),
            _ => "The reply is not JSON".into(),
        })
    })
}

/// A number, written as a JSON number or as decimal text.
pub(crate) fn number(value: Option<&Value>) -> Fact<f64> {
    match value {
        None | Some(Value::Null) => Fact::unknown(NOT_REPORTED),
        Some(Value::Number(number)) => finite(number.as_f64()),
        Some(Value::String(text)) => decimal(Some(text)),
        Some(_) => Fact::unknown(NOT_A_NUMBER),
    }
}

/// A number in decimal text.
pub(crate) fn decimal(text: Option<&str>) -> Fact<f64> {
    let Some(text) = text.map(str::trim) else {
        return Fact::unknown(NOT_REPORTED);
    };
    // Rust's own parser would take "nan", "inf" and a sign without digits too.
    let is_decimal = text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    finite(if is_decimal { text.parse().ok() } else { None })
}

/// A number written as `0x` and up to 16 hexadecimal digits, or a JSON number.
pub(crate) fn hex(value: Option<&Value>) -> Fact<f64> {
    let Some(Value::String(text)) = value else {
        return number(value);
    };
    let digits = text.trim().strip_prefix("0x").unwrap_or_default();
    // from_str_radix would take a sign.
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    match u64::from_str_radix(digits, 16) {
        Ok(number) if is_hex => Fact::Known(number as f64),
        _ => Fact::unknown(NOT_A_NUMBER),
    }
}

/// Hashes per second in a unit such as `KHS`, `kH/s`, `MH/s` or `sol/s`.
pub(crate) fn unit_hs(unit: &str) -> Option<f64> {
    let unit = unit.trim().to_ascii_lowercase().replace('/', "");
    // Some algorithms count solutions, iterations or graphs.
    let prefix = ["hs", "sols", "its", "gs"].iter().find_map(|one| unit.strip_suffix(one))?;
    prefix_factor(prefix)
}

/// What `k`, `M`, `G` or `T` before a unit stands for.
pub(crate) fn prefix_factor(prefix: &str) -> Option<f64> {
    match prefix.to_ascii_lowercase().as_str() {
        "" => Some(1.0),
        "k" => Some(1e3),
        "m" => Some(1e6),
        "g" => Some(1e9),
        "t" => Some(1e12),
        _ => None,
    }
}

fn finite(number: Option<f64>) -> Fact<f64> {
    match number {
        // The usual way of saying "no such sensor".
        Some(-1.0) => Fact::unknown(NOT_REPORTED),
        Some(number) if number.is_finite() => Fact::Known(number),
        _ => Fact::unknown(NOT_A_NUMBER),
    }
}

/// The first of these values that is a number. A zero is kept only if no other
/// value has more to say.
pub(crate) fn first_number<'a>(values: impl IntoIterator<Item = Option<&'a Value>>) -> Fact<f64> {
    let mut best = Fact::unknown(NOT_REPORTED);
    for value in values {
        let fact = number(value);
        match (&best, &fact) {
            (_, Fact::Known(number)) if *number != 0.0 => return fact,
            (Fact::Unknown(_), Fact::Known(_)) => best = fact,
            // "Not a number" says more than "not reported".
            (Fact::Unknown(_), Fact::Unknown(_)) if value.is_some_and(|v| !v.is_null()) => {
                best = fact;
            }
            _ => {}
        }
    }
    best
}

/// A list; none where there is something else.
pub(crate) fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text, without what cannot be shown.
pub(crate) fn text(value: Option<&Value>) -> Fact<String> {
    words(value.and_then(Value::as_str))
}

/// As [`text`], for a text that is not inside JSON.
pub(crate) fn words(text: Option<&str>) -> Fact<String> {
    match text.map(|text| clean(text, MAX_TEXT_CHARS)) {
        Some(text) if !text.is_empty() => Fact::Known(text),
        _ => Fact::unknown(NOT_REPORTED),
    }
}

pub(crate) fn truth(value: Option<&Value>) -> Fact<bool> {
    Fact::from_option(value.and_then(Value::as_bool), NOT_REPORTED)
}

/// This fact, or the other one if this is unknown and the other is not.
pub(crate) fn or<T>(fact: Fact<T>, other: Fact<T>) -> Fact<T> {
    match (fact, other) {
        (Fact::Unknown(_), other @ Fact::Known(_)) => other,
        (fact, _) => fact,
    }
}

/// The fact with a better reason, where it is unknown for one of the ordinary
/// ones.
pub(crate) fn because<T>(fact: Fact<T>, reason: impl Into<Reason>) -> Fact<T> {
    match fact {
        Fact::Unknown(old) if old == NOT_REPORTED => Fact::Unknown(reason.into()),
        fact => fact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_in_every_spelling() {
        let check = |value: Value, expected: Option<f64>| {
            assert_eq!(number(Some(&value)).get(), expected, "{value}");
        };
        check(json!(12), Some(12.0));
        check(json!(-12.5), Some(-12.5));
        check(json!("12.5"), Some(12.5));
        check(json!(" 1e3 "), Some(1000.0));
        check(json!(".5"), Some(0.5));
        check(json!(-1), None);
        check(json!("-1"), None);
        check(json!("-1.0"), None);
        check(json!(null), None);
        check(json!(true), None);
        check(json!([12]), None);
        check(json!({"value": 12}), None);
        for text in
            ["", "nan", "NaN", "inf", "-inf", "1e999", "12 W", "0x10", "1_000", "+5", "--5", "e5"]
        {
            check(json!(text), None);
        }
    }

    #[test]
    fn hexadecimal_of_32_and_64_bits() {
        let check = |value: Value, expected: Option<f64>| {
            assert_eq!(hex(Some(&value)).get(), expected, "{value}");
        };
        check(json!("0x00004248"), Some(16968.0));
        check(json!("0x0000000002f0c5c0"), Some(49_333_696.0));
        check(json!("0xffffffffffffffff"), Some(u64::MAX as f64));
        check(json!(7), Some(7.0));
        for text in ["", "0x", "4248", "0x-1", "0x+1", "0xg", "0x10000000000000000", "nan"] {
            check(json!(text), None);
        }
    }

    #[test]
    fn the_first_number_that_says_something() {
        let check = |values: &[Value], expected: Option<f64>| {
            assert_eq!(first_number(values.iter().map(Some)).get(), expected, "{values:?}");
        };
        check(&[json!(null), json!(0), json!(5), json!(6)], Some(5.0));
        check(&[json!(0), json!("nan")], Some(0.0));
        check(&[json!({}), json!(null)], None);
        check(&[], None);
    }

    #[test]
    fn replies_that_are_no_json() {
        let check = |bytes: &[u8], expected: &str| {
            assert_eq!(
                json(bytes).map_err(Unreadable::into_reason),
                Err(expected.to_owned().into())
            );
        };
        check(b"", "The reply is empty");
        check(b" \r\n\0", "The reply is empty");
        check(b"{\"a\":[1", "The reply is cut short");
        check(b"<html>", "The reply is not JSON");
        check(b"\x1f\x8b\x08\0", "The reply is compressed, which was not asked for");
        assert_eq!(json(b"{\"a\":-nan(ind)}").ok(), Some(json!({"a": null})));
        assert_eq!(json(b"\xff\xfe{\0}\0\0\0").ok(), Some(json!({})));
        assert_eq!(json(b"{\"a\":\"\xff\"}\n\0").ok(), Some(json!({"a": "\u{fffd}"})));
    }
}
