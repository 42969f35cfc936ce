//! The list of adapters and what has to be there for each.

use std::path::Path;

use quaiminer_miner::{ADAPTERS, by_name};

use crate::hostile::GOOD as SPOILED;
use crate::support::fixtures;

#[test]
fn every_adapter_is_found_by_each_of_its_names() {
    let mut seen = Vec::new();
    for adapter in ADAPTERS {
        for name in std::iter::once(&adapter.name()).chain(adapter.aliases()) {
            assert!(!seen.contains(name), "{name} stands for two adapters");
            assert_eq!(name.to_lowercase(), *name);
            assert!(!matches!(*name, "http" | "https"));
            assert_eq!(by_name(&name.to_uppercase()).map(|a| a.name()), Some(adapter.name()));
            seen.push(name);
        }
    }
    assert!(by_name("nosuchminer").is_none());
}

#[test]
fn every_adapter_asks_for_something_it_needs() {
    for adapter in ADAPTERS {
        let name = adapter.name();
        assert!(adapter.requests().iter().any(|request| !request.optional), "{name}");
        assert!(adapter.read(&[]).is_err(), "{name} reads something from nothing");
    }
}

#[test]
fn no_port_is_probed_for_two_programs() {
    let mut ports: Vec<u16> = ADAPTERS.iter().flat_map(|a| a.default_ports()).copied().collect();
    ports.sort_unstable();
    let all = ports.len();
    ports.dedup();
    assert_eq!(ports.len(), all);
}

/// An adapter without fixtures or without hostile tests, a fixture that no test mentions, and a folder
/// of an adapter that is gone all fail here.
#[test]
fn every_adapter_has_fixtures_and_every_fixture_is_proven() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (tests, fuzz) = (root.join("tests/it"), root.join("../../fuzz/fuzz_targets"));
    for adapter in ADAPTERS {
        let name = adapter.name();
        let files = files_below(&fixtures().join(name));
        assert!(!files.is_empty(), "adapter {name} has no fixture in fixtures/{name}/");
        assert!(fuzz.join(format!("{name}.rs")).is_file(), "no fuzz target for {name}");
        assert!(SPOILED.iter().any(|(spoiled, _)| *spoiled == name), "hostile.rs omits {name}");
        let test = std::fs::read_to_string(tests.join(format!("{name}.rs"))).unwrap_or_default();
        for file in files {
            assert!(test.contains(&file), "tests/it/{name}.rs does not say what {file} means");
        }
    }
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_adapter = ADAPTERS.iter().any(|adapter| adapter.name() == name);
        assert!(is_adapter || name == "README.md", "fixtures/{name} belongs to no adapter");
    }
}

/// Names as `VERSION/FILE`.
fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for version in std::fs::read_dir(folder).into_iter().flatten() {
        let version = version.unwrap();
        for file in std::fs::read_dir(version.path()).unwrap() {
            let parts = [version.file_name(), file.unwrap().file_name()];
            files.push(parts.map(|part| part.into_string().unwrap()).join("/"));
        }
    }
    files
}
