//! HTTP/1.1 by hand, so that anything can be sent.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::PATIENCE;

/// What was answered.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json; charset=utf-8"),
            "{} {}",
            self.status,
            self.text()
        );
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON of a success.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The JSON of a refusal, which always has the same form.
    pub fn refusal(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        for name in ["error", "message"] {
            assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        }
        body
    }
}

/// Somebody with certain credentials, who makes a connection for each request.
#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    headers: Vec<(String, String)>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Client { address, headers: Vec::new() }
    }

    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Sends a header with each request.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn get(&self, path: &str) -> Response {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.clone().with("Content-Type", "application/json").send(
            "POST",
            path,
            Some(body.to_string().as_bytes()),
        )
    }

    pub fn send(&self, method: &str, path: &str, body: Option<&[u8]>) -> Response {
        self.try_send(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path} was not answered: {error}"))
    }

    pub fn try_send(&self, method: &str, path: &str, body: Option<&[u8]>) -> io::Result<Response> {
        let mut wire = Wire::connect(self.address)?;
        let mut request = self.head(method, path);
        if let Some(body) = body {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        request += "Connection: close\r\n\r\n";
        let bytes = [request.as_bytes(), body.unwrap_or_default()].concat();
        wire.try_write(&bytes)?;
        wire.read_response(method == "HEAD")
    }

    /// The request line and the headers, without the end.
    pub fn head(&self, method: &str, path: &str) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("Host: {}\r\n", self.address);
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head
    }

    /// Signs in with a password and goes on with the cookie.
    pub fn signed_in(&self, name: &str, password: &str) -> Client {
        let body = serde_json::json!({ "username": name, "password": password });
        let response = self.post("/api/v1/session", &body);
        response.ok();
        let cookie = response.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        self.clone().with("Cookie", &cookie)
    }

    /// The value of the cookie it has.
    pub fn session_token(&self) -> &str {
        let cookie = self.headers.iter().find(|(name, _)| name == "Cookie").unwrap();
        cookie.1.split_once('=').unwrap().1
    }
}

/// A connection on which anything can be written.
pub struct Wire {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Wire {
    pub fn open(address: SocketAddr) -> Self {
        Wire::connect(address).unwrap()
    }

    fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Wire { stream, pending: Vec::new() })
    }

    pub fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_write(bytes.as_ref()).unwrap();
    }

    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    pub fn response(&mut self) -> Response {
        self.read_response(false).unwrap()
    }

    /// Whether the other side has closed, or begun to answer.
    fn has_news(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let news = !matches!(self.stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).unwrap();
        news
    }

    /// Whether the other side has closed without a word.
    pub fn is_closed(&mut self) -> bool {
        self.has_news() && !self.stream.read(&mut [0]).is_ok_and(|length| length > 0)
    }

    /// The answer, if it has begun to come.
    pub fn try_response(&mut self) -> Option<Response> {
        self.has_news().then(|| self.response())
    }

    pub fn read_response(&mut self, without_body: bool) -> io::Result<Response> {
        let end = loop {
            match find(&self.pending, b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.more()?,
            }
        };
        let rest = self.pending.split_off(end);
        let head =
            String::from_utf8_lossy(&std::mem::replace(&mut self.pending, rest)).into_owned();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut response =
            Response { status: status.expect("a status"), headers, body: Vec::new() };
        let empty = without_body || matches!(response.status, 101 | 204 | 304);
        if !empty {
            response.body = match response.header("content-length") {
                Some(length) => {
                    let length = length.parse().unwrap();
                    while self.pending.len() < length {
                        self.more()?;
                    }
                    self.pending.drain(..length).collect()
                }
                None if response.header("transfer-encoding") == Some("chunked") => {
                    self.read_chunks()?
                }
                None => {
                    while self.more().is_ok() {}
                    std::mem::take(&mut self.pending)
                }
            };
        }
        Ok(response)
    }

    /// An error when the other side breaks off.
    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match find(&self.pending, b"\r\n") {
                    Some(end) => break end,
                    None => self.more()?,
                }
            };
            let size = String::from_utf8_lossy(&self.pending[..end]).into_owned();
            let size = usize::from_str_radix(&size, 16).map_err(io::Error::other)?;
            let total = end + 2 + size + 2;
            while self.pending.len() < total {
                self.more()?;
            }
            body.extend_from_slice(&self.pending[end + 2..end + 2 + size]);
            self.pending.drain(..total);
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn more(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            length => {
                self.pending.extend_from_slice(&chunk[..length]);
                Ok(())
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
