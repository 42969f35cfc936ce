//! Whether an answer is the expected one, deviates by a rule, or differs.

use crate::answer::Answer;
use crate::compare::{Difference, Kind, compare, form, unavailable};
use crate::http::Request;
use crate::recording::Row;
use crate::rules::{self, RULES, Tag, Test};
use crate::story::Story;

/// Under which circumstances a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// As when the recording was made: no miner, no node, no GPU.
    Bare,
    /// Miners and a node answer. Only the form of an answer can be told.
    Rig,
    /// Beside a Node server, on the same machine.
    Beside,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Equal,
    Deviates(Vec<Tag>),
    Different(Vec<Difference>),
}

impl Verdict {
    pub fn tags(&self) -> &[Tag] {
        match self {
            Verdict::Deviates(tags) => tags,
            Verdict::Equal | Verdict::Different(_) => &[],
        }
    }
}

/// All that there is to judge by.
pub(crate) struct Case<'a> {
    pub row: &'a Row,
    pub sent: &'a Request,
    pub expected: &'a Answer,
    pub got: &'a Answer,
    pub story: &'a Story,
    pub setting: Setting,
}

pub(crate) fn judge(case: &Case<'_>) -> Verdict {
    let mut expected = case.expected.clone();
    if case.setting == Setting::Rig {
        expected.body = form(&expected.body);
    }
    if differences(case, &expected).is_empty() {
        return Verdict::Equal;
    }
    let here = || RULES.iter().filter(|rule| rule.is_about(&case.row.name));
    if let Some(rule) = here().find(|rule| matches!(rule.test, Test::Instead(fits) if fits(case))) {
        return Verdict::Deviates(vec![rule.tag]);
    }
    let deviates = |rule, follows| Verdict::Deviates(vec![Tag { rule, follows }]);
    if let Some(rule) = case.story.lost(case.row)
        && rules::is_of_nobody(case.got)
    {
        return deviates(rule, true);
    }
    if let Some((before, rule)) = case.story.unchanged(case.row)
        && before.status == case.got.status
        && before.body == case.got.body
    {
        return deviates(rule, true);
    }
    let mut tags = Vec::new();
    for rule in here() {
        let Test::Mended(mend) = rule.test else { continue };
        // Of another server nobody knows what was there before.
        if case.setting == Setting::Beside {
            continue;
        }
        let mut mended = expected.clone();
        mend(case, &mut mended.body);
        if mended != expected {
            expected = mended;
            tags.push(rule.tag);
        }
    }
    let mut left = Vec::new();
    for difference in differences(case, &expected) {
        let excuse = here().find(|rule| match rule.test {
            Test::At(places, fits) => {
                places.iter().any(|place| rules::matches(place, &difference.at))
                    && fits(case, &difference)
            }
            Test::Instead(_) | Test::Mended(_) => false,
        });
        match excuse {
            Some(rule) => tags.push(rule.tag),
            None => left.push(difference),
        }
    }
    if !left.is_empty() {
        return Verdict::Different(left);
    }
    tags.sort_unstable();
    tags.dedup();
    Verdict::Deviates(tags)
}

/// On a rig that mines it is a difference too that something is unknown.
fn differences(case: &Case<'_>, expected: &Answer) -> Vec<Difference> {
    let mut found = compare(expected, case.got);
    if case.setting == Setting::Rig {
        unavailable("/body", &case.got.body, &mut found);
    }
    found
}

impl Difference {
    /// Whether the field is there and of the type that pages expect.
    pub(crate) fn is_of_value(&self) -> bool {
        matches!(self.kind, Kind::Value | Kind::More)
    }
}

#[cfg(test)]
mod tests;
