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
            Err(_) => Err(undecodable()),
        }
    }
}

/// Whether two hex digits are behind each % sign, and UTF-8 comes of it.
pub fn is_decodable(path: &str) -> bool {
    let is_escape = |rest: &str| {
        rest.get(..2).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    // Most have none, and this is asked of every address.
    if !path.contains('%') {
        return true;
    }
    path.split('%').skip(1).all(is_escape)
        && percent_encoding::percent_decode_str(path).decode_utf8().is_ok()
}

pub fn undecodable() -> ApiError {
    let message = "The address is not UTF-8 behind its % signs";
    ApiError::new(StatusCode::BAD_REQUEST, "Invalid address", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for right in ["/api", "/api/a%20b", "/%C3%bc", "/%25zz", "/%00"] {
            assert!(is_decodable(right), "{right}");
        }
        for wrong in ["/%", "/%2", "/%zz", "/%2/x", "/%ff", "/%E0%A4%A", "/%C3/x", "/%+1"] {
            assert!(!is_decodable(wrong), "{wrong}");
        }
    }
}
