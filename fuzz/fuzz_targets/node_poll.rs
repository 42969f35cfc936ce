#![no_main]

use libfuzzer_sys::fuzz_target;
use quaiminer_node::poll::{read_chain, read_mining};
use quaiminer_node::rpc::Answer;

fuzz_target!(|body: &[u8]| {
    let answer = Answer { status: 200, body };
    if let Ok(reading) = read_chain(answer, read_mining(answer)) {
        assert!(reading.header_at_ms.get().is_none_or(|ms| ms > 0));
        assert!(reading.difficulty.get().is_none_or(|difficulty| difficulty.is_finite()));
        let _ = reading.in_sync(0);
    }
});
