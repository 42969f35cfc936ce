//! What must not be in the code of the product.

use super::Source;
use crate::Result;

/// With the workspace's lints the compiler refuses `unsafe`; only `gpu`, which
/// speaks to drivers, has a list of its own.
pub(super) fn lints(sources: &[Source]) -> Result<Vec<String>> {
    let manifests = sources.iter().filter(|source| source.path.ends_with("/Cargo.toml"));
    let mut findings: Vec<String> = manifests
        .filter(|manifest| !matches!(manifest.path.as_str(), "crates/gpu/Cargo.toml"))
        .filter(|manifest| !manifest.path.starts_with("fuzz/"))
        .filter(|manifest| !manifest.text.contains("[lints]\nworkspace = true"))
        .map(|manifest| format!("{}: no [lints] workspace = true", manifest.path))
        .collect();
    let root = sources.iter().find(|source| source.path == "Cargo.toml");
    if !root.is_some_and(|root| root.text.contains("unsafe_code = \"forbid\"")) {
        findings.push("Cargo.toml: unsafe_code is not forbidden".to_owned());
    }
    Ok(findings)
}

/// Programs are started from a list of arguments. A shell would take parts of
/// names, paths and settings for commands.
pub(super) fn shell(sources: &[Source]) -> Result<Vec<String>> {
    const RUST: [&str; 5] = ["\"sh\"", "\"bash\"", "\"/bin/sh\"", "\"/bin/bash\"", "\"sh -c"];
    const SCRIPT: [&str; 2] = ["shell: true", "execSync("];
    let of_product =
        |source: &&Source| source.is_product() || source.path.starts_with("xtask/src/");
    let rust = sources
        .iter()
        .filter(of_product)
        // It holds the list.
        .filter(|source| source.is_rust() && !source.path.ends_with("tidy/code.rs"))
        .flat_map(|source| source.code_with(&RUST));
    let scripts = sources
        .iter()
        .filter(|source| source.path.starts_with("web/") && !source.is_vendored())
        .flat_map(|source| source.code_with(&SCRIPT));
    Ok(rust.chain(scripts).collect())
}

/// From one table the reference page and `--help` are made.
pub(super) fn environment(sources: &[Source]) -> Result<Vec<String>> {
    const READS: [&str; 2] = ["env::var", "env::set_var"];
    let elsewhere = product_rust(sources)
        .filter(|source| source.path != "crates/dashboard/src/config.rs")
        .flat_map(|source| source.code_with(&READS));
    Ok(elsewhere.collect())
}

/// A static binary that makes the C library look up a name loads the name
/// service modules of the system, which are built for another C library: it
/// dies on some releases and works on others.
pub(super) fn name_service(sources: &[Source]) -> Result<Vec<String>> {
    const CALLS: [&str; 5] =
        ["ToSocketAddrs", "to_socket_addrs", "lookup_host", "getaddrinfo", "home_dir"];
    Ok(product_rust(sources).flat_map(|source| source.code_with(&CALLS)).collect())
}

fn product_rust(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| source.is_product() && source.is_rust())
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn shells() {
        let sources = [
            source("crates/a/src/x.rs", "fn a() {}\n    Command::new(\"sh\")\n"),
            source("crates/a/src/y.rs", "// never \"sh\"\n#[cfg(test)]\nCommand::new(\"sh\")\n"),
            source("crates/a/tests/z.rs", "Command::new(\"sh\")\n"),
            source("web/tests/s.mjs", "spawn(a, { shell: true })\n"),
        ];
        let expected = ["crates/a/src/x.rs:2: \"sh\"", "web/tests/s.mjs:1: shell: true"];
        assert_eq!(shell(&sources).unwrap(), expected);
    }

    #[test]
    fn environments() {
        let sources = [
            source("crates/dashboard/src/config.rs", "std::env::var(name)"),
            source("crates/engine/src/a.rs", "let home = env::var_os(\"HOME\");"),
            source("crates/engine/src/a/tests.rs", "env::var(\"HOME\");"),
            source("crates/standin/src/program.rs", "env::var(\"STANDIN_PORT\");"),
        ];
        assert_eq!(environment(&sources).unwrap(), ["crates/engine/src/a.rs:1: env::var"]);
    }

    #[test]
    fn resolvers() {
        let sources = [source("crates/net/src/a.rs", "tokio::net::lookup_host(name)")];
        assert_eq!(name_service(&sources).unwrap(), ["crates/net/src/a.rs:1: lookup_host"]);
    }

    #[test]
    fn lints_of_every_crate() {
        let root = source("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n");
        let good = source("crates/a/Cargo.toml", "[lints]\nworkspace = true\n");
        assert_eq!(lints(&[root, good]).unwrap(), Vec::<String>::new());
        let bad = source("crates/a/Cargo.toml", "[package]\n");
        assert_eq!(lints(&[bad]).unwrap().len(), 2);
    }
}
