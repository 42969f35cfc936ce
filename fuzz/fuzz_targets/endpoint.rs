//! What is shown of an address can be configured again and means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quaiminer_miner::Endpoint;

fuzz_target!(|list: &str| {
    for endpoint in Endpoint::parse_list(list).into_iter().flatten() {
        let shown = endpoint.to_string();
        match Endpoint::parse_list(&shown) {
            Ok(again) => match again.as_slice() {
                [again] => assert_eq!(again.authority(), endpoint.authority()),
                _ => panic!("{shown:?} is not one address"),
            },
            Err(error) => panic!("{error}"),
        }
    }
});
