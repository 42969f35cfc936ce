//! Everything between the socket and the routes.

pub mod addresses;
pub mod compression;
mod connections;
pub mod guard;
pub mod head;
pub mod headers;
pub mod hosts;
pub mod limit;
pub mod server;
pub mod traffic;
