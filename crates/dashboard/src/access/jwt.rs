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

/// What a valid token says.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    pub name: String,
    /// When it was issued, if it says so.
    pub issued_s: Option<f64>,
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

    /// What a valid token says. The user must still exist, and not have signed
    /// out everywhere since; that is for the caller to see.
    pub fn verify(&self, token: &str, now_s: i64) -> Option<Claims> {
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
        Some(Claims {
            name: claims.get("username")?.as_str()?.to_owned(),
            issued_s: claims.get("iat").and_then(Value::as_f64),
        })
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
mod tests;
