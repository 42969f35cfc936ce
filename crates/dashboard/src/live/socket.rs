//! One page's WebSocket: the handshake, and messages that go out to many
//! pages as the same bytes.
//!
//! tungstenite copies each message into a buffer that it keeps, so a socket
//! would keep room for a whole message; the bytes of a server's frame are the
//! same for everybody (RFC 6455 §5.1: only clients mask), so they are made
//! once and written past it. All else, from pongs to the closing handshake, is
//! tungstenite's.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use hyper::StatusCode;
use hyper::header::{HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION};
use hyper::http::request::Parts;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame as WireFrame, Utf8Bytes};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::api::error::ApiError;

/// For one message to be taken; a page that needs longer is gone or stuck.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Pages send nothing but pongs; what is larger is refused.
const MAX_INCOMING_BYTES: usize = 4096;

/// A request that becomes a WebSocket, if it is answered with [`Self::accept`].
pub struct Handshake {
    answer: Response,
    upgrade: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for Handshake {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let request = hyper::Request::from_parts(parts.clone(), ());
        let answer =
            create_response_with_body(&request, Body::empty).map_err(|error| no(&error))?;
        let key = parts.headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
        // RFC 6455 §4.2.1: 16 bytes in base64.
        if key.is_none_or(|key| key.len() != 24 || !key.ends_with(b"==")) {
            return Err(no(&Error::Protocol(ProtocolError::MissingSecWebSocketKey)));
        }
        match parts.extensions.remove::<OnUpgrade>() {
            Some(upgrade) => Ok(Handshake { answer, upgrade }),
            None => Err(no(&Error::Protocol(ProtocolError::MissingConnectionUpgradeHeader))),
        }
    }
}

/// The answer to what is no handshake of a WebSocket (deviation R23).
fn no(error: &Error) -> ApiError {
    let another_version =
        matches!(error, Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader));
    let status =
        if another_version { StatusCode::UPGRADE_REQUIRED } else { StatusCode::BAD_REQUEST };
    let refusal = ApiError::new(status, "WebSocket expected", error.to_string());
    match another_version {
        true => refusal.with_header(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        false => refusal,
    }
}

impl Handshake {
    /// The answer; `talk` begins once the client has it.
    pub fn accept<F>(self, talk: impl FnOnce(Socket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Handshake { answer, upgrade } = self;
        tokio::spawn(async move {
            // An error means that the client is gone.
            if let Ok(upgraded) = upgrade.await {
                // In a box of its own, or the upgrade would keep its room too.
                Box::pin(talk(Box::pin(Socket::new(upgraded)).await)).await;
            }
        });
        answer.into_response()
    }
}

/// A message as it goes over the wire.
#[derive(Debug, Clone)]
pub struct Frame(Bytes);

impl Frame {
    pub fn text(text: String) -> Frame {
        let frame = WireFrame::message(text, OpCode::Data(Data::Text), true);
        let mut bytes = Vec::with_capacity(frame.len());
        // Writing to memory does not fail.
        let _ = frame.format(&mut bytes);
        Frame(bytes.into())
    }
}

pub struct Socket(WebSocketStream<TokioIo<Upgraded>>);

impl Socket {
    async fn new(upgraded: Upgraded) -> Socket {
        // The defaults cost 137 KiB for each page; nothing large comes in.
        let config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_INCOMING_BYTES))
            .max_frame_size(Some(MAX_INCOMING_BYTES));
        let stream = TokioIo::new(upgraded);
        Socket(WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await)
    }

    /// Something has come, which is of no interest; `false` at the end. May be
    /// given up at any time.
    pub async fn receive(&mut self) -> bool {
        matches!(self.0.next().await, Some(Ok(_)))
    }

    /// `false` if it was not taken; then it may have been sent in part, and
    /// the socket is of no use any more.
    pub async fn send(&mut self, Frame(bytes): &Frame) -> bool {
        let write = async {
            // A pong that is half sent comes first.
            self.0.flush().await.ok()?;
            let stream = self.0.get_mut();
            stream.write_all(bytes).await.ok()?;
            stream.flush().await.ok()
        };
        matches!(tokio::time::timeout(SEND_WITHIN, write).await, Ok(Some(())))
    }

    pub async fn close(&mut self, code: u16, reason: &'static str) {
        let frame =
            CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from_static(reason) };
        let close = self.0.send(Message::Close(Some(frame)));
        let _ = tokio::time::timeout(SEND_WITHIN, close).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_all_lengths() {
        // RFC 6455 §5.7, and the two longer forms of the length.
        assert_eq!(Frame::text("Hello".to_owned()).0.as_ref(), b"\x81\x05Hello");
        for (length, head) in [
            (125, b"\x81\x7d".as_slice()),
            (126, b"\x81\x7e\x00\x7e"),
            (65_535, b"\x81\x7e\xff\xff"),
            (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        ] {
            let Frame(bytes) = Frame::text("x".repeat(length));
            assert!(bytes.starts_with(head) && bytes.len() == head.len() + length, "{length}");
        }
    }
}
