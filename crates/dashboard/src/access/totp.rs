//! One-time codes of an authenticator app (RFC 6238: HMAC-SHA-1, six digits,
//! 30 seconds), and the recovery codes for the day on which it is lost.

use hmac::{Hmac, KeyInit, Mac};
use quaiminer_store::{Store, StoreError, TokenHash};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::random_bytes;

const STEP_S: i64 = 30;
/// A device's clock may be a step off, or its owner slow.
const STEPS_OFF: i64 = 1;
const CODES: u32 = 1_000_000;
const RECOVERY_CODES: usize = 8;
/// RFC 4648 §6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// 160 bits, as RFC 4226 §4 recommends.
pub fn new_secret() -> Result<Vec<u8>, String> {
    random_bytes::<20>().map(Vec::from)
}

/// The address in the picture that an app takes in.
pub fn url(secret: &[u8], user: &str, rig: &str) -> String {
    let (user, issuer) = (escape(user), escape(&format!("QuaiMiner {rig}")));
    format!("otpauth://totp/{issuer}:{user}?secret={}&issuer={issuer}", base32(secret))
}

/// Without padding, as apps want it.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut waiting, mut bits) = (0_u32, 0);
    for byte in bytes {
        waiting = waiting << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(digit(waiting >> bits));
        }
        waiting &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(digit(waiting << (5 - bits)));
    }
    text
}

fn digit(value: u32) -> char {
    BASE32.get((value & 31) as usize).copied().map_or('A', char::from)
}

/// Eight codes of 80 bits, in four groups.
pub fn recovery_codes() -> Result<Vec<String>, String> {
    let code = |_| {
        let text = base32(&random_bytes::<10>()?);
        let groups: Vec<String> =
            text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into()).collect();
        Ok(groups.join("-"))
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// As it is stored, however it was typed; `None` if it is no recovery code.
pub fn recovery_hash(user_id: i64, given: &str) -> Option<TokenHash> {
    let plain: String = given
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let fits = plain.len() == 16 && plain.bytes().all(|byte| BASE32.contains(&byte));
    fits.then(|| {
        Sha256::new().chain_update(user_id.to_be_bytes()).chain_update(plain).finalize().into()
    })
}

/// Whether a code opens; each does once.
pub async fn accept(
    store: &Store,
    user_id: i64,
    given: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    if let Some(hash) = recovery_hash(user_id, given) {
        return store.totp().use_recovery(user_id, hash).await;
    }
    let Some(totp) = store.totp().get(user_id).await?.filter(|totp| totp.is_confirmed) else {
        return Ok(false);
    };
    match matching_step(&totp.secret, given, now_ms / 1000) {
        Some(step) => store.totp().use_step(user_id, step).await,
        None => Ok(false),
    }
}

/// The step of which this is the code, if it is one of about now.
pub fn matching_step(secret: &[u8], given: &str, now_s: i64) -> Option<i64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let now = now_s.div_euclid(STEP_S);
    // The newest first, so that one code that two steps share counts longest.
    (now - STEPS_OFF..=now + STEPS_OFF)
        .rev()
        .find(|step| bool::from(code(secret, *step).as_bytes().ct_eq(given.as_bytes())))
}

/// RFC 4226 §5.3.
fn code(secret: &[u8], step: i64) -> String {
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    let hash = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 0xf);
    let chosen = hash.get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok());
    let number = u32::from_be_bytes(chosen.unwrap_or_default()) & 0x7fff_ffff;
    format!("{:06}", number % CODES)
}

/// RFC 3986 §2.1.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    /// RFC 6238 appendix B, of which an app shows the last six digits.
    #[test]
    fn the_codes_of_the_rfc() {
        for (at_s, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, at_s / STEP_S), expected);
            assert_eq!(matching_step(SECRET, expected, at_s), Some(at_s / STEP_S));
        }
    }

    #[test]
    fn a_step_off_is_right_and_two_are_wrong() {
        let given = code(SECRET, 1000);
        for (step, found) in [(998, None), (999, Some(1000)), (1001, Some(1000)), (1002, None)] {
            assert_eq!(matching_step(SECRET, &given, step * STEP_S), found);
        }
        let spaced = format!(" {} {} ", &given[..3], &given[3..]);
        assert_eq!(matching_step(SECRET, &spaced, 1000 * STEP_S), Some(1000));
        for wrong in ["", "000000 ", "12345", &given[1..], &format!("{given}0"), "１２３４５６"]
        {
            assert_eq!(matching_step(SECRET, wrong, 1000 * STEP_S), None, "{wrong}");
        }
    }

    /// RFC 4648 §10.
    #[test]
    fn base32_of_the_rfc() {
        for (plain, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), expected);
        }
    }

    #[test]
    fn recovery_codes_however_they_are_typed() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), 8);
        let first = &codes[0];
        assert_eq!(first.len(), 19, "{first}");
        let hash = recovery_hash(1, first).unwrap();
        assert_eq!(recovery_hash(1, &first.to_lowercase().replace('-', " ")), Some(hash));
        assert_ne!(recovery_hash(2, first), Some(hash), "of another user");
        assert_ne!(recovery_hash(1, &codes[1]), Some(hash));
        assert_eq!(recovery_hash(1, "123456"), None);
    }

    #[test]
    fn an_app_can_read_the_address() {
        let url = url(SECRET, "bob & co", "shed");
        assert_eq!(
            url,
            "otpauth://totp/QuaiMiner%20shed:bob%20%26%20co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=QuaiMiner%20shed"
        );
    }
}
