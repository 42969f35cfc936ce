//! The session cookie: an opaque random token, of which only the hash is
//! stored. It makes an unchanged page work, which sends nothing by itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::HeaderValue;
use quaiminer_store::TokenHash;
use sha2::{Digest, Sha256};

use super::random_bytes;

const NAME: &str = "qm_session";
/// Slides with use: the store counts from the last visit.
const LIFE_S: u64 = 30 * 24 * 3600;

pub fn new_token() -> Result<String, String> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?))
}

pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}

/// The token in a `Cookie` field.
pub fn in_cookies(field: &str) -> Option<&str> {
    field.split(';').find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}

/// `Set-Cookie` for a new session, or with an empty token for its end.
pub fn cookie(token: &str, secure: bool) -> Option<HeaderValue> {
    let life_s = if token.is_empty() { 0 } else { LIFE_S };
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{NAME}={token}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_among_others() {
        assert_eq!(in_cookies("a=1; qm_session=token; b=2"), Some("token"));
        assert_eq!(in_cookies("qm_session="), Some(""));
        assert_eq!(in_cookies("xqm_session=token"), None);
        assert_eq!(in_cookies("qm_session2=token"), None);
    }

    #[test]
    fn the_cookie_is_for_this_site_only() {
        let cookie = cookie("t", true).unwrap();
        let text = cookie.to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Secure", "Max-Age=2592000"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
