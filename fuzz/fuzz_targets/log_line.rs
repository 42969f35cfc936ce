//! A line of a miner, whatever it holds, is safe to show and to sort.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quaiminer_miner::ADAPTERS;
use quaiminer_miner::program::{Secrets, clean};

const WALLET: &str = "0x0012345678901234567890123456789012345678";

fuzz_target!(|line: &str| {
    let secrets = Secrets::new(&[WALLET], &["hunter22"]);
    let shown = clean(line, &secrets);
    assert!(!shown.chars().any(char::is_control));
    assert!(!shown.to_ascii_lowercase().contains(WALLET));
    assert!(!shown.to_ascii_lowercase().contains("hunter22"));
    for program in ADAPTERS.iter().filter_map(|adapter| adapter.program()) {
        if let Some(found) = program.classify(line) {
            assert!(found.gpu.is_none_or(|gpu| gpu < 1000));
        }
    }
});
