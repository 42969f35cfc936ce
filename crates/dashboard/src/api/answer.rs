//! JSON answers. Their content type is added with the other headers when they
//! leave, see `http::headers`.

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::StatusCode;
use serde_json::Value;

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
    // Without headers: that it is JSON is added with those of all answers.
    Response::new(Body::from(body))
}
