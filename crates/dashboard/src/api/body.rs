//! Request bodies. Read under a size limit and a deadline; what cannot be
//! understood is refused with a 4xx that says why (deviation R1).

use std::io::Read;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use http_body_util::BodyExt;
use hyper::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING,
};
use hyper::{Method, StatusCode};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::nested;
use crate::app::{App, SharedApp};
use crate::config::MaxRequest;
use crate::http::head::Head;

/// Time for the whole body; at 1 MiB that is slower than any line in use.
const DEADLINE: Duration = Duration::from_secs(10);

/// The fields of a JSON object or a form. A request without a body, or with
/// one of another type, has none, as for the Node server.
pub struct Fields(pub Map<String, Value>);

impl FromRequest<SharedApp> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, ApiError> {
        let limit = &app.config.max_request;
        match Media::of(request.headers())? {
            Media::Json(coding) => {
                object(&read_json(request.into_body(), coding, limit).await?).map(Fields)
            }
            Media::Form(coding) => {
                let bytes = coding.decode(read(request.into_body(), limit).await?, limit)?;
                nested::read(&bytes).map(Fields)
            }
            Media::Other => Ok(Fields(Map::new())),
        }
    }
}

/// NODE-COMPAT: looks at bodies where none is expected, as with GET and
/// DELETE: a damaged one is refused there, too (deviation R1).
pub async fn check_unexpected(request: &mut Request, limit: &MaxRequest) -> Result<(), ApiError> {
    if let Media::Json(coding) = Media::of(request.headers())? {
        let bytes = read(std::mem::take(request.body_mut()), limit).await?;
        object(&not_empty(coding.decode(bytes.clone(), limit)?)?)?;
        *request.body_mut() = Body::from(bytes);
    }
    Ok(())
}

/// NODE-COMPAT: Node reads the body before it looks who asks, and for what; so
/// of a damaged one that is told. To strangers only while nobody is one.
pub async fn check_refused(
    request: &mut Request,
    status: StatusCode,
    app: &App,
) -> Result<(), ApiError> {
    let comes_later = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => true,
        StatusCode::UNAUTHORIZED => app.is_open(),
        _ => false,
    };
    if comes_later { check_unexpected(request, &app.config.max_request).await } else { Ok(()) }
}

/// A POST is read by its route.
pub fn is_unexpected(method: &Method, head: &Head<'_>) -> bool {
    head.content_type.is_some()
        && *method != Method::POST
        && (head.content_length.is_some() || head.transfer_encoding.is_some())
}

/// The bytes of a JSON body, for a route with a parser of its own; empty
/// without one.
pub struct JsonBytes(pub Bytes);

impl FromRequest<SharedApp> for JsonBytes {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, ApiError> {
        match Media::of(request.headers())? {
            Media::Json(coding) => {
                let limit = &app.config.max_request;
                read_json(request.into_body(), coding, limit).await.map(JsonBytes)
            }
            // NODE-COMPAT: a form does as well.
            Media::Form(coding) => {
                let limit = &app.config.max_request;
                let bytes = coding.decode(read(request.into_body(), limit).await?, limit)?;
                Ok(JsonBytes(Value::from(nested::read(&bytes)?).to_string().into()))
            }
            Media::Other => Ok(JsonBytes(Bytes::new())),
        }
    }
}

enum Media {
    Json(Coding),
    Form(Coding),
    Other,
}

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Deflate,
}

impl Coding {
    fn of(headers: &HeaderMap) -> Option<Coding> {
        match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
            None => Some(Coding::Identity),
            Some(b"") => Some(Coding::Identity),
            Some(name) if name.eq_ignore_ascii_case(b"identity") => Some(Coding::Identity),
            Some(name) if name.eq_ignore_ascii_case(b"gzip") => Some(Coding::Gzip),
            Some(name) if name.eq_ignore_ascii_case(b"deflate") => Some(Coding::Deflate),
            Some(_) => None,
        }
    }

    /// The limit is for what comes out: a few kilobytes can become gigabytes.
    fn decode(self, bytes: Bytes, limit: &MaxRequest) -> Result<Bytes, ApiError> {
        let packed = bytes.as_ref();
        let mut unpacked: Box<dyn Read + '_> = match self {
            Coding::Identity => return Ok(bytes),
            Coding::Gzip => Box::new(flate2::read::GzDecoder::new(packed)),
            Coding::Deflate => Box::new(flate2::read::ZlibDecoder::new(packed)),
        };
        let mut out = Vec::new();
        unpacked
            .by_ref()
            .take(limit.bytes.saturating_add(1))
            .read_to_end(&mut out)
            .map_err(|error| ApiError::bad_body(format!("The body cannot be unpacked: {error}")))?;
        if out.len() as u64 > limit.bytes { Err(too_large(limit)) } else { Ok(out.into()) }
    }
}

impl Media {
    fn of(headers: &HeaderMap) -> Result<Media, ApiError> {
        let unsupported = |message: &'static str| {
            ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", message)
        };
        // NODE-COMPAT: without a length there is no body, whatever its type
        // would be; `curl -X POST` sends that.
        if !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
            return Ok(Media::Other);
        }
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/json" => Media::Json,
            "application/x-www-form-urlencoded" => Media::Form,
            _ => return Ok(Media::Other),
        };
        let coding = Coding::of(headers)
            .ok_or_else(|| unsupported("Send the body as it is, or with gzip or deflate"))?;
        for part in parts {
            let charset = part.to_ascii_lowercase();
            if let Some(charset) = charset.strip_prefix("charset=")
                && charset.trim_matches('"') != "utf-8"
            {
                return Err(unsupported("The body must be UTF-8"));
            }
        }
        Ok(media(coding))
    }
}

async fn read_json(body: Body, coding: Coding, limit: &MaxRequest) -> Result<Bytes, ApiError> {
    not_empty(coding.decode(read(body, limit).await?, limit)?)
}

fn not_empty(bytes: Bytes) -> Result<Bytes, ApiError> {
    if bytes.is_empty() {
        return Err(ApiError::bad_body("The body is empty; send a JSON object, such as {}"));
    }
    Ok(bytes)
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    // The parser bounds the depth of nesting itself.
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(ApiError::bad_body("The body must be a JSON object, such as {}")),
        Err(error) => Err(ApiError::bad_body(format!("The body is not valid JSON: {error}"))),
    }
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
