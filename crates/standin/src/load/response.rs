//! A response of known length, as far as it has come.

use std::io::{self, Read};

use crate::http::find;

#[derive(Default)]
pub(super) struct Response {
    bytes: Vec<u8>,
    /// Where the body begins and ends, once the head is there.
    body: Option<(usize, usize)>,
}

impl Response {
    /// Reads what has come; the end of the connection is an error.
    pub(super) fn read_from(&mut self, stream: &mut impl Read) -> io::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.bytes.extend_from_slice(chunk.get(..length).unwrap_or_default());
                Ok(())
            }
        }
    }

    pub(super) fn is_complete(&mut self) -> io::Result<bool> {
        if self.body.is_none()
            && let Some(end) = find(&self.bytes, b"\r\n\r\n")
        {
            let length = content_length(self.bytes.get(..end).unwrap_or_default())
                .ok_or_else(|| io::Error::other("a response without content-length"))?;
            self.body = Some((end + 4, end + 4 + length));
        }
        Ok(self.body.is_some_and(|(_, end)| self.bytes.len() >= end))
    }

    pub(super) fn check_ok(&self) -> io::Result<()> {
        match self.bytes.get(9..12) {
            Some(b"200") => Ok(()),
            status => {
                let status = String::from_utf8_lossy(status.unwrap_or_default());
                Err(io::Error::other(format!("answered {status} instead of 200")))
            }
        }
    }

    pub(super) fn body(&self) -> &[u8] {
        let (start, end) = self.body.unwrap_or_default();
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// For the next response on the same connection.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.body = None;
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(15)?;
        if !name.eq_ignore_ascii_case(b"content-length:") {
            return None;
        }
        std::str::from_utf8(value).ok()?.trim().parse().ok()
    })
}
