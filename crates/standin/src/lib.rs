//! Stand-ins for the programs that the dashboard talks to, for tests and
//! measurements: a [`Miner`], a [`Node`] and a [`load`] generator. They use
//! real sockets on loopback, answer from recordings of the real programs, and
//! misbehave on demand. Each is one listener with a thread per connection and
//! is gone when it is dropped.
//!
//! Nothing of this is part of the product: it is only ever a dev-dependency.

mod checksum;
mod http;
mod lies;
pub mod load;
pub mod miner;
pub mod node;
pub mod program;
mod server;
mod wire;

pub use lies::HOSTILE;
pub use miner::{Behaviour, Miner, MinerOptions, Protocol};
pub use node::{Node, NodeBehaviour, NodeOptions};
pub use program::miner_main;

/// Now, in milliseconds since the epoch.
fn unix_ms() -> i64 {
    let elapsed = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
