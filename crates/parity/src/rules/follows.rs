//! R2 follows: without the blocks, rigs and sheets that were refused, lists
//! and totals are shorter.

use serde_json::{Value, json};

use super::{Rule, at, follows, mended};
use crate::compare::is_unknown;
use crate::judge::Case;

pub(super) const RULES: &[Rule] = &[
    follows(at("R2", &["blocks.post.*"], &["/body/block/id"], |case, difference| {
        // Each accepted block has the next id.
        difference.got.as_u64() == Some(case.story.blocks().len() as u64 + 1)
    })),
    mended("R2", &["blocks.list*"], |case, body| {
        let blocks = case.story.blocks().len();
        if let Some(list) = body.get_mut("blocks") {
            keep_accepted(case, list);
        }
        set(body, "total", blocks.into());
    }),
    // Fewer blocks than the limit are left, or others move up.
    mended("R2", &["blocks.list.limit2", "blocks.list.limit.array"], |case, body| {
        let accepted = case
            .story
            .blocks()
            .iter()
            .map(|block| block.get("blockNumber").unwrap_or(&Value::Null));
        let mut numbers: Vec<&Value> = accepted.collect();
        numbers.sort_by(|one, other| {
            other.as_f64().unwrap_or(0.0).total_cmp(&one.as_f64().unwrap_or(0.0))
        });
        let list = numbers.iter().take(2).map(|number| json!({ "block_number": number }));
        set(body, "blocks", list.collect());
    }),
    mended("R2", &["export.json"], keep_accepted),
    mended("R2", &["export.clean.csv", "export.clean.csv.gzip"], |case, body| {
        if case.story.deviated("export.clean.seed3")
            && let Some(text) = body.as_str()
        {
            let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("1003,"));
            *body = lines.collect::<String>().into();
        }
    }),
    mended("R2", &["export.clean.json"], keep_accepted),
    mended("R2", &["export.clean.blockstats", "blocks.stats"], |case, body| {
        let blocks = case.story.blocks();
        let rewards = blocks.iter().filter_map(|block| block.get("reward").and_then(Value::as_f64));
        let number = |block: &&Value| block.get("blockNumber").and_then(Value::as_u64);
        let last = blocks.iter().max_by_key(number).unwrap_or(&Value::Null);
        let total: f64 = rewards.sum();
        set(body, "total", blocks.len().into());
        set(body, "totalReward", total.into());
        if let Some(last_block) = body.get_mut("lastBlock") {
            for (column, field) in COLUMNS {
                set(last_block, column, last.get(field).cloned().unwrap_or_default());
            }
        }
        for period in ["last24h", "last7d"] {
            let recent = body.get(period).and_then(Value::as_u64).unwrap_or(0).min(recent(blocks));
            set(body, period, recent.into());
        }
    }),
    mended("R2", &["rigs.list"], |_, body| {
        drop_unknown(body, "rigs");
        // Its id was never given a name in the recording.
        if let Some(rigs) = body.get_mut("rigs").and_then(Value::as_array_mut) {
            rigs.retain(|rig| rig.get("name") != Some(&json!("<b>")));
        }
    }),
    mended("R2", &["flight.list*"], |_, body| drop_unknown(body, "sheets")),
];

const COLUMNS: [(&str, &str); 7] = [
    ("id", "id"),
    ("block_number", "blockNumber"),
    ("block_hash", "blockHash"),
    ("timestamp", "timestamp"),
    ("chain", "chain"),
    ("reward", "reward"),
    ("tx_hash", "txHash"),
];

/// Of a list of rows those that were accepted, with the ids that they have.
fn keep_accepted(case: &Case<'_>, list: &mut Value) {
    let Some(rows) = list.as_array_mut() else { return };
    let accepted = |row: &Value| {
        let (number, chain) = (row.get("block_number")?, row.get("chain")?);
        case.story.block(number, chain)?.get("id").cloned()
    };
    rows.retain(|row| accepted(row).is_some());
    for row in rows {
        if let Some(id) = accepted(row) {
            set(row, "id", id);
        }
    }
}

/// Blocks that were posted without a time of their own are of today.
fn recent(blocks: &[Value]) -> u64 {
    /// When the recording was made; rows with fixed times are older.
    const RECORDED_MS: f64 = 1_795_000_000_000.0;
    let times = blocks.iter().filter_map(|block| block.get("timestamp").and_then(Value::as_f64));
    times.filter(|time| *time > RECORDED_MS).count() as u64
}

/// Without entries whose id is a name for which no value was given.
fn drop_unknown(body: &mut Value, list: &str) {
    if let Some(items) = body.get_mut(list).and_then(Value::as_array_mut) {
        items.retain(|item| !item.get("id").and_then(Value::as_str).is_some_and(is_unknown));
    }
}

fn set(value: &mut Value, name: &str, new: Value) {
    if let Some(slot) = value.get_mut(name) {
        *slot = new;
    }
}
