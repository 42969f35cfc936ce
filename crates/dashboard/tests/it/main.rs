//! The whole program as its users meet it: a real process, a real database,
//! real sockets, and stand-ins for miners and node. A test that panics has
//! failed, which is its job, and so have the helpers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    unreachable_pub
)]

mod access;
mod alerts;
mod chains;
mod config;
mod control;
mod db;
mod demo;
mod exports;
mod hostile;
mod http_details;
mod live;
mod metrics;
mod parity;
mod proxy;
mod rigs;
mod sources;
mod startup;
mod static_files;
mod store;
mod support;
mod users;
