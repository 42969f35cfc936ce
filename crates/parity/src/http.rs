//! One HTTP/1.1 request over a connection of its own, byte for byte as the
//! recording has it: a library would refuse to send some of them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RawAnswer {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Where to, and what an answer may cost.
#[derive(Debug, Clone)]
pub struct Server {
    pub address: SocketAddr,
    /// As the Host field names it.
    pub authority: String,
    pub deadline: Duration,
    pub max_bytes: usize,
}

impl RawAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl Server {
    pub fn new(address: SocketAddr) -> Self {
        Server {
            address,
            authority: address.to_string(),
            deadline: Duration::from_secs(15),
            max_bytes: 16 << 20,
        }
    }

    pub fn send(&self, request: &Request) -> Result<RawAnswer, String> {
        let until = Instant::now() + self.deadline;
        let what = |error: std::io::Error| format!("{}: {error}", self.authority);
        let mut stream = TcpStream::connect_timeout(&self.address, self.deadline).map_err(what)?;
        stream.set_write_timeout(Some(self.deadline)).map_err(what)?;
        stream.write_all(self.head(request).as_bytes()).map_err(what)?;
        // A server may answer and close before it has read a body that it
        // refuses; its answer counts.
        let _ = stream.write_all(request.body.as_deref().unwrap_or_default());
        let received = self.read(&mut stream, until, request.method == "HEAD")?;
        parse(&received, request.method == "HEAD")
    }

    fn head(&self, request: &Request) -> String {
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.path, self.authority);
        for (name, value) in &request.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &request.body {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head + "Connection: close\r\n\r\n"
    }

    /// Everything up to the end of the answer.
    fn read(
        &self,
        stream: &mut TcpStream,
        until: Instant,
        head_only: bool,
    ) -> Result<Vec<u8>, String> {
        let what = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => {
                format!("no whole answer from {} within {:?}", self.authority, self.deadline)
            }
            _ => format!("{}: {error}", self.authority),
        };
        let mut received = Vec::new();
        let mut chunk = [0; 64 * 1024];
        while !is_whole(&received, head_only) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(what(std::io::ErrorKind::TimedOut.into()));
            }
            stream.set_read_timeout(Some(left)).map_err(what)?;
            let length = match stream.read(&mut chunk) {
                // Whoever closes with our body unread resets the connection;
                // what it said before is an answer all the same.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => 0,
                read => read.map_err(what)?,
            };
            if length == 0 {
                break;
            }
            received.extend_from_slice(chunk.get(..length).unwrap_or_default());
            if received.len() > self.max_bytes {
                return Err(format!(
                    "{} answered more than {} bytes",
                    self.authority, self.max_bytes
                ));
            }
        }
        Ok(received)
    }
}

/// An answer whose length is told ends with it; others end with the connection.
fn is_whole(received: &[u8], head_only: bool) -> bool {
    let Some((head, body)) = split(received) else { return false };
    let Ok(answer) = parse_head(head) else { return true };
    if head_only || matches!(answer.status, 204 | 304) {
        return true;
    }
    match answer.header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        None => answer.header("transfer-encoding").is_some() && body.ends_with(b"0\r\n\r\n"),
    }
}

fn split(received: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((received.get(..end)?, received.get(end + 4..)?))
}

fn parse_head(head: &[u8]) -> Result<RawAnswer, String> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| format!("this is not an HTTP answer: {first:?}"))?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(RawAnswer { status, headers, body: Vec::new() })
}

fn parse(received: &[u8], head_only: bool) -> Result<RawAnswer, String> {
    let (head, body) = split(received).ok_or("the connection ended before an answer")?;
    let mut answer = parse_head(head)?;
    if head_only || matches!(answer.status, 204 | 304) {
        return Ok(answer);
    }
    answer.body = if answer.header("transfer-encoding").is_some() {
        unchunk(body).ok_or("the answer ended within a chunk")?
    } else {
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        match length {
            Some(length) if body.len() < length => {
                return Err("the answer was cut short".to_owned());
            }
            _ => body.to_vec(),
        }
    };
    if answer.header("content-encoding") == Some("gzip") {
        /// More than any answer of either server.
        const MOST_BYTES: u64 = 64 << 20;
        let mut plain = Vec::new();
        GzDecoder::new(answer.body.as_slice())
            .take(MOST_BYTES)
            .read_to_end(&mut plain)
            .map_err(|error| format!("the answer is not gzip: {error}"))?;
        answer.body = plain;
    }
    Ok(answer)
}

fn unchunk(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(body.get(..end)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        body = body.get(end + 2..)?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(..size)?);
        body = body.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(received: &[u8]) -> Result<Vec<u8>, String> {
        parse(received, false).map(|answer| answer.body)
    }

    #[test]
    fn framings() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap(), b"{}");
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n\r\nto the end").unwrap(), b"to the end");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n";
        assert_eq!(body(chunked).unwrap(), b"abc");
        assert!(is_whole(chunked, false));
        assert!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}").is_err());
        assert!(body(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab").is_err());
        assert!(body(b"SSH-2.0\r\n\r\n").is_err());
        assert!(body(b"HTTP/1.1 200 OK\r\n").is_err());
    }

    #[test]
    fn a_server_that_hangs_or_floods_is_given_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 1024]);
                if number == 1 {
                    while stream.write_all(&[b'x'; 4096]).is_ok() {}
                }
                open.push(stream);
            }
        });
        let mut server = Server::new(address);
        server.deadline = Duration::from_millis(200);
        let request =
            Request { method: "GET".to_owned(), path: "/".to_owned(), ..Request::default() };
        assert!(server.send(&request).unwrap_err().contains("no whole answer"));
        server.max_bytes = 10_000;
        assert!(server.send(&request).unwrap_err().contains("more than"));
    }
}
