//! Programs and their versions: `v24.0.2`, `GMiner 3.44`.

use quaiminer_domain::Fact;
use serde_json::Value;

use crate::lenient::text;

/// A version by itself; a `v` before it says nothing.
pub(crate) fn number(value: Option<&Value>) -> Fact<String> {
    text(value).map(|version| match version.strip_prefix(['v', 'V']) {
        Some(bare) if bare.starts_with(|c: char| c.is_ascii_digit()) => bare.to_owned(),
        _ => version,
    })
}

/// The version behind the program's name, if the text begins with that name in
/// any case of letters; `None` if it is another program's.
pub(crate) fn behind(name: &str, value: Option<&Value>) -> Option<Fact<String>> {
    let full = value?.as_str()?.trim();
    let (program, version) = full.split_at_checked(name.len())?;
    let is_whole = !version.starts_with(|c: char| c.is_alphanumeric());
    if !program.eq_ignore_ascii_case(name) || !is_whole {
        return None;
    }
    let version = version.trim_start_matches([' ', '-', '/', '_']);
    let version = version.split([' ', '(']).next().unwrap_or_default();
    Some(number(Some(&Value::from(version))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn versions() {
        let check = |value: Value, expected: Option<&str>| {
            assert_eq!(number(Some(&value)).known().map(String::as_str), expected, "{value}");
        };
        check(json!("v24.0.2"), Some("24.0.2"));
        check(json!("1.23.2"), Some("1.23.2"));
        check(json!("version"), Some("version"));
        check(json!(3), None);
        check(json!(""), None);
    }

    #[test]
    fn versions_behind_a_name() {
        let check = |full: &str, expected: Option<Option<&str>>| {
            let found = behind("GMiner", Some(&json!(full)));
            assert_eq!(found.as_ref().map(|v| v.known().map(String::as_str)), expected, "{full}");
        };
        check("GMiner 3.44", Some(Some("3.44")));
        check("gminer/v3.44 (Linux)", Some(Some("3.44")));
        check("GMiner", Some(None));
        check("GMiner2 3.44", None);
        check("T-Rex 0.26", None);
        check("", None);
        check("ÄÖÜßäöü", None);
        assert_eq!(behind("GMiner", None), None);
    }
}
