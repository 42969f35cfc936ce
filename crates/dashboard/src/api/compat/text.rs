//! Texts in bodies: what is a name, what is an id, and how Node trims the
//! rest.

use serde_json::{Map, Value};

use super::super::error::ApiError;

const MAX_NAME_CHARS: usize = 100;
const MAX_TEXT_CHARS: usize = 1000;
const MAX_KEY_CHARS: usize = 100;
const MAX_DEPTH: usize = 10;

/// A name, for the description of a route.
pub const NAME_PATTERN: &str =
    r"^[^\s<>\x00-\x1f\x7f-\x9f]([^<>\x00-\x1f\x7f-\x9f]{0,98}[^\s<>\x00-\x1f\x7f-\x9f])?$";

/// The name of a rig, sheet, preset, rule or user (deviation R16). Pages paste
/// it into HTML.
pub fn name(field: &'static str, value: &Value) -> Result<String, ApiError> {
    let fits = |text: &str| {
        let chars = text.chars().count();
        (1..=MAX_NAME_CHARS).contains(&chars)
            && !text.chars().any(|c| c.is_control() || matches!(c, '<' | '>'))
    };
    match value.as_str().map(str::trim) {
        Some(text) if fits(text) => Ok(text.to_owned()),
        _ => Err(ApiError::bad_value(
            field,
            format!("{field} must have 1 to {MAX_NAME_CHARS} characters, without < and >"),
        )),
    }
}

/// [`name`], with the blanks around it: Node compares it as it was sent.
pub fn name_as_sent(field: &'static str, value: &Value) -> Result<String, ApiError> {
    let name = name(field, value)?;
    let sent = value.as_str().filter(|text| text.chars().count() <= MAX_NAME_CHARS);
    Ok(sent.map_or(name, str::to_owned))
}

/// Whether a text may be an id; pages paste ids into scripts.
pub fn is_id(text: &str) -> bool {
    (1..=MAX_NAME_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// As JavaScript sees it: absent, null, false, 0 and empty text.
pub fn is_falsy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// Node's sanitiser: texts lose NUL, are trimmed and cut to 1000 characters,
/// keys to 100; what is nested deeper than ten levels becomes `{}`.
pub fn sanitise(fields: Map<String, Value>) -> Map<String, Value> {
    sanitise_members(fields, 0)
}

fn sanitise_members(members: Map<String, Value>, depth: usize) -> Map<String, Value> {
    members
        .into_iter()
        .map(|(key, value)| (cut(&key, MAX_KEY_CHARS), value))
        .filter(|(key, _)| !key.is_empty() && key != "__proto__")
        .map(|(key, value)| (key, sanitise_value(value, depth + 1)))
        .collect()
}

fn sanitise_value(value: Value, depth: usize) -> Value {
    match value {
        _ if depth > MAX_DEPTH => Value::Object(Map::new()),
        Value::String(text) => cut(&text, MAX_TEXT_CHARS).into(),
        Value::Array(items) => {
            items.into_iter().map(|item| sanitise_value(item, depth + 1)).collect()
        }
        Value::Object(members) => sanitise_members(members, depth).into(),
        other => other,
    }
}

fn cut(text: &str, chars: usize) -> String {
    text.replace('\0', "").trim().chars().take(chars).collect()
}

/// What has a meaning in HTML; pages paste texts into it.
pub fn is_markup(c: char) -> bool {
    matches!(c, '<' | '>' | '&' | '"' | '\'')
}

/// A name of a chain as clients may write it.
pub fn is_chain(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'-');
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}
