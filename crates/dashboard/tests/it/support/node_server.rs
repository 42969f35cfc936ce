//! What the Node server leaves behind: its database and its tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::Connection;
use serde_json::Value;
use sha2::Sha256;

/// As Node makes them: 64 hex digits, stored in clear.
pub const OWNER_KEY: &str = "0d1a7c5e3f9b2d4c6e8f0a1b3c5d7e9f0d1a7c5e3f9b2d4c6e8f0a1b3c5d7e9f";
pub const VIEWER_KEY: &str = "76a1c0ffee5eed5ee76a1c0ffee5eed5ee76a1c0ffee5eed5ee76a1c0ffee5ee";
pub const OWNER_PASSWORD: &str = "the owner's password";
pub const VIEWER_PASSWORD: &str = "the viewer's password";

/// Node's tables and two users who registered there: `admin` and `vera`.
pub fn create(connection: &Connection) {
    connection.execute_batch(include_str!("../../fixtures/node_server.sql")).unwrap();
    for (name, password, key) in
        [("admin", OWNER_PASSWORD, OWNER_KEY), ("vera", VIEWER_PASSWORD, VIEWER_KEY)]
    {
        // The lowest cost there is; a hash says its own.
        let hash = bcrypt::hash(password, 4).unwrap();
        connection
            .execute(
                "INSERT INTO users (username, password_hash, api_key, role) VALUES (?, ?, ?, 'user')",
                (name, hash, key),
            )
            .unwrap();
    }
}

/// A token as `jsonwebtoken` signs it.
pub fn token(secret: &str, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", encode(header), encode(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let signature = mac.chain_update(&text).finalize().into_bytes();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
