//! Sign-in tokens for the rows that try wrong ones.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

pub(super) fn make(secret: &str) -> BTreeMap<String, String> {
    let now_s = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    let claims = |user: &str, end_s: Option<u64>| {
        let mut claims = json!({ "id": 1, "username": user, "role": "user", "iat": now_s });
        if let (Some(members), Some(end_s)) = (claims.as_object_mut(), end_s) {
            members.insert("exp".to_owned(), end_s.into());
        }
        claims
    };
    let hour = Some(now_s + 3600);
    let made = [
        ("TOK_expired", signed(secret, &claims("admin", Some(now_s - 60)))),
        ("TOK_wrongsecret", signed("another secret", &claims("admin", hour))),
        ("TOK_algnone", unsigned(&claims("admin", hour))),
        ("TOK_noexp", signed(secret, &claims("admin", None))),
        ("TOK_ghostuser", signed(secret, &claims("nobody-of-this-name", hour))),
    ];
    made.into_iter().map(|(name, token)| (name.to_owned(), token)).collect()
}

fn signed(secret: &str, claims: &Value) -> String {
    let text =
        format!("{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(&claims.to_string()));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let signature = mac.map(|mac| mac.chain_update(&text).finalize().into_bytes().to_vec());
    // An HMAC takes keys of any length.
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.unwrap_or_default()))
}

fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", encode(r#"{"alg":"none","typ":"JWT"}"#), encode(&claims.to_string()))
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}
