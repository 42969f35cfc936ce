//! A part of the address, decoded.

use axum::extract::{FromRequestParts, Path};
use hyper::StatusCode;
use hyper::http::request::Parts;

use super::error::ApiError;

/// The `{id}` of a route with one of these.
pub struct Part(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Part {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Part(text)),
            Err(_) => {
                let message = "The address is not UTF-8 behind its % signs";
                Err(ApiError::new(StatusCode::BAD_REQUEST, "Invalid address", message))
            }
        }
    }
}
