//! R2, R3 and R16: values that Node takes and ours does not, and what Node
//! says it did and did not do.

use serde_json::Value;

use super::{Rule, at, instead, is_no_such_thing};
use crate::judge::Case;

pub(super) const RULES: &[Rule] = &[
    instead("R2", BAD_VALUES, is_refused_by_name),
    // Numbers and lists in fields of text.
    instead("R16", &["auth.register.html", "rigs.add.html"], is_refused_by_name),
    instead(
        "R17",
        &[
            "staking.stake.neg",
            "staking.stake.nan",
            "staking.stake.badlock",
            "staking.stake.neglock",
        ],
        is_refused_by_name,
    ),
    instead(
        "R21",
        &["export.*.badtype", "export.csv.traversal", "export.json.array"],
        is_refused_by_name,
    ),
    instead("R3", TOLD_IN_A_200, |case| case.got.is_failure()),
    instead(
        "R3",
        &["notifications.read.missing", "flight.delete.missing", "bad.notifications.1.read.*"],
        |case| case.expected.status == 200 && is_no_such_thing(case.got),
    ),
    instead("R3", &["notifications.read.nan"], |case| {
        is_no_such_thing(case.got) || is_refused_by_name(case)
    }),
    // The same failure, in words of its own.
    at("R3", &["alerts.send.telegram", "alerts.send.discord"], &["/body/error"], |case, _| {
        case.got.is_failure()
    }),
    // Node restarts a rig whatever it is asked for; what cannot be reached is
    // not its own fault.
    instead("R15", &["rigs.control.bogus"], |case| {
        is_refused_by_name(case) && case.got.field("field") == "action"
    }),
    instead("R15", &["rigs.control.*"], |case| {
        case.expected.status == 500
            && case.got.is_refusal(502)
            && case.got.field("error") == case.expected.field("error")
    }),
    instead("R15", &["bad.urlenc.nested", "rigs.add.html"], |case| {
        is_refused_by_name(case) && case.got.field("field") == "ip"
    }),
];

/// Rows that Node answers otherwise than with a refusal.
const BAD_VALUES: &[&str] = &[
    "auth.login.types",
    "auth.login.pwnum",
    "auth.login.userarray",
    "auth.register.types",
    "auth.register.num*",
    "export.clean.seed3",
    "blocks.post.strjunk",
    "blocks.post.float",
    "blocks.post.array",
    "blocks.post.hexstr",
    "blocks.post.exp",
    "blocks.post.big",
    "blocks.post.badreward",
    "blocks.post.negreward",
    "blocks.post.infreward",
    "blocks.post.ts-string",
    "blocks.post.ts-iso",
    "blocks.post.hash-*",
    "blocks.post.chain-object",
    "blocks.post.chain-html",
    "blocks.post.chain-long",
    "blocks.post.unicode",
    "blocks.list.limit=-1",
    "blocks.list.limit=abc",
    "blocks.list.limit=1.9",
    "blocks.list.limit=2abc",
    "blocks.list.limit.array",
    "stats.history.post.types",
    "stats.history.post.bool",
    "stats.history.post.str",
    "stats.history.post.float-int",
    "stats.history.badhours",
    "miner.logs.bad",
    "miner.start.badtype",
    "miner.start.num",
    "miner.config.post.mmchainstr",
    "miner.switch-chain.types",
    "pools.recommended.abc",
    "pools.recommended.-1",
    "gpu.settings.get.nan",
    "optimizer.post.partial",
    "difficulty-adjustor.post.partial",
    "staking.stake.proto",
    "rigs.add.types",
    "alerts.settings.post.channull",
    "alerts.send.types",
    "flight.post.cfgstr",
    "quai.GET.difficulty/profitable?rewards=n*",
    "quai.GET.difficulty/history?hours=-1",
    "quai.GET.quai/metrics?hashRate=abc",
    "autoswitch.config.clamp",
    "autoswitch.config.type",
    "autoswitch.sharding.enable.str",
    "autoswitch.sharding.enable.num",
    "autoswitch.switch.bogus",
    "autoswitch.switch.type",
];

/// Rows in which Node claims what did not happen.
const TOLD_IN_A_200: &[&str] = &[
    "alerts.send.email",
    "alerts.send.sms",
    "alerts.send.push",
    "alerts.send.longmsg",
    "alerts.send.types",
    "miner.switch-chain.ok",
    "miner.switch-chain.min",
    "autoswitch.switch",
    "autoswitch.switch.bogus",
    "autoswitch.start*",
    "bad.auto-switch.start.*",
];

/// 400, and the field to blame is one that was sent.
pub(super) fn is_refused_by_name(case: &Case<'_>) -> bool {
    let field = case.got.field("field").as_str().unwrap_or_default();
    let name = field.split(['.', '[']).find(|part| !part.is_empty()).unwrap_or_default();
    case.got.is_refusal(400) && !name.is_empty() && was_sent(case, name)
}

fn was_sent(case: &Case<'_>, name: &str) -> bool {
    let query = case.row.path.split_once('?').map_or("", |(_, query)| query);
    let in_query = query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let form = case.row.header("content-type").starts_with("application/x-www-form-urlencoded");
    let sent = case.sent.body.as_deref().unwrap_or_default();
    let in_form = form
        && String::from_utf8_lossy(sent)
            .split('&')
            .any(|pair| pair.split(['=', '[']).next() == Some(name));
    // A part of the address has the name that its route gives it.
    let in_path = name == "id" && case.row.path.split('/').count() > 3;
    in_query || in_form || in_path || has_member(&case.row.json(), name)
}

fn has_member(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) => {
            members.contains_key(name) || members.values().any(|value| has_member(value, name))
        }
        Value::Array(items) => items.iter().any(|item| has_member(item, name)),
        _ => false,
    }
}
