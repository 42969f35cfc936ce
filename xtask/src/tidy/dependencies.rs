//! `domain` ← leaves, which do not know each other ← `engine` ← `dashboard`.

use serde_json::Value;

use super::Source;
use crate::{Result, project};

const LEAVES: [&str; 6] = ["store", "miner", "gpu", "node", "net", "alert"];

/// Crates of others that only one of ours may know.
const ONLY: [(&str, &str); 2] = [("axum", "dashboard"), ("rusqlite", "store")];

pub(super) fn direction(_: &[Source]) -> Result<Vec<String>> {
    let packages = project::metadata()?.get("packages").and_then(Value::as_array);
    let mut findings = Vec::new();
    // Our own packages have no source.
    for package in packages.into_iter().flatten().filter(|package| is_null(package, "source")) {
        let name = short(text(package, "name"));
        let Some(allowed) = allowed(name) else {
            findings.push(format!("{name}: say in tidy/dependencies.rs where it stands"));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            let for_tests = text(dependency, "kind") == "dev";
            findings.extend(judge(name, text(dependency, "name"), for_tests, &allowed));
        }
    }
    Ok(findings)
}

/// Which of ours a crate of ours may use.
fn allowed(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "domain" | "parity" | "standin" => Vec::new(),
        leaf if LEAVES.contains(&leaf) => vec!["domain"],
        "engine" => [&["domain"], LEAVES.as_slice()].concat(),
        "dashboard" => [&["domain", "engine", "parity"], LEAVES.as_slice()].concat(),
        "gpud" => vec!["domain", "gpu"],
        "xtask" => vec!["parity", "standin"],
        _ => return None,
    })
}

fn judge(name: &str, dependency: &str, for_tests: bool, allowed: &[&str]) -> Option<String> {
    if for_tests && short(dependency) == "standin" {
        return None;
    }
    let ours = dependency.starts_with("quaiminer-");
    if ours && !allowed.contains(&short(dependency)) {
        return Some(format!("{name} must not depend on {}", short(dependency)));
    }
    let owner = ONLY.iter().find(|(of_others, _)| *of_others == dependency);
    match owner {
        // What is not shipped may look into our files.
        Some((_, owner)) if *owner != name && name != "xtask" && !for_tests => {
            Some(format!("{name} must not depend on {dependency}; only {owner} may"))
        }
        _ => None,
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix("quaiminer-").unwrap_or(name)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn is_null(value: &Value, field: &str) -> bool {
    value.get(field).is_none_or(Value::is_null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions() {
        let check = |name: &str, dependency: &str, for_tests: bool, fine: bool| {
            let finding = judge(name, dependency, for_tests, &allowed(name).unwrap());
            assert_eq!(finding.is_none(), fine, "{name} -> {dependency}: {finding:?}");
        };
        check("store", "quaiminer-domain", false, true);
        check("store", "quaiminer-miner", false, false);
        check("store", "quaiminer-standin", true, true);
        check("engine", "quaiminer-standin", false, false);
        check("engine", "quaiminer-store", false, true);
        check("engine", "quaiminer-dashboard", false, false);
        check("domain", "quaiminer-store", true, false);
        check("engine", "axum", false, false);
        check("dashboard", "axum", false, true);
        check("dashboard", "rusqlite", true, true);
        check("dashboard", "rusqlite", false, false);
        check("xtask", "rusqlite", false, true);
        check("miner", "serde_json", false, true);
        assert_eq!(allowed("novelty"), None);
    }
}
