//! Passwords in the miner's settings are written, not read: answers carry a
//! mask in their place, and posting the mask keeps what is there.

use serde_json::{Map, Value};

use super::super::super::error::ApiError;

pub const MASK: &str = "********";

/// Parts of a member's name that say that its value is nobody's business.
const SECRET_NAMES: [&str; 6] = ["password", "passwd", "secret", "token", "apikey", "api_key"];
/// Options of miner programs whose argument is a password.
const SECRET_OPTIONS: [&str; 6] =
    ["-p", "--pass", "--password", "--api-password", "--http-access-token", "--api-token"];

pub fn mask(members: &Map<String, Value>) -> Map<String, Value> {
    members.iter().map(|(name, value)| (name.clone(), mask_member(name, value))).collect()
}

fn mask_member(name: &str, value: &Value) -> Value {
    let empty = matches!(value, Value::Null | Value::Bool(_)) || value == "";
    if is_secret(name) && !empty { MASK.into() } else { mask_value(value) }
}

pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "pass" || SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn mask_value(value: &Value) -> Value {
    match value {
        Value::String(text) => mask_text(text).into(),
        Value::Array(items) => mask_arguments(items).into(),
        Value::Object(members) => mask(members).into(),
        other => other.clone(),
    }
}

/// A list may be a command line.
fn mask_arguments(items: &[Value]) -> Vec<Value> {
    let mut masked = Vec::with_capacity(items.len());
    let mut option = false;
    for item in items {
        let word = item.as_str().unwrap_or_default();
        masked.push(match word.split_once('=') {
            _ if option => MASK.into(),
            Some((name, _)) if SECRET_OPTIONS.contains(&name) => format!("{name}={MASK}").into(),
            _ => mask_value(item),
        });
        option = SECRET_OPTIONS.contains(&word);
    }
    masked
}

/// The password in `scheme://user:password@host`. It may hold any character;
/// a host holds no `@`.
pub fn mask_text(text: &str) -> String {
    if let Some((scheme, rest)) = text.split_once("://")
        && let Some((credentials, host)) = rest.rsplit_once('@')
        && let Some((user, password)) = credentials.split_once(':')
        && !password.is_empty()
    {
        return format!("{scheme}://{user}:{MASK}@{host}");
    }
    text.to_owned()
}

/// Puts back what is there wherever its mask was posted.
pub fn unmask(
    posted: &mut Map<String, Value>,
    current: &Map<String, Value>,
) -> Result<(), ApiError> {
    for (name, value) in posted.iter_mut() {
        if let Some(current) = current.get(name) {
            if *value == mask_member(name, current) {
                *value = current.clone();
                continue;
            }
            if let (Value::Object(value), Value::Object(current)) = (&mut *value, current) {
                unmask(value, current)?;
                continue;
            }
        }
        if holds_mask(value) {
            return Err(mask_of_nothing(name));
        }
    }
    Ok(())
}

pub fn mask_of_nothing(name: &str) -> ApiError {
    let message = format!("{name}: send the password; {MASK} stands for one that is set");
    ApiError::bad_value(name.to_owned(), message)
}

fn holds_mask(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(MASK),
        Value::Array(items) => items.iter().any(holds_mask),
        Value::Object(members) => members.values().any(holds_mask),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn no_password_is_told_and_posting_the_mask_keeps_it() {
        let config = object(json!({
            "stratum_url": "stratum+tcp://0x00.rig:p@s:s/w@pool:1",
            "node_rpc": "http://user@node:1",
            "miner": {
                "command": ["/m", "-P", "stratum://w:hush@p:1", "-p", "hush", "--pass=hush", "-x"],
            },
            "poolPassword": "hush",
            "token": "",
            "list": [{ "apiKey": "hush" }],
        }));
        let masked = mask(&config);
        let text = Value::Object(masked.clone()).to_string();
        assert!(!text.contains("hush") && !text.contains("p@s"), "{text}");
        assert_eq!(masked["stratum_url"], "stratum+tcp://0x00.rig:********@pool:1");
        assert_eq!(masked["node_rpc"], "http://user@node:1");
        assert_eq!(masked["miner"]["command"][6], "-x");
        assert_eq!(masked["token"], "");
        let mut posted = masked;
        unmask(&mut posted, &config).unwrap();
        assert_eq!(posted, config);
    }

    #[test]
    fn a_mask_of_nothing_is_refused() {
        for posted in
            [json!({ "password": MASK }), json!({ "a": { "b": [{ "c": "x://u:********@h" }] } })]
        {
            let error = unmask(&mut object(posted), &object(json!({ "a": { "d": 1 } })));
            assert!(error.is_err());
        }
    }
}
