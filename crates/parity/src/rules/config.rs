//! R8, R10, R11 and R18: what works now, and the configuration of the miner.

use serde_json::Value;

use super::access::is_signed_in;
use super::values::is_refused_by_name;
use super::{Rule, at, follows, instead};
use crate::judge::Case;

pub(super) const RULES: &[Rule] = &[
    // Node fails without its directory; ours makes it.
    instead("R8", &["miner.config.post.*"], |case| {
        case.expected.status == 500 && is_config(case) && holds_what_was_sent(case)
    }),
    // A wallet with a wrong checksum is none.
    instead(
        "R18",
        &["miner.config.post.flat", "miner.config.post.mining", "miner.config.post.zonesnull"],
        |case| {
            let named = case.got.field("field").as_str().unwrap_or_default().to_ascii_lowercase();
            is_refused_by_name(case) && (named.contains("wallet") || named.contains("stratum"))
        },
    ),
    follows(instead("R8", &["miner.config.get2"], |case| {
        case.story.deviated("miner.config.post.flat") && is_config(case)
    })),
    // In Node the file was made by a switch of the chain, which is none.
    follows(instead("R3", &["bad.miner.config.*"], |case| {
        case.expected.status == 200 && is_config(case)
    })),
    instead("R8", &["flight.apply"], |case| case.expected.status == 500 && case.got.is_success()),
    follows(at("R8", &["flight.list.active"], &["/body/activeSheet"], |case, difference| {
        case.story.deviated("flight.apply")
            && difference.got.as_str() == case.story.captures.get("SHEET").map(String::as_str)
    })),
    instead("R8", &["setup.auto", "bad.setup.auto.*"], |case| {
        case.expected.status == 500
            && case.got.is_success()
            && case.got.body.pointer("/hardware/gpuCount").is_some_and(Value::is_number)
            && case.got.field("config").is_object()
    }),
    follows(at("R8", &["setup.status.afterauto"], &["/body/setupComplete"], |case, difference| {
        case.story.deviated("setup.auto") && difference.got == true
    })),
    instead("R8", &["pools"], |case| {
        let pools = case.got.field("pools").as_array();
        case.got.is_success()
            && case.got.field("message").is_string()
            && pools.is_some_and(|pools| {
                pools.iter().all(|pool| pool.get("id").is_some_and(Value::is_string))
            })
    }),
    instead("R8", &["gpu.settings.get"], |case| {
        case.got.is_success() && case.got.field("settings").is_object()
    }),
    // The form that Node has for a machine without its GPU module; a failure
    // may be told outside too (R3).
    instead("R8", &["gpu.settings.post", "gpu.reset", "bad.gpu.0.*"], |case| {
        case.expected.status == 500
            && (case.got.is_success() || case.got.is_failure())
            && case.got.body.pointer("/result/success").is_some_and(Value::is_boolean)
    }),
    instead("R10", &["gpu.presets.get"], |case| {
        let presets = case.got.field("presets").as_array();
        case.got.is_success()
            && presets.is_some_and(|presets| {
                !presets.is_empty()
                    && presets.iter().all(|preset| {
                        ["id", "name", "gpuId", "settings", "createdAt"]
                            .iter()
                            .all(|name| preset.get(name).is_some())
                    })
            })
    }),
];

/// A configuration with both families of names.
fn is_config(case: &Case<'_>) -> bool {
    let config = case.got.field("config");
    let text = |pointer: &str| config.pointer(pointer).is_some_and(Value::is_string);
    is_signed_in(case)
        && case.got.is_success()
        && ["/stratum_url", "/node_rpc", "/wallet", "/worker"].into_iter().all(text)
        && ["/miner/stratum", "/miner/wallet", "/miner/worker", "/node/rpcUrl"]
            .into_iter()
            .all(text)
        && config.get("auto_start").is_some_and(Value::is_boolean)
}

/// Every number and switch that was sent is in the answer, under its name.
fn holds_what_was_sent(case: &Case<'_>) -> bool {
    /// Node's cleaning keeps nothing below, and no names that are empty.
    const DEPTH: usize = 10;
    fn holds(config: &Value, sent: &Value, depth: usize) -> bool {
        match sent {
            Value::Object(members) if depth <= DEPTH => {
                let named =
                    members.iter().filter(|(name, sent)| !name.is_empty() && !sent.is_null());
                named.into_iter().all(|(name, sent)| {
                    config.get(name).is_some_and(|config| holds(config, sent, depth + 1))
                })
            }
            Value::Number(_) | Value::Bool(_) => config == sent,
            // Texts are trimmed and cut, and blank ones mean "keep".
            _ => true,
        }
    }
    holds(case.got.field("config"), &case.row.json(), 0)
}
