//! Rules of this project that neither compiler nor linter knows.

mod code;
mod dependencies;
mod files;
mod unused;
mod words;

use crate::{Result, project};

/// A text file of the project.
pub(crate) struct Source {
    /// Relative to the root.
    pub path: String,
    pub text: String,
}

struct Rule {
    name: &'static str,
    /// Returns what breaks it, each with its place.
    check: fn(&[Source]) -> Result<Vec<String>>,
}

static RULES: &[Rule] = &[
    Rule { name: "dependencies run one way", check: dependencies::direction },
    Rule { name: "every crate has the workspace's lints", check: code::lints },
    Rule { name: "no shell", check: code::shell },
    Rule { name: "the environment is read in one place", check: code::environment },
    Rule { name: "names are not resolved by the C library", check: code::name_service },
    Rule { name: "no forbidden words", check: words::check },
    Rule { name: "one idea per file", check: files::length },
    Rule { name: "vendored files are the ones listed", check: files::vendored },
];

pub(crate) fn run() -> Result {
    let sources = read()?;
    let mut broken = 0;
    for rule in RULES {
        let findings = (rule.check)(&sources)?;
        println!("{} {}", if findings.is_empty() { "ok    " } else { "BROKEN" }, rule.name);
        for finding in &findings {
            println!("         {finding}");
        }
        broken += usize::from(!findings.is_empty());
    }
    let unused = unused::public_items(&sources);
    if !unused.is_empty() {
        // May be right: the compiler cannot tell, and neither can we.
        println!("Public, but mentioned nowhere else:");
        for item in unused {
            println!("         {item}");
        }
    }
    match broken {
        0 => Ok(()),
        broken => Err(format!("{broken} rules are broken")),
    }
}

/// Everything that is text.
fn read() -> Result<Vec<Source>> {
    let files = project::files()?.into_iter();
    let read = |path: String| {
        let text = std::fs::read_to_string(project::path(&path)).ok()?;
        Some(Source { path, text })
    };
    Ok(files.filter_map(read).collect())
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Part of a program that somebody runs: no test, no stand-in, no tool.
    fn is_product(&self) -> bool {
        self.path.starts_with("crates/")
            && self.path.contains("/src/")
            && !self.path.starts_with("crates/standin/")
            && !self.path.ends_with("/tests.rs")
            && !self.path.contains("/tests/")
    }

    fn is_vendored(&self) -> bool {
        self.path.starts_with("web/vendor/")
    }

    /// Lines before the tests, with their numbers and without comments.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().take_while(|line| !line.contains("#[cfg(test)]"));
        let code = lines.map(|line| line.split("//").next().unwrap_or_default());
        (1..).zip(code)
    }

    /// A finding at every line of code that contains one of the texts.
    fn code_with<'a>(&'a self, texts: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        self.code_lines().filter_map(|(number, line)| {
            let text = texts.iter().find(|text| line.contains(**text))?;
            Some(format!("{}:{number}: {text}", self.path))
        })
    }
}

/// Whether `word` occurs in `text` as a word of its own.
fn has_word(text: &str, word: &str) -> bool {
    let of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(of_a_word) && !after.is_some_and(of_a_word)
    })
}

#[cfg(test)]
fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert!(has_word("a (word).", "word"));
        assert!(!has_word("words sword a_word", "word"));
        assert!(has_word("sword, word", "word"));
    }
}
