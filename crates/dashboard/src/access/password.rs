//! Passwords, hashed as the Node server does, so that each can read the
//! other's. (NODE-COMPAT)

use hyper::StatusCode;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use crate::api::error::ApiError;
use crate::api::schema::{Schema, either, text};

/// Node's cost. A higher one could be read by it too, but costs a rig's
/// processor seconds.
const COST: u32 = 10;
/// Hashing takes a core for about 50 ms; the miner needs the cores as well.
const AT_ONCE: usize = 2;
pub const MIN_CHARS: usize = 10;
/// bcrypt reads no further; what lies beyond would give false comfort.
pub const MAX_BYTES: usize = 72;

static HASHING: Semaphore = Semaphore::const_new(AT_ONCE);

/// A hash of no password, to spend the same time on unknown users.
const NOBODY: &str = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8YCzLQkgJ8gqLz7v8Q8H9pXyZ1Qy9W";

/// Why a new password is not accepted.
pub fn weakness(password: &str) -> Option<String> {
    if password.chars().count() < MIN_CHARS {
        return Some(format!("Use at least {MIN_CHARS} characters"));
    }
    if password.len() > MAX_BYTES {
        return Some(format!("Use at most {MAX_BYTES} bytes"));
    }
    if password.chars().any(char::is_control) {
        return Some("Use no control characters".to_owned());
    }
    None
}

/// A new password in a body.
pub fn chosen(fields: &Map<String, Value>, name: &'static str) -> Result<String, ApiError> {
    let Some(password) = fields.get(name).and_then(Value::as_str) else {
        return Err(ApiError::bad_value(name, format!("{name} must be a text")));
    };
    match weakness(password) {
        Some(weakness) => Err(ApiError::bad_value(name, weakness)),
        None => Ok(password.to_owned()),
    }
}

/// What [`chosen`] takes; a character outside ASCII has up to four bytes.
pub fn schema() -> Schema {
    either([text().like("^[ -~]{10,72}$"), text().like(r"^[^\u0000-\u001f\u007f-\u009f]{10,18}$")])
}

/// [`hash`], for an answer.
pub async fn hash_for(password: String) -> Result<String, ApiError> {
    let unavailable =
        |why| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Sign-in unavailable", why);
    hash(password).await.map_err(unavailable)
}

/// For a program that has nothing else to do.
pub fn hash_now(password: &str) -> Result<String, String> {
    bcrypt::hash(password, COST).map_err(|error| error.to_string())
}

pub async fn hash(password: String) -> Result<String, String> {
    off_reactor(move || hash_now(&password)).await?
}

/// Takes as long for a user who does not exist (`None`).
pub async fn verify(password: String, hash: Option<String>) -> bool {
    let exists = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let matches = off_reactor(move || bcrypt::verify(password, &hash).unwrap_or(false)).await;
    matches.unwrap_or(false) && exists
}

async fn off_reactor<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let _permit = HASHING.acquire().await.map_err(|error| error.to_string())?;
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn nodes_hashes_are_read_and_ours_are_nodes() {
        // bcryptjs writes $2a$ or $2b$.
        let hash_of_secret = bcrypt::hash("correct horse", 4).unwrap();
        for prefix in ["$2a$", "$2b$"] {
            let hash = hash_of_secret.replacen("$2b$", prefix, 1);
            assert!(verify("correct horse".into(), Some(hash.clone())).await);
            assert!(!verify("wrong horse".into(), Some(hash)).await);
        }
        let ours = hash("correct horse".into()).await.unwrap();
        assert!(ours.starts_with("$2b$10$"), "{ours}");
        assert!(verify("correct horse".into(), Some(ours)).await);
        assert!(!verify("correct horse".into(), None).await);
        assert!(!verify("correct horse".into(), Some("no hash".into())).await);
    }

    #[test]
    fn nobodys_hash_can_be_checked() {
        // Otherwise unknown users would be answered faster.
        assert_eq!(bcrypt::verify("anything", NOBODY).ok(), Some(false));
    }

    #[test]
    fn weak_passwords() {
        assert!(weakness("123456789").is_some());
        assert!(weakness("1234567890").is_none());
        assert!(weakness(&"x".repeat(73)).is_some());
        assert!(weakness("with\0 the end of a C text").is_some());
    }
}
