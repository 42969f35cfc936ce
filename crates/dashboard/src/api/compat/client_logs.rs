//! POST `/api/logs` and `/api/errors`: what pages of the Node server's
//! frontend report of themselves. They report a lot (a line a second while
//! their node is away), so a line is cheap, short and, but for errors, at the
//! level `debug`.

use std::fmt::Write;

use axum::extract::State;
use axum::response::Response;
use log::Level;
use quaiminer_domain::text::clean;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::routes::Route;
use super::super::schema::{anything, exactly, object};
use crate::access::Access;
use crate::app::SharedApp;
use crate::http::limit::Budget;

/// Of a whole line, and of each field in it.
const MAX_LINE_CHARS: usize = 600;
const MAX_FIELD_CHARS: usize = 300;

pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/errors", Access::VIEW, errors).counted_as(Budget::ClientLogs).doc(|| {
            let body = object([])
                .with("type", anything())
                .with("message", anything())
                .with("file", anything())
                .with("line", anything())
                .with("timestamp", anything())
                .with("userAgent", anything());
            Doc::new("An error in a page, for the log")
                .may_take(body)
                .gives(object([("success", exactly(true))]))
        }),
        Route::post("/api/logs", Access::VIEW, logs).counted_as(Budget::ClientLogs).doc(|| {
            let body = object([])
                .with("level", anything().about("debug, info, warn or error"))
                .with("message", anything())
                .with("data", anything())
                .with("timestamp", anything());
            Doc::new("A line of a page's log, for the log")
                .may_take(body)
                .gives(object([("success", exactly(true))]))
        }),
    ]
}

async fn errors(State(_): State<SharedApp>, Fields(fields): Fields) -> Response {
    let names = ["type", "message", "file", "line", "userAgent"];
    let line = line(&fields, &names);
    if !line.is_empty() {
        log::info!("A page reports an error: {line}");
    }
    answer::ok(&json!({ "success": true }))
}

async fn logs(State(_): State<SharedApp>, Fields(fields): Fields) -> Response {
    // Nothing is put together that nobody reads.
    if log::log_enabled!(Level::Debug) {
        let level = fields.get("level").and_then(Value::as_str);
        let level = level.filter(|level| ["debug", "info", "warn", "error"].contains(level));
        let line = line(&fields, &["message", "data"]);
        log::debug!("[Client] {}: {line}", level.unwrap_or("info"));
    }
    answer::ok(&json!({ "success": true }))
}

/// The fields in one line, without anything that a terminal obeys.
fn line(fields: &Map<String, Value>, names: &[&str]) -> String {
    let mut line = String::new();
    for name in names {
        let text = match fields.get(*name) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => clean(text, MAX_FIELD_CHARS),
            Some(value) => clean(&short(value), MAX_FIELD_CHARS),
        };
        let _ = write!(line, "{name}={text} ");
    }
    clean(line.trim_end(), MAX_LINE_CHARS)
}

/// The beginning of a value's JSON; a large one is not rendered to its end.
fn short(value: &Value) -> String {
    struct Bounded(Vec<u8>);
    impl std::io::Write for Bounded {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0.len() > 4 * MAX_FIELD_CHARS {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut text = Bounded(Vec::new());
    // What fitted is there.
    let _ = serde_json::to_writer(&mut text, value);
    String::from_utf8_lossy(&text.0).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(body: Value) -> String {
        let Value::Object(fields) = body else { panic!("{body}") };
        line(&fields, &["message", "data"])
    }

    #[test]
    fn one_line_of_bounded_length() {
        assert_eq!(
            line_of(json!({ "message": "hello", "data": { "k": 1 } })),
            r#"message=hello data={"k":1}"#
        );
        assert_eq!(line_of(json!({ "message": null, "other": "x" })), "");
        let hostile = line_of(json!({ "message": "a\nERROR: forged\r\u{1b}[31m\u{0}" }));
        assert!(!hostile.chars().any(char::is_control), "{hostile:?}");
        let long = line_of(json!({ "message": "ü".repeat(100_000), "data": vec!["x"; 100_000] }));
        assert!(long.chars().count() <= MAX_LINE_CHARS + 1, "{}", long.len());
    }
}
