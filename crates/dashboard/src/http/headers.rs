//! Headers that every answer carries (deviation R7).

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::response::Response;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::hosts::Origin;
use crate::access::random_bytes;

/// What is known of the request when the answer leaves.
pub struct Context {
    pub api: bool,
    pub tls: bool,
    pub demo: bool,
    pub request_id: HeaderValue,
    /// The caller's origin, if it is not ours and allowed.
    pub cors: Option<HeaderValue>,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Checked when the program is compiled, not for each answer.
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const ANYTHING: HeaderValue = HeaderValue::from_static("*");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

pub fn apply(response: &mut Response, context: Context) {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    // Data too must not be loaded into a foreign page, as a script or picture.
    headers.insert(RESOURCE_POLICY, SAME_ORIGIN);
    // NODE-COMPAT: on all of Node's answers.
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
    headers.insert(REQUEST_ID, context.request_id);
    if context.api {
        // A service worker of the old page stores every answer and shows it
        // when we are down; `Vary: *` is what it respects.
        headers.insert(header::VARY, ANYTHING);
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    } else {
        for_pages(headers);
    }
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    if context.tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if context.demo {
        set(HeaderName::from_static("x-quaiminer-demo"), "simulated data");
    }
    if let Some(origin) = context.cors {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if !context.api {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }
}

/// What these forbid is done with pages, not with data.
fn for_pages(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "geolocation=(), microphone=(), camera=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The client's own id, if it is one (1 to 128 visible characters), else a
/// new one.
pub fn request_id(headers: &HeaderMap) -> HeaderValue {
    if let Some(id) = headers.get(REQUEST_ID)
        && (1..=128).contains(&id.len())
        && id.as_bytes().iter().all(u8::is_ascii_graphic)
    {
        return id.clone();
    }
    new_id()
}

/// 128 bits that no other request has: it is a name, not a secret, so asking
/// the kernel for random numbers once is enough.
fn new_id() -> HeaderValue {
    static START: LazyLock<u64> =
        LazyLock::new(|| random_bytes::<8>().map_or(0, u64::from_be_bytes));
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let parts = [*START, NEXT.fetch_add(1, Ordering::Relaxed)].map(u64::to_be_bytes);
    let mut id = [0; 32];
    for (pair, byte) in id.chunks_exact_mut(2).zip(parts.as_flattened()) {
        if let [high, low] = pair {
            *high = digit(byte >> 4);
            *low = digit(byte & 0xf);
        }
    }
    HeaderValue::from_bytes(&id).unwrap_or(ANYTHING)
}

/// CORS for an origin that may use the API.
pub fn cors(origin: Origin, headers: &HeaderMap) -> Option<HeaderValue> {
    if origin == Origin::Allowed { headers.get(header::ORIGIN).cloned() } else { None }
}

/// NODE-COMPAT: every OPTIONS request is answered so, for any path.
pub fn preflight(request: &HeaderMap) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE"),
    );
    if let Some(asked) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}
