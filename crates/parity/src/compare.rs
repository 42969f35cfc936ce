//! Where an answer is less than, or other than, the one that was expected.
//! What it has beyond that is nobody's business.

use serde_json::{Value, json};

use crate::answer::Answer;

#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// A JSON pointer into the row: `/status`, `/headers/content-type`,
    /// `/body/blocks/0/id`.
    pub at: String,
    pub kind: Kind,
    pub expected: Value,
    pub got: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Missing,
    Type,
    Value,
    /// A list has more elements than expected.
    More,
}

/// Stands in the expected body for any value of a type.
const ANY: &str = "$any";
/// Of any type, too.
const ANYTHING: &str = "anything";
/// Stands there for a list of which every element is like this.
const EACH: &str = "$each";

/// Headers that the recording keeps. Those of the rate limit are not compared:
/// it is lifted in a replay, as it was in the recording.
const HEADERS: [&str; 6] = [
    "content-type",
    "content-disposition",
    "content-encoding",
    "cache-control",
    "access-control-allow-origin",
    "access-control-allow-credentials",
];

pub(crate) fn compare(expected: &Answer, got: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut note = |at: String, kind, expected: &Value, got: &Value| {
        found.push(Difference { at, kind, expected: expected.clone(), got: got.clone() });
    };
    if expected.status != got.status {
        note("/status".to_owned(), Kind::Value, &expected.status.into(), &got.status.into());
    }
    for name in HEADERS {
        let Some(expected) = expected.headers.get(name) else { continue };
        let at = format!("/headers/{name}");
        match got.headers.get(name) {
            None => note(at, Kind::Missing, &json!(expected), &Value::Null),
            Some(got) if without_times(expected) != without_times(got) => {
                note(at, Kind::Value, &json!(expected), &json!(got));
            }
            Some(_) => {}
        }
    }
    values("/body", &expected.body, &got.body, &mut note);
    found
}

/// File names of exports hold the time at which they were made.
fn without_times(header: &str) -> String {
    let mut text = String::new();
    let mut digits = String::new();
    for c in header.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        text += if digits.len() >= 10 { "#" } else { &digits };
        digits.clear();
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn values(
    at: &str,
    expected: &Value,
    got: &Value,
    note: &mut impl FnMut(String, Kind, &Value, &Value),
) {
    if let Some(wanted) = expected.get(ANY) {
        if wanted != ANYTHING && wanted != type_name(got) {
            note(at.to_owned(), Kind::Type, expected, got);
        }
        return;
    }
    if let (Some(wanted), Value::Array(got)) = (expected.get(EACH), got) {
        for (index, got) in got.iter().enumerate() {
            values(&format!("{at}/{index}"), wanted, got, note);
        }
        return;
    }
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (name, expected) in expected {
                let at = format!("{at}/{name}");
                match got.get(name) {
                    None => note(at, Kind::Missing, expected, &Value::Null),
                    Some(got) if name == "$prefix" => {
                        if !text(got).starts_with(text(expected)) {
                            note(at, Kind::Value, expected, got);
                        }
                    }
                    Some(got) => values(&at, expected, got, note),
                }
            }
        }
        (Value::Array(expected), Value::Array(got)) => {
            for (index, expected) in expected.iter().enumerate() {
                let at = format!("{at}/{index}");
                match got.get(index) {
                    None => note(at, Kind::Missing, expected, &Value::Null),
                    Some(got) => values(&at, expected, got, note),
                }
            }
            if got.len() > expected.len() {
                note(at.to_owned(), Kind::More, &expected.len().into(), &got.len().into());
            }
        }
        _ if type_name(expected) != type_name(got) => {
            note(at.to_owned(), Kind::Type, expected, got);
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => {}
        // A value that the recording took from an earlier answer, and of
        // which nothing is known: any text will do.
        (Value::String(expected), Value::String(_)) if is_unknown(expected) => {}
        _ if expected != got => note(at.to_owned(), Kind::Value, expected, got),
        _ => {}
    }
}

/// Whether nothing but a name in double braces.
pub(crate) fn is_unknown(text: &str) -> bool {
    text.starts_with("{{") && text.ends_with("}}")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Puts "any value of this type" where values vary from run to run.
pub(crate) fn loosen(body: &mut Value, pointer: &str) {
    if let Some(value) = body.pointer_mut(pointer) {
        *value = json!({ ANY: type_name(value) });
    }
}

/// The same, with any values: the elements of a list are as its first, and
/// what was not known may be anything.
pub(crate) fn form(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key(ANY) => value.clone(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), form(value))).collect()
        }
        Value::Array(items) => match items.first() {
            Some(first) => json!({ EACH: form(first) }),
            None => json!({ ANY: "list" }),
        },
        Value::Null => json!({ ANY: ANYTHING }),
        _ => json!({ ANY: type_name(value) }),
    }
}

