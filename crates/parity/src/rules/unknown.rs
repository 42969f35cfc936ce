//! R4: where Node invents a number, ours is the real one, or none with the
//! reason on the same object.

use serde_json::Value;

use super::{Rule, at};
use crate::compare::{Difference, Kind};
use crate::judge::{Case, Setting};

pub(super) const RULES: &[Rule] = &[
    at("R4", &["stats"], &["/body/*"], is_honest),
    at("R4", &["chain.metrics*", "bad.chain.metrics.*"], &["/body/*"], is_honest),
    at("R4", &["quai.GET.quai/metrics*"], &["/body/metrics/*"], is_honest),
    at("R4", &["quai.GET.quai/soap"], &["/body/soap/*"], is_honest),
    at("R4", &["quai.GET.difficulty/*"], &["/body/history*", "/body/difficulties/*"], is_honest),
    at("R4", &["miner.status"], &["/body/*"], is_honest),
    // Names of pools that do not exist.
    at("R4", &["pools.recommended.*"], &["/body/recommended"], |_, difference| {
        difference.got == "solo" || difference.got.is_null() || difference.got == ""
    }),
    // What no miner and no node tells.
    at("R4", &["*"], &["*/available"], |case, difference| {
        let reason = difference.got.as_str().unwrap_or_default();
        case.setting == Setting::Rig && NOT_TOLD.iter().any(|part| reason.contains(part))
    }),
    // The figure of the protocol instead of one that was made up.
    at(
        "R4",
        &["staking.balances*"],
        &["/body/lockupPeriods/*/rewardMultiplier"],
        |_, difference| difference.got.as_f64().is_some_and(|times| times >= 1.0),
    ),
    // What is in the machine on which the recording was made, or is not.
    at(
        "R4",
        &["hardware.*"],
        &["/body/gpu", "/body/installed", "/body/version", "/body/vendor"],
        |_, difference| match difference.at.as_str() {
            "/body/gpu" => difference.got.pointer("/model").is_some_and(Value::is_string),
            "/body/installed" => difference.got.is_boolean(),
            _ => difference.got.is_null() || difference.got.is_string(),
        },
    ),
];

/// Parts of the reasons for what is unknown also on a rig that mines.
const NOT_TOLD: &[&str] = &[
    "No list of public pools",
    "price of QUAI",
    "its own zone",
    "five minutes apart",
    "Nobody has written",
    "staking are not asked for",
];

/// The field is there; its type is kept or it is null, and either it is
/// known or the object around it says that it is not, and why.
fn is_honest(case: &Case<'_>, difference: &Difference) -> bool {
    let kept = match difference.kind {
        Kind::Value | Kind::More => true,
        // Of a list with invented elements none is left.
        Kind::Missing => is_element(&difference.at),
        Kind::Type => difference.got.is_null(),
    };
    let is_gap = case.setting == Setting::Rig && difference.at.ends_with("/available");
    kept && !is_gap
        && (says_why(case, &difference.at)
            || (case.setting != Setting::Bare && difference.is_of_value()))
}

fn is_element(at: &str) -> bool {
    at.rsplit('/')
        .next()
        .is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the object that holds the place, or one around it, has
/// `available: false` and a reason.
fn says_why(case: &Case<'_>, at: &str) -> bool {
    let mut at = at.strip_prefix("/body").unwrap_or_default();
    while let Some((around, _)) = at.rsplit_once('/') {
        if let Some(object) = case.got.body.pointer(around)
            && object.get("available") == Some(&Value::Bool(false))
        {
            return object
                .get("reason")
                .and_then(Value::as_str)
                .is_some_and(|reason| !reason.is_empty());
        }
        at = around;
    }
    false
}
