//! JSON-RPC over HTTP with go-quai's rules for requests.

use serde_json::{Value, json};

use super::{Shared, methods};
use crate::http::Request;

type Reply = (String, &'static str, Vec<u8>);

/// go-quai's limit for a request.
const BODY_CAP_BYTES: usize = 5 << 20;

pub(super) fn answer(request: &Request, shared: &Shared) -> Reply {
    if !is_own_host(request.header("host")) {
        return refusal("403 Forbidden", "invalid host specified");
    }
    // The node answers a GET without a body 200 with nothing, for health checks.
    if request.method == "GET" && request.body.is_empty() {
        return ("200 OK".to_owned(), "text/plain; charset=utf-8", Vec::new());
    }
    if matches!(request.method.as_str(), "PUT" | "DELETE") {
        return refusal("405 Method Not Allowed", "method not allowed");
    }
    if request.body.len() > BODY_CAP_BYTES {
        return refusal("413 Request Entity Too Large", "content length too large");
    }
    let content_type = request.header("content-type").unwrap_or_default();
    if content_type.split(';').next().map(str::trim) != Some("application/json") {
        return refusal(
            "415 Unsupported Media Type",
            "invalid content type, only application/json is supported",
        );
    }
    let reply = match serde_json::from_slice::<Value>(&request.body) {
        Err(_) => Some(error(Value::Null, -32700, "parse error")),
        Ok(Value::Array(calls)) if calls.is_empty() => {
            Some(error(Value::Null, -32600, "empty batch"))
        }
        Ok(Value::Array(calls)) => {
            Some(calls.iter().filter_map(|one| call(one, shared)).collect::<Value>())
        }
        Ok(one) => call(&one, shared),
    };
    let body = reply.map(|reply| reply.to_string().into_bytes()).unwrap_or_default();
    ("200 OK".to_owned(), "application/json", body)
}

/// `None` for a notification, which nobody answers.
fn call(request: &Value, shared: &Shared) -> Option<Value> {
    let Some(method) = request.get("method").and_then(Value::as_str) else {
        return Some(error(Value::Null, -32600, "invalid request"));
    };
    shared.lock().methods.push(method.to_owned());
    let id = request.get("id").cloned()?;
    let params = match request.get("params") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(params)) => params.as_slice(),
        Some(_) => return Some(error(id, -32602, "non-array args")),
    };
    Some(match methods::call(method, params, shared) {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err((code, message)) => error(id, code, &message),
    })
}

fn error(id: Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

fn refusal(status: &str, text: &str) -> Reply {
    (status.to_owned(), "text/plain; charset=utf-8", format!("{text}\n").into_bytes())
}

/// `localhost` or a literal address, as without `--rpc.http-vhosts`.
fn is_own_host(host: Option<&str>) -> bool {
    let Some(host) = host else { return true };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok()
}
