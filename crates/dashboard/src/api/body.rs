//! Request bodies. Read under a size limit and a deadline; what cannot be
//! understood is refused with a 4xx that says why (deviation R1).

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::app::SharedApp;
use crate::config::MaxRequest;

/// Time for the whole body; at 1 MiB that is slower than any line in use.
const DEADLINE: Duration = Duration::from_secs(10);

/// The fields of a JSON object or a form. A request without a body, or with
/// one of another type, has none, as for the Node server.
pub struct Fields(pub Map<String, Value>);

impl FromRequest<SharedApp> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, ApiError> {
        match Media::of(request.headers())? {
            Media::Json => match read_json(request, &app.config.max_request).await? {
                Value::Object(fields) => Ok(Fields(fields)),
                _ => Err(ApiError::bad_body("The body must be a JSON object, such as {}")),
            },
            Media::Form => {
                let bytes = read(request.into_body(), &app.config.max_request).await?;
                let pairs = form_urlencoded::parse(&bytes);
                Ok(Fields(pairs.map(|(name, value)| (name.into(), value.into())).collect()))
            }
            Media::Other => Ok(Fields(Map::new())),
        }
    }
}

/// The bytes of a JSON body, for a route with a parser of its own; empty
/// without one.
pub struct JsonBytes(pub Bytes);

impl FromRequest<SharedApp> for JsonBytes {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, ApiError> {
        match Media::of(request.headers())? {
            Media::Json => read_json_bytes(request, &app.config.max_request).await.map(JsonBytes),
            _ => Ok(JsonBytes(Bytes::new())),
        }
    }
}

enum Media {
    Json,
    Form,
    Other,
}

impl Media {
    fn of(headers: &HeaderMap) -> Result<Media, ApiError> {
        let unsupported = |message: &'static str| {
            ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", message)
        };
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/json" => Media::Json,
            "application/x-www-form-urlencoded" => Media::Form,
            _ => return Ok(Media::Other),
        };
        if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(unsupported("Send the body without compression"));
        }
        for part in parts {
            let charset = part.to_ascii_lowercase();
            if let Some(charset) = charset.strip_prefix("charset=")
                && !matches!(charset.trim_matches('"'), "utf-8" | "utf8")
            {
                return Err(unsupported("The body must be UTF-8"));
            }
        }
        Ok(media)
    }
}

async fn read_json_bytes(request: Request, limit: &MaxRequest) -> Result<Bytes, ApiError> {
    let bytes = read(request.into_body(), limit).await?;
    if bytes.is_empty() {
        return Err(ApiError::bad_body("The body is empty; send a JSON object, such as {}"));
    }
    Ok(bytes)
}

async fn read_json(request: Request, limit: &MaxRequest) -> Result<Value, ApiError> {
    let bytes = read_json_bytes(request, limit).await?;
    // The parser bounds the depth of nesting itself.
    serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::bad_body(format!("The body is not valid JSON: {error}")))
}

async fn read(mut body: Body, limit: &MaxRequest) -> Result<Bytes, ApiError> {
    let everything = async {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ApiError::bad_body("The body was cut short"))?;
            if let Some(data) = frame.data_ref() {
                if (bytes.len() + data.len()) as u64 > limit.bytes {
                    drain(body).await;
                    return Err(too_large(limit));
                }
                bytes.extend_from_slice(data);
            }
        }
        Ok(Bytes::from(bytes))
    };
    tokio::time::timeout(DEADLINE, everything).await.unwrap_or_else(|_| {
        Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "Request timeout",
            format!("The body did not arrive within {} s", DEADLINE.as_secs()),
        ))
    })
}

/// Reads and forgets what a refused client still sends: most read an answer
/// only when they have sent everything, and would report a broken connection
/// instead of the refusal.
pub async fn drain(mut body: Body) {
    const MAX_BYTES: usize = 16 * 1024 * 1024;
    const WITHIN: Duration = Duration::from_secs(3);
    let mut read = 0;
    let all = async {
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > MAX_BYTES {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(WITHIN, all).await;
}

/// NODE-COMPAT: the wording and the field `maxSize` are Node's.
pub fn too_large(limit: &MaxRequest) -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "Request too large",
        format!("Request size exceeds maximum of {}", limit.text),
    )
    .with("maxSize", limit.text.as_str())
}
