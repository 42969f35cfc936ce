//! Programs are told apart by what they say: on an address without a name, the
//! one that understands an answer is the one that is believed.

use std::path::{Path, PathBuf};

use quaiminer_miner::{ADAPTERS, Reply};

use crate::hostile::GOOD;
use crate::support::{fixture, fixtures};

/// Every file that was captured of one program, as the answer to whatever
/// another one is asked.
#[test]
fn no_adapter_takes_the_answer_of_another_program() {
    for folder in std::fs::read_dir(fixtures()).unwrap() {
        let owner = folder.unwrap().file_name().into_string().unwrap();
        for file in files_below(&fixtures().join(&owner)) {
            let body = std::fs::read(&file).unwrap();
            for adapter in ADAPTERS.iter().filter(|adapter| adapter.name() != owner) {
                let replies = [
                    Reply::Http { status: 200, body: body.clone() },
                    Reply::Http { status: 200, body: body.clone() },
                ];
                let name = adapter.name();
                match adapter.read(&replies) {
                    Ok(reading) => panic!("{name} takes {}: {reading:?}", file.display()),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}

/// A good answer with its numbers gone is still nobody else's.
#[test]
fn an_answer_without_numbers_is_nobody_elses() {
    for (owner, files) in GOOD {
        let body = fixture(files[0]);
        let text = String::from_utf8_lossy(&body);
        let zeros: String =
            text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        for adapter in ADAPTERS.iter().filter(|adapter| adapter.name() != *owner) {
            let reply = Reply::Http { status: 200, body: zeros.clone().into_bytes() };
            let name = adapter.name();
            assert!(adapter.read(&[reply]).is_err(), "{name} takes zeros of {owner}");
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}
