//! R3 and R17 for chains: a switch that did not happen is not shown later,
//! and the staking ledger has no balances that were refused.

use serde_json::Value;

use super::{Rule, at, follows, instead, mended};

pub(super) const RULES: &[Rule] = &[
    mended("R17", &["staking.balances*"], |case, body| {
        let refused = |chain: &str| {
            REFUSED.iter().any(|(name, row)| *name == chain && case.story.deviated(row))
        };
        for ledger in ["balances", "lockupPeriods"] {
            if let Some(chains) = body.get_mut(ledger).and_then(Value::as_object_mut) {
                chains.retain(|chain, _| !refused(chain));
            }
        }
    }),
    // There is nothing of what was refused to take back.
    follows(instead("R17", &["staking.unstake.toomuch", "staking.unstake.ok"], |case| {
        case.story.deviated("staking.stake.neglock")
            && case.got.status == 400
            && case.got.field("error") == "No staking balance found for this chain"
    })),
    // There is one chain to mine; asking for it is no failure.
    at("R3", &["autoswitch.switch"], &["/body/message"], |case, difference| {
        let said = difference.got.as_str().unwrap_or_default();
        case.got.is_success() && !said.is_empty() && !said.starts_with("Switched")
    }),
    follows(at("R3", &["autoswitch.status.*"], &["/body/currentChain"], |case, difference| {
        case.story.deviated("autoswitch.switch")
            && (difference.got.is_null() || difference.got.is_string())
    })),
    follows(at("R3", &["autoswitch.status.*"], &["/body/switchHistory*"], |case, _| {
        case.story.deviated("autoswitch.switch") && is_empty_list(case.got.field("switchHistory"))
    })),
    follows(at(
        "R3",
        &["autoswitch.status.on"],
        &["/body/enabled", "/body/lastCheck"],
        |case, difference| {
            case.story.deviated("autoswitch.start")
                && (difference.got == false || difference.got.is_null())
        },
    )),
    follows(at("R3", &["autoswitch.status.off"], &["/body/lastCheck"], |case, difference| {
        case.story.deviated("autoswitch.start") && difference.got.is_null()
    })),
];

/// Chains of the ledger, with the row that put them there.
const REFUSED: [(&str, &str); 3] = [
    ("paxos", "staking.stake.neg"),
    ("hydra", "staking.stake.nan"),
    ("free", "staking.stake.neglock"),
];

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}
