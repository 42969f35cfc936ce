//! WebSocket clients that stay and read, as browsers do.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;

use super::Target;
use crate::http::find;

pub struct Sockets {
    readiness: OwnedFd,
    open: Vec<Socket>,
    events: Vec<epoll::Event>,
}

struct Socket {
    /// `None` when the server has closed it.
    stream: Option<TcpStream>,
    pending: Vec<u8>,
}

impl Sockets {
    /// Opens them one after another; an upgrade that is refused is an error.
    pub fn open(target: &Target, count: usize) -> io::Result<Self> {
        let readiness = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut open = Vec::with_capacity(count);
        for index in 0..count {
            let mut stream = target.connect()?;
            let pending = shake_hands(&mut stream, target)?;
            stream.set_nonblocking(true)?;
            let data = epoll::EventData::new_u64(index as u64);
            epoll::add(&readiness, &stream, data, epoll::EventFlags::IN)?;
            open.push(Socket { stream: Some(stream), pending });
        }
        Ok(Sockets { readiness, open, events: Vec::with_capacity(count.max(1)) })
    }

    /// How many the server has not closed.
    pub fn still_open(&self) -> usize {
        self.open.iter().filter(|socket| socket.stream.is_some()).count()
    }

    /// Reads for a time, answers pings, and returns the number of text frames.
    pub fn read_for(&mut self, duration: Duration) -> io::Result<u64> {
        let began = Instant::now();
        let mut texts = 0;
        // What came together with the handshake.
        for socket in &mut self.open {
            texts += socket.take_frames()?;
        }
        while began.elapsed() < duration {
            let timeout = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
            self.events.clear();
            let room = rustix::buffer::spare_capacity(&mut self.events);
            epoll::wait(&self.readiness, room, Some(&timeout))?;
            for event in &self.events {
                if let Some(socket) = self.open.get_mut(event.data.u64() as usize) {
                    socket.fill()?;
                    texts += socket.take_frames()?;
                }
            }
        }
        Ok(texts)
    }
}

impl Socket {
    fn fill(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let mut chunk = [0; 16 * 1024];
        match stream.read(&mut chunk) {
            Ok(0) => self.stream = None,
            Ok(length) => self.pending.extend(chunk.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.stream = None,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Takes the complete frames; returns how many of them are text.
    fn take_frames(&mut self) -> io::Result<u64> {
        const TEXT: u8 = 1;
        const CLOSE: u8 = 8;
        const PING: u8 = 9;
        let mut texts = 0;
        while let Some(frame) = take_frame(&mut self.pending)? {
            match frame.opcode {
                TEXT => texts += 1,
                CLOSE => self.stream = None,
                PING => {
                    if let Some(stream) = &mut self.stream {
                        stream.write_all(&pong(&frame.payload))?;
                    }
                }
                _ => {}
            }
        }
        Ok(texts)
    }
}

struct Frame {
    opcode: u8,
    payload: Vec<u8>,
}

/// The next frame, if it has come whole. A server's frames are not masked.
fn take_frame(pending: &mut Vec<u8>) -> io::Result<Option<Frame>> {
    const LENGTH_CAP_BYTES: usize = 16 << 20;
    let (Some(first), Some(second)) = (pending.first().copied(), pending.get(1).copied()) else {
        return Ok(None);
    };
    if second & 0x80 != 0 {
        return Err(io::Error::other("the server masked a frame"));
    }
    let extended = match second {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some(bytes) = pending.get(2..2 + extended) else { return Ok(None) };
    let length = match extended {
        0 => usize::from(second),
        _ => bytes.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte)),
    };
    if length > LENGTH_CAP_BYTES {
        return Err(io::Error::other(format!("a frame of {length} bytes")));
    }
    let head = 2 + extended;
    if pending.len() < head + length {
        return Ok(None);
    }
    let payload = pending.drain(..head + length).skip(head).collect();
    Ok(Some(Frame { opcode: first & 0x0f, payload }))
}

/// A client must mask; with a mask of zeros the payload stays what it is.
fn pong(payload: &[u8]) -> Vec<u8> {
    // Control frames have at most 125 bytes.
    let payload = payload.get(..payload.len().min(125)).unwrap_or_default();
    let mut frame = vec![0x8a, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

/// Returns what came after the server's consent.
fn shake_hands(stream: &mut TcpStream, target: &Target) -> io::Result<Vec<u8>> {
    // The example key of RFC 6455, with the answer that it gives there.
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        target.path, target.address
    );
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => bytes.extend_from_slice(chunk.get(..length).unwrap_or_default()),
        }
    };
    let rest = bytes.split_off(end);
    let head = String::from_utf8_lossy(&bytes);
    if !head.starts_with("HTTP/1.1 101") || !head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
        let status = head.lines().next().unwrap_or_default();
        return Err(io::Error::other(format!("the upgrade was answered {status:?}")));
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_in_pieces() {
        let mut long = vec![0x81, 126, 0x01, 0x00];
        long.extend([b'x'; 256]);
        let stream = [&[0x89, 2, b'h', b'i'][..], &long, &[0x88, 0]].concat();
        let mut pending = Vec::new();
        let mut frames = Vec::new();
        for byte in stream {
            pending.push(byte);
            while let Some(frame) = take_frame(&mut pending).unwrap() {
                frames.push((frame.opcode, frame.payload.len()));
            }
        }
        assert_eq!(frames, [(9, 2), (1, 256), (8, 0)]);
    }

    #[test]
    fn frames_that_no_server_may_send() {
        assert!(take_frame(&mut vec![0x81, 0x81, 0, 0, 0, 0, b'x']).is_err());
        assert!(take_frame(&mut [vec![0x81, 127], vec![0xff; 8]].concat()).is_err());
    }
}
