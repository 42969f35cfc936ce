//! The Node server's sign-in tokens: JWT with HMAC, RFC 7519. (NODE-COMPAT)
//!
//! Under the same `JWT_SECRET` each server accepts the other's. Only the HMAC
//! family exists here; a token that names any other algorithm is refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use quaiminer_domain::access::User;
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

pub struct Tokens {
    secret: Vec<u8>,
    life_s: i64,
}

/// Longer ones are not ours.
const MAX_BYTES: usize = 4096;

impl Tokens {
    pub fn new(secret: &str, life_s: i64) -> Self {
        Tokens { secret: secret.as_bytes().to_vec(), life_s }
    }

    pub fn issue(&self, user: &User, now_s: i64) -> String {
        let claims = json!({
            "id": user.id,
            "username": user.name,
            "role": user.node_role,
            "iat": now_s,
            "exp": now_s.saturating_add(self.life_s),
        });
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        let text =
            format!("{}.{}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = match Hmac::<Sha256>::new_from_slice(&self.secret) {
            Ok(mac) => mac.chain_update(&text).finalize().into_bytes(),
            // An HMAC takes keys of any length.
            Err(_) => return String::new(),
        };
        format!("{text}.{}", encode(&signature))
    }

    /// The user name of a valid token. The user must still exist; that is
    /// for the caller to see.
    pub fn verify(&self, token: &str, now_s: i64) -> Option<String> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let (text, signature) = token.rsplit_once('.')?;
        let (header, claims) = text.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let header = decode(header)?;
        let valid = match header.get("alg")?.as_str()? {
            "HS256" => self.is_signed::<Hmac<Sha256>>(text, &signature),
            "HS384" => self.is_signed::<Hmac<Sha384>>(text, &signature),
            "HS512" => self.is_signed::<Hmac<Sha512>>(text, &signature),
            _ => false,
        };
        if !valid {
            return None;
        }
        let claims = decode(claims)?;
        if claims
            .get("nbf")
            .is_some_and(|from| from.as_f64().is_none_or(|from| from > now_s as f64))
        {
            return None;
        }
        // NODE-COMPAT: Node accepts a token without `exp`; one with it must
        // be in time.
        if claims.get("exp").is_some_and(|end| end.as_f64().is_none_or(|end| end <= now_s as f64)) {
            return None;
        }
        Some(claims.get("username")?.as_str()?.to_owned())
    }

    /// Compares in constant time.
    fn is_signed<M: Mac + KeyInit>(&self, text: &str, signature: &[u8]) -> bool {
        <M as KeyInit>::new_from_slice(&self.secret)
            .is_ok_and(|mac| mac.chain_update(text).verify_slice(signature).is_ok())
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quaiminer_domain::access::Role;

    fn user() -> User {
        User { id: 1, name: "admin".into(), role: Role::Owner, node_role: "user".into() }
    }

    fn signed(secret: &str, header: &str, claims: &str) -> String {
        let text = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        format!("{text}.{}", encode(&mac.chain_update(&text).finalize().into_bytes()))
    }

    #[test]
    fn a_token_of_rfc_7515() {
        // RFC 7515 appendix A.1, an HS256 signature over foreign claims: the
        // signature must hold for the text as it stands, line breaks included.
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let secret = URL_SAFE_NO_PAD.decode(key).unwrap();
        let tokens = Tokens { secret, life_s: 1 };
        let text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature =
            URL_SAFE_NO_PAD.decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert!(tokens.is_signed::<Hmac<Sha256>>(text, &signature));
        assert!(!tokens.is_signed::<Hmac<Sha512>>(text, &signature));
    }

    #[test]
    fn ours_are_valid_until_they_end() {
        let tokens = Tokens::new("secret", 60);
        let token = tokens.issue(&user(), 1000);
        assert_eq!(tokens.verify(&token, 1059).as_deref(), Some("admin"));
        assert_eq!(tokens.verify(&token, 1060), None);
        assert_eq!(Tokens::new("other", 60).verify(&token, 1000), None);
        assert_eq!(tokens.verify(&token.replacen('e', "f", 1), 1000), None);
    }

    #[test]
    fn only_the_hmac_family() {
        let tokens = Tokens::new("secret", 60);
        let claims = r#"{"username":"admin"}"#;
        let verify = |token: &str| tokens.verify(token, 1000);
        assert!(verify(&signed("secret", r#"{"alg":"HS256"}"#, claims)).is_some());
        assert!(verify(&signed("secret", r#"{"alg":"none"}"#, claims)).is_none());
        assert!(verify(&signed("secret", r#"{"alg":"RS256"}"#, claims)).is_none());
        assert!(
            verify(&signed("secret", r#"{"alg":"HS256"}"#, r#"{"username":"a","exp":"9"}"#))
                .is_none()
        );
        let unsigned = format!("{}.{}.", encode(br#"{"alg":"none"}"#), encode(claims.as_bytes()));
        assert!(verify(&unsigned).is_none());
        for garbage in ["", ".", "..", "a.b.c", &"x".repeat(5000)] {
            assert!(verify(garbage).is_none());
        }
    }
}
