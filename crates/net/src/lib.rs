//! Outgoing connections. Whatever the rig asks over a network goes through
//! here, so that there is one place for the deadline, the size cap and the
//! resolution of names.
//!
//! This crate knows nothing of miners or nodes. It exists apart from `engine`
//! because of its heavy dependencies (TLS, DNS).

mod connect;
mod error;
mod exchange;
mod http;
mod reach;
mod resolve;

pub use error::NetError;
pub use exchange::{Connection, Until};
pub use http::{HttpRequest, HttpResponse, request};
pub use reach::Reach;
pub use resolve::resolve;

use std::time::Duration;

/// What an answer may cost at most. There is no unlimited.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For everything: name, connection, TLS, request and the whole answer.
    pub deadline: Duration,
    pub max_bytes: usize,
}
