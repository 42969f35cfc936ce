//! One connection, and everything that can go wrong with an answer on its way.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::server::Stop;

/// What happens to an answer, whatever its protocol and content.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    None,
    /// No answer; the connection is closed.
    Close,
    /// No answer; the connection stays open until the peer gives up.
    Hang,
    /// The whole answer, in pieces, over this time.
    Slow(Duration),
    /// Half of the answer, then the connection is closed.
    Truncate,
    /// The beginning of an answer, and then no end.
    Flood,
}

pub(crate) struct Wire<'a> {
    stream: TcpStream,
    stop: &'a Stop,
}

impl<'a> Wire<'a> {
    pub(crate) fn new(stream: TcpStream, stop: &'a Stop) -> Self {
        Wire { stream, stop }
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    /// Sends `answer`, or what the fault makes of it. `flood` is how an answer
    /// begins that has no end. An error ends the connection.
    pub(crate) fn send(&mut self, answer: &[u8], flood: &[u8], fault: Fault) -> io::Result<()> {
        match fault {
            Fault::None => self.stream.write_all(answer),
            Fault::Close => Err(closed()),
            Fault::Hang => self.hang(),
            Fault::Slow(duration) => self.drip(answer, duration),
            Fault::Truncate => {
                self.stream.write_all(answer.get(..answer.len() / 2).unwrap_or_default())?;
                Err(closed())
            }
            Fault::Flood => {
                self.stream.write_all(flood)?;
                loop {
                    self.stream.write_all(&[b'a'; 16 * 1024])?;
                }
            }
        }
    }

    /// Swallows whatever comes until the peer closes.
    pub(crate) fn hang(&mut self) -> io::Result<()> {
        let mut swallowed = [0; 4096];
        while self.stream.read(&mut swallowed)? > 0 {}
        Err(closed())
    }

    /// Closes in the order in which programs do: first the end of the answer,
    /// then, when the peer has seen it, the rest. Closing at once would reset
    /// the connection when unread bytes are waiting, and lose the answer.
    pub(crate) fn finish(mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        let _ = self.stream.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = self.hang();
    }

    fn drip(&mut self, answer: &[u8], duration: Duration) -> io::Result<()> {
        const PIECES: u32 = 10;
        for piece in answer.chunks(answer.len().div_ceil(PIECES as usize).max(1)) {
            if !self.stop.sleep(duration / PIECES) {
                return Err(closed());
            }
            self.stream.write_all(piece)?;
        }
        Ok(())
    }
}

fn closed() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}
