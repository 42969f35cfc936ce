//! Checksummed addresses. go-quai refuses an address in
//! `quai_getBalance` whose letters are not in the cases that EIP-55 gives them,
//! all lower case included.

use std::fmt;

use sha3::{Digest, Keccak256};

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressError {
    /// Not `0x` and 40 hexadecimal digits.
    Form,
    /// Upper and lower case letters that do not fit: a digit was mistyped.
    Checksum,
}

/// The address in the cases of EIP-55. A text in mixed case is taken only if
/// its cases are right already, as they are there to reveal a typing error.
///
/// Source: <https://eips.ethereum.org/EIPS/eip-55>.
pub fn checksummed(text: &str) -> Result<String, AddressError> {
    let digits = text.strip_prefix("0x").ok_or(AddressError::Form)?;
    if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(AddressError::Form);
    }
    let lower = digits.to_ascii_lowercase();
    let hash = Keccak256::digest(lower.as_bytes());
    // The digit at each place is upper case if the hash's digit there is 8 or more.
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    let digits_checksummed: String = lower
        .chars()
        .zip(nibbles)
        .map(|(digit, nibble)| if nibble >= 8 { digit.to_ascii_uppercase() } else { digit })
        .collect();
    let is_mixed = digits != lower && digits != digits.to_ascii_uppercase();
    if is_mixed && digits != digits_checksummed {
        return Err(AddressError::Checksum);
    }
    Ok(format!("0x{digits_checksummed}"))
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressError::Form => "address must be 0x and 40 hexadecimal digits",
            AddressError::Checksum => "address has invalid checksum",
        })
    }
}

impl std::error::Error for AddressError {}
