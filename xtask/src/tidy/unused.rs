//! Public items of library crates: the compiler never calls them dead.

use std::collections::{HashMap, HashSet};

use super::Source;

/// Those whose name no other line of Rust mentions.
pub(super) fn public_items(sources: &[Source]) -> Vec<String> {
    let rust: Vec<&Source> = sources.iter().filter(|source| source.is_rust()).collect();
    let mut mentions: HashMap<&str, usize> = HashMap::new();
    for source in &rust {
        for line in source.text.lines() {
            let line = line.split("//").next().unwrap_or_default();
            let words: HashSet<&str> =
                line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            for word in words {
                *mentions.entry(word).or_default() += 1;
            }
        }
    }
    let libraries = rust.iter().filter(|source| source.is_product());
    libraries
        .flat_map(|source| {
            let items = source.code_lines().filter_map(|(number, line)| {
                let name = public_item(line)?;
                Some((number, name))
            });
            items.map(|(number, name)| (format!("{}:{number}: {name}", source.path), name))
        })
        .filter(|(_, name)| mentions.get(name).copied().unwrap_or(0) < 2)
        .map(|(item, _)| item)
        .collect()
}

/// The name that a line makes public, if it does.
fn public_item(line: &str) -> Option<&str> {
    let mut words = line.trim_start().strip_prefix("pub ")?.split_whitespace().peekable();
    while words.next_if(|word| matches!(*word, "const" | "async" | "unsafe")).is_some() {
        // `const` begins a constant too, whose name comes next.
        if words.peek().is_some_and(|name| name.ends_with(':')) {
            return words.next().map(|name| name.trim_end_matches(':'));
        }
    }
    match words.next()? {
        "fn" | "struct" | "enum" | "static" | "trait" | "type" | "mod" => {}
        _ => return None,
    }
    words.next()?.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn items() {
        let check = |line: &str, name: Option<&str>| assert_eq!(public_item(line), name, "{line}");
        check("    pub const fn name(self) -> &str {", Some("name"));
        check("pub const CAP: usize = 3;", Some("CAP"));
        check("pub struct Wire<'a> {", Some("Wire"));
        check("pub async fn run() {", Some("run"));
        check("    pub field: u32,", None);
        check("pub use other::Thing;", None);
        check("pub(crate) fn hidden() {}", None);
    }

    #[test]
    fn mentions() {
        let sources = [
            source("crates/a/src/lib.rs", "pub fn used() {}\npub fn lost() {}\n// lost\n"),
            source("crates/b/src/main.rs", "fn main() { used(); }\n"),
        ];
        assert_eq!(public_items(&sources), ["crates/a/src/lib.rs:2: lost"]);
    }
}
