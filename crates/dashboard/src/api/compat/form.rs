//! Settings that only pages use: stored for them, checked, and given back with
//! defaults for what is missing. What a page of tomorrow adds is kept too, as
//! long as it can do no harm (deviation R2).

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::super::schema::{self, Schema};
use super::{body_number, number};

/// A member that is known.
pub struct Member {
    pub name: &'static str,
    pub kind: Kind,
}

/// What it is, with what it is when it is absent.
pub enum Kind {
    Flag(bool),
    /// Letters, digits, `_` and `-`.
    Word(&'static str),
    Number {
        default: f64,
        least: f64,
        most: f64,
    },
}

/// Members that are not known, altogether and of these sizes.
const MAX_OTHERS: usize = 32;
const MAX_NAME_CHARS: usize = 64;
const MAX_TEXT_CHARS: usize = 200;
const MAX_WORD_CHARS: usize = 32;

/// What is stored of a body. Null means the default, which is not stored.
pub fn read(form: &[Member], fields: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let mut stored = Map::new();
    for member in form {
        if fields.get(member.name).is_some_and(|value| !value.is_null()) {
            stored.insert(member.name.to_owned(), member.read(fields)?);
        }
    }
    for (name, value) in others(form, fields) {
        if !is_name(name) || !is_harmless(value) {
            let message = format!(
                "A member that is not known may be a number, true, false, or a text of at most {MAX_TEXT_CHARS} characters without < > & \" '"
            );
            // What a stranger wrote is not repeated in full.
            return Err(ApiError::bad_value(name.chars().take(32).collect::<String>(), message));
        }
        stored.insert(name.clone(), value.clone());
    }
    if !has_room(form, &stored) {
        let message = format!("At most {MAX_OTHERS} members that are not known are kept");
        return Err(ApiError::bad_body(message));
    }
    Ok(stored)
}

/// Whether as many are kept as may be, also little by little.
pub fn has_room(form: &[Member], stored: &Map<String, Value>) -> bool {
    others(form, stored).count() <= MAX_OTHERS
}

/// What pages get. The Node server stores anything; of that only what would
/// be accepted today.
pub fn show(form: &[Member], stored: &Value) -> Map<String, Value> {
    let empty = Map::new();
    let stored = stored.as_object().unwrap_or(&empty);
    let known = form.iter().map(|member| {
        let value = member.read(stored).unwrap_or_else(|_| member.default());
        (member.name.to_owned(), value)
    });
    let others = others(form, stored)
        .filter(|(name, value)| is_name(name) && is_harmless(value))
        .map(|(name, value)| (name.clone(), value.clone()));
    known.chain(others).collect()
}

fn others<'a>(
    form: &'a [Member],
    fields: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    // What JavaScript makes of that name is not a member.
    fields.iter().filter(|(name, _)| {
        *name != "__proto__" && !form.iter().any(|member| member.name == name.as_str())
    })
}

fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME_CHARS && super::text::is_id(name)
}

fn is_harmless(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => {
            text.chars().count() <= MAX_TEXT_CHARS
                && !text.chars().any(|c| c.is_control() || super::text::is_markup(c))
        }
        Value::Array(_) | Value::Object(_) => false,
    }
}

impl Member {
    fn default(&self) -> Value {
        match self.kind {
            Kind::Flag(default) => default.into(),
            Kind::Word(default) => default.into(),
            Kind::Number { default, .. } => number(default),
        }
    }

    fn read(&self, fields: &Map<String, Value>) -> Result<Value, ApiError> {
        let name = self.name;
        let value = match fields.get(name) {
            None | Some(Value::Null) => return Ok(self.default()),
            Some(value) => value,
        };
        match (&self.kind, value) {
            (Kind::Flag(_), Value::Bool(_)) => Ok(value.clone()),
            (Kind::Flag(_), _) => {
                Err(ApiError::bad_value(name, format!("{name} must be true or false")))
            }
            (Kind::Word(_), Value::String(text))
                if text.len() <= MAX_WORD_CHARS && super::text::is_id(text) =>
            {
                Ok(value.clone())
            }
            (Kind::Word(_), _) => Err(ApiError::bad_value(
                name,
                format!("{name} must have 1 to {MAX_WORD_CHARS} letters, digits, _ or -"),
            )),
            (Kind::Number { default, least, most }, _) => {
                Ok(number(body_number(fields, name, *default, *least..=*most)?))
            }
        }
    }

