//! Whoever fills in an order chooses values, never arguments.

use proptest::prelude::*;
use quaiminer_miner::ADAPTERS;

use super::{cards, order, program};

/// The shape of an argument vector: its arguments, and where values stand.
fn shape(argv: &[String]) -> Vec<String> {
    let of = |word: &String| {
        let name = word.split('=').next().unwrap_or_default();
        if word.starts_with('-') { name.to_owned() } else { "value".to_owned() }
    };
    argv.iter().map(of).collect()
}

const PARTS: &[&str] =
    &["-u", "--user", "=", " ", ".", ",", ":", "@", "!", "/", "\n", "\0", "[2]", "a", "ä"];

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_.,:;=@!#/~%?*+-]{0,40}",
        "[A-Za-z0-9_-]{1,20}",
        proptest::collection::vec(proptest::sample::select(PARTS), 0..5)
            .prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    /// Whatever is written into the fields, the arguments are the same ones in
    /// the same places.
    #[test]
    fn a_value_is_never_an_argument(
        (host, wallet, worker, password) in (hostile(), hostile(), hostile(), hostile()),
        (port, api_port) in any::<(u16, u16)>(),
        (which, with_password) in (0..5_u8, any::<bool>()),
    ) {
        for adapter in ADAPTERS.iter().filter(|adapter| adapter.program().is_some()) {
            let name = adapter.name();
            let mut order = order(name, 4000);
            order.cards = cards(program(name));
            order.password = if with_password { "d=1".to_owned() } else { String::new() };
            let expected = shape(&program(name).command(&order).unwrap());
            // One at a time, because most hostile orders are refused; and all.
            let is_meant = |field: u8| which == field || which == 4;
            if is_meant(0) { order.pools[0].host.clone_from(&host); }
            if is_meant(1) { order.wallet.clone_from(&wallet); }
            if is_meant(2) { order.worker.clone_from(&worker); }
            if is_meant(3) && with_password && !password.is_empty() {
                order.password.clone_from(&password);
            }
            order.pools[0].port = port;
            order.api_port = api_port;
            match program(name).command(&order) {
                Ok(argv) => {
                    prop_assert_eq!(shape(&argv), expected);
                    prop_assert!(argv.iter().all(|word| !word.chars().any(char::is_control)));
                    let user = format!("{}.{}", order.wallet, order.worker);
                    prop_assert!(argv.iter().any(|word| word.contains(&user)
                        || *word == order.wallet), "{:?}", argv);
                }
                Err(refusal) => prop_assert!(!refusal.why.is_empty()),
            }
        }
    }
}
