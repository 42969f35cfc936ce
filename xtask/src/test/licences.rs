//! Whether we may ship what we depend on. cargo-deny knows most; without it
//! we check licences and sources ourselves, against the same `deny.toml`.

use std::time::Duration;

use serde_json::Value;

use super::{Check, Done, Options};
use crate::process::{cargo, run as run_command};
use crate::{Result, project, tools};

const DEADLINE: Duration = Duration::from_secs(300);

pub(super) fn run(_: &Options) -> Check {
    let mut done = Done::default();
    if tools::find("cargo-deny").is_some() {
        let deny = |checks: &[&str]| {
            let mut cargo = cargo(&["deny", "check"]);
            cargo.args(checks).current_dir(project::root());
            cargo
        };
        run_command(&mut deny(&["licenses", "bans", "sources"]), DEADLINE)?;
        advisories(&mut deny(&["advisories"]), &mut done)?;
        return Ok(done);
    }
    own_check()?;
    done.left_out.push(
        "bans and advisories: cargo-deny is not installed (cargo install cargo-deny --locked)"
            .to_owned(),
    );
    Ok(done)
}

/// The list of known vulnerabilities has to be fetched; a machine without
/// that network cannot.
fn advisories(deny: &mut std::process::Command, done: &mut Done) -> Result {
    let said = deny.output().map_err(|error| format!("cargo deny cannot be started: {error}"))?;
    let text = String::from_utf8_lossy(&said.stderr);
    println!("{}", text.trim_end());
    if said.status.success() {
        return Ok(());
    }
    if text.contains("failed to fetch advisory database") {
        done.left_out.push("advisories: their database cannot be reached".to_owned());
        return Ok(());
    }
    Err(format!("cargo deny check advisories ended with {}", said.status))
}

fn own_check() -> Result {
    let deny = std::fs::read_to_string(project::path("deny.toml"))
        .map_err(|error| format!("deny.toml: {error}"))?;
    let allowed = allowed_licences(&deny);
    if allowed.is_empty() {
        return Err("deny.toml allows no licence".to_owned());
    }
    let packages = project::metadata()?.get("packages").and_then(Value::as_array);
    let packages = packages.ok_or("cargo metadata lists no packages")?;
    let mut problems = Vec::new();
    for package in packages {
        let text = |field| package.get(field).and_then(Value::as_str);
        let name = text("name").unwrap_or_default();
        match text("license") {
            None => problems.push(format!("{name} names no licence")),
            Some(licence) if !is_allowed(licence, &allowed) => {
                problems.push(format!("{name}: {licence} is not allowed in deny.toml"));
            }
            Some(_) => {}
        }
        // Our own packages have no source.
        if let Some(source) = text("source")
            && !(source.starts_with("registry+") && source.ends_with("/crates.io-index"))
        {
            problems.push(format!("{name} comes from {source}"));
        }
    }
    println!("{} packages, {} licences allowed", packages.len(), allowed.len());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// The texts of `allow` in the table `[licenses]`.
fn allowed_licences(deny: &str) -> Vec<String> {
    let table = deny.split_once("[licenses]").map_or("", |(_, rest)| rest);
    let list = table.split_once("allow = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Evaluates an SPDX expression: `(MIT OR Apache-2.0) AND Unicode-3.0`. A
/// slash is how crates used to write OR.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut place = 0;
    let result = any_of(&words, &mut place, allowed);
    // Whatever is left over was not understood, so it is not allowed.
    result && place == words.len()
}

fn any_of(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut result = all_of(words, place, allowed);
    while words.get(*place) == Some(&"OR") {
        *place += 1;
        result |= all_of(words, place, allowed);
    }
    result
}

fn all_of(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut result = one(words, place, allowed);
    while words.get(*place) == Some(&"AND") {
        *place += 1;
        result &= one(words, place, allowed);
    }
    result
}

fn one(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*place) else { return false };
    *place += 1;
    if *word == "(" {
        let result = any_of(words, place, allowed);
        let closed = words.get(*place) == Some(&")");
        *place += usize::from(closed);
        return result && closed;
    }
    let mut licence = (*word).to_owned();
    if words.get(*place) == Some(&"WITH") {
        licence += &format!(" WITH {}", words.get(*place + 1).unwrap_or(&""));
        *place += 2;
    }
    allowed.contains(&licence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let allowed = allowed_licences(
            "[bans]\nallow = [\"x\"]\n[licenses]\nallow = [\n  \"MIT\", # \"GPL-3.0\"\n  \
             \"Apache-2.0 WITH LLVM-exception\",\n  \"Unicode-3.0\",\n]\nother = [\"GPL-2.0\"]",
        );
        assert_eq!(allowed, ["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]);
        let check = |expression: &str, expected: bool| {
            assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
        };
        check("MIT", true);
        check("Apache-2.0", false);
        check("MIT/Apache-2.0", true);
        check("Apache-2.0 OR MIT", true);
        check("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true);
        check("(GPL-3.0 OR MIT) AND Unicode-3.0", true);
        check("MIT AND GPL-3.0", false);
        check("GPL-3.0 OR MIT AND Unicode-3.0", true);
        check("(MIT", false);
        check("MIT MIT", false);
        check("", false);
        check("MIT AND", false);
    }
}