    fn taken(&self) -> Schema {
        match self.kind {
            Kind::Flag(_) => schema::boolean().or_null(),
            Kind::Word(_) => word().or_null(),
            Kind::Number { least, most, .. } => schema::number_or_text(least, most),
        }
    }

    fn given(&self) -> Schema {
        match self.kind {
            Kind::Flag(_) => schema::boolean(),
            Kind::Word(_) => word(),
            Kind::Number { least, most, .. } => schema::number().between(least, most),
        }
    }
}

fn word() -> Schema {
    schema::text().like(&format!("^[A-Za-z0-9_-]{{1,{MAX_WORD_CHARS}}}$"))
}

/// A body of [`read`].
pub fn taken(form: &[Member]) -> Schema {
    let known = form.iter().fold(schema::object([]), |all, one| all.with(one.name, one.taken()));
    known.others(&format!("^[A-Za-z0-9_-]{{1,{MAX_NAME_CHARS}}}$"), harmless(), MAX_OTHERS)
}

/// What [`show`] gives.
pub fn given(form: &[Member]) -> Schema {
    form.iter().fold(schema::object([]), |all, one| all.with(one.name, one.given()))
}

fn harmless() -> Schema {
    let text =
        schema::text().like(r#"^[^<>&"'\u0000-\u001f\u007f-\u009f]*$"#).length(0, MAX_TEXT_CHARS);
    schema::either([schema::number(), schema::boolean(), text]).or_null()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FORM: &[Member] = &[
        Member { name: "enabled", kind: Kind::Flag(false) },
        Member { name: "strategy", kind: Kind::Word("profitability") },
        Member { name: "every", kind: Kind::Number { default: 10.0, least: 1.0, most: 60.0 } },
    ];

    fn read_json(body: &Value) -> Result<Value, Option<String>> {
        let stored = read(FORM, body.as_object().unwrap());
        stored.map(Value::from).map_err(|error| error.field.map(Into::into))
    }

    #[test]
    fn what_is_good_is_stored_as_it_is() {
        let check = |body: Value, stored: Value| assert_eq!(read_json(&body), Ok(stored));
        check(json!({}), json!({}));
        check(json!({ "enabled": null }), json!({}));
        let all = json!({ "enabled": true, "strategy": "stability", "every": 20, "theme": "dark" });
        check(all.clone(), all);
        check(json!({ "every": "20" }), json!({ "every": 20 }));
        check(json!({ "__proto__": { "a": 1 } }), json!({}));
    }

    #[test]
    fn what_is_bad_is_named() {
        let check = |body: Value, name: &str| {
            assert_eq!(read_json(&body), Err(Some(name.to_owned())), "{body}");
        };
        check(json!({ "enabled": "yes" }), "enabled");
        check(json!({ "enabled": 1 }), "enabled");
        check(json!({ "strategy": "<b>" }), "strategy");
        check(json!({ "strategy": "" }), "strategy");
        check(json!({ "every": 0.5 }), "every");
        check(json!({ "every": "soon" }), "every");
        check(json!({ "extra": "<script>" }), "extra");
        check(json!({ "extra": "a\u{7f}" }), "extra");
        check(json!({ "extra": {} }), "extra");
        check(json!({ "extra": [1] }), "extra");
        check(json!({ "a b": 1 }), "a b");
        check(json!({ "extra": "x".repeat(201) }), "extra");
        let many: Map<String, Value> = (0..33).map(|n| (format!("m{n}"), n.into())).collect();
        assert_eq!(read_json(&many.into()), Err(None));
    }

    #[test]
    fn what_node_stored_unseen_is_not_shown() {
        let defaults = json!({ "enabled": false, "strategy": "profitability", "every": 10 });
        for stored in [
            json!(null),
            json!([1, 2]),
            json!("text"),
            json!({ "enabled": "yes", "every": "often", "extra": "<script>", "more": {} }),
        ] {
            assert_eq!(Value::from(show(FORM, &stored)), defaults, "{stored}");
        }
        let shown = show(FORM, &json!({ "enabled": true, "extra": 5 }));
        assert_eq!((&shown["enabled"], &shown["extra"]), (&json!(true), &json!(5)));
    }
}
