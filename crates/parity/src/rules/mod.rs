//! The rules of `docs/deviations.md`: which rows may deviate, and what the
//! answer must be like then. None of them is a blank cheque: a row that is
//! named here and answers otherwise is different.

mod access;
mod bodies;
mod chains;
mod config;
mod files;
mod follows;
mod unknown;
mod values;

use serde_json::Value;

use crate::answer::Answer;
use crate::compare::Difference;
use crate::judge::Case;

/// What is printed for a row that deviates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// `R1` to `R23`, or `Access`.
    pub rule: &'static str,
    /// Only because an earlier row deviated by it.
    pub follows: bool,
}

pub(crate) struct Rule {
    pub tag: Tag,
    /// Names of rows; a star stands for anything.
    rows: &'static [&'static str],
    pub test: Test,
}

pub(crate) enum Test {
    /// It is another answer altogether, which must be like this.
    Instead(fn(&Case<'_>) -> bool),
    /// It differs at these places only, and must be like this there.
    At(&'static [&'static str], fn(&Case<'_>, &Difference) -> bool),
    /// What Node would have answered, had it done before what we did.
    Mended(fn(&Case<'_>, &mut Value)),
}

impl Rule {
    pub(crate) fn is_about(&self, row: &str) -> bool {
        self.rows.iter().any(|pattern| matches(pattern, row))
    }
}

/// Every rule, of one file after the other.
pub(crate) static RULES: Rules = Rules(&[
    access::RULES,
    bodies::RULES,
    values::RULES,
    unknown::RULES,
    config::RULES,
    chains::RULES,
    files::RULES,
    follows::RULES,
]);

pub(crate) struct Rules(&'static [&'static [Rule]]);

impl Rules {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Rule> {
        self.0.iter().copied().flatten()
    }
}

const fn instead(
    rule: &'static str,
    rows: &'static [&'static str],
    fits: fn(&Case<'_>) -> bool,
) -> Rule {
    Rule { tag: Tag { rule, follows: false }, rows, test: Test::Instead(fits) }
}

const fn at(
    rule: &'static str,
    rows: &'static [&'static str],
    places: &'static [&'static str],
    fits: fn(&Case<'_>, &Difference) -> bool,
) -> Rule {
    Rule { tag: Tag { rule, follows: false }, rows, test: Test::At(places, fits) }
}

const fn mended(
    rule: &'static str,
    rows: &'static [&'static str],
    mend: fn(&Case<'_>, &mut Value),
) -> Rule {
    Rule { tag: Tag { rule, follows: true }, rows, test: Test::Mended(mend) }
}

/// It deviates only because an earlier row did.
const fn follows(rule: Rule) -> Rule {
    Rule { tag: Tag { rule: rule.tag.rule, follows: true }, rows: rule.rows, test: rule.test }
}

/// A star stands for anything, also for nothing.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    text.char_indices()
        .map(|(place, _)| place)
        .chain([text.len()])
        .any(|place| text.get(place..).is_some_and(|text| matches(rest, text)))
}

/// Refused as something that does not exist, or as somebody unknown.
pub(crate) fn is_of_nobody(got: &Answer) -> bool {
    is_no_such_thing(got) || (got.is_refusal(401) && got.field("error") == "Unauthorized")
}

/// There is a route, but not what its address names.
fn is_no_such_thing(got: &Answer) -> bool {
    got.status == 404
        && got.is_json()
        && got.field("error").as_str().is_some_and(|text| !text.is_empty())
        && got.field("message") != "There is nothing at this address"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("a*", "a", true),
            ("*.json*", "bad.x.jsonnull", true),
            ("a*c", "abcd", false),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
