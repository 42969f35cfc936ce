//! Answers in the form in which the recording has them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::http::RawAnswer;

#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    /// What JSON says, or the text; of anything else and of long pages a
    /// digest, and null for nothing.
    pub body: Value,
}

/// Longer texts are compared by their digest.
const MAX_TEXT_BYTES: usize = 20_000;

impl Answer {
    pub fn of(raw: &RawAnswer) -> Self {
        let media = raw.header("content-type").unwrap_or_default();
        let body = match std::str::from_utf8(&raw.body) {
            _ if raw.body.is_empty() => Value::Null,
            Ok(text) if media.starts_with("application/json") => {
                serde_json::from_str(text).unwrap_or_else(|_| text.into())
            }
            Ok(text) if media.starts_with("text/") && text.len() <= MAX_TEXT_BYTES => text.into(),
            _ => digest(&raw.body),
        };
        // Of a field that is repeated the first counts.
        let headers = raw.headers.iter().rev().cloned().collect();
        Answer { status: raw.status, headers, body }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn is_json(&self) -> bool {
        self.header("content-type").starts_with("application/json")
            && !matches!(self.body, Value::Null | Value::String(_))
    }

    /// A member of a JSON object.
    pub fn field(&self, name: &str) -> &Value {
        self.body.get(name).unwrap_or(&Value::Null)
    }

    /// A refusal as every one of ours is: what it is, and what to do.
    pub fn is_refusal(&self, status: u16) -> bool {
        let said = |name| self.field(name).as_str().is_some_and(|text| !text.is_empty());
        self.status == status && self.is_json() && said("error") && said("message")
    }

    /// A failure told in a 200, where pages look for it.
    pub fn is_failure(&self) -> bool {
        self.status == 200
            && self.field("success") == false
            && self.field("error").as_str().is_some_and(|text| !text.is_empty())
    }

    pub fn is_success(&self) -> bool {
        self.status == 200 && self.field("success") == true
    }
}

fn digest(body: &[u8]) -> Value {
    let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let start = body.get(..512).unwrap_or(body);
    json!({ "$sha256": hash, "$length": body.len(), "$prefix": String::from_utf8_lossy(start) })
}
