//! `STATIC_DIR`: a frontend of the owner's in place of our page, served as the
//! Node server serves it, behind our sign-in.

mod conditions;
mod folder;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::api::error::ApiError;
use crate::config::Config;
use conditions::{Part, Validators};
use folder::{Found, Place};

pub use folder::Folder;

pub struct Frontend {
    folder: Folder,
    policy: HeaderValue,
}

impl Frontend {
    /// `None` without `STATIC_DIR`.
    pub fn open(config: &Config) -> Result<Option<Frontend>, String> {
        let Some(path) = &config.static_dir else { return Ok(None) };
        let policy = HeaderValue::from_str(&policy(config))
            .map_err(|error| format!("NODE_RPC_URL cannot be named to browsers: {error}"))?;
        Ok(Some(Frontend { folder: Folder::open(path)?, policy }))
    }

    /// The file of an address; 404 if there is none.
    pub async fn serve(
        &self,
        method: &Method,
        path: &str,
        is_page: bool,
        request: &HeaderMap,
    ) -> Result<Response, ApiError> {
        let inner = decode(path).ok_or_else(ApiError::not_found)?;
        let mut response = match self.folder.look(inner, is_page).await? {
            Place::File(found) => self.file(found, method, request).await?,
            // So that what its page names is found beside it.
            Place::Directory => moved(path),
            Place::Nothing => return Err(ApiError::not_found()),
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        // Who has signed out must not go on with what the browser kept.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        Ok(response)
    }

    async fn file(
        &self,
        found: Found,
        method: &Method,
        request: &HeaderMap,
    ) -> Result<Response, ApiError> {
        let media_type = media_type(&found.name);
        let validators = Validators::new(found.length, found.modified_ms);
        let (status, part) = if validators.are_known(request) {
            (StatusCode::NOT_MODIFIED, Part::NONE)
        } else {
            conditions::part(request, &validators, found.length)
        };
        let length = found.length;
        let body = match part.length {
            0 => Body::empty(),
            _ if *method == Method::HEAD => Body::empty(),
            _ => self.folder.read(found, part.from, part.length).await?,
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let mut set = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        set(header::ETAG, validators.tag);
        set(header::LAST_MODIFIED, validators.modified);
        if status != StatusCode::NOT_MODIFIED {
            set(header::CONTENT_LENGTH, part.length.to_string());
        }
        match status {
            StatusCode::PARTIAL_CONTENT => {
                let last = part.from + part.length - 1;
                set(header::CONTENT_RANGE, format!("bytes {}-{last}/{length}", part.from));
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                set(header::CONTENT_RANGE, format!("bytes */{length}"));
            }
            _ => {}
        }
        Ok(response)
    }
}

/// Whether a file may be had without signing in: browsers ask for these without
/// cookies.
pub fn is_public(path: &str) -> bool {
    matches!(path, "/manifest.json" | "/site.webmanifest" | "/manifest.webmanifest")
}

/// The path within the folder. `None` for what is never the name of a file
/// that is served: hidden ones, and ways to write others.
fn decode(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let (inner, _) = decoded.split_at(decoded.trim_end_matches('/').len());
    let hidden = inner.split('/').any(|part| part.is_empty() || part.starts_with('.'));
    let strange =
        decoded.contains(['\0', '\\']) || decoded.starts_with('/') || decoded.ends_with("//");
    ((inner.is_empty() || !hidden) && !strange).then(|| decoded.into_owned())
}

fn moved(path: &str) -> Response {
    let location = HeaderValue::from_str(&format!("{path}/"));
    match location {
        Ok(location) => {
            (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response()
        }
        Err(_) => ApiError::not_found().into_response(),
    }
}

/// What that frontend is made of: scripts and handlers within its pages, a
/// chart library and fonts from elsewhere, calls to a node. Nothing but that.
fn policy(config: &Config) -> String {
    const ELSEWHERE: &str = "https://cdn.jsdelivr.net https://fonts.googleapis.com https://fonts.gstatic.com https://api.quaiscan.io";
    let node = config
        .nodes
        .first()
        .filter(|_| config.node_is_set)
        .and_then(|uri| Some(format!(" {}://{}", uri.scheme_str()?, uri.authority()?)))
        .unwrap_or_default();
    format!(
        "default-src 'self'; \
         script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; \
         script-src-attr 'unsafe-inline'; \
         style-src 'self' 'unsafe-inline' https://fonts.googleapis.com; \
         font-src 'self' https://fonts.gstatic.com; \
         img-src 'self' data:; \
         connect-src 'self' ws: wss: http://*:8545 {ELSEWHERE}{node}; \
         object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
}

fn media_type(name: &str) -> &'static str {
    let (_, extension) = name.rsplit_once('.').unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=UTF-8",
        "js" | "mjs" => "text/javascript; charset=UTF-8",
        "css" => "text/css; charset=UTF-8",
        "json" | "map" => "application/json; charset=UTF-8",
        "webmanifest" => "application/manifest+json",
        "txt" | "md" => "text/plain; charset=UTF-8",
        "xml" => "text/xml; charset=UTF-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_served() {
        for (path, name) in [
            ("/", ""),
            ("/index.html", "index.html"),
            ("/css/a%20b.css", "css/a b.css"),
            ("/css/", "css/"),
            ("/%C3%BC.js", "ü.js"),
        ] {
            assert_eq!(decode(path).as_deref(), Some(name), "{path}");
        }
        for path in [
            "/.env",
            "/a/.git/config",
            "/../x",
            "/..%2fx",
            "/a/%2e%2e/x",
            "/a//b",
            "//",
            "/a//",
            "/%00",
            "/a%5cb",
            "/%ff",
            "x",
        ] {
            assert_eq!(decode(path), None, "{path}");
        }
    }
}
