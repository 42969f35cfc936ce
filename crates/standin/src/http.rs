//! As much of HTTP/1.1 as a miner or a node serves.

use std::io;

use crate::wire::Wire;

/// More than any request of ours needs; go-quai itself takes 5 MiB.
const BODY_CAP_BYTES: usize = 8 << 20;
const HEAD_CAP_BYTES: usize = 64 << 10;

pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads the next request of a connection; `None` at its orderly end. What
/// came too early stays in `pending`.
pub(crate) fn read_request(
    wire: &mut Wire<'_>,
    pending: &mut Vec<u8>,
) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(end) = find(pending, b"\r\n\r\n") {
            break end;
        }
        if pending.len() > HEAD_CAP_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if !read_more(wire, pending)? {
            return Ok(None);
        }
    };
    let rest = pending.split_off(end + 4);
    let head = String::from_utf8_lossy(&std::mem::replace(pending, rest)).into_owned();
    let mut request = parse_head(&head).ok_or(io::ErrorKind::InvalidData)?;
    let length: usize =
        request.header("content-length").map_or(Ok(0), str::parse).unwrap_or(usize::MAX);
    if length > BODY_CAP_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    while pending.len() < length {
        if !read_more(wire, pending)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let rest = pending.split_off(length);
    request.body = std::mem::replace(pending, rest);
    Ok(Some(request))
}

/// The position of `needle` in `haystack`.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn parse_head(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let method = first.next()?.to_owned();
    let path = first.next()?.split('?').next()?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    Some(Request { method, path, headers, body: Vec::new() })
}

fn read_more(wire: &mut Wire<'_>, pending: &mut Vec<u8>) -> io::Result<bool> {
    let mut chunk = [0; 16 * 1024];
    let length = wire.read(&mut chunk)?;
    pending.extend_from_slice(chunk.get(..length).unwrap_or_default());
    Ok(length > 0)
}
