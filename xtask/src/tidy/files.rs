//! Files: how long they are, and whether they are what they claim to be.

use sha2::{Digest, Sha256};

use super::Source;
use crate::{Result, project};

/// One idea per file is mostly less than 150 lines; at 400 there is a second.
const LINE_CAP: usize = 400;

pub(super) fn length(sources: &[Source]) -> Result<Vec<String>> {
    let code = sources.iter().filter(|source| {
        let own = !source.is_vendored()
            && !source.path.contains("/fixtures/")
            && !source.path.contains("/tests/")
            && !source.path.ends_with("/tests.rs");
        own && (source.is_rust() || source.path.ends_with(".js") || source.path.ends_with(".mjs"))
    });
    let lengths = code.map(|source| (source, source.text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > LINE_CAP);
    Ok(long.map(|(source, lines)| format!("{}: {lines} lines", source.path)).collect())
}

/// `web/vendor/README.md` has a line for each file, with its SHA-256.
pub(super) fn vendored(sources: &[Source]) -> Result<Vec<String>> {
    let readme = sources.iter().find(|source| source.path == "web/vendor/README.md");
    let readme = readme.map(|readme| readme.text.as_str()).unwrap_or_default();
    let mut findings = Vec::new();
    for file in project::files()?.iter().filter_map(|file| file.strip_prefix("web/vendor/")) {
        let bytes = std::fs::read(project::path("web/vendor").join(file))
            .map_err(|error| format!("web/vendor/{file}: {error}"))?;
        if file != "README.md" && !is_listed(readme, file, &bytes) {
            findings.push(format!("{file}: web/vendor/README.md has no line with it and its hash"));
        }
    }
    Ok(findings)
}

fn is_listed(readme: &str, file: &str, bytes: &[u8]) -> bool {
    let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    readme.lines().any(|line| line.contains(file) && line.contains(&hash))
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn long_files() {
        let long = "line\n".repeat(LINE_CAP + 1);
        let sources = [
            source("crates/a/src/a.rs", &long),
            source("crates/a/src/b.rs", &"line\n".repeat(LINE_CAP)),
            source("crates/a/tests/a.rs", &long),
            source("web/vendor/a.js", &long),
            source("CHANGELOG.md", &long),
        ];
        assert_eq!(length(&sources).unwrap(), ["crates/a/src/a.rs: 401 lines"]);
    }

    #[test]
    fn listed_files() {
        let readme = "| `a.js` | 1.0 | \
                      ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad |\n";
        assert!(is_listed(readme, "a.js", b"abc"));
        assert!(!is_listed(readme, "a.js", b"abd"));
        assert!(!is_listed(readme, "b.js", b"abc"));
    }
}
