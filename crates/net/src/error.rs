use std::fmt;
use std::io;
use std::net::IpAddr;

/// Why there is no answer, in words for the owner of the rig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetError {
    /// Nobody listens there.
    Refused,
    Unreachable(String),
    /// The name has no address.
    Name(String),
    /// Not an address that may be connected to.
    Forbidden(IpAddr),
    Timeout {
        seconds: u64,
    },
    /// The other side closed before the answer was complete.
    Closed,
    TooLarge {
        max_bytes: usize,
    },
    Tls(String),
    /// What came back is not the protocol that was asked for.
    Protocol(String),
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetError::Refused => write!(f, "Connection refused: nothing listens there"),
            NetError::Unreachable(why) => write!(f, "Cannot connect: {why}"),
            NetError::Name(why) => write!(f, "{why}"),
            NetError::Forbidden(address) => {
                write!(f, "{address} is not an address that may be connected to")
            }
            NetError::Timeout { seconds } => write!(f, "No answer within {seconds} s"),
            NetError::Closed => {
                write!(f, "The connection was closed before the answer was complete")
            }
            NetError::TooLarge { max_bytes } => {
                write!(f, "The answer is larger than {} KiB", max_bytes / 1024)
            }
            NetError::Tls(why) => write!(f, "No secure connection: {why}"),
            NetError::Protocol(why) => write!(f, "Not a usable answer: {why}"),
        }
    }
}

impl std::error::Error for NetError {}

impl From<io::Error> for NetError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => NetError::Refused,
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => NetError::Closed,
            _ => NetError::Unreachable(error.to_string()),
        }
    }
}
