//! JSON-RPC 2.0 towards the node: several calls in one request, the answers by
//! their number. The node answers errors of a call with HTTP 200.

use std::fmt;

use quaiminer_domain::text::clean;
use serde_json::{Value, json};

/// An answer of the node as the transport hands it over.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

/// The `error` of a JSON-RPC answer.
#[derive(Debug, Clone, PartialEq)]
pub struct RpcError {
    pub code: i64,
    pub message: String,
    pub data: Option<Value>,
}

/// Why a whole answer holds no results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// Not a status of success: 403 for a `Host` header that the node does not
    /// know, 415 for another content type than JSON.
    Status(u16),
    /// Success, but no JSON-RPC.
    NotJson,
}

/// Longer messages carry stack traces.
const MAX_MESSAGE_CHARS: usize = 300;

impl RpcError {
    pub const PARSE_ERROR: i64 = -32700;
    pub const INVALID_REQUEST: i64 = -32600;
    pub const METHOD_NOT_FOUND: i64 = -32601;
    pub const INVALID_PARAMS: i64 = -32602;
    pub const INTERNAL: i64 = -32603;
    /// go-quai's code for every error of an application.
    pub const SERVER: i64 = -32000;

    pub fn new(code: i64, message: impl Into<String>) -> Self {
        RpcError { code, message: message.into(), data: None }
    }

    pub fn to_json(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let (Some(data), Some(error)) = (&self.data, error.as_object_mut()) {
            error.insert("data".to_owned(), data.clone());
        }
        error
    }

    fn from_json(error: &Value) -> Self {
        let message = error.get("message").unwrap_or(error).as_str().unwrap_or_default();
        let message = clean(message, MAX_MESSAGE_CHARS);
        RpcError {
            code: error.get("code").and_then(Value::as_i64).unwrap_or(Self::SERVER),
            message: if message.is_empty() { "unknown error".to_owned() } else { message },
            data: error.get("data").cloned(),
        }
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The node answers: {} ({})", self.message, self.code)
    }
}

impl std::error::Error for RpcError {}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Status(403) => f.write_str(
                "The node refuses this host name (HTTP 403); use localhost or an IP address",
            ),
            Unusable::Status(status) => write!(f, "Node RPC returned {status}"),
            Unusable::NotJson => f.write_str("The answer is not that of a node"),
        }
    }
}

impl std::error::Error for Unusable {}

/// The body of a request: an object for one call, an array for several. Calls
/// are numbered from 0.
pub fn request<'a>(calls: impl IntoIterator<Item = (&'a str, &'a [Value])>) -> String {
    let calls = calls.into_iter().enumerate().map(|(id, (method, params))| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
    });
    let mut calls: Vec<Value> = calls.collect();
    match (calls.len(), calls.pop()) {
        (1, Some(call)) => call.to_string(),
        (_, last) => {
            calls.extend(last);
            Value::Array(calls).to_string()
        }
    }
}

/// The results of `count` calls, in the order in which they were asked. One
/// error for the request as a whole is the error of each of its calls.
pub fn read(answer: Answer<'_>, count: usize) -> Result<Vec<Result<Value, RpcError>>, Unusable> {
    if !(200..300).contains(&answer.status) {
        return Err(Unusable::Status(answer.status));
    }
    let mut results: Vec<Option<Result<Value, RpcError>>> = vec![None; count];
    match serde_json::from_slice(answer.body) {
        Ok(Value::Array(answers)) => {
            for answer in answers {
                let id = answer.get("id").and_then(Value::as_u64);
                let place = id.and_then(|id| results.get_mut(usize::try_from(id).ok()?));
                if let (Some(place), Some(result)) = (place, result(answer)) {
                    place.get_or_insert(result);
                }
            }
        }
        Ok(answer @ Value::Object(_)) => match result(answer) {
            Some(result) if count == 1 || result.is_err() => results.fill(Some(result)),
            _ => return Err(Unusable::NotJson),
        },
        _ => return Err(Unusable::NotJson),
    }
    let missing = || Err(RpcError::new(RpcError::INTERNAL, "no answer to this call"));
    Ok(results.into_iter().map(|result| result.unwrap_or_else(missing)).collect())
}

fn result(mut answer: Value) -> Option<Result<Value, RpcError>> {
    match answer.get("error") {
        None | Some(Value::Null) => answer.get_mut("result").map(Value::take).map(Ok),
        Some(error) => Some(Err(RpcError::from_json(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_is_an_object_and_several_are_an_array() {
        assert_eq!(
            request([("net_version", [].as_slice())]),
            r#"{"jsonrpc":"2.0","id":0,"method":"net_version","params":[]}"#
        );
        assert_eq!(
            request([("a", [json!(true)].as_slice()), ("b", [].as_slice())]),
            r#"[{"jsonrpc":"2.0","id":0,"method":"a","params":[true]},{"jsonrpc":"2.0","id":1,"method":"b","params":[]}]"#
        );
        assert_eq!(request([]), "[]");
    }

    #[test]
    fn answers_in_any_order() {
        let body = br#"[{"id":1,"result":null},{"id":7,"result":1},{"result":1},"x",
            {"id":0,"error":{"code":-32601,"message":"the method\n is not there","data":[1]}},
            {"id":1,"result":"late"},{"id":2}]"#;
        let results = read(Answer { status: 200, body }, 3).unwrap();
        let not_there = RpcError {
            code: -32601,
            message: "the method is not there".to_owned(),
            data: Some(json!([1])),
        };
        let missing = RpcError::new(RpcError::INTERNAL, "no answer to this call");
        assert_eq!(results, [Err(not_there), Ok(Value::Null), Err(missing)]);
    }

    #[test]
    fn one_answer_for_all() {
        let error =
            br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}}"#;
        let results = read(Answer { status: 200, body: error }, 2).unwrap();
        assert_eq!(results, vec![Err(RpcError::new(-32600, "batch too large")); 2]);
        let one = br#"{"id":99,"result":"0x1"}"#;
        assert_eq!(read(Answer { status: 200, body: one }, 1).unwrap(), [Ok(json!("0x1"))]);
        assert_eq!(read(Answer { status: 200, body: one }, 2), Err(Unusable::NotJson));
    }

    #[test]
    fn answers_that_are_none() {
        let check = |status, body: &str, expected| {
            assert_eq!(read(Answer { status, body: body.as_bytes() }, 1), Err(expected), "{body}");
        };
        check(403, "invalid host specified\n", Unusable::Status(403));
        check(200, "", Unusable::NotJson);
        check(200, "<html>", Unusable::NotJson);
        check(200, "5", Unusable::NotJson);
        check(200, "{}", Unusable::NotJson);
        check(200, &"[".repeat(100_000), Unusable::NotJson);
    }

    #[test]
    fn errors_of_odd_forms() {
        let check = |error: Value, code: i64, message: &str| {
            assert_eq!(RpcError::from_json(&error), RpcError::new(code, message));
        };
        check(json!("plain text"), -32000, "plain text");
        check(json!({}), -32000, "unknown error");
        check(json!({"code": "x", "message": 5}), -32000, "unknown error");
        check(json!({"code": 3, "message": "\u{1b}[0m"}), 3, "[0m");
    }
}
