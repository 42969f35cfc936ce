//! Keccak-256, by which Quai addresses are checksummed and blocks named.

use sha3::{Digest, Keccak256};

pub(crate) fn keccak_hex(input: &[u8]) -> String {
    Keccak256::digest(input).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a mixed-case address carries its EIP-55 checksum.
pub(crate) fn has_valid_checksum(address: &str) -> bool {
    let Some(digits) = address.strip_prefix("0x") else {
        return false;
    };
    if digits.len() != 40 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let hash = keccak_hex(digits.to_ascii_lowercase().as_bytes());
    digits.chars().zip(hash.chars()).all(|(digit, nibble)| {
        digit.is_ascii_digit() || digit.is_ascii_uppercase() == (nibble >= '8')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksummed_addresses() {
        // From EIP-55.
        for address in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        ] {
            assert!(has_valid_checksum(address), "{address}");
            assert!(!has_valid_checksum(&address.to_lowercase()), "{address}");
        }
        assert!(!has_valid_checksum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe"));
        assert!(!has_valid_checksum("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed00"));
    }
}
