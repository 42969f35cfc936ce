//! JSON Schemas (draft 2020-12, as OpenAPI 3.1 uses it) of what routes take
//! and give: a few small functions, so that a route's schema reads like the
//! value it describes.

use serde_json::{Map, Value, json};

#[derive(Debug, Clone, PartialEq)]
pub struct Schema(pub Value);

pub fn anything() -> Schema {
    Schema(json!({}))
}

pub fn text() -> Schema {
    Schema(json!({ "type": "string" }))
}

pub fn boolean() -> Schema {
    Schema(json!({ "type": "boolean" }))
}

pub fn number() -> Schema {
    Schema(json!({ "type": "number" }))
}

pub fn integer() -> Schema {
    Schema(json!({ "type": "integer" }))
}

/// Milliseconds since the Unix epoch.
pub fn time_ms() -> Schema {
    integer().about("Milliseconds since 1970-01-01 UTC")
}

/// Exactly these texts.
pub fn one_of(texts: &[&str]) -> Schema {
    Schema(json!({ "type": "string", "enum": texts }))
}

/// Exactly this value.
pub fn exactly(value: impl Into<Value>) -> Schema {
    Schema(json!({ "const": value.into() }))
}

pub fn either(schemas: impl IntoIterator<Item = Schema>) -> Schema {
    let schemas: Vec<Value> = schemas.into_iter().map(|schema| schema.0).collect();
    Schema(json!({ "anyOf": schemas }))
}

/// A number of a body as [`super::compat::body_number`] reads it: decimal text
/// is a number too, null and empty text mean the default.
pub fn number_or_text(least: f64, most: f64) -> Schema {
    // As many digits as are within the range whatever they are.
    let digits = |bound: f64| (1..=15).take_while(|n| 10_f64.powi(*n) - 1.0 <= bound).count();
    let (sign, bound) = if least < 0.0 { ("-?", most.min(-least)) } else { ("", most) };
    // Texts that a range beginning above 0 allows are in no simple pattern.
    let pattern = match digits(bound) {
        count if count > 0 && least <= 0.0 => {
            format!("^({sign}[0-9]{{1,{count}}}(\\.[0-9]{{1,9}})?)?$")
        }
        _ => "^$".to_owned(),
    };
    either([number().between(least, most), text().like(&pattern), null()])
}

/// A whole number of a query as [`super::query::Query::number`] reads it: 0
/// and empty mean the default, what is above the cap means the cap.
pub fn count() -> Schema {
    either([integer().at_least(0.0), text().like("^$")])
}

/// `true` or `false` in a query.
pub fn flag() -> Schema {
    one_of(&["true", "false"])
}

pub fn null() -> Schema {
    Schema(json!({ "type": "null" }))
}

/// A value of one of Node's columns, which may hold anything.
pub fn cell() -> Schema {
    Schema(json!({ "type": ["number", "string", "null"] }))
}

/// Failures that pages read from a 200 (deviation R3).
pub fn failure() -> Schema {
    object([("success", exactly(false)), ("error", text())])
}

pub fn list(of: Schema) -> Schema {
    Schema(json!({ "type": "array", "items": of.0 }))
}

/// An object of which only the values are known, not the names.
pub fn map(of: Schema) -> Schema {
    Schema(json!({ "type": "object", "additionalProperties": of.0 }))
}

/// An object that has all of these members, and perhaps others.
pub fn object<const N: usize>(members: [(&str, Schema); N]) -> Schema {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.0.clone())).collect();
    Schema(json!({ "type": "object", "properties": properties, "required": required }))
}

impl Schema {
    /// A member that may be missing.
    #[must_use]
    pub fn with(mut self, name: &str, schema: Schema) -> Schema {
        let properties = self.0.get_mut("properties").and_then(Value::as_object_mut);
        if let Some(properties) = properties {
            properties.insert(name.to_owned(), schema.0);
        }
        self
    }

    /// Of an object: members that are not named, at most so many altogether.
    #[must_use]
    pub fn others(self, names: &str, schema: Schema, at_most: usize) -> Schema {
        self.set("additionalProperties", schema.0)
            .set("propertyNames", json!({ "pattern": names }))
            .set("maxProperties", at_most)
    }

    /// The members `available: false` and `reason` of an object whose numbers
    /// are not all known (deviation R4).
    #[must_use]
    pub fn with_availability(self) -> Schema {
        self.with("available", exactly(false)).with("reason", text())
    }

    /// No other members than those named.
    #[must_use]
    pub fn closed(self) -> Schema {
        self.set("additionalProperties", false)
    }

    #[must_use]
    pub fn or_null(self) -> Schema {
        either([self, null()])
    }

    #[must_use]
    pub fn about(self, description: &str) -> Schema {
        self.set("description", description)
    }

    #[must_use]
    pub fn between(self, least: f64, most: f64) -> Schema {
        self.set("minimum", tidy(least)).set("maximum", tidy(most))
    }

    #[must_use]
    pub fn at_least(self, least: f64) -> Schema {
        self.set("minimum", tidy(least))
    }

    /// Of a number: not this one, but all above it.
    #[must_use]
    pub fn above(self, bound: f64) -> Schema {
        self.set("exclusiveMinimum", tidy(bound))
    }

    /// Of a text, in characters.
    #[must_use]
    pub fn length(self, least: usize, most: usize) -> Schema {
        self.set("minLength", least).set("maxLength", most)
    }

    /// Of a list.
    #[must_use]
    pub fn not_empty(self) -> Schema {
        self.set("minItems", 1)
    }

    /// Of a list.
    #[must_use]
    pub fn at_most(self, items: usize) -> Schema {
        self.set("maxItems", items)
    }

    /// A regular expression that a text matches.
    #[must_use]
    pub fn like(self, pattern: &str) -> Schema {
        self.set("pattern", pattern)
    }

    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Schema {
        self.set("default", value)
    }

    fn set(mut self, name: &str, value: impl Into<Value>) -> Schema {
        if let Some(members) = self.0.as_object_mut() {
            members.insert(name.to_owned(), value.into());
        }
        self
    }
}

/// 5 rather than 5.0.
fn tidy(bound: f64) -> Value {
    super::compat::number(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_fit_a_range_whatever_they_are() {
        let pattern = |least, most| {
            let schema = number_or_text(least, most).0;
            schema["anyOf"][1]["pattern"].as_str().unwrap().to_owned()
        };
        assert_eq!(pattern(0.0, 1e9), r"^([0-9]{1,9}(\.[0-9]{1,9})?)?$");
        assert_eq!(pattern(-50.0, 200.0), r"^(-?[0-9]{1,1}(\.[0-9]{1,9})?)?$");
        assert_eq!(pattern(1.0, 100.0), "^$");
        assert_eq!(pattern(0.0, 5.0), "^$");
    }
}
