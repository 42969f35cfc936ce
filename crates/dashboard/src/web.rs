//! Our own page and its files, built into the program.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode, Uri};

use crate::access::identity::Identity;
use crate::api::answer;
use crate::api::error::ApiError;
use crate::api::v1::session;
use crate::app::SharedApp;
use crate::foreign::{self, Frontend};
use crate::http::compression::{self, Coding};
use crate::http::guard::Client;
use crate::http::head::Head;
use crate::live::{self, Dialogue, Handshake};

/// One file of the page.
pub struct File {
    name: &'static str,
    content: &'static [u8],
    gzip: &'static [u8],
    etag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/web.rs"));

const ASSETS: &str = "/assets/";

/// Nothing from elsewhere, nothing inline but the import map.
fn policy() -> String {
    format!(
        "default-src 'none'; script-src 'self' 'sha256-{IMPORT_MAP_SHA256}'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

/// Everything that is not a route of the API: files, pages, and the socket of
/// the old page, which is at `/` or `/ws`.
pub async fn serve(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    identity: Option<Extension<Identity>>,
    handshake: Result<Handshake, ApiError>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let identity = identity.map(|Extension(identity)| identity);
    let path = uri.path();
    if headers.contains_key(header::UPGRADE) {
        return match handshake {
            Ok(handshake) if matches!(path, "/" | "/ws") || app.is_open() => {
                live::upgrade(handshake, app, identity, Dialogue::Compat)
            }
            Ok(_) => ApiError::not_found().into_response(),
            Err(refusal) => refusal.into_response(),
        };
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return ApiError::method_not_allowed("GET, HEAD").into_response();
    }
    if let Some(frontend) = &app.frontend {
        return theirs(&app, frontend, client, identity, &method, path, &headers)
            .await
            .unwrap_or_else(IntoResponse::into_response);
    }
    ours(&app, client, identity, path, &headers).await
}

/// Our page and its files.
async fn ours(
    app: &SharedApp,
    client: Client,
    identity: Option<Identity>,
    path: &str,
    headers: &HeaderMap,
) -> Response {
    if let Some(name) = path.strip_prefix(ASSETS) {
        return match FILES.iter().find(|file| file.name == name) {
            Some(found) if !name.ends_with(".html") => file(found, headers),
            _ => ApiError::not_found().into_response(),
        };
    }
    if path == "/sw.js"
        && let Some(farewell) = FILES.iter().find(|file| file.name == "sw.js")
    {
        return file(farewell, headers);
    }
    if !is_page(path, headers) {
        return ApiError::not_found().into_response();
    }
    page(app, client, identity, path).await.unwrap_or_else(IntoResponse::into_response)
}

/// The files of another frontend. Who has not signed in gets our sign-in page
/// at the address of every page, and what that consists of.
async fn theirs(
    app: &SharedApp,
    frontend: &Frontend,
    client: Client,
    identity: Option<Identity>,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let is_page = is_page(path, headers);
    let may_see = identity.is_some() || app.is_open();
    let is_asset = path.starts_with(ASSETS);
    if !may_see && !foreign::is_public(path) {
        return match is_page || is_asset || path.ends_with(".html") {
            true if is_asset => Ok(ours(app, client, identity, path, headers).await),
            true => page(app, client, identity, path).await,
            false => Err(ApiError::unauthorized()),
        };
    }
    if is_docs(path) {
        return page(app, client, identity, path).await;
    }
    match frontend.serve(method, path, is_page, headers).await {
        Err(error) if error.status == StatusCode::NOT_FOUND && is_asset => {
            Ok(ours(app, client, identity, path, headers).await)
        }
        Err(error) if error.status == StatusCode::NOT_FOUND && is_icon(path) => {
            let icon = FILES.iter().find(|file| file.name == "favicon.svg");
            icon.map(|icon| file(icon, headers)).ok_or(error)
        }
        served => served,
    }
}

/// An address without a file's extension, asked for by something that reads
/// HTML (deviation R6).
fn is_page(path: &str, headers: &HeaderMap) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let accept = headers.get(header::ACCEPT).map(|accept| accept.to_str().unwrap_or_default());
    let reads_html =
        accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"));
    reads_html && (!last.contains('.') || last == "index.html")
}

/// NODE-COMPAT: what browsers and the old page ask for and it does not have;
/// a 404 is an error in their consoles.
fn is_icon(path: &str) -> bool {
    matches!(path, "/favicon.ico" | "/icon-192.png" | "/icon-512.png")
}

/// The description of the API, for people.
fn is_docs(path: &str) -> bool {
    matches!(path, "/api-docs" | "/api-docs/")
}

/// The page for who is signed in, the sign-in page for everybody else, both
/// at the same address and with 200: a service worker of the old page accepts
/// nothing else.
async fn page(
    app: &SharedApp,
    client: Client,
    identity: Option<Identity>,
    path: &str,
) -> Result<Response, ApiError> {
    let user = identity.as_ref().map(|identity| &identity.user);
    let session = session::describe(app, client, user).await?.to_string();
    let may_see = user.is_some() || app.is_open();
    let (name, boot) = if may_see && is_docs(path) {
        ("docs.html", session)
    } else if may_see {
        let frames = app.live.frames();
        let snapshot = str::from_utf8(frames.snapshot.plain()).unwrap_or("null");
        ("index.html", format!(r#"{{"session":{session},"snapshot":{snapshot}}}"#))
    } else {
        ("signin.html", session)
    };
    let html = FILES
        .iter()
        .find(|file| file.name == name)
        .and_then(|file| str::from_utf8(file.content).ok())
        .ok_or_else(ApiError::not_found)?;
    // In HTML a script ends at the next `</script`, whatever the quotes.
    let html = html.replacen("{{boot}}", &boot.replace('<', "\\u003c"), 1);
    let mut response = Response::new(Body::from(html));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

fn file(file: &File, request: &HeaderMap) -> Response {
    let etag = HeaderValue::from_static(file.etag);
    let mut response = Response::new(Body::empty());
    if answer::is_known(request, file.etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let takes_gzip = compression::accepted(&Head::of(request)) == Some(Coding::Gzip);
        let content = if takes_gzip { file.gzip } else { file.content };
        *response.body_mut() = Body::from(content);
        if takes_gzip {
            let encoding = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, encoding);
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(file.name)));
    headers.insert(header::ETAG, etag);
    // Asked for again each time, and answered with 304: an upgrade shows at
    // once.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}
