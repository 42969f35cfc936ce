//! Texts that have no business in the project. This file alone is not checked,
//! for it holds them.

use super::{Source, has_word};
use crate::Result;

/// Paths of one machine, and addresses from which packages happened to come.
const TEXTS: [&str; 3] = ["/root/", "/home/", "\"resolved\":"];

/// Work that was left for later.
const WORDS: [&str; 3] = ["TODO", "FIXME", "XXX"];

pub(super) fn check(sources: &[Source]) -> Result<Vec<String>> {
    let checked = sources.iter().filter(|source| {
        !source.is_vendored() && !source.path.ends_with("tidy/words.rs") && !is_recorded(source)
    });
    Ok(checked.flat_map(findings).collect())
}

/// What a real program said is not ours to change.
fn is_recorded(source: &Source) -> bool {
    source.path.contains("/fixtures/")
}

fn findings(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(source.text.lines()) {
        let text = TEXTS.iter().find(|text| line.contains(**text));
        let word = WORDS.iter().find(|word| has_word(line, word));
        findings.extend(
            text.into_iter().chain(word).map(|found| format!("{}:{number}: {found}", source.path)),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn words_and_places() {
        let sources = [
            source("a.rs", "fine\n// TODO later\n"),
            source("b.json", "\"resolved\": \"https://packages.example/x\""),
            source("c.md", "LLVM and TODOS in networks/"),
            source("web/vendor/d.js", "TODO"),
            source("crates/miner/fixtures/e.json", "TODO"),
        ];
        assert_eq!(check(&sources).unwrap(), ["a.rs:2: TODO", "b.json:1: \"resolved\":"]);
    }
}
