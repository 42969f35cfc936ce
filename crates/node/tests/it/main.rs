//! All tests of the node's protocol, in one binary. A test that panics has
//! failed, which is its job.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod address;
mod block_times;
mod poll;
mod proxy;
