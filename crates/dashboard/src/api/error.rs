//! Refusals. What the client reads is here; what went wrong inside is logged
//! where it is handled and never sent.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{self, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::answer;

/// Answered as `{"error": title, "message": what to do, "field": the culprit}`.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    pub status: StatusCode,
    pub error: Cow<'static, str>,
    pub message: Cow<'static, str>,
    pub field: Option<Cow<'static, str>>,
    pub header: Option<(HeaderName, HeaderValue)>,
    /// Further members of the answer.
    pub more: Vec<(&'static str, Value)>,
}

type Text = Cow<'static, str>;

impl ApiError {
    pub fn new(status: StatusCode, error: impl Into<Text>, message: impl Into<Text>) -> Self {
        let (error, message) = (error.into(), message.into());
        ApiError { status, error, message, field: None, header: None, more: Vec::new() }
    }

    /// A value that cannot be used: 400, naming the field and what it may be.
    pub fn bad_value(field: impl Into<Text>, message: impl Into<Text>) -> Self {
        let field = field.into();
        let mut error = Self::new(StatusCode::BAD_REQUEST, format!("Invalid {field}"), message);
        error.field = Some(field);
        error
    }

    pub fn bad_body(message: impl Into<Text>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid request", message)
    }

    /// NODE-COMPAT: the wording is Node's.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Authentication required")
    }

    pub fn forbidden(message: impl Into<Text>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", "There is nothing at this address")
    }

    pub fn method_not_allowed(allow: &str) -> Self {
        let message = format!("Allowed here: {allow}");
        let error = Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", message);
        match HeaderValue::from_str(allow) {
            Ok(value) => error.with_header(header::ALLOW, value),
            Err(_) => error,
        }
    }

    /// The store could not write or read; the reason is in the log and in the
    /// health.
    pub fn store(error: &quaiminer_store::StoreError) -> Self {
        log::warn!("A request failed in the store: {error}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Storage unavailable", error.to_string())
    }

    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((name, value.into()));
        self
    }
}

impl From<quaiminer_store::StoreError> for ApiError {
    fn from(error: quaiminer_store::StoreError) -> Self {
        ApiError::store(&error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error, "message": self.message });
        if let Some(members) = body.as_object_mut() {
            members.extend(self.field.map(|field| ("field".to_owned(), field.into())));
            members.extend(self.more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        let mut response = answer::with_status(self.status, &body);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
