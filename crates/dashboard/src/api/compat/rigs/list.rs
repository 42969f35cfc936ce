//! The stored list in Node's shape, as its code reads it back.

use std::net::{IpAddr, Ipv6Addr};

use hyper::StatusCode;
use serde_json::{Value, json};

use super::super::super::error::ApiError;

/// More than one person looks after.
const MAX_RIGS: usize = 100;
const MAX_HOST_CHARS: usize = 253;

pub fn rigs(stored: &Value) -> impl Iterator<Item = &Value> {
    stored.as_array().into_iter().flatten().filter(|rig| rig.is_object())
}

pub fn find<'a>(stored: &'a Value, id: &str) -> Result<&'a Value, ApiError> {
    rigs(stored).find(|rig| has_id(rig, id)).ok_or_else(not_found)
}

/// Its id is the time at which it was added, or the next number that is free.
pub fn add(
    stored: &mut Value,
    name: &str,
    host: &str,
    port: u16,
    now_ms: i64,
) -> Result<Value, ApiError> {
    if stored.is_null() {
        *stored = json!([]);
    }
    let Some(rigs) = stored.as_array_mut() else {
        let message = "The entry rigs of the table config is not a list; mend or delete it";
        let error = "Stored setting unreadable";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error, message));
    };
    if rigs.len() >= MAX_RIGS {
        let message = format!("There are {MAX_RIGS} rigs already");
        return Err(ApiError::new(StatusCode::CONFLICT, "Too many rigs", message));
    }
    let mut id = now_ms;
    while rigs.iter().any(|rig| has_id(rig, &id.to_string())) {
        id += 1;
    }
    let rig = json!({
        "id": id.to_string(),
        "name": name,
        "ip": host,
        "port": port,
        "status": "offline",
        "createdAt": now_ms,
    });
    rigs.push(rig.clone());
    Ok(rig)
}

pub fn remove(stored: &mut Value, id: &str) -> Result<(), ApiError> {
    let rigs = stored.as_array_mut().ok_or_else(not_found)?;
    let before = rigs.len();
    rigs.retain(|rig| !has_id(rig, id));
    if rigs.len() == before { Err(not_found()) } else { Ok(()) }
}

fn has_id(rig: &Value, id: &str) -> bool {
    rig.get("id").and_then(Value::as_str) == Some(id)
}

/// NODE-COMPAT: the sentence is Node's.
fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "Rig not found", "There is no rig with this id")
}

/// An address or a name, and nothing that would be more than the host in a
/// URL. Where it leads is asked elsewhere.
pub fn host(value: &Value) -> Result<String, ApiError> {
    let text = value.as_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Ok(address) = bare.unwrap_or(text).parse::<Ipv6Addr>() {
        // With brackets, as Node puts it into a URL.
        return Ok(format!("[{address}]"));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    // A name, not a number: those have more than one meaning.
    let is_name = text.chars().any(|c| c.is_ascii_alphabetic()) && !text.starts_with(['-', '.']);
    if is_name && text.len() <= MAX_HOST_CHARS && text.chars().all(fits) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(ApiError::bad_value("ip", "ip must be an address or the name of a host, without port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_what_is_more() {
        let check = |text: &str, expected: &str| {
            assert_eq!(host(&json!(text)), Ok(expected.to_owned()), "{text}");
        };
        check("192.168.1.20", "192.168.1.20");
        check(" 10.0.0.1 ", "10.0.0.1");
        check("fd00::1", "[fd00::1]");
        check("[FD00::1]", "[fd00::1]");
        check("Rig-2.lan", "rig-2.lan");
        for wrong in [
            json!("evil.example/path?"),
            json!("10.0.0.1:80"),
            json!("user@10.0.0.1"),
            json!("10.0.0.1#"),
            json!("a b"),
            json!("2130706433"),
            json!("127.1"),
            json!("[::1"),
            json!("fe80::1%eth0"),
            json!("-x"),
            json!(".lan"),
            json!("rig\u{0}"),
            json!("rïg"),
            json!("x".repeat(254)),
            json!(["1"]),
            json!(5),
            json!(null),
        ] {
            let error = host(&wrong).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("ip"), "{wrong}");
        }
    }

    #[test]
    fn two_rigs_of_one_millisecond_are_two() {
        let mut stored = Value::Null;
        for expected in ["7", "8", "9"] {
            let rig = add(&mut stored, "a", "10.0.0.1", 80, 7).unwrap();
            assert_eq!(rig["id"], expected);
        }
        remove(&mut stored, "8").unwrap();
        assert_eq!(remove(&mut stored, "8"), Err(not_found()));
        assert_eq!(rigs(&stored).count(), 2);
        assert!(find(&stored, "9").is_ok() && find(&stored, "8").is_err());
    }

    #[test]
    fn a_list_that_is_none_is_left_alone_and_a_long_one_ends() {
        let mut text = json!("text");
        assert!(add(&mut text, "a", "10.0.0.1", 80, 7).is_err());
        assert_eq!(text, "text");
        let mut many = Value::Null;
        for _ in 0..MAX_RIGS {
            add(&mut many, "a", "10.0.0.1", 80, 7).unwrap();
        }
        let full = add(&mut many, "a", "10.0.0.1", 80, 7).unwrap_err();
        assert_eq!(full.status, StatusCode::CONFLICT);
    }
}
