//! R7, R8, R14 and R19: headers, exports and metrics.

use serde_json::Value;

use super::{Rule, at, instead};
use crate::compare::Kind;
use crate::judge::Case;

pub(super) const RULES: &[Rule] = &[
    at("R7", &["*"], &["/headers/cache-control"], |case, difference| {
        case.row.path.starts_with("/api") && difference.got == "no-store"
    }),
    // One bad time in the table, and Node exports nothing any more.
    instead("R8", &["export.csv"], |case| {
        case.expected.status == 500 && is_export(case, "text/csv") && starts_with(case, BLOCKS)
    }),
    // What pages post is kept apart from what was measured.
    instead("R19", &["export.csv.stats"], |case| {
        is_export(case, "text/csv") && starts_with(case, STATS)
    }),
    instead("R19", &["export.json.stats"], |case| {
        is_export(case, "application/json") && case.got.body.is_array()
    }),
    at("R14", &["metrics"], &["/body/*"], |_, difference| {
        difference.kind == Kind::Value
            || (difference.kind == Kind::Missing
                && difference.at.starts_with("/body/memory/leakCheck"))
    }),
];

const BLOCKS: &str = "Block Number,Block Hash,Timestamp,Chain,Reward,Transaction Hash\n";
const STATS: &str = "Timestamp,Hash Rate (MH/s),Accepted Shares,Rejected Shares,Power Usage (W),Temperature (°C),Fan Speed (%)\n";

fn is_export(case: &Case<'_>, media: &str) -> bool {
    case.got.status == 200
        && case.got.header("content-type").starts_with(media)
        && case.got.header("content-disposition").starts_with("attachment; filename=\"quaiminer-")
}

fn starts_with(case: &Case<'_>, header: &str) -> bool {
    case.got.body.as_str().is_some_and(|text| text.replace("\r\n", "\n").starts_with(header))
        && !matches!(case.got.body, Value::Null)
}
