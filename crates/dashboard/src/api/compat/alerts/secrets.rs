//! Secrets of channels are written and never read: answers carry a mask, and a
//! mask that is posted back keeps what is stored.

use serde_json::{Map, Value};

const MASK: &str = "********";
/// NODE-COMPAT: Node's page does not save a token of under 20 characters, nor
/// a webhook that begins otherwise.
const TOKEN_MASK: &str = "************************";
const WEBHOOK_MASK: &str = "https://discord.com/api/webhooks/********";

/// By the name of the field, so that one that a later page adds is a secret
/// as well.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "pass", "key", "webhook", "auth"].iter().any(|word| name.contains(word))
}

fn mask_of(name: &str) -> &'static str {
    match name {
        "botToken" => TOKEN_MASK,
        "webhookUrl" => WEBHOOK_MASK,
        _ => MASK,
    }
}

fn is_mask(text: &str) -> bool {
    text == WEBHOOK_MASK || (text.len() >= MASK.len() && text.bytes().all(|byte| byte == b'*'))
}

/// What may be shown of a channel.
pub fn mask(fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        match value {
            Value::Object(inner) => mask(inner),
            Value::String(text) if is_secret(name) && !text.is_empty() => {
                *value = mask_of(name).into();
            }
            Value::Number(_) if is_secret(name) => *value = mask_of(name).into(),
            Value::Array(_) if is_secret(name) => *value = Value::Array(Vec::new()),
            _ => {}
        }
    }
}

/// Puts stored secrets where a mask or an empty text was posted.
pub fn unmask(fields: &mut Map<String, Value>, stored: Option<&Map<String, Value>>) {
    let mut unknown = Vec::new();
    for (name, value) in fields.iter_mut() {
        let kept = stored.and_then(|stored| stored.get(name));
        match value {
            Value::Object(inner) => unmask(inner, kept.and_then(Value::as_object)),
            Value::String(text) if is_secret(name) && (text.is_empty() || is_mask(text)) => {
                match kept {
                    Some(kept) => *value = kept.clone(),
                    None => unknown.push(name.clone()),
                }
            }
            _ => {}
        }
    }
    for name in unknown {
        fields.remove(&name);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("{value}") };
        members
    }

    #[test]
    fn what_is_shown_has_no_secret_and_posting_it_changes_nothing() {
        let stored = object(json!({
            "enabled": true, "botToken": "123:ABC", "chatId": "9", "password": "hush",
            "webhookUrl": "https://discord.com/api/webhooks/1/x", "smtpHost": "smtp.example.com",
            "later": { "apiKey": "k", "name": "n" }, "empty_token": "", "pin_key": 1234,
        }));
        let mut shown = stored.clone();
        mask(&mut shown);
        let text = Value::Object(shown.clone()).to_string();
        for secret in ["123:ABC", "hush", "/1/x", "\"k\"", "1234"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(shown["botToken"].as_str().unwrap().len() >= 20);
        assert_eq!(shown["smtpHost"], "smtp.example.com");
        let mut posted = shown;
        unmask(&mut posted, Some(&stored));
        // What was empty has nothing to keep, which is the same.
        assert_eq!(posted, stored);
    }

    #[test]
    fn new_secrets_replace_and_masks_of_nothing_go() {
        let stored = object(json!({ "botToken": "old" }));
        let mut posted = object(json!({ "botToken": "new", "password": "********" }));
        unmask(&mut posted, Some(&stored));
        assert_eq!(posted, object(json!({ "botToken": "new" })));
        for keeps in ["", "********", TOKEN_MASK] {
            let mut posted = object(json!({ "botToken": keeps }));
            unmask(&mut posted, Some(&stored));
            assert_eq!(posted, stored, "{keeps}");
        }
        let mut cleared = object(json!({ "botToken": null }));
        unmask(&mut cleared, Some(&stored));
        assert_eq!(cleared["botToken"], Value::Null);
    }
}
