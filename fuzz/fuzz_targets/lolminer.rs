#![no_main]

mod adapter;

libfuzzer_sys::fuzz_target!(|input: &[u8]| adapter::read("lolminer", input));
