//! Our API keys: random, shown once, stored hashed. A word in front tells them
//! from those of the Node server, and finds them in a script that has leaked.

use quaiminer_store::TokenHash;

use super::{random_bytes, sessions};

const WORD: &str = "qmk_";
const PREFIX_CHARS: usize = 10;

/// A key and what may be shown of it later.
pub fn new() -> Result<(String, String), String> {
    let key = format!("{WORD}{}", sessions::new_token()?);
    let prefix = key.chars().take(PREFIX_CHARS).collect();
    Ok((key, prefix))
}

/// NODE-COMPAT: as the Node server makes them, 64 hex digits.
pub fn new_node_key() -> Result<String, String> {
    Ok(random_bytes::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub fn is_ours(key: &str) -> bool {
    key.starts_with(WORD)
}

pub fn hash(key: &str) -> TokenHash {
    sessions::hash(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_are_told_from_nodes() {
        let (key, prefix) = new().unwrap();
        assert!(is_ours(&key) && key.starts_with(&prefix));
        assert_eq!((key.len(), prefix.len()), (47, 10));
        assert_ne!(new().unwrap().0, key);
        let node = new_node_key().unwrap();
        assert!(!is_ours(&node) && node.len() == 64);
    }
}
