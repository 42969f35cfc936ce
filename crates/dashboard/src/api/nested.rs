//! Forms with nested names, as the Node server reads them: `a[b]=1` is
//! `{"a":{"b":"1"}}`; `a[]=1` and `a=1&a=2` are lists. (NODE-COMPAT)

use serde_json::{Map, Value};

use super::error::ApiError;

const MAX_FIELDS: usize = 1000;
const MAX_DEPTH: usize = 32;

pub fn read(form: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let mut fields = Value::Null;
    for (count, (name, value)) in form_urlencoded::parse(form).enumerate() {
        let path = path(&name);
        if count >= MAX_FIELDS || path.len() > MAX_DEPTH {
            let message =
                format!("A form may have {MAX_FIELDS} fields, nested {MAX_DEPTH} deep at most");
            return Err(ApiError::bad_body(message));
        }
        put(member(&mut fields, path.first().copied().unwrap_or_default()), &path, value.into());
    }
    Ok(match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    })
}

/// `a[b][]` is `a`, `b` and nothing; a name with odd brackets is one name.
fn path(name: &str) -> Vec<&str> {
    let (first, mut rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut path = vec![first];
    while let Some((part, after)) = rest.strip_prefix('[').and_then(|part| part.split_once(']')) {
        path.push(part);
        rest = after;
    }
    if rest.is_empty() && !first.is_empty() { path } else { vec![name] }
}

/// `path` begins with the name of `place` itself.
fn put(place: &mut Value, path: &[&str], value: Value) {
    match path {
        [] | [_] => match place {
            Value::Null => *place = value,
            Value::Array(items) => items.push(value),
            Value::Object(_) => {}
            _ => *place = Value::Array(vec![place.take(), value]),
        },
        [_, rest @ ..] => {
            let name = rest.first().copied().unwrap_or_default();
            if name.bytes().all(|byte| byte.is_ascii_digit()) && !place.is_object() {
                put_item(place, name, rest, value);
            } else {
                put(member(place, name), rest, value);
            }
        }
    }
}

/// At this number, else at the end: a list has no gaps.
fn put_item(place: &mut Value, number: &str, path: &[&str], value: Value) {
    let mut items = match place.take() {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        first => vec![first],
    };
    match number.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
        Some(item) => put(item, path, value),
        None => {
            let mut item = Value::Null;
            put(&mut item, path, value);
            items.push(item);
        }
    }
    *place = items.into();
}

/// In place of what is no object.
fn member<'a>(place: &'a mut Value, name: &str) -> &'a mut Value {
    if !place.is_object() {
        *place = Map::new().into();
    }
    &mut place[name]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn as_node_reads_them() {
        let check = |form: &str, expected: Value| {
            assert_eq!(Value::from(read(form.as_bytes()).unwrap()), expected, "{form}");
        };
        check("", json!({}));
        check("a=1&b=x+y%26", json!({ "a": "1", "b": "x y&" }));
        check("a=1&a=2&a=3", json!({ "a": ["1", "2", "3"] }));
        check("a[]=1", json!({ "a": ["1"] }));
        check("a%5B%5D=1&a%5B%5D=2", json!({ "a": ["1", "2"] }));
        check("a[b]=1&a[c][d]=2", json!({ "a": { "b": "1", "c": { "d": "2" } } }));
        check("a[0]=x&a[1]=y", json!({ "a": ["x", "y"] }));
        check(
            "a[0][x]=1&a[0][y]=2&a[7][x]=3",
            json!({ "a": [{ "x": "1", "y": "2" }, { "x": "3" }] }),
        );
        check("a[b]=1&a[0]=2", json!({ "a": { "b": "1", "0": "2" } }));
        check("a=1&a[b]=2", json!({ "a": { "b": "2" } }));
        check("a[b=1&[c]=2&d]=3", json!({ "a[b": "1", "[c]": "2", "d]": "3" }));
    }

    #[test]
    fn what_is_too_much() {
        assert!(read("a=1&".repeat(1001).as_bytes()).is_err());
        assert!(read(format!("a{}=1", "[b]".repeat(100_000)).as_bytes()).is_err());
        assert!(read(format!("a{}=1", "[b]".repeat(31)).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(form in "[ab0-2=&\\[\\]%5BD]{0,60}") {
            let _ = read(form.as_bytes());
        }
    }
}
