//! The watchdog on a simulated rig, in one binary. A test that panics has
//! failed, which is its job.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod limits;
mod outside;
mod rules;
mod steps;
mod time;
mod world;
