//! Answers that are made while they are sent: a task makes pieces, a short
//! channel holds the next two, and whoever reads slowly makes it wait. A
//! client that goes away ends it.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::Frame;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use tokio::sync::mpsc;

use super::error::ApiError;

/// Pieces that are made ahead.
const AHEAD: usize = 2;

/// Where the pieces go.
pub struct Sender(mpsc::Sender<Result<Bytes, ApiError>>);

impl Sender {
    /// `false` when nobody reads any more.
    pub async fn send(&self, piece: Vec<u8>) -> bool {
        piece.is_empty() || self.0.send(Ok(piece.into())).await.is_ok()
    }
}

/// A body of what `make` sends; it ends too early, for the client to see, when
/// that fails.
pub fn body<F>(make: impl FnOnce(Sender) -> F) -> Body
where
    F: Future<Output = Result<(), ApiError>> + Send + 'static,
{
    Body::new(Pieces { ready: Vec::new(), pieces: begin(make) })
}

fn begin<F>(make: impl FnOnce(Sender) -> F) -> mpsc::Receiver<Result<Bytes, ApiError>>
where
    F: Future<Output = Result<(), ApiError>> + Send + 'static,
{
    let (sender, pieces) = mpsc::channel(AHEAD);
    let work = make(Sender(sender.clone()));
    tokio::spawn(async move {
        if let Err(error) = work.await {
            // Nobody reads it any more, at worst.
            let _ = sender.send(Err(error)).await;
        }
    });
    pieces
}

/// What is downloaded.
pub struct File {
    pub name: String,
    pub media_type: &'static str,
}

/// Runs `make` and answers with what it sends. If it fails at the beginning,
/// that is the answer; later the connection is broken off, so that nobody
/// takes a half for the whole.
pub async fn download<F>(
    file: File,
    (method, request): (&Method, &HeaderMap),
    make: impl FnOnce(Sender) -> F,
) -> Result<Response, ApiError>
where
    F: Future<Output = Result<(), ApiError>> + Send + 'static,
{
    let mut response = Response::new(Body::empty());
    if *method == Method::HEAD {
        // How long it would be is not known before it is made.
        let (_, pieces) = mpsc::channel(1);
        *response.body_mut() = Body::new(Pieces { ready: Vec::new(), pieces });
    } else {
        let mut pieces = begin(make);
        let first = pieces.recv().await.transpose()?.unwrap_or_default();
        let second = pieces.recv().await.transpose()?;
        fill(&mut response, first, second, pieces, request);
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

fn fill(
    response: &mut Response,
    first: Bytes,
    second: Option<Bytes>,
    pieces: mpsc::Receiver<Result<Bytes, ApiError>>,
    request: &HeaderMap,
) {
    let last = range_end(request).filter(|last| *last < first.len());
    let total = match second {
        None => first.len().to_string(),
        Some(_) => "*".to_owned(),
    };
    if let Some(last) = last
        && let Ok(range) = HeaderValue::from_str(&format!("bytes 0-{last}/{total}"))
    {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        response.headers_mut().insert(header::CONTENT_RANGE, range);
        *response.body_mut() = Body::from(first.slice(..=last));
        return;
    }
    *response.body_mut() = match second {
        None => Body::from(first),
        Some(second) => Body::new(Pieces { ready: vec![second, first], pieces }),
    };
}

/// The last byte, if the beginning is asked for. A piece from the middle would
/// be one of another download: each is made anew.
fn range_end(request: &HeaderMap) -> Option<usize> {
    if request.contains_key(header::IF_RANGE) {
        return None;
    }
    let range = request.get(header::RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes=0-")?.parse().ok()
}

struct Pieces {
    /// Those that were looked at, the next one last.
    ready: Vec<Bytes>,
    pieces: mpsc::Receiver<Result<Bytes, ApiError>>,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(piece) = self.ready.pop() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        self.pieces.poll_recv(context).map(|piece| {
            piece.map(|piece| {
                piece.map(Frame::data).map_err(|error| {
                    log::warn!("A download was broken off: {}", error.message);
                    std::io::Error::other(error.message.into_owned())
                })
            })
        })
    }
}
