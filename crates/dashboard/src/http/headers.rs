//! Headers that every answer carries (deviation R7).

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::response::Response;
use hyper::StatusCode;
use hyper::body::Body as _;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::head::Head;
use super::hosts::Origin;
use crate::access::random_bytes;

/// What is known of the request when the answer leaves.
pub struct Context {
    pub api: bool,
    pub demo: bool,
    pub request_id: HeaderValue,
    /// The caller's origin, if it is not ours and allowed.
    pub cors: Option<HeaderValue>,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// What everything carries.
const COMMON: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Data too must not be loaded into a foreign page, as a script or picture.
    (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    // NODE-COMPAT: on all of Node's answers.
    (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
];

/// What answers of the API carry besides, unless a route says otherwise.
const API: [(HeaderName, HeaderValue); 2] = [
    // A service worker of the old page stores every answer and shows it when
    // we are down; `Vary: *` is what it respects.
    (header::VARY, HeaderValue::from_static("*")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The headers of nearly every answer of the API, put together once: to copy
/// them costs a third of adding them one by one.
static JSON_ANSWER: LazyLock<HeaderMap> = LazyLock::new(|| {
    // The last has its place only; a copy has no room for more.
    let own = [(header::CONTENT_TYPE, JSON), (REQUEST_ID, HeaderValue::from_static(""))];
    COMMON.into_iter().chain(API).chain(own).collect()
});

pub fn apply(response: &mut Response, context: Context, tls: bool) {
    let has_content = !matches!(
        response.status(),
        StatusCode::SWITCHING_PROTOCOLS | StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    );
    let is_plain = is_plain(response);
    let headers = response.headers_mut();
    if context.api && has_content && is_plain {
        headers.clone_from(&JSON_ANSWER);
    } else {
        headers.extend(COMMON);
        if !context.api {
            for_pages(headers);
        } else {
            for (name, value) in API {
                headers.entry(name).or_insert(value);
            }
        }
        if has_content {
            // Pages and files say what they are; a refusal among them is JSON.
            headers.entry(header::CONTENT_TYPE).or_insert(JSON);
        }
    }
    headers.insert(REQUEST_ID, context.request_id);
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    if tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        if !context.api {
            // Over plain HTTP browsers ignore it and call that an error, on
            // every page at an address of the local network.
            set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        }
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

/// A body and nothing said about it but its length, which is said again when
/// it is sent. An answer to HEAD has its length and no body.
fn is_plain(response: &Response) -> bool {
    let headers = response.headers();
    headers.keys().all(|name| name == header::CONTENT_LENGTH) && !response.body().is_end_stream()
}

/// What these forbid is done with pages, not with data.
fn for_pages(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "geolocation=(), microphone=(), camera=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The client's own id, if it is one (1 to 128 visible characters), else a
/// new one.
pub fn request_id(head: &Head<'_>) -> HeaderValue {
    if let Some(id) = head.request_id
        && (1..=128).contains(&id.len())
        && id.as_bytes().iter().all(u8::is_ascii_graphic)
    {
        return id.clone();
    }
    new_id()
}

/// 64 bits that no other request has: it is a name, not a secret, so asking
/// the kernel for a random number to start from is enough.
fn new_id() -> HeaderValue {
    static NEXT: LazyLock<AtomicU64> =
        LazyLock::new(|| AtomicU64::new(random_bytes().map_or(0, u64::from_be_bytes)));
    let id = hex(NEXT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_bytes(&id).unwrap_or(HeaderValue::from_static("*"))
}

fn hex(number: u64) -> [u8; 16] {
    let mut left = number;
    let mut digits = [0; 16];
    for digit in digits.iter_mut().rev() {
        let value = (left & 0xf) as u8;
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        left >>= 4;
    }
    digits
}

/// CORS for an origin that may use the API.
pub fn cors(origin: Origin, head: &Head<'_>) -> Option<HeaderValue> {
    head.origin.filter(|_| origin == Origin::Allowed).cloned()
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
