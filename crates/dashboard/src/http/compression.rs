//! Answers packed with gzip for clients that take it. What is streamed is not:
//! it would have to be packed in small pieces.

use std::io::Write;

use axum::body::{Body, Bytes};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Body as _;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};

use super::head::Head;

/// NODE-COMPAT: what is smaller is sent as it is.
pub const MIN_BYTES: usize = 1024;
/// More takes longer than other requests should have to wait.
const MAX_BYTES_HERE: usize = 64 * 1024;

pub const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// Whether a client takes gzip (RFC 9110 §12.5.3). NODE-COMPAT: not with the
/// header `X-No-Compression`.
pub fn accepts(head: &Head<'_>) -> bool {
    let Some(first) = head.accept_encoding else { return false };
    if head.all.contains_key("x-no-compression") {
        return false;
    }
    // Said by name counts more than `*`.
    let (mut named, mut any) = (None, None);
    for coding in first.to_str().unwrap_or_default().split(',') {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
            None => 1.0,
            Some(weight) => weight.parse::<f32>().unwrap_or(0.0),
        };
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            named = Some(weight > 0.0);
        } else if name == "*" {
            any = Some(weight > 0.0);
        }
    }
    named.or(any).unwrap_or(false)
}

/// Packs an answer if that is worth it.
pub async fn pack(response: Response, api: bool) -> Response {
    if !is_worth(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // It is all there already, so this neither waits nor fails.
    let Ok(whole) = body.collect().await else {
        return Response::from_parts(parts, Body::empty());
    };
    let plain = whole.to_bytes();
    let packed = if plain.len() > MAX_BYTES_HERE {
        let work = plain.clone();
        tokio::task::spawn_blocking(move || gzip(&work)).await.ok().flatten()
    } else {
        gzip(&plain)
    };
    let Some(packed) = packed else { return Response::from_parts(parts, Body::from(plain)) };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_ENCODING, GZIP);
    // All of the API says `Vary: *`.
    if !api {
        parts.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    Response::from_parts(parts, Body::from(packed))
}

/// `None` only if there is no memory for it.
pub fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn is_worth(response: &Response) -> bool {
    let headers = response.headers();
    let size = response.body().size_hint().exact().unwrap_or(0);
    size >= MIN_BYTES as u64
        && response.status() != StatusCode::PARTIAL_CONTENT
        && !headers.contains_key(CONTENT_ENCODING)
        // What says nothing is JSON.
        && headers.get(CONTENT_TYPE).is_none_or(|media| {
            let media = media.as_bytes();
            [b"text/".as_slice(), b"application/json", b"image/svg+xml", b"application/manifest"]
                .iter()
                .any(|start| media.starts_with(start))
        })
}

#[cfg(test)]
mod tests {
    use hyper::header::{ACCEPT_ENCODING, HeaderMap};

    use super::*;

    #[test]
    fn who_takes_gzip() {
        let accepts = |value: &'static str| {
            let headers =
                HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            super::accepts(&Head::of(&headers))
        };
        for yes in ["gzip", "GZIP", "br, gzip;q=0.5", "*", "x-gzip", "deflate, *;q=0.1"] {
            assert!(accepts(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0, *", "*;q=0", "gzip;q=x", "gzipped"] {
            assert!(!accepts(no), "{no}");
        }
        assert!(!super::accepts(&Head::of(&HeaderMap::new())));
        let mut headers = HeaderMap::from_iter([(ACCEPT_ENCODING, GZIP)]);
        headers.insert("x-no-compression", HeaderValue::from_static("1"));
        assert!(!super::accepts(&Head::of(&headers)));
    }
}
