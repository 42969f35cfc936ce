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

pub fn apply(response: &mut Response, context: Context) {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "geolocation=(), microphone=(), camera=()");
    // NODE-COMPAT: on all of Node's answers.
    set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    if context.api {
        // A service worker of the old page stores every answer and shows it
        // when we are down; `Vary: *` is what it respects.
        set(header::VARY, "*");
        set(header::CACHE_CONTROL, "no-store");
    }
    if context.tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if context.demo {
        set(HeaderName::from_static("x-quaiminer-demo"), "simulated data");
    }
    headers.insert(REQUEST_ID, context.request_id);
    if let Some(origin) = context.cors {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if !context.api {
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        }
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
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    HeaderValue::from_str(&format!("{:016x}{count:016x}", *START))
        .unwrap_or(HeaderValue::from_static("0"))
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
