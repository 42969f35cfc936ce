//! The Node server's API, field for field. What differs on purpose is listed
//! in `docs/deviations.md`, by rule (R1 to R23). All of this is NODE-COMPAT.

pub mod alerts;
pub mod audit;
pub mod auth;
pub mod auto_switch;
pub mod blocks;
pub mod chains;
pub mod client_logs;
pub mod difficulty;
pub mod export;
pub mod flight_sheets;
pub mod form;
pub mod gpu_presets;
pub mod gpu_settings;
pub mod gpus;
pub mod health;
pub mod leaderboard;
pub mod metrics;
pub mod miner;
pub mod miner_config;
pub mod node_rpc;
pub mod notifications;
pub mod optimizer;
pub mod pools;
pub mod quai;
pub mod rigs;
pub mod settings;
pub mod setup;
pub mod socket;
pub mod staking;
pub mod stats;
pub mod stats_history;
pub mod text;

use quaiminer_domain::Fact;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::routes::Route;

pub fn routes() -> Vec<Route> {
    [
        health::routes(),
        stats::routes(),
        stats_history::routes(),
        blocks::routes(),
        miner::routes(),
        miner_config::routes(),
        gpus::routes(),
        gpu_settings::routes(),
        gpu_presets::routes(),
        flight_sheets::routes(),
        setup::routes(),
        pools::routes(),
        node_rpc::routes(),
        auth::routes(),
        export::routes(),
        metrics::routes(),
        optimizer::routes(),
        quai::routes(),
        difficulty::routes(),
        auto_switch::routes(),
        staking::routes(),
        rigs::routes(),
        leaderboard::routes(),
        notifications::routes(),
        alerts::routes(),
        client_logs::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Node's unit of hashrate.
pub const HASHES_PER_MH: f64 = 1e6;

/// A number for a page that cannot show its absence: 0, which the fields
/// `available` and `reason` beside it tell from a measured 0 (deviation R4).
pub fn or_zero(fact: &Fact<f64>) -> Value {
    number(fact.get().unwrap_or_default())
}

/// A measured number, rounded to millionths, so that a sum of watts does not
/// end in ...0000002.
pub fn number(value: f64) -> Value {
    exact(if value.abs() < 9.0e9 { (value * 1e6).round() / 1e6 } else { value })
}

/// As JavaScript writes it: a whole number has no decimal point.
pub fn exact(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

/// Marks an object whose numbers are not all known.
pub fn availability(object: &mut Map<String, Value>, missing: Option<&str>) {
    if let Some(reason) = missing {
        object.insert("available".to_owned(), false.into());
        object.insert("reason".to_owned(), reason.into());
    }
}

/// A number in a body (deviation R2): a JSON number or decimal text within
/// the range; absent, null and empty text mean the default.
pub fn body_number(
    fields: &Map<String, Value>,
    name: &'static str,
    default: f64,
    range: std::ops::RangeInclusive<f64>,
) -> Result<f64, ApiError> {
    let value = match fields.get(name) {
        None | Some(Value::Null) => return Ok(default),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(default),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => decimal(text.trim()),
        Some(_) => None,
    };
    value.filter(|value| range.contains(value)).ok_or_else(|| {
        let (least, most) = range.into_inner();
        ApiError::bad_value(name, format!("{name} must be a number from {least} to {most}"))
    })
}

/// Decimal text without exponent: `103`, `-1.5`.
fn decimal(text: &str) -> Option<f64> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    if text.chars().all(plain) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn a_number_in_range_or_a_refusal_by_name(
            value in prop_oneof![
                any::<f64>().prop_map(|number| json!(number)),
                any::<i64>().prop_map(|number| json!(number)),
                any::<f64>().prop_map(|number| json!(number.to_string())),
                "[0-9.-]{0,400}".prop_map(|text| json!(text)),
                any::<String>().prop_map(|text| json!(text)),
                "[ \t]{0,3}".prop_map(|text| json!(text)),
                Just(json!(null)),
                Just(json!(false)),
                Just(json!([1])),
            ],
            least in -10.0..0.0,
            most in 0.0..1e15,
        ) {
            let fields = Map::from_iter([("n".to_owned(), value.clone())]);
            let is_blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
            match body_number(&fields, "n", 1e20, least..=most) {
                Ok(read) if is_blank => prop_assert_eq!(read, 1e20),
                Ok(read) => {
                    prop_assert!((least..=most).contains(&read), "{}", value);
                    let meant = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
                    prop_assert_eq!(Some(read), meant);
                    // Whatever is read can be shown.
                    prop_assert!(number(read).is_number());
                }
                Err(error) => {
                    prop_assert!(!is_blank);
                    prop_assert_eq!(error.field.as_deref(), Some("n"));
                }
            }
        }
    }

    #[test]
    fn numbers_in_bodies() {
        let check = |value: Value, expected: Result<f64, ()>| {
            let fields = Map::from_iter([("n".to_owned(), value.clone())]);
            let read = body_number(&fields, "n", 7.0, 0.0..=1000.0).map_err(|error| {
                assert_eq!(error.field.as_deref(), Some("n"));
            });
            assert_eq!(read, expected, "{value}");
        };
        check(json!(1.5), Ok(1.5));
        check(json!("103"), Ok(103.0));
        check(json!(null), Ok(7.0));
        check(json!(""), Ok(7.0));
        for wrong in [
            json!("103abc"),
            json!("1e21"),
            json!("NaN"),
            json!("Infinity"),
            json!("0x10"),
            json!(true),
            json!({}),
            json!([1]),
            json!(-1),
            json!(1001),
            json!("."),
            json!("+1"),
        ] {
            check(wrong, Err(()));
        }
    }
}
