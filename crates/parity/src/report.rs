//! What a person reads.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::compare::{Difference, Kind};
use crate::judge::Verdict;
use crate::replay::Outcome;
use crate::rules::Tag;

/// How many rows came out how.
#[derive(Debug, Default, PartialEq)]
pub struct Totals {
    pub equal: usize,
    pub deviating: usize,
    pub different: usize,
    by_rule: BTreeMap<Tag, usize>,
}

impl Totals {
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut totals = Totals::default();
        for outcome in outcomes {
            match &outcome.verdict {
                Verdict::Equal => totals.equal += 1,
                Verdict::Different(_) => totals.different += 1,
                Verdict::Deviates(tags) => {
                    totals.deviating += 1;
                    for tag in tags {
                        *totals.by_rule.entry(*tag).or_default() += 1;
                    }
                }
            }
        }
        totals
    }

    /// A line for each number; a row that deviates by two rules is in both.
    pub fn text(&self) -> String {
        let mut text =
            format!("{:5}  equal\n{:5}  deviate by a rule\n", self.equal, self.deviating);
        for (tag, rows) in &self.by_rule {
            text += &format!("       {rows:5}  {}\n", tag.text());
        }
        text + &format!("{:5}  different\n", self.different)
    }
}

impl Tag {
    pub fn text(self) -> String {
        if self.follows { format!("{} follows", self.rule) } else { self.rule.to_owned() }
    }
}

/// The row and what is wrong with it, over several lines.
pub fn describe(outcome: &Outcome) -> String {
    let mut text = format!("{} ({})\n", outcome.name, outcome.request);
    match &outcome.verdict {
        Verdict::Equal => text += "    equal\n",
        Verdict::Deviates(tags) => {
            let tags: Vec<String> = tags.iter().map(|tag| tag.text()).collect();
            text += &format!("    deviates: {}\n", tags.join(", "));
        }
        Verdict::Different(differences) => {
            /// The rest is more of the same.
            const SHOWN: usize = 8;
            for difference in differences.iter().take(SHOWN) {
                text += &format!("    {}\n", line(difference));
            }
            if differences.len() > SHOWN {
                text += &format!("    and {} more\n", differences.len() - SHOWN);
            }
        }
    }
    text
}

fn line(difference: &Difference) -> String {
    let Difference { at, kind, expected, got } = difference;
    match kind {
        Kind::Missing => format!("{at}: missing; expected {}", short(expected)),
        Kind::Type => {
            format!("{at}: another type; expected {}, got {}", short(expected), short(got))
        }
        Kind::Value => format!("{at}: expected {}, got {}", short(expected), short(got)),
        Kind::More => format!("{at}: expected {expected} elements, got {got}"),
    }
}

fn short(value: &Value) -> String {
    const MOST_CHARS: usize = 160;
    let text = value.to_string();
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
