//! What happened so far in a replay: a row may depend on earlier ones, and
//! what was refused then is missing now.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::Answer;
use crate::judge::Verdict;
use crate::recording::{Captures, Row};
use crate::rules::Tag;

#[derive(Debug, Default)]
pub struct Story {
    pub captures: Captures,
    /// Names for which nothing was given, with the rule that was the reason.
    lost: BTreeMap<String, &'static str>,
    /// By address: what was answered last, and the rules by which changes
    /// were refused since; `None` once one was accepted.
    last: BTreeMap<String, (Answer, Option<Vec<&'static str>>)>,
    /// The rules of rows that deviated, by name.
    deviated: BTreeMap<String, Vec<Tag>>,
    /// Blocks that were accepted, as answered.
    blocks: Vec<Value>,
}

impl Story {
    pub fn new(captures: Captures) -> Self {
        Story { captures, ..Story::default() }
    }

    pub fn note(&mut self, row: &Row, got: &Answer, verdict: &Verdict) {
        row.learn(got, &mut self.captures);
        let tags = verdict.tags();
        if let Some(tag) = tags.first() {
            for name in row.gives() {
                if !self.captures.contains_key(&name) {
                    self.lost.insert(name, tag.rule);
                }
            }
            self.deviated.insert(row.name.clone(), tags.to_vec());
        }
        let address = row.path.split('?').next().unwrap_or_default();
        if row.is_get() {
            self.last.insert(row.path.clone(), (got.clone(), Some(Vec::new())));
        } else if got.status >= 400 {
            if let Some((_, Some(refused))) = self.last.get_mut(address) {
                refused.extend(tags.iter().map(|tag| tag.rule));
            }
        } else if let Some((_, refused)) = self.last.get_mut(address) {
            *refused = None;
        }
        if address == "/api/blocks/validated" && !row.is_get() && got.is_success() {
            self.blocks.push(got.field("block").clone());
        }
    }

    /// The rule by which something that this row needs is not there.
    pub fn lost(&self, row: &Row) -> Option<&'static str> {
        row.needs().iter().find_map(|name| self.lost.get(name).copied())
    }

    /// What was answered at this address before, if every change since was
    /// refused, and the rule of the first refusal.
    pub fn unchanged(&self, row: &Row) -> Option<(&Answer, &'static str)> {
        let (answer, refused) = self.last.get(&row.path)?;
        Some((answer, refused.as_ref()?.first()?))
    }

    pub fn deviated(&self, row: &str) -> bool {
        self.deviated.contains_key(row)
    }

    /// The block with this number and chain, as answered when it was accepted.
    pub fn block(&self, number: &Value, chain: &Value) -> Option<&Value> {
        self.blocks.iter().find(|block| {
            block.get("blockNumber").and_then(Value::as_f64) == number.as_f64()
                && block.get("chain") == Some(chain)
        })
    }

    pub fn blocks(&self) -> &[Value] {
        &self.blocks
    }
}
