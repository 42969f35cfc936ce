//! JSON answers. Their content type is added with the other headers when they
//! leave, see `http::headers`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hasher};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::StatusCode;
use hyper::body::{Frame, SizeHint};
use hyper::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use serde_json::Value;

use crate::http::compression::{self, GZIP, MIN_BYTES};

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

/// The same in parts, of which some may be one and the same.
pub fn in_parts(parts: impl IntoIterator<Item = Bytes>) -> Response {
    Response::new(body_in_parts(parts.into_iter().collect()))
}

pub fn body_in_parts(parts: VecDeque<Bytes>) -> Body {
    Body::new(Parts(parts))
}

/// Text in pieces of which none is large. Large ones would be given back to
/// the C library, which takes that for the usual and keeps as much.
#[derive(Default)]
pub struct Pieces {
    full: Vec<Bytes>,
    /// What is written to.
    pub text: Vec<u8>,
}

impl Pieces {
    const BYTES: usize = 60 * 1024;

    /// To be called where the text may be cut, e.g. after each row.
    pub fn cut(&mut self) {
        if self.text.len() > Pieces::BYTES {
            self.full.push(std::mem::take(&mut self.text).into());
        }
    }

    pub fn finish(mut self) -> Vec<Bytes> {
        self.full.push(self.text.into());
        self.full
    }
}

struct Parts(VecDeque<Bytes>);

impl hyper::body::Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        while let Some(part) = self.0.pop_front() {
            if !part.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(part))));
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|part| part.len() as u64).sum())
    }
}

/// An answer that many get: serialised once, and packed when the first wants
/// it so.
pub struct Prepared {
    plain: Bytes,
    packed: OnceLock<Option<Bytes>>,
}

impl Prepared {
    pub fn new(body: Bytes) -> Self {
        Prepared { plain: body, packed: OnceLock::new() }
    }

    pub fn plain(&self) -> &Bytes {
        &self.plain
    }

    pub fn answer(&self, takes_gzip: bool) -> Response {
        if takes_gzip
            && self.plain.len() >= MIN_BYTES
            && let Some(packed) = self.packed.get_or_init(|| compression::gzip([&self.plain]))
        {
            let mut response = rendered(packed.clone());
            response.headers_mut().insert(CONTENT_ENCODING, GZIP);
            return response;
        }
        rendered(self.plain.clone())
    }
}

/// A 200 with a weak tag, or a 304 for who has the same already.
pub fn tagged(body: Vec<u8>, request: &HeaderMap) -> Response {
    let body = Bytes::from(body);
    let mut hasher = DefaultHasher::new();
    hasher.write(&body);
    let tag = format!("W/\"{:x}-{:016x}\"", body.len(), hasher.finish());
    let mut response = if is_known(request, &tag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        rendered(body)
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    // Who keeps it asks again each time.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Whether `If-None-Match` names a tag, compared weakly (RFC 9110 §13.1.2).
/// NODE-COMPAT: not for who wants it anew (`Cache-Control: no-cache`).
pub fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let wants = request.get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
    if wants.is_some_and(|wants| wants.split(',').any(|word| word.trim() == "no-cache")) {
        return false;
    }
    let opaque = tag.trim_start_matches("W/");
    request.get_all(IF_NONE_MATCH).iter().filter_map(|field| field.to_str().ok()).any(|field| {
        field
            .split(',')
            .map(str::trim)
            .any(|known| known == "*" || known.trim_start_matches("W/") == opaque)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let known = |value: &'static str| {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]);
            is_known(&headers, "W/\"a-1\"")
        };
        for yes in ["W/\"a-1\"", "\"a-1\"", "\"x\", W/\"a-1\"", "*"] {
            assert!(known(yes), "{yes}");
        }
        for no in ["", "a-1", "\"a-2\"", "W/\"a-1"] {
            assert!(!known(no), "{no}");
        }
    }

    #[test]
    fn an_answer_for_many_is_packed_when_that_is_worth_it() {
        let encoding = |length: usize, gzip| {
            let answer = Prepared::new("x".repeat(length).into()).answer(gzip);
            answer.headers().get(CONTENT_ENCODING).cloned()
        };
        assert_eq!(encoding(2000, true), Some(GZIP));
        assert_eq!(encoding(2000, false), None);
        assert_eq!(encoding(1000, true), None);
    }
}
