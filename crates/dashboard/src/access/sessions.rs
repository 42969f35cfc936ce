//! The session cookie: an opaque random token, of which only the hash is
//! stored. It makes an unchanged page work, which sends nothing by itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::HeaderValue;
use quaiminer_store::TokenHash;
use sha2::{Digest, Sha256};

use super::random_bytes;

pub const NAME: &str = "qm_session";
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
    use proptest::prelude::*;

    use super::*;

    /// A cookie that is not ours, whatever is in it.
    fn neighbour() -> impl Strategy<Value = String> {
        let name = prop_oneof![
            "[!-:<>-~]{0,12}",
            "[!-:<>-~]{1,3}qm_session",
            "qm_session[!-:<>-~]{1,3}",
            Just("QM_SESSION".to_owned()),
            Just("qm_session ".to_owned()),
        ];
        // Some cookies hold `=`, quotes or, though they must not, our name.
        let value = prop_oneof!["[ -:<-~]{0,20}", "(qm_session=){1,2}[a-z]{0,5}"];
        let pair = (name, value).prop_map(|(name, value)| format!("{name}={value}"));
        prop_oneof![4 => pair, 1 => "[ !-:<>-~\t]{0,12}"]
            .prop_filter("not ours", |pair| !pair.trim().starts_with("qm_session="))
    }

    proptest! {
        #[test]
        fn ours_among_any_neighbours(
            before in prop::collection::vec(neighbour(), 0..5),
            after in prop::collection::vec(neighbour(), 0..5),
            space in " {0,2}",
        ) {
            let separator = format!(";{space}");
            let without = before.iter().chain(&after).cloned().collect::<Vec<_>>().join(&separator);
            prop_assert_eq!(in_cookies(&without), None, "{}", without);
            let token = new_token().unwrap();
            let ours = [before, vec![format!("qm_session={token}")], after].concat();
            let with = ours.join(&separator);
            prop_assert_eq!(in_cookies(&with), Some(token.as_str()), "{}", with);
        }

        #[test]
        fn any_text(text in any::<String>()) {
            if let Some(token) = in_cookies(&text) {
                let ours = format!("qm_session={token}");
                prop_assert!(text.contains(&ours) && !token.contains(';'));
            }
        }

        /// What is set is what comes back.
        #[test]
        fn what_a_browser_sends_back(secure in any::<bool>()) {
            let token = new_token().unwrap();
            let set = cookie(&token, secure).unwrap();
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            prop_assert_eq!(in_cookies(pair), Some(token.as_str()));
        }
    }

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
