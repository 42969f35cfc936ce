//! Raw TCP dialogues: a request goes out, bytes come back until a mark.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::connect::connect;
use crate::{Limits, NetError, Reach};

/// How the end of an answer is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A newline, which is not part of the answer.
    Line,
    /// A NUL byte or the end of the stream.
    NulOrEnd,
}

impl Until {
    fn mark(self) -> u8 {
        match self {
            Until::Line => b'\n',
            Until::NulOrEnd => 0,
        }
    }
}

/// A connection on which requests are made one after the other: the next one
/// is not sent before the answer to the last is complete, because some
/// miners repeat earlier answers when requests arrive together.
pub struct Connection {
    stream: TcpStream,
    rest: Vec<u8>,
    deadline: Instant,
    limits: Limits,
}

impl Connection {
    pub async fn open(host: &str, port: u16, limits: Limits) -> Result<Self, NetError> {
        let deadline = Instant::now() + limits.deadline;
        let stream =
            within(deadline, limits.deadline, connect(host, port, Reach::Anywhere)).await?;
        Ok(Connection { stream, rest: Vec::new(), deadline, limits })
    }

    /// Sends a request and returns the answer without its end mark.
    pub async fn ask(&mut self, request: &[u8], until: Until) -> Result<Vec<u8>, NetError> {
        let (deadline, allowed) = (self.deadline, self.limits.deadline);
        within(deadline, allowed, self.ask_without_deadline(request, until)).await
    }

    async fn ask_without_deadline(
        &mut self,
        request: &[u8],
        until: Until,
    ) -> Result<Vec<u8>, NetError> {
        self.stream.write_all(request).await?;
        let mut searched = 0;
        loop {
            if let Some(found) =
                self.rest.iter().skip(searched).position(|byte| *byte == until.mark())
            {
                let mut answer = self.rest.split_off(searched + found + 1);
                std::mem::swap(&mut answer, &mut self.rest);
                answer.pop();
                return Ok(answer);
            }
            searched = self.rest.len();
            if searched > self.limits.max_bytes {
                return Err(NetError::TooLarge { max_bytes: self.limits.max_bytes });
            }
            if self.stream.read_buf(&mut self.rest).await? == 0 {
                return match until {
                    Until::NulOrEnd if !self.rest.is_empty() => Ok(std::mem::take(&mut self.rest)),
                    _ => Err(NetError::Closed),
                };
            }
        }
    }
}

/// Runs a step under what is left of the deadline.
pub(crate) async fn within<T>(
    deadline: Instant,
    allowed: Duration,
    step: impl Future<Output = Result<T, NetError>>,
) -> Result<T, NetError> {
    timeout_at(deadline, step)
        .await
        .unwrap_or(Err(NetError::Timeout { seconds: allowed.as_secs().max(1) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    const LIMITS: Limits = Limits { deadline: Duration::from_millis(300), max_bytes: 64 };

    /// A server that reads one request and then does what it is told.
    fn server(act: impl FnOnce(std::net::TcpStream) + Send + 'static) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 64]).unwrap();
            act(stream);
        });
        port
    }

    async fn ask(port: u16, until: Until) -> Result<Vec<u8>, NetError> {
        Connection::open("127.0.0.1", port, LIMITS).await?.ask(b"summary\n", until).await
    }

    #[tokio::test]
    async fn answers_end_at_their_mark() {
        let port = server(|mut s| s.write_all(b"one\ntwo").unwrap());
        assert_eq!(ask(port, Until::Line).await, Ok(b"one".to_vec()));
        let port = server(|mut s| s.write_all(b"one|\0").unwrap());
        assert_eq!(ask(port, Until::NulOrEnd).await, Ok(b"one|".to_vec()));
        let port = server(|mut s| s.write_all(b"one|").unwrap());
        assert_eq!(ask(port, Until::NulOrEnd).await, Ok(b"one|".to_vec()));
    }

    #[tokio::test]
    async fn half_endless_and_missing_answers_end_in_an_error() {
        let port = server(|mut s| s.write_all(b"half").unwrap());
        assert_eq!(ask(port, Until::Line).await, Err(NetError::Closed));
        let port = server(|mut s| while s.write_all(&[b'x'; 64]).is_ok() {});
        assert_eq!(ask(port, Until::Line).await, Err(NetError::TooLarge { max_bytes: 64 }));
        let port = server(|s| {
            std::thread::sleep(Duration::from_secs(2));
            drop(s);
        });
        assert_eq!(ask(port, Until::Line).await, Err(NetError::Timeout { seconds: 1 }));
        assert_eq!(ask(1, Until::Line).await, Err(NetError::Refused));
    }
}
