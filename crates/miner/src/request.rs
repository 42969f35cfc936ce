//! What is asked of a miner program and what comes back.

use std::fmt;

use quaiminer_domain::Reason;

/// One question to a miner program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    pub ask: Ask,
    /// A failure of this one leaves the reading partial; any other failure
    /// means that there is no reading.
    pub optional: bool,
}

/// How the question is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Send the text and a line feed, read one line. All of an adapter's lines
    /// go over one connection, and never two before the reply to the first:
    /// kawpowminer repeats earlier replies when it reads two requests at once.
    Line(&'static str),
    /// Send the text and a line feed on a connection of its own, read until a
    /// NUL or the end of the stream.
    Text(&'static str),
    /// GET this path, with `Connection: close`, following no redirect.
    Http(&'static str),
    /// GET the path that is part of the configured address.
    HttpAtUrl,
}

impl Request {
    pub const fn new(ask: Ask) -> Self {
        Request { ask, optional: false }
    }

    #[must_use]
    pub const fn optional(self) -> Self {
        Request { optional: true, ..self }
    }

    pub const fn is_http(&self) -> bool {
        matches!(self.ask, Ask::Http(_) | Ask::HttpAtUrl)
    }
}

/// What came back to one [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// To [`Ask::Line`] and [`Ask::Text`].
    Bytes(Vec<u8>),
    /// To [`Ask::Http`] and [`Ask::HttpAtUrl`], whatever the status.
    Http { status: u16, body: Vec<u8> },
    /// Nothing usable came: refused, timed out, too long.
    Failed(Reason),
}

/// Why replies give no reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The program was not reached.
    NoAnswer(Reason),
    /// It is this program, but it does not want to tell.
    Refused(Reason),
    /// Not what this program says: it is another one, or the reply is damaged.
    Garbled(Reason),
}

impl Unreadable {
    pub fn into_reason(self) -> Reason {
        match self {
            Unreadable::NoAnswer(reason)
            | Unreadable::Refused(reason)
            | Unreadable::Garbled(reason) => reason,
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::NoAnswer(reason)
            | Unreadable::Refused(reason)
            | Unreadable::Garbled(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Unreadable {}

/// The bytes of the reply at this place, if it is one that can be read.
pub(crate) fn body(replies: &[Reply], at: usize) -> Result<&[u8], Unreadable> {
    match replies.get(at) {
        None => Err(Unreadable::NoAnswer("The miner was not asked".into())),
        Some(Reply::Failed(reason)) => Err(Unreadable::NoAnswer(reason.clone())),
        Some(Reply::Bytes(bytes)) => Ok(bytes),
        Some(Reply::Http { status: 200..=299, body }) => Ok(body),
        Some(Reply::Http { status: status @ (401 | 403), .. }) => Err(Unreadable::Refused(
            format!("The miner's API wants a password or token (HTTP {status})").into(),
        )),
        Some(Reply::Http { status: 404, .. }) => {
            Err(Unreadable::Garbled("Nothing is served at this address (HTTP 404)".into()))
        }
        Some(Reply::Http { status, .. }) => {
            Err(Unreadable::Garbled(format!("The miner's API answers with HTTP {status}").into()))
        }
    }
}
