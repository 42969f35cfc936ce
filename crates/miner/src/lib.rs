//! What miner programs say, read without any I/O: an adapter names its
//! requests, somebody else carries them to the program and back, and the
//! adapter turns the replies into a [`MinerReading`].
//!
//! # Adding a miner program
//!
//! 1. One file, `src/NAME.rs`, with a unit struct that implements [`Adapter`].
//! 2. One line in [`ADAPTERS`] (and the `mod` line that the file needs).
//! 3. Real replies of the program in `fixtures/NAME/VERSION/`, `tests/it/NAME.rs`
//!    that says what each of them means, one of them in the list of
//!    `tests/it/hostile.rs`, and a fuzz target. A test fails as long as one of
//!    these is missing.
//!
//! If the dashboard is to start it, the adapter also names its [`Program`]: its
//! command line, its choice of cards, its telling lines. That stands in the
//! same file, or in `src/NAME/program.rs` where it would make it long, and a
//! test wants to see its command line.
//!
//! Nothing else knows the names of miner programs.
//!
//! # What an adapter owes its readers
//!
//! A value is known only if the program reported it and it can be true; all
//! else is unknown, with the reason. The helpers in `lenient` (how a value is
//! written) and `plausible` (whether it can be true) see to that, and the
//! tests feed every adapter with broken, cut and hostile replies.

mod activity;
mod algorithm;
mod apool;
mod bzminer;
mod ccminer;
mod cpuminer;
pub mod endpoint;
mod generic;
mod getstat1;
mod gminer;
mod kawpowminer;
mod lenient;
mod lolminer;
mod mend;
mod nbminer;
mod onezerominer;
mod pci;
mod plausible;
mod pool_uri;
pub mod program;
mod rates;
mod request;
mod rigel;
mod srbminer;
mod stratumx;
mod teamredminer;
mod text_api;
mod trex;
mod version;
mod wildrig;
mod xmrig;

use std::fmt;

use quaiminer_domain::miner::MinerReading;

pub use endpoint::Endpoint;
pub use program::Program;
pub use request::{Ask, Reply, Request, Unreadable};

/// Every miner program that can be read, in the order in which they are tried.
pub static ADAPTERS: &[&dyn Adapter] = &[
    &kawpowminer::Kawpowminer,
    &rigel::Rigel,
    &srbminer::Srbminer,
    &wildrig::Wildrig,
    &bzminer::Bzminer,
    &gminer::Gminer,
    &apool::Apool,
    &teamredminer::Teamredminer,
    &trex::Trex,
    &nbminer::Nbminer,
    &lolminer::Lolminer,
    &onezerominer::Onezerominer,
    &xmrig::Xmrig,
    &cpuminer::Cpuminer,
    &ccminer::Ccminer,
    &stratumx::Stratumx,
    &generic::Generic,
];

/// How one miner program, or one family that shares an API, is asked and
/// understood.
pub trait Adapter: Sync {
    /// As in `NAME://host:port`; lower case.
    fn name(&self) -> &'static str;

    /// Other programs with the same API, under which it may be configured too.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// Tried on loopback when no miner is configured. The first is meant when
    /// an address comes without a port.
    fn default_ports(&self) -> &'static [u16] {
        &[]
    }

    /// A pool serves other rigs too, so one that is found on this machine is
    /// not this rig's miner: it is read only if it is named.
    fn is_pool(&self) -> bool {
        false
    }

    /// Asked one after the other, each only after the reply to the one before.
    fn requests(&self) -> &'static [Request];

    /// Reads the replies, which come in the order of the requests; after the
    /// failure of one the rest may be missing.
    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable>;

    /// How it is started; `None` for what is only ever found running.
    fn program(&self) -> Option<&'static Program> {
        None
    }
}

/// The adapter of that name or alias, in any case of letters.
pub fn by_name(name: &str) -> Option<&'static dyn Adapter> {
    ADAPTERS.iter().copied().find(|adapter| {
        std::iter::once(&adapter.name())
            .chain(adapter.aliases())
            .any(|known| known.eq_ignore_ascii_case(name))
    })
}

impl fmt::Debug for dyn Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
