use proptest::prelude::*;
use quaiminer_node::address::{AddressError, checksummed};

/// The examples of EIP-55 itself.
const EIP_55: [&str; 8] = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
];

#[test]
fn the_examples_of_the_standard() {
    for address in EIP_55 {
        assert_eq!(checksummed(address).as_deref(), Ok(address));
        assert_eq!(checksummed(&address.to_lowercase()).as_deref(), Ok(address));
        let upper = format!("0x{}", address[2..].to_uppercase());
        assert_eq!(checksummed(&upper).as_deref(), Ok(address));
    }
}

#[test]
fn a_wrong_case_is_a_typing_error() {
    let wrong = "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    assert_eq!(checksummed(wrong), Err(AddressError::Checksum));
}

#[test]
fn what_is_no_address() {
    for text in [
        "",
        "0x",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd",
        "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
        " 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0xéaaeb6053f3e94c9b9a09f33669435e7ef1beae",
    ] {
        assert_eq!(checksummed(text), Err(AddressError::Form), "{text}");
    }
}

proptest! {
    #[test]
    fn a_checksummed_address_stays(bytes in any::<[u8; 20]>()) {
        let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let address = checksummed(&format!("0x{lower}")).unwrap();
        prop_assert_eq!(address.to_lowercase(), format!("0x{lower}"));
        prop_assert_eq!(checksummed(&address).unwrap(), address);
    }

    /// Any one letter in the other case is noticed, unless the result is all
    /// of one case and so says nothing.
    #[test]
    fn one_changed_case_is_noticed(bytes in any::<[u8; 20]>(), at in 2..42_usize) {
        let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let address = checksummed(&format!("0x{lower}")).unwrap();
        let mut changed = address.clone().into_bytes();
        changed[at] ^= if changed[at].is_ascii_alphabetic() { 0x20 } else { 0 };
        let changed = String::from_utf8(changed).unwrap();
        let digits = &changed[2..];
        let is_mixed = digits != digits.to_lowercase() && digits != digits.to_uppercase();
        prop_assert_eq!(checksummed(&changed).is_err(), changed != address && is_mixed);
    }

    #[test]
    fn any_text(text in "\\PC{0,60}") {
        let _ = checksummed(&text);
    }
}
