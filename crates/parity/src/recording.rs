//! Recordings: a JSON object on each line.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::answer::Answer;
use crate::compare;
use crate::http::Request;

#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
    body: Value,
    /// As it was recorded, with names in double braces for what varies.
    pub answer: Answer,
    volatile: Vec<String>,
    /// On a new server with empty directories.
    pub fresh: bool,
}

/// Values that were taken from answers, by the name that the recording uses.
pub type Captures = BTreeMap<String, String>;

/// Reads a file of rows, which may be compressed.
pub fn read(file: &Path) -> Result<Vec<Row>, String> {
    let what = |error: String| format!("{}: {error}", file.display());
    let mut bytes = std::fs::read(file).map_err(|error| what(error.to_string()))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        /// A recording of some thousand rows has a few megabytes.
        const MOST_BYTES: u64 = 256 << 20;
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes.as_slice())
            .take(MOST_BYTES)
            .read_to_end(&mut plain)
            .map_err(|error| what(error.to_string()))?;
        bytes = plain;
    }
    let text = String::from_utf8(bytes).map_err(|_| what("not UTF-8".to_owned()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            Row::parse(line).map_err(|error| what(format!("line {number}: {error}")))
        })
        .collect()
}

impl Row {
    pub fn parse(line: &str) -> Result<Row, String> {
        let row: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let text = |name: &str| {
            let text = row.get(name).and_then(Value::as_str).map(str::to_owned);
            text.ok_or_else(|| format!("no {name}"))
        };
        let pairs = |name: &str| -> Vec<(String, String)> {
            let members = row.get(name).and_then(Value::as_object).into_iter().flatten();
            members
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect()
        };
        let status =
            row.get("status").and_then(Value::as_u64).and_then(|status| status.try_into().ok());
        let volatile = row.get("volatile").and_then(Value::as_array).into_iter().flatten();
        let headers = pairs("headers");
        Ok(Row {
            name: text("name")?,
            method: text("method")?,
            path: text("path")?,
            headers: pairs("request_headers"),
            body: row.get("request_body").cloned().unwrap_or_default(),
            answer: Answer {
                status: status.ok_or("no status")?,
                headers: headers
                    .into_iter()
                    .map(|(name, value)| (name.to_ascii_lowercase(), value))
                    .collect(),
                body: row.get("body").cloned().unwrap_or_default(),
            },
            volatile: volatile.filter_map(|at| at.as_str().map(str::to_owned)).collect(),
            fresh: row.get("fresh") == Some(&Value::Bool(true)),
        })
    }

    /// A row for a request that changes nothing, with nothing expected yet.
    pub fn of_get(name: &str, path: &str, volatile: &[&str]) -> Row {
        Row {
            name: name.to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Value::Null,
            answer: Answer { status: 200, headers: BTreeMap::new(), body: Value::Null },
            volatile: volatile.iter().map(|at| (*at).to_owned()).collect(),
            fresh: false,
        }
    }

    pub fn add_header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub fn is_get(&self) -> bool {
        self.method == "GET"
    }

