//! Answers packed for clients that take it. What is streamed is not:
//! it would have to be packed in small pieces.

use std::collections::VecDeque;
use std::io::Write;

use axum::body::{Body, Bytes};
use axum::response::Response;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Body as _;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};
use tokio::sync::Semaphore;

use super::head::Head;
use crate::api::answer::body_in_parts;

/// NODE-COMPAT: what is smaller is sent as it is.
pub const MIN_BYTES: usize = 1024;
/// More takes longer than other requests should have to wait.
const MAX_BYTES_HERE: usize = 64 * 1024;

/// Large ones are packed so many at a time.
const AT_ONCE: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

pub const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// How an answer may be packed. NODE-COMPAT: Node knows deflate as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    Deflate,
}

/// What a client takes, gzip before deflate (RFC 9110 §12.5.3). NODE-COMPAT:
/// nothing with the header `X-No-Compression`.
pub fn accepted(head: &Head<'_>) -> Option<Coding> {
    let first = head.accept_encoding?;
    if head.all.contains_key("x-no-compression") {
        return None;
    }
    // Said by name counts more than `*`.
    let (mut gzip, mut deflate, mut any) = (None, None, None);
    for coding in first.to_str().unwrap_or_default().split(',') {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
            None => 1.0,
            Some(weight) => weight.parse::<f32>().unwrap_or(0.0),
        };
        let slot = match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "deflate" => &mut deflate,
            "*" => &mut any,
            _ => continue,
        };
        *slot = Some(weight > 0.0);
    }
    let takes = |named: Option<bool>| named.or(any).unwrap_or(false);
    match (takes(gzip), takes(deflate)) {
        (true, _) => Some(Coding::Gzip),
        (false, true) => Some(Coding::Deflate),
        (false, false) => None,
    }
}

/// Packs an answer if that is worth it.
pub async fn pack(response: Response, coding: Coding, api: bool) -> Response {
    if !is_worth(&response) {
        return response;
    }
    let (mut parts, mut body) = response.into_parts();
    let mut plain = VecDeque::new();
    // It is all there already, so this neither waits nor fails.
    while let Some(Ok(frame)) = body.frame().await {
        plain.extend(frame.into_data().ok());
    }
    let packed = if plain.iter().map(Bytes::len).sum::<usize>() > MAX_BYTES_HERE {
        // Each takes a third of a megabyte.
        let turn = TURNS.acquire().await;
        let work = plain.clone();
        let packed = tokio::task::spawn_blocking(move || coding.pack(&work)).await.ok().flatten();
        drop(turn);
        packed
    } else {
        coding.pack(&plain)
    };
    let Some(packed) = packed else { return Response::from_parts(parts, body_in_parts(plain)) };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_ENCODING, coding.name());
    // All of the API says `Vary: *`.
    if !api {
        parts.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    Response::from_parts(parts, Body::from(packed))
}

impl Coding {
    const fn name(self) -> HeaderValue {
        match self {
            Coding::Gzip => GZIP,
            Coding::Deflate => HeaderValue::from_static("deflate"),
        }
    }

    fn pack<'a>(self, plain: impl IntoIterator<Item = &'a Bytes>) -> Option<Bytes> {
        match self {
            Coding::Gzip => gzip(plain),
            Coding::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                for part in plain {
                    encoder.write_all(part).ok()?;
                }
                encoder.finish().ok().map(Bytes::from)
            }
        }
    }
}

/// `None` only if there is no memory for it.
pub fn gzip<'a>(plain: impl IntoIterator<Item = &'a Bytes>) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for part in plain {
        encoder.write_all(part).ok()?;
    }
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
    fn who_takes_what() {
        let accepted = |value: &'static str| {
            let headers =
                HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            super::accepted(&Head::of(&headers))
        };
        for gzip in ["gzip", "GZIP", "br, gzip;q=0.5", "*", "x-gzip", "deflate, gzip;q=0.1"] {
            assert_eq!(accepted(gzip), Some(Coding::Gzip), "{gzip}");
        }
        for deflate in ["deflate", "br, Deflate", "gzip;q=0, *", "gzip;q=0, deflate;q=0.1"] {
            assert_eq!(accepted(deflate), Some(Coding::Deflate), "{deflate}");
        }
        for none in ["", "br", "gzip;q=0", "gzip; q=0.0, deflate;q=0, *", "*;q=0", "gzip;q=x"] {
            assert_eq!(accepted(none), None, "{none}");
        }
        assert_eq!(super::accepted(&Head::of(&HeaderMap::new())), None);
        let mut headers = HeaderMap::from_iter([(ACCEPT_ENCODING, GZIP)]);
        headers.insert("x-no-compression", HeaderValue::from_static("1"));
        assert_eq!(super::accepted(&Head::of(&headers)), None);
    }
}
