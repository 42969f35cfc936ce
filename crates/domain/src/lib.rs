//! Values and rules of a mining rig. No I/O, no async, no wire format: whatever
//! is here can be tested with plain values.
//!
//! Units are part of a name where they are not obvious: `_hs` hashes per
//! second, `_w` watts, `_c` degrees Celsius, `_ms` milliseconds, `at_ms` and
//! other points in time milliseconds since the Unix epoch.

pub mod access;
pub mod control;
pub mod event;
pub mod fact;
pub mod hardware;
pub mod history;
pub mod host;
pub mod miner;
pub mod node;
pub mod pci;
pub mod snapshot;
pub mod text;
pub mod watchdog;

pub use fact::{Fact, Reading, Reason};