    /// What is to be sent.
    pub fn request(&self, captures: &Captures) -> Request {
        let fill = |text: &str| fill(text, captures, |name| format!("unknown-{name}"));
        let mut headers: Vec<(String, String)> =
            self.headers.iter().map(|(name, value)| (name.clone(), fill(value))).collect();
        let body = self.sent_body().map(|body| match String::from_utf8(body) {
            Ok(text) => fill(&text).into_bytes(),
            Err(bytes) => bytes.into_bytes(),
        });
        let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if matches!(self.body, Value::Object(_) | Value::Array(_)) && !has_type {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        Request { method: self.method.clone(), path: fill(&self.path), headers, body }
    }

    fn sent_body(&self) -> Option<Vec<u8>> {
        let length = self.body.get("$length").and_then(Value::as_u64);
        match (&self.body, length) {
            (Value::Null, _) => None,
            (Value::String(text), _) => match text.strip_prefix("gzip of ") {
                Some(plain) if self.header("content-encoding") == "gzip" => {
                    Some(gzip(plain.as_bytes()))
                }
                _ => Some(text.clone().into_bytes()),
            },
            (_, Some(length)) => Some(self.long_body(usize::try_from(length).unwrap_or(0))),
            (body, None) => Some(body.to_string().into_bytes()),
        }
    }

    /// `{"a":"xxx…"}`, or nothing but x.
    fn long_body(&self, length: usize) -> Vec<u8> {
        let start = self.body.get("$prefix").and_then(Value::as_str).unwrap_or_default();
        let end = if start.starts_with('{') { "\"}" } else { "" };
        let mut body = start.as_bytes().to_vec();
        body.resize(length.saturating_sub(end.len()).max(body.len()), b'x');
        body.extend_from_slice(end.as_bytes());
        body
    }

    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// What was sent, as JSON; null if it was not JSON.
    pub fn json(&self) -> Value {
        match &self.body {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            body if body.get("$length").is_some() => Value::Null,
            body => body.clone(),
        }
    }

    /// What is expected, with what is known filled in.
    pub fn expected(&self, captures: &Captures) -> Answer {
        let mut answer = self.answer.clone();
        fill_all(&mut answer.body, captures);
        self.loosen(&mut answer);
        answer
    }

    /// What another server answered: the names that it gave are its own.
    pub fn answered(&self, mut answer: Answer) -> Answer {
        leave_open(&self.answer.body, &mut answer.body);
        self.loosen(&mut answer);
        answer
    }

    /// Leaves open what varies from run to run.
    fn loosen(&self, answer: &mut Answer) {
        for at in &self.volatile {
            if let Some(at) = at.strip_prefix("/body") {
                compare::loosen(&mut answer.body, at);
            }
        }
    }

    /// The names of all that it needs from earlier answers.
    pub fn needs(&self) -> Vec<String> {
        let headers = self.headers.iter().map(|(_, value)| value.as_str());
        let body = self.body.to_string();
        headers.chain([self.path.as_str(), &body]).flat_map(names).collect()
    }

    /// Takes the values that stand where the recording has a name.
    pub fn learn(&self, got: &Answer, captures: &mut Captures) {
        learn(&self.answer.body, &got.body, captures);
    }

    /// The names for which its answer has a value.
    pub fn gives(&self) -> Vec<String> {
        names(&self.answer.body.to_string())
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default()
}

/// Every `{{NAME}}` in a text.
fn names(text: &str) -> Vec<String> {
    let parts = text.split("{{").skip(1);
    parts.filter_map(|part| Some(part.split_once("}}")?.0.to_owned())).collect()
}

fn fill(text: &str, captures: &Captures, unknown: impl Fn(&str) -> String) -> String {
    let mut filled = text.to_owned();
    for name in names(text) {
        let value = captures.get(&name).cloned().unwrap_or_else(|| unknown(&name));
        filled = filled.replace(&format!("{{{{{name}}}}}"), &value);
    }
    filled
}

fn fill_all(value: &mut Value, captures: &Captures) {
    match value {
        Value::String(text) => *text = fill(text, captures, |name| format!("{{{{{name}}}}}")),
        Value::Array(items) => items.iter_mut().for_each(|item| fill_all(item, captures)),
        Value::Object(members) => {
            members.iter_mut().for_each(|(_, value)| fill_all(value, captures));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn learn(template: &Value, got: &Value, captures: &mut Captures) {
    match (template, got) {
        (Value::String(template), Value::String(got)) => {
            if let [name] = names(template).as_slice()
                && compare::is_unknown(template)
            {
                captures.entry(name.clone()).or_insert_with(|| got.clone());
            }
        }
        (Value::Array(template), Value::Array(got)) => {
            template.iter().zip(got).for_each(|(template, got)| learn(template, got, captures));
        }
        (Value::Object(template), Value::Object(got)) => {
            for (name, template) in template {
                learn(template, got.get(name).unwrap_or(&Value::Null), captures);
            }
        }
        _ => {}
    }
}

/// Puts back the names that the recording has for values.
fn leave_open(template: &Value, answer: &mut Value) {
    match (template, answer) {
        (Value::String(name), answer @ Value::String(_)) if compare::is_unknown(name) => {
            *answer = name.as_str().into();
        }
        (Value::Array(template), Value::Array(answer)) => {
            template.iter().zip(answer).for_each(|(template, item)| leave_open(template, item));
        }
        (Value::Object(template), Value::Object(answer)) => {
            for (name, template) in template {
                if let Some(value) = answer.get_mut(name) {
                    leave_open(template, value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Row {
        Row::parse(&value.to_string()).unwrap()
    }

    #[test]
    fn requests() {
        let captures = Captures::from([("KEY".to_owned(), "k1".to_owned())]);
        let sent = row(json!({
            "name": "a", "method": "POST", "path": "/api/{{KEY}}/{{LOST}}", "status": 200,
            "request_headers": { "x-api-key": "{{KEY}}" }, "request_body": { "a": "{{KEY}}" },
        }));
        let request = sent.request(&captures);
        assert_eq!(request.path, "/api/k1/unknown-LOST");
        assert_eq!(request.body.unwrap(), br#"{"a":"k1"}"#);
        assert_eq!(request.headers.len(), 2);
        assert_eq!(sent.needs(), ["KEY", "KEY", "LOST", "KEY"]);
        let long = row(json!({
            "name": "a", "method": "POST", "path": "/", "status": 200,
            "request_body": { "$length": 20, "$prefix": "{\"a\":\"x" },
        }));
        assert_eq!(long.request(&captures).body.unwrap(), br#"{"a":"xxxxxxxxxxxx"}"#);
        let none = row(json!({ "name": "a", "method": "GET", "path": "/", "status": 200 }));
        assert_eq!(none.request(&captures).body, None);
    }

    #[test]
    fn values_come_from_answers() {
        let given = row(json!({
            "name": "a", "method": "POST", "path": "/", "status": 200,
            "body": { "rig": { "id": "{{RIG}}", "at": 5 } }, "volatile": ["/body/rig/at"],
        }));
        let mut captures = Captures::new();
        let got =
            Answer { body: json!({ "rig": { "id": "77", "at": 6 } }), ..given.answer.clone() };
        given.learn(&got, &mut captures);
        assert_eq!(captures["RIG"], "77");
        let expected = given.expected(&captures);
        assert_eq!(expected.body, json!({ "rig": { "id": "77", "at": { "$any": "number" } } }));
        assert_eq!(given.gives(), ["RIG"]);
    }

    #[test]
    fn values_of_two_servers_need_not_be_the_same() {
        let given = row(json!({
            "name": "a", "method": "POST", "path": "/", "status": 200,
            "body": { "list": [{ "id": "{{RIG}}", "name": "x" }] },
        }));
        let body = json!({ "list": [{ "id": "55", "name": "y" }] });
        let answered = given.answered(Answer { body, ..given.answer.clone() });
        assert_eq!(answered.body, json!({ "list": [{ "id": "{{RIG}}", "name": "y" }] }));
    }

    #[test]
    fn the_recording_is_whole() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden.jsonl");
        let rows = read(&file).unwrap();
        assert_eq!(rows.len(), 733);
        assert_eq!(rows.iter().filter(|row| row.fresh).count(), 2);
        let mut names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 733);
    }

    #[test]
    fn what_is_not_a_row_is_named() {
        assert!(Row::parse("{}").is_err());
        assert!(Row::parse("nonsense").is_err());
    }
}
