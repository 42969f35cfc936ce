//! WebSockets, as a browser opens them.

use std::io::ErrorKind;
use std::net::TcpStream;

use serde_json::Value;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::{HeaderName, HeaderValue};
use tungstenite::{Error, Message, WebSocket};

use super::{Client, PATIENCE};

pub struct Socket {
    inner: WebSocket<TcpStream>,
}

impl Client {
    /// Opens a WebSocket; a refusal is an error of the test.
    pub fn socket(&self, path: &str) -> Socket {
        self.try_socket(path).unwrap_or_else(|status| panic!("{path} was answered {status}"))
    }

    /// Opens a WebSocket, or tells the status of the refusal.
    pub fn try_socket(&self, path: &str) -> Result<Socket, u16> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in self.headers() {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        match tungstenite::client(request, stream) {
            Ok((inner, _)) => Ok(Socket { inner }),
            Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            Err(error) => panic!("{path}: {error}"),
        }
    }
}

impl Socket {
    /// The next message of any kind; `None` at the end of the connection.
    pub fn next(&mut self) -> Option<Message> {
        match self.inner.read() {
            Ok(message) => Some(message),
            Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_)) => None,
            Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionReset => None,
            Err(error) => panic!("no message: {error}"),
        }
    }

    /// The next text, which is JSON.
    pub fn json(&mut self) -> Value {
        loop {
            match self.next() {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("no text but {other:?}"),
            }
        }
    }

    /// The next JSON of which something is true.
    pub fn find(&mut self, mut is_wanted: impl FnMut(&Value) -> bool) -> Value {
        let until = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < until {
            let value = self.json();
            if is_wanted(&value) {
                return value;
            }
        }
        panic!("it never came");
    }

    pub fn send(&mut self, message: Message) {
        self.inner.send(message).unwrap();
    }

    /// Reads to the end; the code with which the server closed.
    pub fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.next() {
                Some(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Some(_) => {}
                None => return None,
            }
        }
    }
}
