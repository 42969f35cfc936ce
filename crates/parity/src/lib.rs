//! Compares a server with the Node server: with a recording of it, or with
//! one that runs beside.
//!
//! A recording is a list of requests in order, each with the answer that Node
//! gave. They are sent to the server under test, and its answers compared:
//! what is more than Node gave is fine, what is missing or of another type is
//! a difference, and so is another value where it may not vary. A difference
//! is allowed only by a rule of `docs/deviations.md`, which [`rules`] knows in
//! the form of what the answer must look like instead.

mod answer;
mod compare;
pub mod http;
mod judge;
pub mod live;
mod recording;
mod replay;
mod report;
pub mod rules;
mod story;

pub use answer::Answer;
pub use compare::{Difference, Kind};
pub use judge::{Setting, Verdict};
pub use recording::{Row, read};
pub use replay::{Outcome, Replay};
pub use report::{Totals, describe};
