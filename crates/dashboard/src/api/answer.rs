//! JSON answers, with the content type that the Node server sends.

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

pub const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

pub fn ok(body: &Value) -> Response {
    with_status(StatusCode::OK, body)
}

pub fn with_status(status: StatusCode, body: &Value) -> Response {
    let mut response = rendered(body.to_string().into());
    *response.status_mut() = status;
    response
}

/// NODE-COMPAT: a failure that pages read from a 200 (deviation R3).
pub fn failure(error: impl Into<Value>) -> Response {
    ok(&serde_json::json!({ "success": false, "error": error.into() }))
}

/// A body that was serialised before.
pub fn rendered(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    // Room for what the guard adds, so that the map need not grow.
    *response.headers_mut() = HeaderMap::with_capacity(12);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