/// Where an answer says that something is not known: the pointers to
/// `available: false`.
pub(crate) fn unavailable(at: &str, body: &Value, found: &mut Vec<Difference>) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                let at = format!("{at}/{name}");
                if name == "available" && *value == Value::Bool(false) {
                    let reason = members.get("reason").cloned().unwrap_or_default();
                    found.push(Difference {
                        at,
                        kind: Kind::Value,
                        expected: "known".into(),
                        got: reason,
                    });
                } else {
                    unavailable(&at, value, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                unavailable(&format!("{at}/{index}"), item, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, media: &str, body: Value) -> Answer {
        let headers = [("content-type".to_owned(), media.to_owned())].into();
        Answer { status, headers, body }
    }

    fn found(expected: Value, got: Value) -> Vec<(String, Kind)> {
        let json = "application/json; charset=utf-8";
        let differences = compare(&answer(200, json, expected), &answer(200, json, got));
        differences.into_iter().map(|difference| (difference.at, difference.kind)).collect()
    }

    #[test]
    fn more_is_fine_and_less_is_not() {
        let expected = json!({ "a": 1, "list": [{ "x": null }] });
        assert_eq!(
            found(expected.clone(), json!({ "a": 1.0, "list": [{ "x": null, "y": 2 }], "z": 3 })),
            []
        );
        let check = |got: Value, at: &str, kind: Kind| {
            assert_eq!(found(expected.clone(), got), [(at.to_owned(), kind)]);
        };
        check(json!({ "list": [{ "x": null }] }), "/body/a", Kind::Missing);
        check(json!({ "a": "1", "list": [{ "x": null }] }), "/body/a", Kind::Type);
        check(json!({ "a": 2, "list": [{ "x": null }] }), "/body/a", Kind::Value);
        check(json!({ "a": 1, "list": [] }), "/body/list/0", Kind::Missing);
        check(json!({ "a": 1, "list": [{ "x": 0 }] }), "/body/list/0/x", Kind::Type);
        check(json!({ "a": 1, "list": [{ "x": null }, 1] }), "/body/list", Kind::More);
    }

    #[test]
    fn what_varies_keeps_its_type() {
        let mut expected = json!({ "time": 5, "id": "{{RIG}}" });
        loosen(&mut expected, "/time");
        loosen(&mut expected, "/nothing");
        assert_eq!(found(expected.clone(), json!({ "time": 6, "id": "7" })), []);
        let wrong = found(expected, json!({ "time": "6", "id": 7 }));
        assert_eq!(wrong, [("/body/time".into(), Kind::Type), ("/body/id".into(), Kind::Type)]);
    }

    #[test]
    fn status_and_headers() {
        let expected = answer(200, "text/csv; charset=UTF-8", json!("a"));
        assert_eq!(compare(&expected, &answer(200, "text/csv; charset=utf-8", json!("a"))), []);
        let other = compare(&expected, &answer(404, "text/html", json!("a")));
        let at: Vec<&str> = other.iter().map(|difference| difference.at.as_str()).collect();
        assert_eq!(at, ["/status", "/headers/content-type"]);
        assert_eq!(without_times("a-1795424711489.pdf"), without_times("a-1795424711490.pdf"));
        assert_ne!(without_times("max-age=0"), without_times("max-age=5"));
    }

    #[test]
    fn forms() {
        let form =
            form(&json!({ "a": 1, "list": [{ "x": 1 }], "b": { "c": "x" }, "t": { ANY: "null" } }));
        let got = |list: Value| json!({ "a": 2, "list": list, "b": { "c": "" }, "t": null });
        assert_eq!(found(form.clone(), got(json!([]))), []);
        assert_eq!(found(form.clone(), got(json!([{ "x": 1 }, { "x": 3, "y": 1 }]))), []);
        let less = found(form.clone(), got(json!([{ "x": 1 }, {}])));
        assert_eq!(less, [("/body/list/1/x".to_owned(), Kind::Missing)]);
        assert_eq!(found(form, json!({ "a": 2, "list": {}, "b": {}, "t": null, "u": 1 })).len(), 2);
    }

    #[test]
    fn what_is_said_to_be_unknown() {
        let mut found = Vec::new();
        let gpus = json!([{ "available": true }, { "available": false, "reason": "why" }]);
        unavailable("/body", &json!({ "gpus": gpus, "available": null }), &mut found);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].at.as_str(), &found[0].got),
            ("/body/gpus/1/available", &json!("why"))
        );
    }
}
