//! All tests of the adapters, in one binary. A test that panics has failed,
//! which is its job, and so have the helpers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub
)]

mod apart;
mod apool;
mod bzminer;
mod ccminer;
mod cpuminer;
mod endpoint;
mod generic;
mod gminer;
mod honest;
mod hostile;
mod kawpowminer;
mod lolminer;
mod nbminer;
mod onezerominer;
mod program;
mod registry;
mod rigel;
mod srbminer;
mod stratumx;
mod support;
mod teamredminer;
mod trex;
mod wildrig;
mod xmrig;
