//! What other machines say, before it is shown: pages paste it into HTML.

use quaiminer_domain::text::clean;
use serde_json::{Map, Value};

use super::super::chains::exact;
use super::super::text::is_markup;

const MAX_TEXT_CHARS: usize = 200;
const MAX_NAME_CHARS: usize = 64;
/// Of a list or an object.
const MAX_MEMBERS: usize = 64;
const MAX_DEPTH: usize = 4;

/// Without anything that has a meaning in HTML, or that cannot be seen.
pub fn text(text: &str) -> String {
    let harmless: String = text.chars().filter(|c| !is_markup(*c)).collect();
    clean(&harmless, MAX_TEXT_CHARS)
}

/// A name that passed when it was given (deviation R16), or was never looked
/// at.
pub fn name(name: &str) -> String {
    let harmless: String = name.chars().filter(|c| !matches!(c, '<' | '>')).collect();
    clean(&harmless, MAX_TEXT_CHARS)
}

/// `/api/stats` of another rig, with what the page wants to know besides.
pub fn stats(stats: Map<String, Value>) -> Map<String, Value> {
    let mut stats = members(stats, 0);
    // Whether we have a key for it is not for the rig to say.
    stats.remove("apiKey");
    if let Some(Value::Array(gpus)) = stats.get("gpus") {
        let temps: Vec<f64> = gpus
            .iter()
            .filter_map(|gpu| gpu.get("temperature")?.as_f64())
            .filter(|celsius| *celsius > 0.0)
            .collect();
        let count = gpus.len();
        let average = temps.iter().sum::<f64>() / temps.len().max(1) as f64;
        stats.entry("gpuCount").or_insert(count.into());
        stats.entry("avgTemp").or_insert(exact((average * 10.0).round() / 10.0));
    }
    // The page reckons with these, and stops at a text.
    for name in ["hashRate", "gpuCount", "avgTemp", "powerUsage"] {
        if stats.get(name).is_some_and(|value| !value.is_number()) {
            stats.remove(name);
        }
    }
    stats
}

fn members(members: Map<String, Value>, depth: usize) -> Map<String, Value> {
    members
        .into_iter()
        .filter(|(name, _)| is_name(name))
        .take(MAX_MEMBERS)
        .map(|(name, one)| (name, value(one, depth + 1)))
        .collect()
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=MAX_NAME_CHARS).contains(&name.len()) && name.chars().all(fits) && name != "__proto__"
}

fn value(value: Value, depth: usize) -> Value {
    match value {
        Value::String(long) => text(&long).into(),
        Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => Value::Null,
        Value::Array(items) => {
            items.into_iter().take(MAX_MEMBERS).map(|item| self::value(item, depth + 1)).collect()
        }
        Value::Object(inner) => members(inner, depth).into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "<[a-z]{1,9}[ =\"'&>]{0,300}".prop_map(Value::from),
        ];
        let name = prop_oneof![
            prop::sample::select(&["hashRate", "gpus", "temperature", "status", "__proto__"][..])
                .prop_map(str::to_owned),
            any::<String>(),
        ];
        leaf.prop_recursive(8, 200, 100, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..100).prop_map(Value::from),
                prop::collection::hash_map(name.clone(), inner, 0..20)
                    .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_that_a_rig_says_is_markup_or_endless(said in any_json()) {
            let said = Map::from_iter([("gpus".to_owned(), said.clone()), ("x".to_owned(), said)]);
            let shown = Value::from(stats(said));
            let mut open = vec![(&shown, 0)];
            while let Some((value, depth)) = open.pop() {
                prop_assert!(depth <= MAX_DEPTH + 1);
                match value {
                    Value::String(text) => {
                        prop_assert!(text.chars().count() <= MAX_TEXT_CHARS);
                        prop_assert!(!text.contains(['<', '>', '&', '"', '\'', '\n', '\0']), "{text}");
                    }
                    Value::Array(items) => {
                        prop_assert!(items.len() <= MAX_MEMBERS);
                        open.extend(items.iter().map(|item| (item, depth + 1)));
                    }
                    Value::Object(members) => {
                        prop_assert!(members.keys().all(|name| is_name(name)));
                        open.extend(members.values().map(|one| (one, depth + 1)));
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_rig_in_the_pages_terms() {
        let said = json!({
            "hashRate": 30.5,
            "gpus": [{ "temperature": 60 }, { "temperature": 65.5 }, { "temperature": 0 }],
            "powerUsage": "<b>",
        });
        let Value::Object(said) = said else { unreachable!() };
        let shown = stats(said);
        assert_eq!(shown["hashRate"], 30.5);
        assert_eq!((&shown["gpuCount"], &shown["avgTemp"]), (&json!(3), &json!(62.8)));
        assert!(!shown.contains_key("powerUsage"));
    }
}
