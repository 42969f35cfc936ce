//! What all targets for adapters do. The invariants are those of the tests.

#[path = "../../crates/miner/tests/it/honest.rs"]
mod honest;

use quaiminer_miner::{Reply, by_name};

/// Reads the input as the replies of a program: parts between two line feeds
/// are one reply each.
pub fn read(name: &str, input: &[u8]) {
    let Some(adapter) = by_name(name) else { panic!("there is no adapter {name}") };
    let mut replies = Vec::new();
    let mut rest = input;
    for _ in 1..adapter.requests().len() {
        let Some(at) = rest.windows(2).position(|pair| pair == b"\n\n") else { break };
        let (reply, after) = rest.split_at(at);
        replies.push(Reply::Bytes(reply.to_vec()));
        rest = &after[2..];
    }
    replies.push(Reply::Bytes(rest.to_vec()));
    if let Ok(reading) = adapter.read(&replies) {
        honest::assert_honest(&reading);
    }
}
